/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In: section headers and the bytes of read-only sections, in pieces of fixed
 * size. Out: trait bits. Stripping removes names, but not what the code itself
 * prints: source file names in error macros and panics, and Go's own function
 * table.
 */
#include "inspect/traits.h"

#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

#define PIECE_BYTES 65536u
#define MARK_BYTES_MAX 32u	/* longest mark: what two pieces share */
#define NAMES_BYTES_MAX 65536u	/* of the table of section names */

struct mark {
	const char *bytes;
	size_t len;
	const char *section;
	enum inspect_trait trait;
};

#define MARK(text, section, trait) { text, sizeof(text) - 1, section, trait }

static const struct mark marks[] = {
	MARK("crypto/tls.(*Conn).Write", ".gopclntab", INSPECT_TRAIT_GO),
	MARK("crypto/tls.(*Conn).Write", ".data.rel.ro.gopclntab", INSPECT_TRAIT_GO),
	MARK("ssl/ssl_lib.cc", ".rodata", INSPECT_TRAIT_BORINGSSL),
	MARK("ssl/ssl_lib.c\0", ".rodata", INSPECT_TRAIT_OPENSSL),
	MARK("/rustls-0.", ".rodata", INSPECT_TRAIT_RUSTLS),
};

static uint32_t piece_traits(const char *piece, size_t len, const char *section)
{
	uint32_t traits = 0;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (strcmp(marks[i].section, section) == 0 && memmem(piece, len, marks[i].bytes, marks[i].len))
			traits |= marks[i].trait;
	}
	return traits;
}

static uint32_t section_traits(int fd, const char *name, uint64_t offset, uint64_t size)
{
	char piece[PIECE_BYTES];
	uint32_t traits = 0;
	size_t kept = 0;

	while (size > 0) {
		size_t want = sizeof(piece) - kept;
		ssize_t n = pread(fd, piece + kept, size < want ? size : want, (off_t)offset);
		size_t len;

		if (n <= 0)
			break;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
		len = kept + (size_t)n;
		traits |= piece_traits(piece, len, name);
		kept = len < MARK_BYTES_MAX ? len : MARK_BYTES_MAX;
		memmove(piece, piece + len - kept, kept);
	}
	return traits;
}

static bool section_wanted(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (strcmp(marks[i].section, name) == 0)
			return true;
	}
	return false;
}

/* libelf loads the whole table of names at the first question. */
static bool names_readable(Elf *elf, size_t index)
{
	Elf_Scn *section = elf_getscn(elf, index);
	GElf_Shdr header;

	return section && gelf_getshdr(section, &header) && header.sh_size <= NAMES_BYTES_MAX;
}

uint32_t inspect_traits(Elf *elf, int fd, uint64_t file_bytes)
{
	uint64_t budget = TRAIT_BYTES_MAX;
	Elf_Scn *section = NULL;
	uint32_t traits = 0;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0 || !names_readable(elf, names))
		return 0;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS || header.sh_size > budget ||
		    header.sh_offset > file_bytes || header.sh_size > file_bytes - header.sh_offset)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || !section_wanted(name))
			continue;
		budget -= header.sh_size;
		traits |= section_traits(fd, name, header.sh_offset, header.sh_size);
	}
	return traits;
}
