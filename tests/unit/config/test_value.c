/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/value.h"

static char problem[VALUE_PROBLEM_BYTES];
static uint64_t number;

static int parse(enum value_type type, const char *text)
{
	const struct value_rule rule = { .type = type, .min = 1024, .max = 1ull << 40 };

	number = 77;
	problem[0] = '\0';
	return value_parse(&rule, text, &number, problem);
}

static void refused(enum value_type type, const char *text, const char *said)
{
	ck_assert_msg(parse(type, text) == -EINVAL, "'%s' was accepted", text);
	ck_assert_str_eq(problem, said);
	ck_assert_uint_eq(number, 77);
}

START_TEST(addresses)
{
	static const char *const good[] = { "127.0.0.1:9797", "0.0.0.0:0", "[::1]:9797", "[::]:65535" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(parse(VALUE_ADDRESS, good[i]) == 0, "%s: %s", good[i], problem);
	refused(VALUE_ADDRESS, "9797x", "'9797x' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "9797", "'9797' has no address; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "127.0.0.1:", "'' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "127.0.0.1:65536", "'65536' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "127.0.0.1:-1", "'-1' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "127.0.0.1:18446744073709551617",
		"'18446744073709551617' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(VALUE_ADDRESS, "localhost:9797",
		"'localhost' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(VALUE_ADDRESS, "::1:9797",
		"'::1' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(VALUE_ADDRESS, "[127.0.0.1]:1",
		"'[127.0.0.1]' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(VALUE_ADDRESS, ":9797",
		"'' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(VALUE_ADDRESS, "", "has no value; write one, or leave it out");
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "1024", 1024 }, { "64K", 65536 }, { "64k", 65536 }, { "1M", 1048576 }, { "1024G", 1ull << 40 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		ck_assert_int_eq(parse(VALUE_SIZE, good[i].text), 0);
		ck_assert_uint_eq(number, good[i].bytes);
	}
	refused(VALUE_SIZE, "1023", "'1023' is out of range; write a size from 1K to 1024G");
	refused(VALUE_SIZE, "1025G", "'1025G' is out of range; write a size from 1K to 1024G");
	refused(VALUE_SIZE, "64KB", "'64KB' is not a size; write bytes, or 64K, 1M, 1G");
	refused(VALUE_SIZE, "-1", "'-1' is not a size; write bytes, or 64K, 1M, 1G");
	refused(VALUE_SIZE, "1.5M", "'1.5M' is not a size; write bytes, or 64K, 1M, 1G");
	refused(VALUE_SIZE, "K", "'K' is not a size; write bytes, or 64K, 1M, 1G");
	refused(VALUE_SIZE, "18446744073709551616",
		"'18446744073709551616' is not a size; write bytes, or 64K, 1M, 1G");
	refused(VALUE_SIZE, "18014398509481985G",
		"'18014398509481985G' is not a size; write bytes, or 64K, 1M, 1G");
}
END_TEST

START_TEST(powers_of_two)
{
	const struct value_rule rule = { .type = VALUE_SIZE, .power_of_two = true, .min = 65536, .max = 1 << 30 };

	ck_assert_int_eq(value_parse(&rule, "128K", &number, problem), 0);
	ck_assert_uint_eq(number, 131072);
	ck_assert_int_eq(value_parse(&rule, "96K", &number, problem), -EINVAL);
	ck_assert_str_eq(problem, "'96K' is not a power of two; write for example 16M, 32M or 64M");
	ck_assert_int_eq(value_parse(&rule, "65535", &number, problem), -EINVAL);
	ck_assert_str_eq(problem, "'65535' is out of range; write a size from 64K to 1G");
}
END_TEST

START_TEST(booleans_and_levels)
{
	static const char *const yes[] = { "true", "Yes", "on", "1" };
	static const char *const no[] = { "false", "no", "OFF", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		ck_assert_int_eq(parse(VALUE_BOOL, yes[i]), 0);
		ck_assert_uint_eq(number, 1);
		ck_assert_int_eq(parse(VALUE_BOOL, no[i]), 0);
		ck_assert_uint_eq(number, 0);
	}
	refused(VALUE_BOOL, "maybe", "'maybe' is neither true nor false; write true or false");
	ck_assert_int_eq(parse(VALUE_LEVEL, "debug"), 0);
	refused(VALUE_LEVEL, "verbose", "'verbose' is not a log level; use error, warning, info or debug");
}
END_TEST

START_TEST(names_and_paths)
{
	char text[5000];

	ck_assert_int_eq(parse(VALUE_NAME, "node-1.example_org"), 0);
	refused(VALUE_NAME, "a b", "'a b' is not a name; use letters, digits, '-', '.' and '_'");
	ck_assert_int_eq(parse(VALUE_PATH, "-"), 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(parse(VALUE_PATH, text), -EINVAL);
	ck_assert_int_eq(parse(VALUE_NAME, text), -EINVAL);
	text[253] = '\0';
	ck_assert_int_eq(parse(VALUE_NAME, text), 0);
	text[253] = 'x';
	text[254] = '\0';
	ck_assert_int_eq(parse(VALUE_NAME, text), -EINVAL);
}
END_TEST

/* What is quoted may come from a file: no control characters, and cut. */
START_TEST(quoted_text_is_harmless)
{
	refused(VALUE_BOOL, "a\033[2Jb\n", "'a?[2Jb?' is neither true nor false; write true or false");
	refused(VALUE_BOOL, "0123456789012345678901234567890123456789012345678901234567890123456789",
		"'012345678901234567890123456789012345678901234567890123456789012' is neither true nor false; "
		"write true or false");
}
END_TEST

START_TEST(lists_of_paths)
{
	static char text[8000];

	ck_assert_int_eq(parse(VALUE_PATHS, "/a/b.yaml"), 0);
	ck_assert_int_eq(parse(VALUE_PATHS, "a,b c,d"), 0);
	refused(VALUE_PATHS, "a,,b", "',b' names no file; write FILE,FILE");
	refused(VALUE_PATHS, ",", "',' names no file; write FILE,FILE");
	memset(text, 'x', 4096);
	ck_assert_int_eq(parse(VALUE_PATHS, text), -EINVAL);
	text[4000] = ',';
	ck_assert_int_eq(parse(VALUE_PATHS, text), 0);
}
END_TEST

static Suite *make_value(void)
{
	Suite *suite = suite_create("value");
	TCase *tc = tcase_create("value");

	tcase_add_test(tc, addresses);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, powers_of_two);
	tcase_add_test(tc, booleans_and_levels);
	tcase_add_test(tc, names_and_paths);
	tcase_add_test(tc, quoted_text_is_harmless);
	tcase_add_test(tc, lists_of_paths);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_value)
