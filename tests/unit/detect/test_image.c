/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "unit.h"

#define CONCEPTS "concepts: { drop: [ignor*], orders: [rules] }\n"
#define RULE(concepts, body)                                                                            \
	"pack: p\nversion: 1\ndescription: For tests.\n" concepts "rules:\n"                            \
	"  - { id: p.r, version: 1, family: new_task, severity: high, about: x,"                                 \
	" sequence: \"" body "\", examples: { match: [ignore rules], clean: [b] } }\n"

static const struct rule_source sources[] = {
	{ "one.yaml", { RULE(CONCEPTS, "{drop} 2 {orders}"), sizeof(RULE(CONCEPTS, "{drop} 2 {orders}")) - 1 }, false },
	{ "/etc/mine.yaml", { RULE("", "{drop}"), sizeof(RULE("", "{drop}")) - 1 }, true },
	{ "", { NULL, 0 }, true },
};

static void write_all(struct buffer *out, size_t count, struct slice databases)
{
	ck_assert_int_eq(image_write(out, sources, count, databases), 0);
}

static struct image image;

START_TEST(what_was_written_is_read)
{
	static const size_t counts[] = { 0, 1, 3 };
	struct buffer bytes = { 0 };

	write_all(&bytes, counts[_i], SLICE("compiled"));
	ck_assert_int_eq(image_parse(buffer_slice(&bytes), &image), 0);
	ck_assert_uint_eq(image.count, counts[_i]);
	ck_assert(slice_eq(image.databases, SLICE("compiled")));
	ck_assert_uint_eq((uintptr_t)(image.databases.ptr - bytes.data) % 64, 0);
	for (size_t i = 0; i < image.count; i++) {
		ck_assert_str_eq(image.sources[i].file, sources[i].file);
		ck_assert(slice_eq(image.sources[i].yaml, sources[i].yaml));
		ck_assert(image.sources[i].override == sources[i].override);
	}
	buffer_done(&bytes);
}
END_TEST

/* An exact copy, so that a sanitizer sees a read past the end. */
static int parse_copy(struct slice bytes)
{
	auto_free char *copy = malloc(bytes.len + 1);
	char *at = copy + 1;	/* nor is it aligned */

	memcpy(at, bytes.ptr, bytes.len);
	return image_parse((struct slice){ at, bytes.len }, &image);
}

START_TEST(cut_anywhere_is_refused)
{
	struct buffer bytes = { 0 };

	write_all(&bytes, 2, SLICE("compiled"));
	for (size_t len = 0; len < bytes.len; len++)
		ck_assert_int_eq(parse_copy((struct slice){ bytes.data, len }), -EBADMSG);
	ck_assert_int_eq(parse_copy(buffer_slice(&bytes)), 0);
	ck_assert_int_eq(buffer_append(&bytes, "", 1), 0);
	ck_assert_int_eq(parse_copy(buffer_slice(&bytes)), -EBADMSG);
	buffer_done(&bytes);
}
END_TEST

/* Each word of head and rows overwritten: refused, or all that is lent lies within. */
START_TEST(no_offset_is_believed)
{
	static const uint64_t values[] = { 0, 1, 255, 256, 257, UINT32_MAX, UINT64_MAX - 7, UINT64_MAX };
	struct buffer bytes = { 0 };
	int refused = 0;

	write_all(&bytes, 2, SLICE("compiled"));
	for (size_t word = 0; word < 15; word++) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			uint64_t old;

			memcpy(&old, bytes.data + word * 8, 8);
			memcpy(bytes.data + word * 8, &values[i], 8);
			refused += parse_copy(buffer_slice(&bytes)) < 0;
			memcpy(bytes.data + word * 8, &old, 8);
		}
	}
	ck_assert_int_gt(refused, 80);
	buffer_done(&bytes);
}
END_TEST

START_TEST(limits)
{
	static struct rule_source many[IMAGE_SOURCES_MAX + 1];
	struct buffer bytes = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i].file = "x";
	ck_assert_int_eq(image_write(&bytes, many, ARRAY_SIZE(many), SLICE("")), -E2BIG);
	ck_assert_int_eq(image_write(&bytes, many, IMAGE_SOURCES_MAX, SLICE("")), 0);
	ck_assert_int_eq(image_parse(buffer_slice(&bytes), &image), 0);
	buffer_done(&bytes);
}
END_TEST

START_TEST(rules_come_back_with_their_databases)
{
	char error[PACK_ERROR_BYTES] = "";
	struct buffer databases = { 0 }, bytes = { 0 };
	struct rules *rules = NULL, *again = NULL;

	ck_assert_msg(rules_from_sources(sources, 2, SLICE(""), &rules, error) == 0, "%s", error);
	ck_assert(!rules_were_kept(rules));
	ck_assert_int_eq(rules_databases(rules, &databases), 0);
	write_all(&bytes, 2, buffer_slice(&databases));
	ck_assert_msg(image_rules(buffer_slice(&bytes), &again, error) == 0, "%s", error);
	ck_assert(rules_were_kept(again));
	/* Nothing is lent from the image any more. */
	memset(bytes.data, 0xff, bytes.len);
	ck_assert_str_eq(rules_set(again)->rules[0].body, "{drop}");
	ck_assert_str_eq(rules_set(again)->rules[0].file, "/etc/mine.yaml");
	buffer_done(&bytes);
	buffer_done(&databases);
	rules_unref(rules);
	rules_unref(again);
}
END_TEST

START_TEST(what_is_wrong_with_a_source_is_said)
{
	struct rule_source bad[] = { sources[0], { "bad.yaml", SLICE("pack: [\n"), true } };
	char error[PACK_ERROR_BYTES] = "";
	struct rules *rules = NULL;
	struct pack_set set;

	ck_assert_int_eq(rules_from_sources(bad, 2, SLICE(""), &rules, error), -EINVAL);
	ck_assert_msg(strncmp(error, "bad.yaml:2: ", 12) == 0, "%s", error);
	ck_assert_ptr_null(rules);
	ck_assert_int_eq(pack_set_from_sources(bad, 2, &set, error), -EINVAL);
	ck_assert_ptr_null(set.rules);
}
END_TEST

static Suite *make_image(void)
{
	Suite *suite = suite_create("detect: image");
	TCase *tc = tcase_create("image");

	tcase_add_loop_test(tc, what_was_written_is_read, 0, 3);
	tcase_add_test(tc, cut_anywhere_is_refused);
	tcase_add_test(tc, no_offset_is_believed);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, rules_come_back_with_their_databases);
	tcase_add_test(tc, what_is_wrong_with_a_source_is_said);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_image)
