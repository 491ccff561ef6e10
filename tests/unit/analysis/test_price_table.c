/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/price_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

#define HEADER "provider,model,input,output\n"
#define DATED "provider,model,input,output,valid_from,valid_until\n"
#define FACTORS "provider,model,input,output,tier,factor\n"

static struct price_table *parse(const char *text)
{
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "";
	int err = price_table_parse("p.csv", slice_of(text), &table, error);

	ck_assert_msg(err == 0, "%s", error);
	return table;
}

static int64_t price_of(const struct price_table *table, const char *provider, const char *model,
			enum price_class class)
{
	struct price_rows rows = price_table_find(table, provider, model);

	ck_assert_uint_ge(rows.count, 1);
	return rows.rows[0].pico_usd[class];
}

START_TEST(columns_come_in_any_order)
{
	struct price_table *table = parse("# a comment, with \xc3\xa9\n"
					  "\n"
					  "output,provider, model ,cache_read,input\r\n"
					  "10, openai ,\"gpt, \"\"big\"\"\",,2.5\r\n"
					  "#1,2,3\n"
					  "1\t,x, y z\t,0.25 ,3");

	ck_assert_uint_eq(price_table_rows(table), 2);
	ck_assert_int_eq(price_of(table, "openai", "gpt, \"big\"", PRICE_INPUT), 2500000);
	ck_assert_int_eq(price_of(table, "openai", "gpt, \"big\"", PRICE_OUTPUT), 10000000);
	ck_assert_int_eq(price_of(table, "x", "y z", PRICE_CACHE_READ), 250000);
	price_table_free(table);
}
END_TEST

struct bad {
	const char *text;
	unsigned line;
	const char *says[3];
};

static const struct bad bad_files[] = {
	{ "", 0, { "no header", "provider,model,input,output" } },
	{ "# only this\n\n", 2, { "no header" } },
	{ "provider,model,input\n", 1, { "lacks column output" } },
	{ "provider,model,input,output,price\n", 1, { "column 'price' is not known" } },
	{ "provider,model,input,output,input\n", 1, { "column input stands twice" } },
	{ HEADER "#\n#\n#\n#\n#\nopenai,m,2,\"1,5\"\n", 7, { "column output", "'1,5' is not a number", "write 1.5" } },
	{ HEADER "openai,m,2,1,5\n", 2, { "5 fields", "4", "1.5, not 1,5" } },
	{ HEADER "openai,m,2\n", 2, { "3 fields" } },
	{ HEADER "openai,m,2.5e-06,1\n", 2, { "column input", "exponent", "per million" } },
	{ HEADER "openai,m,-1,1\n", 2, { "column input", "'-1' is not a number" } },
	{ HEADER "openai,m,1.,1\n", 2, { "column input", "not a number" } },
	{ HEADER "openai,m,.5,1\n", 2, { "column input", "not a number" } },
	{ HEADER "openai,m,1,0x10\n", 2, { "column output", "not a number" } },
	{ HEADER "openai,m,1,$2\n", 2, { "column output", "not a number" } },
	{ HEADER "openai,m,1,99999999999999999999\n", 2, { "column output", "not a number" } },
	{ HEADER "openai,m,1,999999999999999\n", 2, { "column output", "not a number" } },
	{ HEADER "openai,m,1,999999999999\n", 2, { "column output", "above 700" } },
	{ HEADER "openai,m,0.0000001,1\n", 2, { "column input", "6 decimals" } },
	{ HEADER "openai,m,300.000001,1\n", 2, { "column input", "above 300", "per million" } },
	{ HEADER "openai,m,1,700.1\n", 2, { "column output", "above 700" } },
	{ HEADER ",m,1,1\n", 2, { "column provider", "empty" } },
	{ HEADER "openai,,1,1\n", 2, { "column model", "empty" } },
	{ HEADER "openai,m,,\n", 2, { "column input", "state a price" } },
	{ HEADER "openai,m,1,1\nopenai,n,1,1\nopenai,m,2,2\n", 4, { "column model", "line 2", "remove one" } },
	{ HEADER "openai,\"m,1,1\n", 2, { "quoted field does not end" } },
	{ HEADER "openai,\"m\"x,1,1\n", 2, { "quoted field does not end" } },
	{ HEADER "openai,m\xc3\xa9,1,1\n", 2, { "not printable ASCII" } },
	{ "provider,model,input,output,above\nopenai,m,1,1,200k\n", 2, { "column above", "'200k'", "200000" } },
	{ "provider,model,input,output,alias_of\nopenai,m,1,1,n\n", 2, { "column alias_of", "leave the other" } },
	{ "provider,model,input,output,alias_of\nopenai,m,,,n\n", 2, { "column alias_of", "no model 'n'" } },
	{ "provider,model,input,output,alias_of\no,a,,,b\no,b,,,c\no,c,1,1,\n", 2, { "is an alias too" } },
	{ "provider,model,input,output,alias_of,valid_from\no,a,,,b,2026-01-01\no,b,1,1,,\n", 2,
	  { "column alias_of", "leave the other" } },
	{ DATED "o,m,1,1,2026-9-1,\n", 2, { "column valid_from", "'2026-9-1' is not a day", "2026-09-01" } },
	{ DATED "o,m,1,1,,2026-02-29\n", 2, { "column valid_until", "not a day" } },
	{ DATED "o,m,1,1,2026-13-01,\n", 2, { "column valid_from", "not a day" } },
	{ DATED "o,m,1,1,1969-12-31,\n", 2, { "column valid_from", "not a day" } },
	{ DATED "o,m,1,1,2026-09-01T00:00:00Z,\n", 2, { "column valid_from", "not a day" } },
	{ DATED "o,m,1,1,2026-09-01,2026-08-31\n", 2, { "column valid_until", "before valid_from", "last day" } },
	{ DATED "o,m,1,1,,\no,m,2,2,2026-09-01,\n", 3, { "column valid_from", "line 2", "valid_until" } },
	{ DATED "o,m,2,2,2026-09-01,\no,m,1,1,,2026-09-01\n", 3, { "column valid_until", "line 2", "'m'" } },
	{ DATED "o,m,1,1,2026-09-01,2026-09-30\no,m,2,2,2026-09-01,2026-09-30\n", 3, { "line 2", "remove one" } },
	{ FACTORS "o,m,1,1,us,1.1\n", 2, { "column factor", "beside prices", "row" } },
	{ FACTORS "o,m,,,,1.1\n", 2, { "column tier", "empty" } },
	{ FACTORS "o,m,,,us,0\n", 2, { "column factor", "zero" } },
	{ FACTORS "o,m,,,us,101\n", 2, { "column factor", "above 100" } },
	{ FACTORS "o,m,,,us,10%\n", 2, { "column factor", "not a number", "1.1" } },
	{ "provider,model,input,output,image\no,m,,,1e-2\n", 2, { "column image", "exponent", "one image" } },
	{ "provider,model,input,output,image\no,m,,,4000\n", 2, { "column image", "above 100", "one image" } },
	{ "provider,model,input,output,image\no,m,,,0.0000000000001\n", 2, { "column image", "12 decimals" } },
	{ "provider,model,input,output,image,variant\no,m,,,1,hd\no,m,,,2,hd\n", 3, { "line 2", "remove one" } },
	{ "provider,model,input,output,alias_of,tier\no,a,,,b,\no,a,1,1,,flex\no,b,1,1,,\n", 3,
	  { "stands in line 2 already" } },
};

START_TEST(errors_name_file_line_field_and_cure)
{
	const struct bad *bad = &bad_files[_i];
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "", place[32];

	ck_assert_int_eq(price_table_parse("p.csv", slice_of(bad->text), &table, error), -EINVAL);
	ck_assert_ptr_null(table);
	(void)snprintf(place, sizeof(place), "p.csv:%u: ", bad->line);
	ck_assert_msg(strncmp(error, place, strlen(place)) == 0, "'%s' does not begin with '%s'", error, place);
	for (size_t i = 0; i < ARRAY_SIZE(bad->says) && bad->says[i]; i++)
		ck_assert_msg(strstr(error, bad->says[i]), "'%s' does not say '%s'", error, bad->says[i]);
}
END_TEST

START_TEST(zero_bytes_and_long_files_are_refused)
{
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "";
	char *big = malloc(PRICE_FILE_BYTES_MAX + 1);

	ck_assert_int_eq(price_table_parse("p", (struct slice){ HEADER "\0", sizeof(HEADER) }, &table, error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "zero byte"));
	memset(big, '\n', PRICE_FILE_BYTES_MAX + 1);
	ck_assert_int_eq(price_table_parse("p", (struct slice){ big, PRICE_FILE_BYTES_MAX + 1 }, &table, error), -E2BIG);
	ck_assert_ptr_nonnull(strstr(error, "limit"));
	free(big);
}
END_TEST

START_TEST(rows_are_bounded)
{
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "";
	size_t capacity = 24 * (PRICE_ROWS_MAX + 2), len;
	char *text = malloc(capacity);

	len = (size_t)snprintf(text, capacity, HEADER);
	for (int i = 0; i <= PRICE_ROWS_MAX; i++)
		len += (size_t)snprintf(text + len, capacity - len, "o,m%d,1,1\n", i);
	ck_assert_int_eq(price_table_parse("p", (struct slice){ text, len }, &table, error), -E2BIG);
	ck_assert_ptr_nonnull(strstr(error, "rows"));
	free(text);
}
END_TEST

/* No cut of a good file crashes, and a cut inside a row is never half a price. */
START_TEST(every_cut_is_a_table_or_an_error)
{
	static const char text[] = "# c\n" HEADER "openai,\"a,\"\"b\",12.5,3\nx,y,1,2\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct price_table *table = NULL;
		char error[PRICE_ERROR_BYTES];
		char *copy = malloc(len + 1);
		int err;

		memcpy(copy, text, len);
		err = price_table_parse("p", (struct slice){ copy, len }, &table, error);
		free(copy);
		ck_assert_int_eq(err == 0, table != NULL);
		if (len + 1 == sizeof(text)) {
			ck_assert_uint_eq(price_table_rows(table), 2);
			ck_assert_int_eq(price_of(table, "openai", "a,\"b", PRICE_INPUT), 12500000);
		}
		price_table_free(table);
	}
}
END_TEST

START_TEST(prices_are_pico_dollars)
{
	struct price_table *table = parse(HEADER "o,a,0.000001,0\no,b,300,700\no,c,2.50,12.345678\n");

	ck_assert_int_eq(price_of(table, "o", "a", PRICE_INPUT), 1);
	ck_assert_int_eq(price_of(table, "o", "a", PRICE_OUTPUT), 0);
	ck_assert_int_eq(price_of(table, "o", "b", PRICE_OUTPUT), 700000000);
	ck_assert_int_eq(price_of(table, "o", "c", PRICE_INPUT), 2500000);
	ck_assert_int_eq(price_of(table, "o", "c", PRICE_OUTPUT), 12345678);
	ck_assert_int_eq(price_of(table, "o", "c", PRICE_CACHE_READ), PRICE_NOT_STATED);
	price_table_free(table);
}
END_TEST

START_TEST(units_are_pico_dollars)
{
	struct price_table *table = parse("provider,model,input,output,image,character,audio_second\n"
					  "o,a,,,0.04,15,0.000000000001\no,b,,,100,700,100\n");

	ck_assert_int_eq(price_of(table, "o", "a", PRICE_IMAGE), 40000000000);
	ck_assert_int_eq(price_of(table, "o", "a", PRICE_CHARACTER), 15000000);
	ck_assert_int_eq(price_of(table, "o", "a", PRICE_AUDIO_SECOND), 1);
	ck_assert_int_eq(price_of(table, "o", "b", PRICE_IMAGE), 100000000000000);
	price_table_free(table);
}
END_TEST

static const struct {
	const char *day;
	int64_t number;
} days[] = {
	{ "1970-01-01", 0 },	   { "1970-12-31", 364 },   { "1972-02-29", 789 },   { "2000-02-29", 11016 },
	{ "2000-03-01", 11017 }, { "2026-09-01", 20697 }, { "2100-03-01", 47541 }, { "9999-12-31", 2932896 },
};

START_TEST(days_are_counted_from_1970)
{
	char text[128];
	struct price_table *table;

	(void)snprintf(text, sizeof(text), DATED "o,m,1,1,%s,%s\n", days[_i].day, days[_i].day);
	table = parse(text);
	ck_assert_int_eq(price_table_find(table, "o", "m").rows[0].first_day, days[_i].number);
	ck_assert_int_eq(price_table_find(table, "o", "m").rows[0].last_day, days[_i].number);
	price_table_free(table);
}
END_TEST

/* Rows of one model stand in order of their days, whatever the file's. */
START_TEST(days_that_follow_do_not_overlap)
{
	struct price_table *table = parse(DATED "o,m,3,3,2026-10-01,\no,m,1,1,,2026-08-31\no,m,2,2,2026-09-01,2026-09-30\n");
	struct price_rows rows = price_table_find(table, "o", "m");

	ck_assert_uint_eq(rows.count, 3);
	for (size_t i = 0; i < rows.count; i++)
		ck_assert_int_eq(rows.rows[i].pico_usd[PRICE_INPUT], (int64_t)(i + 1) * 1000000);
	price_table_free(table);
}
END_TEST

START_TEST(exact_case_goes_before_other_case)
{
	struct price_table *table = parse(HEADER "o,BAAI/x,1,1\no,baai/x,2,2\no,Only,3,3\n");

	ck_assert_int_eq(price_of(table, "o", "baai/x", PRICE_INPUT), 2000000);
	ck_assert_int_eq(price_of(table, "o", "BAAI/x", PRICE_INPUT), 1000000);
	ck_assert_int_eq(price_of(table, "o", "oNLY", PRICE_INPUT), 3000000);
	ck_assert_uint_eq(price_table_find(table, "O", "Only").count, 0);
	price_table_free(table);
}
END_TEST

START_TEST(a_file_can_be_read_again)
{
	FILE *file = tmpfile();
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "";

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(HEADER "o,m,1,2\n", file), 0);
	ck_assert_int_eq(fflush(file), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(price_table_read("p", fileno(file), &table, error) == 0, "%s", error);
		ck_assert_uint_eq(price_table_rows(table), 1);
		price_table_free(table);
	}
	(void)fclose(file);
	ck_assert_int_lt(price_table_read("gone.csv", -1, &table, error), 0);
	ck_assert_ptr_nonnull(strstr(error, "gone.csv: cannot be read"));
}
END_TEST

START_TEST(the_builtin_table_is_sound)
{
	struct price_table *table = price_table_builtin();

	ck_assert_ptr_nonnull(table);
	ck_assert_uint_gt(price_table_rows(table), 1500);
	ck_assert_int_eq(price_of(table, "openai", "gpt-4o", PRICE_INPUT), 2500000);
	ck_assert_int_eq(price_of(table, "openai", "gpt-4", PRICE_OUTPUT), 60000000);
	ck_assert_int_eq(price_of(table, "anthropic", "claude-opus-4-0", PRICE_CACHE_WRITE_1H), 30000000);
	ck_assert_int_eq(price_of(table, "anthropic", "claude-3-opus-20240229", PRICE_CACHE_WRITE_1H), PRICE_NOT_STATED);
	ck_assert_uint_eq(price_table_find(table, "azure.ai.inference", "jais-30b-chat").count, 0);
	ck_assert_int_eq(price_of(table, "openai", "whisper-1", PRICE_AUDIO_SECOND), 100000000);
	ck_assert_int_eq(price_of(table, "openai", "dall-e-3", PRICE_IMAGE), 40000000000);
	ck_assert_int_eq(price_of(table, "openai", "gpt-image-1", PRICE_IMAGE_OUTPUT), 40000000);
	ck_assert_int_eq(price_of(table, "cohere", "rerank-v3.5", PRICE_SEARCH_UNIT), 2000000000);
	ck_assert_int_eq(price_of(table, "anthropic", "claude-opus-4-6", PRICE_WEB_SEARCH), 10000000000);
	ck_assert_int_eq(price_of(table, "openai", "gpt-4o-mini-2024-07-18", PRICE_CALL), PRICE_NOT_STATED);
	price_table_free(table);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("price_table");
	TCase *tcase = tcase_create("file");

	tcase_add_test(tcase, columns_come_in_any_order);
	tcase_add_loop_test(tcase, errors_name_file_line_field_and_cure, 0, ARRAY_SIZE(bad_files));
	tcase_add_test(tcase, zero_bytes_and_long_files_are_refused);
	tcase_add_test(tcase, rows_are_bounded);
	tcase_add_test(tcase, every_cut_is_a_table_or_an_error);
	tcase_add_test(tcase, prices_are_pico_dollars);
	tcase_add_test(tcase, units_are_pico_dollars);
	tcase_add_loop_test(tcase, days_are_counted_from_1970, 0, ARRAY_SIZE(days));
	tcase_add_test(tcase, days_that_follow_do_not_overlap);
	tcase_add_test(tcase, exact_case_goes_before_other_case);
	tcase_add_test(tcase, a_file_can_be_read_again);
	tcase_add_test(tcase, the_builtin_table_is_sound);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
