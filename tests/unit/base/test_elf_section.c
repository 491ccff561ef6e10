/* SPDX-License-Identifier: Apache-2.0 */
#include "base/elf_section.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

/* A program of four sections. */
static const char names[] = "\0.names\0.wanted\0.wante";
#define NAME_OF_NAMES 1
#define NAME_WANTED 8
#define NAME_SHORTER 16

struct image {
	Elf64_Ehdr header;
	Elf64_Shdr sections[4];
	char names[sizeof(names)];
	char wanted[10];
};

static struct image image;
static int fd = -1;

static void setup(void)
{
	image = (struct image){
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64 },
			.e_shoff = offsetof(struct image, sections),
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = ARRAY_SIZE(image.sections),
			.e_shstrndx = 1,
		},
		.sections = {
			[1] = { NAME_OF_NAMES, SHT_STRTAB, .sh_offset = offsetof(struct image, names), .sh_size = sizeof(names) },
			[2] = { NAME_SHORTER, SHT_PROGBITS },
			[3] = { NAME_WANTED, SHT_PROGBITS, .sh_offset = offsetof(struct image, wanted), .sh_size = 10 },
		},
	};
	image.header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	memcpy(image.names, names, sizeof(names));
	fd = memfd_create("elf", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
}

static void teardown(void)
{
	close_fd(&fd);
}

static int find(size_t bytes, struct file_range *ret)
{
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, &image, bytes, 0), (ssize_t)bytes);
	return elf_section_find(fd, ".wanted", ret);
}

static int find_whole(void)
{
	struct file_range range;

	return find(sizeof(image), &range);
}

START_TEST(it_is_found)
{
	struct file_range range;

	ck_assert_int_eq(find(sizeof(image), &range), 0);
	ck_assert_uint_eq(range.offset, offsetof(struct image, wanted));
	ck_assert_uint_eq(range.bytes, 10);
	ck_assert_int_eq(elf_section_find(fd, ".wante", &range), 0);
	ck_assert_uint_eq(range.bytes, 0);
	/* The first one of two. */
	image.sections[2].sh_name = NAME_WANTED;
	ck_assert_int_eq(find(sizeof(image), &range), 0);
	ck_assert_uint_eq(range.bytes, 0);
}
END_TEST

START_TEST(it_is_not_there)
{
	struct file_range range = { 7, 7 };
	char name[100];

	ck_assert_int_eq(find_whole(), 0);
	ck_assert_int_eq(elf_section_find(fd, ".wanted2", &range), -ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	range = (struct file_range){ 7, 7 };
	ck_assert_int_eq(elf_section_find(fd, name, &range), -ENOENT);
	image.header.e_shnum = 3;
	ck_assert_int_eq(find(sizeof(image), &range), -ENOENT);
	image.header.e_shnum = 0;
	ck_assert_int_eq(find(sizeof(image), &range), -ENOENT);
	ck_assert_uint_eq(range.offset + range.bytes, 14);
}
END_TEST

/* What must not be, field by field. */
static const struct {
	size_t at, bytes;
	uint64_t value;
	int err;
} hostile[] = {
#define HEADER(field, value, err) \
	{ offsetof(struct image, header.field), sizeof(image.header.field), (value), (err) }
#define SECTION(number, field, value, err) \
	{ offsetof(struct image, sections[number].field), sizeof(image.sections[0].field), (value), (err) }
	HEADER(e_ident[0], 'x', -EBADMSG),
	HEADER(e_ident[EI_CLASS], ELFCLASS32, -EBADMSG),
	HEADER(e_ident[EI_DATA], ELFDATANONE, -EBADMSG),
	HEADER(e_shentsize, sizeof(Elf64_Shdr) - 1, -EBADMSG),
	HEADER(e_shentsize, 0, -EBADMSG),
	HEADER(e_shnum, 5000, -EBADMSG),
	HEADER(e_shnum, 6, -EBADMSG),
	HEADER(e_shoff, sizeof(image), -EBADMSG),
	HEADER(e_shoff, UINT64_MAX - 100, -EBADMSG),
	HEADER(e_shoff, 0, -ENOENT),
	HEADER(e_shstrndx, 4, -ENOENT),
	HEADER(e_shstrndx, SHN_XINDEX, -ENOENT),
	HEADER(e_shstrndx, 2, -EBADMSG),
	SECTION(1, sh_type, SHT_NOBITS, -EBADMSG),
	SECTION(1, sh_offset, sizeof(image), -EBADMSG),
	SECTION(1, sh_offset, UINT64_MAX, -EBADMSG),
	SECTION(1, sh_size, UINT64_MAX, -EBADMSG),
	SECTION(1, sh_size, NAME_WANTED + 7, -ENOENT),	/* without the zero byte */
	SECTION(1, sh_size, 0, -ENOENT),
	SECTION(3, sh_name, sizeof(names), -ENOENT),
	SECTION(3, sh_name, UINT32_MAX, -ENOENT),
	SECTION(3, sh_type, SHT_NOBITS, -EBADMSG),
	SECTION(3, sh_flags, SHF_COMPRESSED, -EBADMSG),
	SECTION(3, sh_offset, UINT64_MAX, -EBADMSG),
	SECTION(3, sh_offset, sizeof(image), -EBADMSG),
	SECTION(3, sh_size, UINT64_MAX, -EBADMSG),
	SECTION(3, sh_size, sizeof(image), -EBADMSG),
#undef HEADER
#undef SECTION
};

START_TEST(hostile_fields)
{
	memcpy((char *)&image + hostile[_i].at, &hostile[_i].value, hostile[_i].bytes);
	ck_assert_int_eq(find_whole(), hostile[_i].err);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	size_t whole = offsetof(struct image, wanted) + sizeof(image.wanted);

	for (size_t bytes = 0; bytes < whole; bytes++) {
		struct file_range range = { 7, 7 };

		ck_assert_int_eq(find(bytes, &range), -EBADMSG);
		ck_assert_uint_eq(range.offset + range.bytes, 14);
	}
	ck_assert_int_eq(find_whole(), 0);
}
END_TEST

START_TEST(what_is_no_file)
{
	struct file_range range;
	int ends[2];

	ck_assert_int_eq(elf_section_find(-1, ".wanted", &range), -EBADF);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(elf_section_find(ends[0], ".wanted", &range), -EBADMSG);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

static Suite *make_elf_section(void)
{
	Suite *suite = suite_create("base: section of an ELF file");
	TCase *tc = tcase_create("sections");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_is_found);
	tcase_add_test(tc, it_is_not_there);
	tcase_add_loop_test(tc, hostile_fields, 0, ARRAY_SIZE(hostile));
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, what_is_no_file);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_elf_section)
