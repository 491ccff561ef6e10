/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/maps with honest and hostile lines, in any pieces. */
#include "attach/maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "attach/tls_libs.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "unit.h"

static struct buffer seen;

static bool note(void *ctx, const struct mapping *mapping)
{
	(void)ctx;
	ck_assert_int_eq(buffer_printf(&seen, "%llx-%llx %d %u:%u %llu <%.*s>\n", (unsigned long long)mapping->start,
				       (unsigned long long)mapping->end, mapping->executable,
				       major(mapping->device), minor(mapping->device),
				       (unsigned long long)mapping->inode, (int)mapping->path.len, mapping->path.ptr),
			 0);
	return true;
}

static void check_text(const char *text, size_t len, size_t cut, const char *expected)
{
	static struct maps_reader reader;

	buffer_done(&seen);
	seen = (struct buffer){ 0 };
	maps_reader_init(&reader, note, NULL);
	maps_feed(&reader, text, cut);
	maps_feed(&reader, text + cut, len - cut);
	ck_assert_int_eq(buffer_printf(&seen, "%s", ""), 0);
	ck_assert_str_eq(seen.data ? seen.data : "", expected);
}

static const struct {
	const char *text, *expected;
} cases[] = {
	{ "7f1c00000000-7f1c00021000 r-xp 00001000 fe:01 131090                     /usr/lib/libssl.so.3\n",
	  "7f1c00000000-7f1c00021000 1 254:1 131090 </usr/lib/libssl.so.3>\n" },
	{ "00400000-00401000 r--p 00000000 00:27 5 /a b/c (deleted)\n", "400000-401000 0 0:39 5 </a b/c (deleted)>\n" },
	{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n",
	  "ffffffffff600000-ffffffffff601000 1 0:0 0 <[vsyscall]>\n" },
	{ "1000-2000 rw-p 00000000 00:00 0 \n", "1000-2000 0 0:0 0 <>\n" },
	/* A name that plays a line of its own: newlines are printed as \012. */
	{ "1000-2000 r-xp 00000000 08:01 7 /tmp/x\\0121-2 r-xp 00000000 08:01 9 /libssl.so.3\n",
	  "1000-2000 1 8:1 7 </tmp/x\\0121-2 r-xp 00000000 08:01 9 /libssl.so.3>\n" },
	{ "1000-2000 rwxs 00000000 103:1ff 18446744073709551615 /\377\376\n",
	  "1000-2000 1 259:511 18446744073709551615 </\377\376>\n" },
	/* Not of the form: passed over, the next line is taken. */
	{ "\n\nhello\n1000-2000\n1000-2000 r-xp\n3000-4000 r-xp 0 8:1 3 /b\n", "3000-4000 1 8:1 3 </b>\n" },
	{ "2000-1000 r-xp 0 8:1 3 /b\n", "" },
	{ "1000-1000 r-xp 0 8:1 3 /b\n", "" },
	{ "11112222333344445-2 r-xp 0 8:1 3 /b\n", "" },
	{ "1000-2000 r-xp 0 8:1 18446744073709551616 /b\n", "" },
	{ "1000-2000 r-xp 0 8:1 1f /b\n", "" },
	{ "-2000 r-xp 0 8:1 1 /b\n", "" },
	{ "1000-2000 r-xp 0 8:1 3 /not ended", "" },
};

START_TEST(test_lines_cut_anywhere)
{
	size_t len = strlen(cases[_i].text);

	for (size_t cut = 0; cut <= len; cut++)
		check_text(cases[_i].text, len, cut, cases[_i].expected);
}
END_TEST

START_TEST(test_longest_and_longer_lines)
{
	static const char head[] = "1000-2000 r-xp 00000000 08:01 7 /";
	static const char next[] = "\n3000-4000 r-xp 00000000 08:01 8 /next\n";
	char *text auto_free = malloc(4 * MAPS_LINE_BYTES);
	size_t path = MAPS_LINE_BYTES - (sizeof(head) - 1);

	for (size_t extra = 0; extra < 2; extra++) {
		size_t len = 0;

		memcpy(text, head, sizeof(head) - 1);
		len += sizeof(head) - 1;
		memset(text + len, 'x', path + extra);
		len += path + extra;
		memcpy(text + len, next, sizeof(next) - 1);
		len += sizeof(next) - 1;
		buffer_done(&seen);
		seen = (struct buffer){ 0 };
		static struct maps_reader reader;
		maps_reader_init(&reader, note, NULL);
		maps_feed(&reader, text, len);
		ck_assert_int_eq(strncmp(seen.data, "1000", 4) == 0, extra == 0);
		ck_assert_ptr_nonnull(strstr(seen.data, "3000-4000 1 8:1 8 </next>\n"));
	}
}
END_TEST

static bool stop_at_second(void *ctx, const struct mapping *mapping)
{
	unsigned *count = ctx;

	(void)mapping;
	return ++*count < 2;
}

START_TEST(test_stops_when_told)
{
	static const char text[] = "1-2 r-xp 0 8:1 3 /a\n1-2 r-xp 0 8:1 3 /b\n1-2 r-xp 0 8:1 3 /c\n";
	static struct maps_reader reader;
	unsigned count = 0;

	maps_reader_init(&reader, stop_at_second, &count);
	maps_feed(&reader, text, sizeof(text) - 1);
	ck_assert_uint_eq(count, 2);
}
END_TEST

static const struct {
	const char *path, *library;
} names[] = {
	{ "/usr/lib/x86_64-linux-gnu/libssl.so.3", "openssl" },
	{ "/usr/lib/libssl.so.1.1", "openssl" },
	{ "/usr/lib/libssl.so.3 (deleted)", "openssl" },
	{ "/venv/psycopg2_binary.libs/libssl-81ffa89e.so.1.1.1k", "openssl" },
	{ "/x/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", "openssl" },
	{ "/usr/lib/libssl3.so", "nss" },
	{ "/usr/lib/libgnutls.so.30.34.3", "gnutls" },
	{ "/usr/lib/jvm/lib/server/libjvm.so", "java" },
	{ "/usr/lib/libcrypto.so.3", NULL },
	{ "/libssl.so.3/other", NULL },
	{ "libssl.so.3", NULL },
	{ "[vdso]", NULL },
	{ "", NULL },
};

START_TEST(test_library_by_name)
{
	const struct tls_library *library = tls_library_of_path(slice_of(names[_i].path));

	ck_assert_int_eq(library != NULL, names[_i].library != NULL);
	if (library)
		ck_assert_str_eq(library->name, names[_i].library);
}
END_TEST

START_TEST(test_long_name_is_no_library)
{
	char path[1024] = "/libssl.so.";

	memset(path + strlen(path), '3', sizeof(path) - strlen(path) - 1);
	ck_assert_ptr_null(tls_library_of_path(slice_of(path)));
}
END_TEST

START_TEST(test_library_rows)
{
	for (size_t i = 0; i < tls_library_count; i++) {
		const struct tls_library *library = &tls_libraries[i];

		ck_assert_uint_lt(strlen(library->name), TLS_STACK_BYTES);
		ck_assert_uint_le(library->function_count, TLS_FUNCTIONS_MAX);
		ck_assert_ptr_nonnull(library->why_not);
		for (size_t j = 0; j < library->function_count; j++)
			ck_assert_uint_lt(strlen(library->functions[j].symbol), INSPECT_SYMBOL_BYTES);
	}
}
END_TEST

START_TEST(test_usable_needs_both_directions)
{
	const struct tls_library *library = tls_library_of_programs();
	struct inspect_request request;

	tls_library_request(library, 9, &request);
	ck_assert_uint_eq(request.id, 9);
	ck_assert_uint_eq(request.symbol_count, library->function_count);
	for (unsigned set = 0; set < 1u << TLS_PROGRAM_MAX; set++) {
		struct inspect_reply reply = { .result = INSPECT_OK };
		bool writes = set & (1u << TLS_WRITE | 1u << TLS_WRITE_EX);
		bool reads = set & (1u << TLS_READ | 1u << TLS_READ_EX);

		for (size_t i = 0; i < library->function_count; i++)
			reply.offsets[i] = set >> library->functions[i].program & 1;
		ck_assert_int_eq(tls_library_usable(library, &reply), writes && reads);
		reply.result = INSPECT_FAILED;
		ck_assert(!tls_library_usable(library, &reply));
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("maps");
	TCase *tests = tcase_create("maps");

	tcase_add_loop_test(tests, test_lines_cut_anywhere, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tests, test_longest_and_longer_lines);
	tcase_add_test(tests, test_stops_when_told);
	tcase_add_loop_test(tests, test_library_by_name, 0, (int)ARRAY_SIZE(names));
	tcase_add_test(tests, test_long_name_is_no_library);
	tcase_add_test(tests, test_library_rows);
	tcase_add_test(tests, test_usable_needs_both_directions);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
