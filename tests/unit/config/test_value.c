/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/value.h"

static char problem[VALUE_PROBLEM_BYTES];
static uint64_t number;

typedef bool (*check_fn)(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);

static void accepted(check_fn check, const char *text)
{
	problem[0] = '\0';
	ck_assert_msg(check(text, problem), "%s: %s", text, problem);
}

static void refused(check_fn check, const char *text, const char *said)
{
	number = 77;
	ck_assert_msg(!check(text, problem), "'%s' was accepted", text);
	ck_assert_str_eq(problem, said);
	ck_assert_uint_eq(number, 77);
}

static bool is_size(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	return value_size(text, 1024, 1ull << 40, &number, ret_problem);
}

static bool is_bool(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	bool truth;

	if (!value_bool(text, &truth, ret_problem))
		return false;
	number = truth;
	return true;
}

START_TEST(addresses)
{
	static const char *const good[] = { "127.0.0.1:9797", "0.0.0.0:0", "[::1]:9797", "[::]:65535" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		accepted(value_is_address, good[i]);
	refused(value_is_address, "9797x", "'9797x' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "9797", "'9797' has no address; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "127.0.0.1:", "'' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "127.0.0.1:65536", "'65536' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "127.0.0.1:-1", "'-1' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "127.0.0.1:18446744073709551617",
		"'18446744073709551617' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	refused(value_is_address, "localhost:9797",
		"'localhost' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(value_is_address, "::1:9797",
		"'::1' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(value_is_address, "[127.0.0.1]:1",
		"'[127.0.0.1]' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	refused(value_is_address, ":9797",
		"'' is not an IP address; write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
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
		accepted(is_size, good[i].text);
		ck_assert_uint_eq(number, good[i].bytes);
	}
	refused(is_size, "1023", "'1023' is out of range; write a size from 1K to 1024G");
	refused(is_size, "1025G", "'1025G' is out of range; write a size from 1K to 1024G");
	refused(is_size, "64KB", "'64KB' is not a size; write bytes, or 64K, 1M, 1G");
	refused(is_size, "-1", "'-1' is not a size; write bytes, or 64K, 1M, 1G");
	refused(is_size, "1.5M", "'1.5M' is not a size; write bytes, or 64K, 1M, 1G");
	refused(is_size, "K", "'K' is not a size; write bytes, or 64K, 1M, 1G");
	refused(is_size, "18446744073709551616",
		"'18446744073709551616' is not a size; write bytes, or 64K, 1M, 1G");
	refused(is_size, "18014398509481985G",
		"'18014398509481985G' is not a size; write bytes, or 64K, 1M, 1G");
}
END_TEST

START_TEST(powers_of_two)
{
	accepted(value_is_power_of_two, "128K");
	refused(value_is_power_of_two, "96K", "'96K' is not a power of two; write for example 16M, 32M or 64M");
	refused(value_is_power_of_two, "0", "'0' is not a power of two; write for example 16M, 32M or 64M");
	ck_assert(!value_size("65535", 65536, 1 << 30, &number, problem));
	ck_assert_str_eq(problem, "'65535' is out of range; write a size from 64K to 1G");
}
END_TEST

START_TEST(booleans)
{
	static const char *const yes[] = { "true", "Yes", "on", "1" };
	static const char *const no[] = { "false", "no", "OFF", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		accepted(is_bool, yes[i]);
		ck_assert_uint_eq(number, 1);
		accepted(is_bool, no[i]);
		ck_assert_uint_eq(number, 0);
	}
	refused(is_bool, "maybe", "'maybe' is neither true nor false; write true or false");
}
END_TEST

START_TEST(names_and_paths)
{
	char text[5000];

	accepted(value_is_name, "node-1.example_org");
	refused(value_is_name, "a b", "'a b' is not a name; use letters, digits, '-', '.' and '_'");
	accepted(value_is_path, "-");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(!value_is_path(text, problem));
	ck_assert(!value_is_name(text, problem));
	text[253] = '\0';
	accepted(value_is_name, text);
	text[253] = 'x';
	text[254] = '\0';
	ck_assert(!value_is_name(text, problem));
}
END_TEST

/* What is quoted may come from a file: no control characters, and cut. */
START_TEST(quoted_text_is_harmless)
{
	refused(is_bool, "a\033[2Jb\n", "'a?[2Jb?' is neither true nor false; write true or false");
	refused(is_bool, "0123456789012345678901234567890123456789012345678901234567890123456789",
		"'012345678901234567890123456789012345678901234567890123456789012' is neither true nor false; "
		"write true or false");
}
END_TEST

START_TEST(lists_of_paths)
{
	static char text[8000];

	accepted(value_is_paths, "/a/b.yaml");
	accepted(value_is_paths, "a,b c,d");
	refused(value_is_paths, "a,,b", "',b' names no file; write FILE,FILE");
	refused(value_is_paths, ",", "',' names no file; write FILE,FILE");
	memset(text, 'x', 4096);
	ck_assert(!value_is_paths(text, problem));
	text[4000] = ',';
	accepted(value_is_paths, text);
}
END_TEST

static bool is_duration(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	return value_duration(text, 1000000000, 86400000000000, &number, ret_problem);
}

START_TEST(durations)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "90s", 90000000000 }, { "1h30m", 5400000000000 }, { "1500ms", 1500000000 }, { "1d", 86400000000000 },
		{ "1000000us", 1000000000 }, { "1s500ms", 1500000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		accepted(is_duration, good[i].text);
		ck_assert_uint_eq(number, good[i].ns);
	}
	ck_assert(value_duration("0", 0, 0, &number, problem) && number == 0);
	refused(is_duration, "90", "'90' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused(is_duration, "1.5h", "'1.5h' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused(is_duration, "-1s", "'-1s' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused(is_duration, "1y", "'1y' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused(is_duration, "99999999999d",
		"'99999999999d' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused(is_duration, "2d", "'2d' is out of range; write a duration from 1s to 1d");
	refused(is_duration, "1ms", "'1ms' is out of range; write a duration from 1s to 1d");
}
END_TEST

/* What is printed means what was read. */
START_TEST(printed_values)
{
	static const uint64_t values[] = { 0, 1, 999, 1000, 1024, 1536, 65536, 1ull << 30, 5400000000000,
					   86400000000001, UINT64_MAX };
	char text[VALUE_PRINT_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		value_print_size(values[i], text);
		ck_assert(value_size(text, 0, 0, &number, problem));
		ck_assert_uint_eq(number, values[i]);
		value_print_duration(values[i], text);
		ck_assert_msg(value_duration(text, 0, 0, &number, problem), "%s", problem);
		ck_assert_uint_eq(number, values[i]);
	}
	value_print_duration(900000000000, text);
	ck_assert_str_eq(text, "15m");
	value_print_size(0, text);
	ck_assert_str_eq(text, "0");
}
END_TEST

START_TEST(numbers)
{
	static const char *const bad[] = { "",	 "x",	"nan", "inf", "1e999", "0x10", " 1",
					   "1 ", "1,5", "1..", "%",   "1%%",   "e5" };
	double n = 0;

	ck_assert(value_number("0.05", 0, 1, PERCENT_IS_SHARE, &n, problem) && n == 0.05);
	ck_assert(value_number("7%", 0, 1, PERCENT_IS_SHARE, &n, problem) && n == 0.07);
	ck_assert(value_number("10%", 1, 1000, PERCENT_IS_UNIT, &n, problem) && n == 10);
	ck_assert(value_number("10", 1, 1000, PERCENT_IS_UNIT, &n, problem) && n == 10);
	ck_assert(value_number("-1e3", 0, 0, PERCENT_NONE, &n, problem) && n == -1000);
	ck_assert(!value_number("2000%", 0, 1e9, PERCENT_NONE, &n, problem));
	ck_assert_str_eq(problem, "'2000%' is not a number; write for example 1500 or 0.5");
	ck_assert(!value_number("5", 0, 1, PERCENT_IS_SHARE, &n, problem));
	ck_assert_str_eq(problem, "'5' is out of range; write a number from 0 (0%) to 1 (100%)");
	ck_assert(!value_number("0.5", 1, 1000, PERCENT_IS_UNIT, &n, problem));
	ck_assert_str_eq(problem, "'0.5' is out of range; write a number from 1 to 1000");
	ck_assert(!value_number("-0.5", 0, 1, PERCENT_IS_SHARE, &n, problem));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!value_number(bad[i], 0, 0, PERCENT_IS_SHARE, &n, problem), "'%s' was accepted", bad[i]);
	ck_assert(value_count("7", 1, 9, &number, problem) && number == 7);
	ck_assert(!value_count("10", 1, 9, &number, problem));
	ck_assert_str_eq(problem, "'10' is out of range; write a number from 1 to 9");
	ck_assert(!value_count("7.0", 0, 0, &number, problem) && !value_count("", 0, 0, &number, problem));
	ck_assert(!value_count("18446744073709551616", 0, 0, &number, problem));
	ck_assert_str_eq(problem, "'18446744073709551616' is too great a number; write a smaller one");
}
END_TEST

START_TEST(printable_text)
{
	static const char *const good[] = { "", "a b", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0" };
	static const char *const bad[] = { "\n",       "\x7f",	       "\xc2\x85",
					   "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\xe2\x82", "\xff",	       "\x80",
					   "a\xc3",    "\xc3(" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(value_is_printable(good[i], strlen(good[i])), "%zu", i);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!value_is_printable(bad[i], strlen(bad[i])), "%zu", i);
	ck_assert(!value_is_printable("a\0b", 3));
}
END_TEST

static Suite *make_value(void)
{
	Suite *suite = suite_create("value");
	TCase *tc = tcase_create("value");

	tcase_add_test(tc, addresses);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, powers_of_two);
	tcase_add_test(tc, booleans);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, printed_values);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, printable_text);
	tcase_add_test(tc, names_and_paths);
	tcase_add_test(tc, quoted_text_is_harmless);
	tcase_add_test(tc, lists_of_paths);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_value)
