/* SPDX-License-Identifier: Apache-2.0 */
#include "base/elf_section.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTIONS_MAX 4096
#define NAME_BYTES_MAX 64	/* with the zero byte */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_OF_ELF ELFDATA2LSB
#else
#define BYTE_ORDER_OF_ELF ELFDATA2MSB
#endif

struct file {
	int fd;
	uint64_t bytes;
};

static bool holds(const struct file *file, uint64_t offset, uint64_t bytes)
{
	return offset <= file->bytes && bytes <= file->bytes - offset;
}

/* All of it or nothing: a file that ends sooner than it said is a damaged one. */
static int read_at(const struct file *file, uint64_t offset, void *ret, size_t bytes)
{
	ssize_t n;

	if (!holds(file, offset, bytes))
		return -EBADMSG;
	do {
		n = pread(file->fd, ret, bytes, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == bytes ? 0 : -EBADMSG;
}

static int open_file(int fd, struct file *ret)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size < 0)
		return -EBADMSG;
	*ret = (struct file){ fd, (uint64_t)status.st_size };
	return 0;
}

/* Extended numbering (65280 sections and more) is not for programs. */
static int read_header(const struct file *file, Elf64_Ehdr *ret)
{
	int err = read_at(file, 0, ret, sizeof(*ret));

	if (err < 0)
		return err;
	if (memcmp(ret->e_ident, ELFMAG, SELFMAG) != 0 || ret->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ret->e_ident[EI_DATA] != BYTE_ORDER_OF_ELF || ret->e_shentsize != sizeof(Elf64_Shdr) ||
	    ret->e_shnum > SECTIONS_MAX || !holds(file, ret->e_shoff, (uint64_t)ret->e_shnum * sizeof(Elf64_Shdr)))
		return -EBADMSG;
	return ret->e_shnum == 0 || ret->e_shoff == 0 || ret->e_shstrndx >= ret->e_shnum ? -ENOENT : 0;
}

static int read_section(const struct file *file, const Elf64_Ehdr *header, size_t number, Elf64_Shdr *ret)
{
	return read_at(file, header->e_shoff + number * sizeof(*ret), ret, sizeof(*ret));
}

/* 1: it has that name; 0: another, or one that the table of names does not hold; or -errno. */
static int has_name(const struct file *file, const Elf64_Shdr *names, const Elf64_Shdr *section, const char *name)
{
	size_t bytes = strlen(name) + 1;
	char there[NAME_BYTES_MAX];
	int err;

	if (section->sh_name > names->sh_size || bytes > names->sh_size - section->sh_name)
		return 0;
	err = read_at(file, names->sh_offset + section->sh_name, there, bytes);
	return err < 0 ? err : memcmp(there, name, bytes) == 0;
}

static int find(const struct file *file, const Elf64_Ehdr *header, const char *name, Elf64_Shdr *ret)
{
	Elf64_Shdr names;
	int found = 0, err = read_section(file, header, header->e_shstrndx, &names);

	if (err < 0)
		return err;
	if (names.sh_type != SHT_STRTAB || !holds(file, names.sh_offset, names.sh_size))
		return -EBADMSG;
	for (size_t i = 1; i < header->e_shnum && err == 0 && found == 0; i++) {
		err = read_section(file, header, i, ret);
		if (err == 0)
			found = has_name(file, &names, ret, name);
	}
	if (err < 0 || found < 0)
		return err < 0 ? err : found;
	return found ? 0 : -ENOENT;
}

int elf_section_find(int fd, const char *name, struct file_range *ret)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	struct file file;
	int err;

	if (strlen(name) >= NAME_BYTES_MAX)
		return -ENOENT;
	err = open_file(fd, &file);
	if (err == 0)
		err = read_header(&file, &header);
	if (err == 0)
		err = find(&file, &header, name, &section);
	if (err < 0)
		return err;
	if (section.sh_type == SHT_NOBITS || (section.sh_flags & SHF_COMPRESSED) ||
	    !holds(&file, section.sh_offset, section.sh_size))
		return -EBADMSG;
	*ret = (struct file_range){ section.sh_offset, section.sh_size };
	return 0;
}
