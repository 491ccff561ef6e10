/* SPDX-License-Identifier: Apache-2.0 */
/* ELF inspection, on small files that the compiler makes here and on damaged copies of them. */
#include "inspect/inspect.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "inspect/traits.h"
#include "unit.h"

#define FUNCTIONS                                                                  \
	"int SSL_write(void *s, const void *b, int n) { return s && b ? n : 3; }\n" \
	"int SSL_read(void *s, void *b, int n) { return s && b ? n + 1 : 7; }\n"

enum { WRITE = 0, READ, ABSENT, ASKED };

static char folder[] = "/tmp/promtap-unit-XXXXXX";
static char path[128];

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/promtap-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/out", folder);
}

static void teardown(void)
{
	char name[160];

	(void)unlink(path);
	(void)snprintf(name, sizeof(name), "%s/in.c", folder);
	(void)unlink(name);
	(void)snprintf(name, sizeof(name), "%s/script", folder);
	(void)unlink(name);
	(void)rmdir(folder);
}

static void file_write(const char *base, const char *text)
{
	char name[160];
	FILE *file;

	(void)snprintf(name, sizeof(name), "%s/%s", folder, base);
	file = fopen(name, "w");
	ck_assert_ptr_nonnull(file);
	(void)fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void compile(const char *source, const char *flags)
{
	char command[512];

	file_write("in.c", source);
	(void)snprintf(command, sizeof(command), "gcc -O1 -o %s %s/in.c %s", path, folder, flags);
	ck_assert_msg(system(command) == 0, "%s", command);
}

static struct inspect_request request_make(void)
{
	struct inspect_request request = { .id = 77, .symbol_count = ASKED };

	(void)strcpy(request.symbols[WRITE], "SSL_write");
	(void)strcpy(request.symbols[READ], "SSL_read");
	(void)strcpy(request.symbols[ABSENT], "SSL_writ");
	return request;
}

static struct inspect_reply inspect_path(const char *name)
{
	int fd auto_close = open(name, O_RDONLY | O_CLOEXEC);
	struct inspect_request request = request_make();
	struct inspect_reply reply;

	ck_assert_int_ge(fd, 0);
	inspect_elf(fd, &request, &reply);
	ck_assert_uint_eq(reply.id, 77);
	return reply;
}

static void same_code(uint64_t offset, const void *code)
{
	int fd auto_close = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char bytes[8];

	ck_assert_uint_ne(offset, 0);
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), (off_t)offset), sizeof(bytes));
	ck_assert_mem_eq(bytes, code, sizeof(bytes));
}

START_TEST(test_shared_library)
{
	struct inspect_reply reply;
	void *library;

	compile(FUNCTIONS, "-shared -fPIC -Wl,--build-id=sha1");
	reply = inspect_path(path);
	ck_assert_uint_eq(reply.result, INSPECT_OK);
	ck_assert_uint_eq(reply.build_id_len, 20);
	ck_assert_uint_eq(reply.offsets[ABSENT], 0);
	library = dlopen(path, RTLD_NOW);
	ck_assert_ptr_nonnull(library);
	same_code(reply.offsets[WRITE], dlsym(library, "SSL_write"));
	same_code(reply.offsets[READ], dlsym(library, "SSL_read"));
	ck_assert_uint_ne(reply.offsets[WRITE], reply.offsets[READ]);
	(void)dlclose(library);
}
END_TEST

/* The return value tells from outside that the offset is that of the code, not an address. */
START_TEST(test_offset_is_not_address)
{
	static const unsigned char code[] = { 0xb8, 0x44, 0x33, 0x22, 0x11, 0xc3 };	/* mov $0x11223344,%eax; ret */
	unsigned char bytes[sizeof(code)];
	struct inspect_reply reply;

	compile("int SSL_read(void) { return 0x11223344; }\nvoid _start(void) { SSL_read(); }\n",
		"-nostdlib -static -no-pie -fcf-protection=none -Wl,-Ttext-segment=0x7000000");
	reply = inspect_path(path);
	ck_assert_uint_eq(reply.result, INSPECT_OK);
	ck_assert_uint_lt(reply.offsets[READ], 0x7000000);
	int fd auto_close = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), (off_t)reply.offsets[READ]), sizeof(bytes));
#ifdef __x86_64__
	ck_assert_mem_eq(bytes, code, sizeof(code));
#endif
}
END_TEST

static const char two_segments[] =
	"PHDRS { one PT_LOAD FILEHDR PHDRS FLAGS(5); two PT_LOAD FLAGS(5); }\n"
	"SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { *(.text) } :one\n"
	". = 0x900000; .second : { *(.second) } :two /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) } }\n";

START_TEST(test_second_executable_segment)
{
	struct inspect_reply reply;
	char flags[256];

	file_write("script", two_segments);
	(void)snprintf(flags, sizeof(flags), "-nostdlib -static -no-pie -Wl,--build-id=none -Wl,-T,%s/script", folder);
	compile("__attribute__((section(\".second\"))) int SSL_read(void) { return 5; }\n"
		"int SSL_write(void) { return 6; }\nvoid _start(void) { SSL_read(); SSL_write(); }\n",
		flags);
	reply = inspect_path(path);
	ck_assert_uint_eq(reply.result, INSPECT_OK);
	ck_assert_uint_ne(reply.offsets[READ], 0);
	ck_assert_uint_ne(reply.offsets[WRITE], 0);
	ck_assert_uint_eq(reply.build_id_len, 0);
}
END_TEST

START_TEST(test_names_only_in_symtab)
{
	compile(FUNCTIONS "int main(void) { return SSL_write(0, 0, 1) + SSL_read(0, 0, 1); }\n", "-fno-inline");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_OK);
	compile(FUNCTIONS "int main(void) { return SSL_write(0, 0, 1) + SSL_read(0, 0, 1); }\n", "-fno-inline -s");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_NO_SYMBOLS);
}
END_TEST

START_TEST(test_imports_are_not_definitions)
{
	compile("extern int SSL_read(void);\nint caller(void) { return SSL_read(); }\n", "-shared -fPIC");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_NO_SYMBOLS);
}
END_TEST

START_TEST(test_ifunc_is_skipped)
{
	struct inspect_reply reply;

	compile("static int f(void) { return 1; }\nstatic void *pick(void) { return f; }\n"
		"int SSL_read(void) __attribute__((ifunc(\"pick\")));\nint SSL_write(void) { return 2; }\n",
		"-shared -fPIC");
	reply = inspect_path(path);
	ck_assert_uint_eq(reply.offsets[READ], 0);
	ck_assert_uint_ne(reply.offsets[WRITE], 0);
}
END_TEST

START_TEST(test_versions_are_ignored)
{
	struct inspect_reply reply;

	file_write("script", "V_1 { global: SSL_read; SSL_write; local: *; };\n");
	char flags[256];
	(void)snprintf(flags, sizeof(flags), "-shared -fPIC -Wl,--version-script=%s/script", folder);
	compile("int read_one(void) { return 1; }\n__asm__(\".symver read_one, SSL_read@@V_1\");\n"
		"int SSL_write(void) { return 2; }\n", flags);
	reply = inspect_path(path);
	ck_assert_uint_ne(reply.offsets[READ], 0);
	ck_assert_uint_ne(reply.offsets[WRITE], 0);
}
END_TEST

START_TEST(test_data_is_no_function)
{
	compile("int SSL_read = 4;\n", "-shared -fPIC");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_NO_SYMBOLS);
}
END_TEST

static const struct {
	const char *source;
	uint32_t traits;
} trait_cases[] = {
	{ "const char a[] = \"../third_party/boringssl/src/ssl/ssl_lib.cc\";", INSPECT_TRAIT_BORINGSSL },
	{ "const char a[] = \"../ssl/ssl_lib.c\";", INSPECT_TRAIT_OPENSSL },
	{ "const char a[] = \"/registry/rustls-0.23.5/src/conn.rs\";", INSPECT_TRAIT_RUSTLS },
	{ "__attribute__((section(\".gopclntab\"))) const char a[] = \"crypto/tls.(*Conn).Write\";", INSPECT_TRAIT_GO },
	/* Across the border of two pieces. */
	{ "const char a[] = { [65530] = '/', 'r', 'u', 's', 't', 'l', 's', '-', '0', '.' , '1' };", INSPECT_TRAIT_RUSTLS },
	{ "const char a[] = \"ssl_lib\";", 0 },
};

START_TEST(test_traits)
{
	struct inspect_reply reply;

	compile(trait_cases[_i].source, "-shared -fPIC");
	reply = inspect_path(path);
	ck_assert_uint_eq(reply.result, INSPECT_NO_SYMBOLS);
	ck_assert_uint_eq(reply.traits, trait_cases[_i].traits);
}
END_TEST

START_TEST(test_not_elf)
{
	int folder_fd auto_close = open("/tmp", O_RDONLY | O_CLOEXEC);
	struct inspect_request request = request_make();
	struct inspect_reply reply;

	file_write("out", "#!/bin/sh\necho no\n");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_NOT_ELF);
	file_write("out", "");
	ck_assert_uint_eq(inspect_path(path).result, INSPECT_NOT_ELF);
	inspect_elf(folder_fd, &request, &reply);
	ck_assert_uint_eq(reply.result, INSPECT_FAILED);
	inspect_elf(-1, &request, &reply);
	ck_assert_uint_eq(reply.result, INSPECT_FAILED);
}
END_TEST

static unsigned char *small_elf(size_t *ret_len)
{
	struct stat st;
	unsigned char *bytes;

	compile(FUNCTIONS, "-nostdlib -shared -fPIC -Wl,-z,noseparate-code -Wl,--build-id=sha1 -Wl,--hash-style=gnu");
	int fd auto_close = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &st), 0);
	bytes = malloc((size_t)st.st_size);
	ck_assert_int_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
	*ret_len = (size_t)st.st_size;
	return bytes;
}

/* One memory file, written anew: the damaged ones are many. */
static struct inspect_reply inspect_bytes(int fd, const unsigned char *bytes, size_t len)
{
	struct inspect_request request = request_make();
	struct inspect_reply reply;

	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	inspect_elf(fd, &request, &reply);
	ck_assert_uint_lt(reply.result, INSPECT_RESULT_MAX);
	ck_assert_uint_le(reply.build_id_len, BUILD_ID_BYTES);
	for (size_t i = 0; i < INSPECT_SYMBOLS_MAX; i++)
		ck_assert_msg(reply.offsets[i] < len || reply.offsets[i] == 0, "offset beyond the file");
	return reply;
}

START_TEST(test_other_machines)
{
	static const struct {
		size_t at;
		unsigned char value;
	} patches[] = {
		{ EI_CLASS, ELFCLASS32 },
		{ EI_DATA, ELFDATA2MSB },
		{ offsetof(Elf64_Ehdr, e_machine), EM_S390 },
		{ offsetof(Elf64_Ehdr, e_type), ET_REL },
		{ offsetof(Elf64_Ehdr, e_shentsize), 1 },
		{ offsetof(Elf64_Ehdr, e_shnum), 0 },
		{ offsetof(Elf64_Ehdr, e_shoff) + 7, 0x7f },
		{ offsetof(Elf64_Ehdr, e_phoff) + 7, 0xff },
	};
	int fd auto_close = memfd_create("elf", MFD_CLOEXEC);
	size_t len;
	unsigned char *bytes auto_free = small_elf(&len);

	ck_assert_uint_eq(inspect_bytes(fd, bytes, len).result, INSPECT_OK);
	for (size_t i = 0; i < ARRAY_SIZE(patches); i++) {
		unsigned char old = bytes[patches[i].at];

		bytes[patches[i].at] = patches[i].value;
		ck_assert_msg(inspect_bytes(fd, bytes, len).result == INSPECT_NOT_ELF, "patch %zu", i);
		bytes[patches[i].at] = old;
	}
}
END_TEST

START_TEST(test_cut_at_every_byte)
{
	int fd auto_close = memfd_create("elf", MFD_CLOEXEC);
	size_t len;
	unsigned char *bytes auto_free = small_elf(&len);

	for (size_t cut = 0; cut < len; cut++)
		ck_assert_uint_ne(inspect_bytes(fd, bytes, cut).result, INSPECT_OK);
}
END_TEST

/* Every byte of the file set to values that make counts and offsets extreme. */
START_TEST(test_damage_everywhere)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	int fd auto_close = memfd_create("elf", MFD_CLOEXEC);
	size_t len;
	unsigned char *bytes auto_free = small_elf(&len);

	for (size_t at = 0; at < len; at++) {
		unsigned char old = bytes[at];

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			bytes[at] = values[i];
			(void)inspect_bytes(fd, bytes, len);
		}
		bytes[at] = old;
	}
}
END_TEST

static const Elf64_Shdr *section_headers(unsigned char *bytes, Elf64_Ehdr **ret_header)
{
	*ret_header = (Elf64_Ehdr *)(void *)bytes;
	return (const Elf64_Shdr *)(const void *)(bytes + (*ret_header)->e_shoff);
}

/* A sparse file with tables of gigabytes must not be read. */
START_TEST(test_huge_tables)
{
	int fd auto_close = memfd_create("elf", MFD_CLOEXEC);
	struct inspect_request request = request_make();
	struct inspect_reply reply;
	Elf64_Ehdr *header;
	size_t len;
	unsigned char *bytes auto_free = small_elf(&len);
	Elf64_Shdr *sections = (Elf64_Shdr *)section_headers(bytes, &header);

	for (unsigned i = 1; i < header->e_shnum; i++) {
		if (sections[i].sh_type == SHT_STRTAB || sections[i].sh_type == SHT_DYNSYM ||
		    sections[i].sh_type == SHT_SYMTAB)
			sections[i].sh_size = 3ull << 30;
	}
	ck_assert_int_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	ck_assert_int_eq(ftruncate(fd, 8ll << 30), 0);
	inspect_elf(fd, &request, &reply);
	ck_assert_uint_eq(reply.result, INSPECT_FAILED);
}
END_TEST

START_TEST(test_asked_names_need_no_end)
{
	int fd auto_close = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct inspect_request request = { .symbol_count = UINT32_MAX };
	struct inspect_reply reply;

	memset(request.symbols, 'x', sizeof(request.symbols));
	inspect_elf(fd, &request, &reply);
	ck_assert_uint_eq(reply.result, INSPECT_NO_SYMBOLS);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("inspect");
	TCase *tests = tcase_create("elf");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_shared_library);
	tcase_add_test(tests, test_offset_is_not_address);
	tcase_add_test(tests, test_second_executable_segment);
	tcase_add_test(tests, test_names_only_in_symtab);
	tcase_add_test(tests, test_imports_are_not_definitions);
	tcase_add_test(tests, test_ifunc_is_skipped);
	tcase_add_test(tests, test_versions_are_ignored);
	tcase_add_test(tests, test_data_is_no_function);
	tcase_add_loop_test(tests, test_traits, 0, (int)ARRAY_SIZE(trait_cases));
	tcase_add_test(tests, test_not_elf);
	tcase_add_test(tests, test_other_machines);
	tcase_add_test(tests, test_cut_at_every_byte);
	tcase_add_test(tests, test_damage_everywhere);
	tcase_add_test(tests, test_huge_tables);
	tcase_add_test(tests, test_asked_names_need_no_end);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
