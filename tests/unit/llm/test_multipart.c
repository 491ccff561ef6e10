/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of forms: each form cut at every byte; what is no form; limits. */
#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "llm/multipart.h"
#include "unit.h"

#define TYPE "multipart/form-data; boundary=B"
#define PART(name) "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static void on_field(void *ctx, const struct multipart_field *field)
{
	ck_assert_int_eq(buffer_printf(ctx, "%.*s=%.*s%s;", (int)field->name.len, field->name.ptr, (int)field->value.len,
				       field->value.ptr, field->is_file ? "(file)" : ""),
			 0);
}

static void feed(struct multipart *multipart, const char *bytes, size_t len)
{
	auto_free char *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	multipart_feed(multipart, (struct slice){ copy, len });
}

static bool run(const char *type, const char *body, size_t len, size_t first, size_t piece, struct buffer *fields)
{
	auto_free struct multipart *multipart = NULL;

	fields->len = 0;
	ck_assert_int_eq(multipart_open(slice_of(type), on_field, fields, &multipart), 0);
	feed(multipart, body, first);
	for (size_t at = first; at < len; at += piece)
		feed(multipart, body + at, len - at < piece ? len - at : piece);
	ck_assert_int_eq(buffer_append(fields, "", 1), 0);
	return multipart_complete(multipart);
}

static const struct {
	const char *type, *body, *fields;
	bool complete;
} forms[] = {
	{ TYPE, "", "", false },
	{ TYPE, "--B--", "", true },
	{ TYPE, "--B--\r\n" PART("a") "1\r\n--B--", "", true },
	{ TYPE, PART("model") "whisper-1\r\n--B--\r\n", "model=whisper-1;", true },
	{ TYPE, PART("a") "1\r\n" PART("b") "2\r\n--B--\r\n", "a=1;b=2;", true },
	{ TYPE, PART("a") "1\r\n" PART("a") "2\r\n--B--\r\n", "a=1;a=2;", true },
	{ TYPE, "preamble\r\n" PART("a") "1\r\n--B--", "a=1;", true },
	{ TYPE, "--A\r\n--\r\n" PART("a") "1\r\n--B--", "a=1;", true },
	/* No end: what was not ended is not told. */
	{ TYPE, PART("a") "1\r\n" PART("b") "2", "a=1;", false },
	{ TYPE, PART("a") "1\r\n--B", "a=1;", false },
	{ TYPE, PART("a") "1\r\n--B-", "a=1;", false },
	{ TYPE, PART("a") "1\r\n--", "", false },
	/* Files are told of, and passed over. */
	{ TYPE, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n" PART("a") "1\r\n--B--",
	  "file=(file);a=1;", true },
	{ TYPE, "--B\r\ncontent-disposition:form-data;filename*=UTF-8''a;name=f\r\n\r\nx\r\n--B--", "f=(file);", true },
	{ TYPE, "--B\r\nContent-Disposition: form-data; name=f; filename=\"a;name=\\\"g\"\r\n\r\nx\r\n--B--", "f=(file);", true },
	/* Nearly a delimiter. */
	{ TYPE, PART("a") "\r\r\n-\r\n--\r\n--A\r\n --B\n--B\r\n\r\n--B--", "a=\r\r\n-\r\n--\r\n--A\r\n --B\n--B\r\n;", true },
	{ TYPE, PART("a") "--A\r\n--B--", "a=--A;", true },
	/* RFC 2046 section 5.1.1: the line only has to begin so. */
	{ TYPE, PART("a") "1\r\n--B \t\r\nContent-Disposition: form-data; name=b\r\n\r\n2\r\n--B--", "a=1;b=2;", true },
	{ TYPE, PART("a") "1\r\n--Bx\r\n\r\n2\r\n--B--", "a=1;", true },
	{ TYPE, PART("a") "\r\n--B--", "a=;", true },
	{ TYPE, PART("a") "--B--", "a=;", true },
	/* Other headers, none, other dispositions, no name. */
	{ TYPE, "--B\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=a\r\nX\r\n\r\n1\r\n--B--", "a=1;", true },
	{ TYPE, "--B\r\n\r\n1\r\n--B--", "", true },
	{ TYPE, "--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--", "", true },
	{ TYPE, "--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n1\r\n--B--", "", true },
	{ TYPE, "--B\r\nContent-Disposition: form-data; name=\"a;b=\\\"c\"\r\n\r\n1\r\n--B--", "a;b=\\\"c=1;", true },
	{ TYPE, "--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--B--", "\"a=1;", true },
	{ "Multipart/Form-Data;charset=utf-8 ; Boundary = \"x y\"", "--x y\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x y--",
	  "a=1;", true },
};

START_TEST(test_cut_anywhere)
{
	size_t len = strlen(forms[_i].body);
	struct buffer fields = { 0 };

	for (size_t first = 0; first <= len; first++) {
		ck_assert_int_eq(run(forms[_i].type, forms[_i].body, len, first, len + 1, &fields), forms[_i].complete);
		ck_assert_str_eq(fields.data, forms[_i].fields);
	}
	for (size_t piece = 1; piece < 4; piece++) {
		ck_assert_int_eq(run(forms[_i].type, forms[_i].body, len, 0, piece, &fields), forms[_i].complete);
		ck_assert_str_eq(fields.data, forms[_i].fields);
	}
	buffer_done(&fields);
}
END_TEST

static const char *const no_forms[] = {
	"",
	"multipart/form-data",
	"multipart/form-data; boundary=",
	"multipart/form-data; boundary=\"\"",
	"multipart/form-data; xboundary=B",
	"multipart/form-data; boundary=\"a\rb\"",
	"multipart/mixed; boundary=B",
	"multipart/form-dataX; boundary=B",
	"application/json",
	"multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
};

START_TEST(test_no_form)
{
	struct multipart *multipart = NULL;

	ck_assert_int_eq(multipart_open(slice_of(no_forms[_i]), on_field, NULL, &multipart), -EINVAL);
	ck_assert_int_eq(multipart_open((struct slice){ NULL, 0 }, on_field, NULL, &multipart), -EINVAL);
	ck_assert_ptr_null(multipart);
}
END_TEST

static void add(struct buffer *body, const char *before, char c, size_t count, const char *after)
{
	ck_assert_int_eq(buffer_append(body, before, strlen(before)), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(buffer_append(body, &c, 1), 0);
	ck_assert_int_eq(buffer_append(body, after, strlen(after)), 0);
}

/* A value is cut, a long name is none, a long header line does no harm. */
START_TEST(test_limits)
{
	struct buffer body = { 0 }, fields = { 0 };

	add(&body, PART("a"), 'v', MULTIPART_VALUE_BYTES + 9, "\r\n");
	add(&body, "--B\r\nContent-Disposition: form-data; name=", 'n', MULTIPART_NAME_BYTES, "\r\n\r\n1\r\n");
	add(&body, "--B\r\nContent-Disposition: form-data; name=", 'o', MULTIPART_NAME_BYTES + 1, "\r\n\r\n1\r\n");
	add(&body, "--B\r\nX: ", 'x', 70000, "\r\nContent-Disposition: form-data; name=b\r\n\r\n2\r\n--B--");
	ck_assert(run(TYPE, body.data, body.len, 0, 1000, &fields));
	ck_assert_uint_eq(fields.len, strlen("a=;") + MULTIPART_VALUE_BYTES + MULTIPART_NAME_BYTES + strlen("=1;b=2;") + 1);
	ck_assert_str_eq(fields.data + fields.len - strlen("=1;b=2;") - 1, "=1;b=2;");
	buffer_done(&body);
	buffer_done(&fields);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: forms");
	TCase *tcase = tcase_create("forms");

	tcase_add_loop_test(tcase, test_cut_anywhere, 0, ARRAY_SIZE(forms));
	tcase_add_loop_test(tcase, test_no_form, 0, ARRAY_SIZE(no_forms));
	tcase_add_test(tcase, test_limits);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
