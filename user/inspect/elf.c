/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: a file descriptor of a file that is perhaps hostile. Out: file offsets
 * of functions, the build id, traits. libelf reads with pread(2) into memory of
 * its own, so a file that shrinks meanwhile cannot fault us; what libelf would
 * have to allocate is checked against limits before it is asked.
 */
#include "inspect/inspect.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "inspect/traits.h"

#define SECTIONS_MAX 4096
#define SEGMENTS_MAX 256
#define SYMBOL_TABLE_BYTES_MAX (64u << 20)	/* 2.8 million symbols */
#define STRING_TABLE_BYTES_MAX (128u << 20)
#define NOTE_BYTES_MAX 65536u

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#error "which e_machine is this?"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_OF_ELF ELFDATA2LSB
#else
#define BYTE_ORDER_OF_ELF ELFDATA2MSB
#endif

struct search {
	Elf *elf;
	uint64_t file_bytes;
	size_t segment_count;
	const struct inspect_request *request;
	size_t lengths[INSPECT_SYMBOLS_MAX];	/* of the asked names */
	size_t symbol_count;
	size_t found;
	bool over_limit;	/* a table was not read */
	struct inspect_reply *reply;
};

static void elf_done(Elf **elf)
{
	(void)elf_end(*elf);
}

static bool range_inside(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

/* Of our class, byte order and machine, and with tables of a size that libelf
 * may read. Extended numbering (more than 65279 sections) is no program. */
static bool header_acceptable(const Elf64_Ehdr *header, uint64_t file_bytes)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != BYTE_ORDER_OF_ELF)
		return false;
	if (header->e_machine != MACHINE || (header->e_type != ET_EXEC && header->e_type != ET_DYN))
		return false;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > SEGMENTS_MAX ||
	    !range_inside(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), file_bytes))
		return false;
	if (header->e_shoff == 0)
		return true;
	return header->e_shnum > 0 && header->e_shnum <= SECTIONS_MAX && header->e_shentsize == sizeof(Elf64_Shdr) &&
	       range_inside(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), file_bytes);
}

/* INSPECT_OK: worth handing to libelf. */
static enum inspect_result header_check(int fd, uint64_t *ret_file_bytes)
{
	Elf64_Ehdr header;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return INSPECT_FAILED;
	n = pread(fd, &header, sizeof(header), 0);
	if (n < 0)
		return INSPECT_FAILED;
	if (n != (ssize_t)sizeof(header) || !header_acceptable(&header, (uint64_t)st.st_size))
		return INSPECT_NOT_ELF;
	*ret_file_bytes = (uint64_t)st.st_size;
	return INSPECT_OK;
}

/* The file may have changed since header_check(): what libelf saw counts. */
static bool counts_acceptable(Elf *elf, size_t *ret_segment_count)
{
	size_t sections, segments;

	if (elf_kind(elf) != ELF_K_ELF || gelf_getclass(elf) != ELFCLASS64)
		return false;
	if (elf_getshdrnum(elf, &sections) != 0 || sections > SECTIONS_MAX)
		return false;
	if (elf_getphdrnum(elf, &segments) != 0 || segments > SEGMENTS_MAX)
		return false;
	*ret_segment_count = segments;
	return true;
}

/* Where in the file the code at a virtual address is; 0: in no executable
 * segment, or beyond what the file holds of it. */
static uint64_t file_offset(const struct search *search, uint64_t address)
{
	for (size_t i = 0; i < search->segment_count; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(search->elf, (int)i, &segment))
			continue;
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
			continue;
		if (address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
			continue;
		if (!range_inside(segment.p_offset, segment.p_filesz, search->file_bytes))
			continue;
		return segment.p_offset + (address - segment.p_vaddr);
	}
	return 0;
}

/* `name` has `room` bytes that need not be terminated. Names of .symtab may
 * carry a version, "SSL_read@@OPENSSL_3.0.0". */
static bool name_matches(const char *name, size_t room, const char *wanted, size_t len)
{
	return room > len && memcmp(name, wanted, len) == 0 && (name[len] == '\0' || name[len] == '@');
}

static void symbol_check(struct search *search, const GElf_Sym *symbol, const Elf_Data *strings)
{
	const char *name;

	/* An IFUNC's value is its resolver, which runs once, not the function. */
	if (GELF_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0 ||
	    symbol->st_name >= strings->d_size)
		return;
	name = (const char *)strings->d_buf + symbol->st_name;
	for (size_t i = 0; i < search->symbol_count; i++) {
		uint64_t offset;

		if (search->reply->offsets[i] != 0 ||
		    !name_matches(name, strings->d_size - symbol->st_name, search->request->symbols[i],
				  search->lengths[i]))
			continue;
		offset = file_offset(search, symbol->st_value);
		search->reply->offsets[i] = offset;
		search->found += offset != 0;
	}
}

/* Whole section in memory, or null. */
static Elf_Data *section_data(struct search *search, Elf_Scn *section, const GElf_Shdr *header, uint64_t limit)
{
	Elf_Data *data;

	if (header->sh_flags & SHF_COMPRESSED || !range_inside(header->sh_offset, header->sh_size, search->file_bytes))
		return NULL;
	if (header->sh_size > limit) {
		search->over_limit = true;
		return NULL;
	}
	data = elf_getdata(section, NULL);
	return data && data->d_buf && data->d_size <= header->sh_size ? data : NULL;
}

static void table_scan(struct search *search, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Scn *strings_section = elf_getscn(search->elf, header->sh_link);
	GElf_Shdr strings_header;
	Elf_Data *symbols, *strings;
	size_t count;

	if (!strings_section || !gelf_getshdr(strings_section, &strings_header) || strings_header.sh_type != SHT_STRTAB)
		return;
	strings = section_data(search, strings_section, &strings_header, STRING_TABLE_BYTES_MAX);
	symbols = section_data(search, section, header, SYMBOL_TABLE_BYTES_MAX);
	if (!strings || !symbols || symbols->d_type != ELF_T_SYM)
		return;
	count = symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 0; i < count && search->found < search->symbol_count; i++) {
		GElf_Sym symbol;

		if (gelf_getsym(symbols, (int)i, &symbol))
			symbol_check(search, &symbol, strings);
	}
}

static void tables_scan(struct search *search, uint32_t type)
{
	Elf_Scn *section = NULL;

	while (search->found < search->symbol_count && (section = elf_nextscn(search->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == type)
			table_scan(search, section, &header);
	}
}

static bool build_id_from_notes(struct search *search, Elf_Data *data)
{
	size_t offset = 0, name_offset, description_offset;
	GElf_Nhdr note;

	while (offset < data->d_size) {
		size_t next = gelf_getnote(data, offset, &note, &name_offset, &description_offset);

		if (next <= offset)
			return false;
		offset = next;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof(ELF_NOTE_GNU) || note.n_descsz == 0 ||
		    !range_inside(name_offset, note.n_namesz, data->d_size) ||
		    !range_inside(description_offset, note.n_descsz, data->d_size) ||
		    memcmp((const char *)data->d_buf + name_offset, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0)
			continue;
		search->reply->build_id_len = note.n_descsz < BUILD_ID_BYTES ? note.n_descsz : BUILD_ID_BYTES;
		memcpy(search->reply->build_id, (const char *)data->d_buf + description_offset,
		       search->reply->build_id_len);
		return true;
	}
	return false;
}

static void build_id_find(struct search *search)
{
	for (size_t i = 0; i < search->segment_count; i++) {
		GElf_Phdr segment;
		Elf_Data *data;

		if (!gelf_getphdr(search->elf, (int)i, &segment) || segment.p_type != PT_NOTE)
			continue;
		if (segment.p_filesz == 0 || segment.p_filesz > NOTE_BYTES_MAX ||
		    !range_inside(segment.p_offset, segment.p_filesz, search->file_bytes))
			continue;
		data = elf_getdata_rawchunk(search->elf, (int64_t)segment.p_offset, segment.p_filesz,
					    segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
		if (data && data->d_buf && build_id_from_notes(search, data))
			return;
	}
}

static void names_measure(struct search *search)
{
	const struct inspect_request *request = search->request;

	search->symbol_count = request->symbol_count < INSPECT_SYMBOLS_MAX ? request->symbol_count : INSPECT_SYMBOLS_MAX;
	for (size_t i = 0; i < search->symbol_count; i++)
		search->lengths[i] = strnlen(request->symbols[i], INSPECT_SYMBOL_BYTES - 1);
}

static enum inspect_result inspect(int fd, struct search *search)
{
	enum inspect_result result = header_check(fd, &search->file_bytes);

	if (result != INSPECT_OK)
		return result;
	(void)elf_version(EV_CURRENT);
	Elf *elf cleanup(elf_done) = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return INSPECT_FAILED;
	if (!counts_acceptable(elf, &search->segment_count))
		return INSPECT_NOT_ELF;
	search->elf = elf;
	names_measure(search);
	tables_scan(search, SHT_DYNSYM);
	tables_scan(search, SHT_SYMTAB);
	build_id_find(search);
	if (search->found > 0)
		return INSPECT_OK;
	search->reply->traits = inspect_traits(elf, fd, search->file_bytes);
	return search->over_limit ? INSPECT_FAILED : INSPECT_NO_SYMBOLS;
}

void inspect_elf(int fd, const struct inspect_request *request, struct inspect_reply *ret)
{
	struct search search = { .request = request, .reply = ret };

	memset(ret, 0, sizeof(*ret));
	ret->id = request->id;
	ret->result = (uint32_t)inspect(fd, &search);
}
