/* SPDX-License-Identifier: Apache-2.0 */
/* Containers on no path are passed over in blocks: what matters may stand at
 * any place of a block and across two of them. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "event_log.h"
#include "unit.h"

static const struct json_field fields[] = { { "stream", 1 }, { "tools[]", 2 } };

/* Texts that end and do not end where a careless reader thinks. */
static const char *const traps[] = {
	"\\\"", "\\\\", "\\\\\\\"", "\\\\\\\\", "]}", "[{", "\\\\\\\"]\\\"", "\",\"", "\",[\"]\",{\"a\":\"}\"}],\"", "\\u005c",
};

/* The head opens three containers and a string; `pad` bytes later comes the trap. */
static void build(struct buffer *doc, const char *head, size_t pad, const char *trap)
{
	ck_assert_int_eq(buffer_printf(doc, "%s", head), 0);
	for (size_t i = 0; i < pad; i++)
		ck_assert_int_eq(buffer_append(doc, "a", 1), 0);
	ck_assert_int_eq(buffer_printf(doc, "%sb\\\\[b]\\\"b{b}b", trap), 0);
	ck_assert_int_eq(buffer_printf(doc, "\"]}],\"stream\":7}"), 0);
}

static bool right(const struct json_schema *schema, struct slice doc, size_t cut, const char *expected)
{
	struct event_log log = { 0 };
	bool same = event_log_run(&log, schema, 0, doc, &cut, cut > 0) == 0;

	same &= strcmp(event_log_text(&log), expected) == 0;
	event_log_done(&log);
	return same;
}

static void check_every_cut(const struct json_schema *schema, const char *head, size_t pad, const char *trap,
			    const char *expected)
{
	struct buffer doc = { 0 };
	size_t cut = 0;

	build(&doc, head, pad, trap);
	while (cut < doc.len && right(schema, buffer_slice(&doc), cut, expected))
		cut++;
	ck_assert_msg(cut == doc.len, "cut at %zu: %.*s", cut, (int)doc.len, doc.data);
	buffer_done(&doc);
}

START_TEST(traps_at_every_place)
{
	struct json_schema *schema = json_schema_new(fields, ARRAY_SIZE(fields));

	ck_assert_ptr_nonnull(schema);
	for (size_t pad = 0; pad < 2 * 64; pad++) {
		check_every_cut(schema, "{\"x\":[{\"k\":[\"", pad, traps[_i], "1:n<7> ");
		check_every_cut(schema, "{\"tools\":[{\"k\":[\"", pad, traps[_i], "2:{ 2:} 1:n<7> ");
	}
	json_schema_free(schema);
}
END_TEST

static Suite *skip_suite(void)
{
	Suite *suite = suite_create("json/skip");
	TCase *tcase = tcase_create("skip");

	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, traps_at_every_place, 0, (int)ARRAY_SIZE(traps));
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(skip_suite)
