/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_out.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "unit.h"

static struct buffer out;
static struct json_out json;

static void setup(void)
{
	out = (struct buffer){ 0 };
	json = (struct json_out){ .out = &out };
}

static void teardown(void)
{
	buffer_done(&out);
}

static const char *written(void)
{
	ck_assert_int_eq(json.error, 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	return out.data;
}

START_TEST(nests)
{
	json_out_open(&json, NULL, '{');
	json_out_open(&json, "a", '[');
	json_out_int(&json, NULL, 1);
	json_out_open(&json, NULL, '{');
	json_out_close(&json, '}');
	json_out_int(&json, NULL, -2);
	json_out_close(&json, ']');
	json_out_string_key(&json, "k\"");
	json_out_bool(&json, NULL, true, false);
	json_out_bool(&json, "b", false, true);
	json_out_close(&json, '}');
	ck_assert_str_eq(written(), "{\"a\":[1,{},-2],\"k\\u0022\":false,\"b\":null}");
}
END_TEST

START_TEST(escapes)
{
	json_out_string(&json, NULL, "a\"\\\n\x7f\xc3\xa4");
	ck_assert_str_eq(written(), "\"a\\u0022\\u005c\\u000a\\u007f\xc3\xa4\"");
}
END_TEST

/* Cut in the middle of a character, overlong, a surrogate, beyond the last one, and a byte that begins none. */
START_TEST(what_is_no_utf8_is_replaced)
{
	json_out_string(&json, NULL, "\xe2\x82\xac\xf0\x9f\x99\x82 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \x80 \xe2\x82");
#define R "\xef\xbf\xbd"
	ck_assert_str_eq(written(), "\"\xe2\x82\xac\xf0\x9f\x99\x82 " R R " " R R R " " R R R R " " R " " R R "\"");
}
END_TEST

START_TEST(numbers)
{
	json_out_open(&json, NULL, '[');
	json_out_number(&json, NULL, 0.1);
	json_out_number(&json, NULL, 1e300);
	json_out_number(&json, NULL, NAN);
	json_out_number(&json, NULL, -INFINITY);
	json_out_int(&json, NULL, INT64_MIN);
	json_out_decimal(&json, NULL, 1500000, 6);
	json_out_decimal(&json, NULL, 2000000, 6);
	json_out_decimal(&json, NULL, 1, 6);
	json_out_close(&json, ']');
	ck_assert_str_eq(written(), "[0.1,1e+300,null,null,null,1.5,2,0.000001]");
}
END_TEST

START_TEST(texts_and_times)
{
	const uint8_t bytes[] = { 0xab, 0x01 };

	json_out_open(&json, NULL, '[');
	json_out_string(&json, NULL, "");
	json_out_string(&json, NULL, NULL);
	json_out_hex(&json, NULL, bytes, 2);
	json_out_hex(&json, NULL, bytes, 0);
	json_out_time(&json, NULL, 1700000000123456789);
	json_out_time(&json, NULL, -1);
	json_out_time(&json, NULL, INT64_MIN);
	json_out_close(&json, ']');
	ck_assert_str_eq(written(), "[null,null,\"ab01\",null,\"2023-11-14T22:13:20.123456789Z\","
				    "\"1969-12-31T23:59:59.999999999Z\",null]");
}
END_TEST

START_TEST(the_first_error_stays)
{
	out.limit = 4;
	json_out_string(&json, NULL, "abcdef");
	json_out_int(&json, NULL, 1);
	ck_assert_int_eq(json.error, -E2BIG);
}
END_TEST

static Suite *make_json_out(void)
{
	Suite *suite = suite_create("base: writing JSON");
	TCase *tc = tcase_create("json_out");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nests);
	tcase_add_test(tc, escapes);
	tcase_add_test(tc, what_is_no_utf8_is_replaced);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, texts_and_times);
	tcase_add_test(tc, the_first_error_stays);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_json_out)
