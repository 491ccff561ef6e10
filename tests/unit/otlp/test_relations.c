/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of one call: U the user's, S the gateway serves it, G the gateway's own call, V the vendor serves that. */
#include "otlp/relations.h"

#include <stdlib.h>

#include "sample.h"
#include "unit.h"

static struct relations *relations;

static void setup(void)
{
	relations = relations_new();
	ck_assert_ptr_nonnull(relations);
}

static void teardown(void)
{
	relations_free(relations);
}

struct end {
	char kind;		/* 'U', 'S', 'G', 'V' */
	uint8_t trace, parent;	/* of the traceparent; 0: none */
	const char *id;
	int64_t start, duration;
};

/* Span ids count up; the trace of one without a traceparent is 0x80 and its number. */
static struct span_ids add(const struct end *end, uint8_t number, struct related *ret)
{
	struct call call = sample_bare();
	struct span_ids ids = { .span_id = { number }, .trace_id = { end->trace ? end->trace : 0x80 | number },
				.parent_id = { end->parent }, .has_parent = end->parent };

	call.role = end->kind == 'S' || end->kind == 'V' ? ROLE_SERVER : ROLE_CLIENT;
	call.hop = end->kind == 'G' ? HOP_FROM_GATEWAY : end->kind == 'V' ? HOP_DIRECT : HOP_TO_GATEWAY;
	call.time_unix_ns = 1000 + end->start;
	call.duration_ns = end->duration;
	(void)slice_copy(call.response_id, sizeof(call.response_id), slice_of(end->id));
	relations_add(relations, &call, !end->trace, &ids, ret);
	return ids;
}

/* Nobody has a traceparent: one trace, the way the call went. */
START_TEST(all_three_ends)
{
	static const struct end ends[] = {
		{ 'G', 0, 0, "a", 20, 50 }, { 'S', 0, 0, "a", 10, 70 }, { 'U', 0, 0, "a", 0, 100 }
	};
	struct related related;
	struct span_ids ids;

	ids = add(&ends[0], 1, &related);
	ck_assert_int_eq(related.how, RELATED_NOT);
	ck_assert_uint_eq(ids.trace_id[0], 0x81);
	ids = add(&ends[1], 2, &related);
	ck_assert_uint_eq(ids.trace_id[0], 0x81);
	ck_assert_int_eq(related.how, RELATED_CHILD);
	ck_assert_uint_eq(related.other.span_id[0], 1);
	ids = add(&ends[2], 3, &related);
	ck_assert_uint_eq(ids.trace_id[0], 0x81);
	ck_assert(!ids.has_parent);
	ck_assert_int_eq(related.how, RELATED_CHILD);
	ck_assert_uint_eq(related.other.span_id[0], 2);
}
END_TEST

/* The vendor's end is told after the gateway's call, and the outermost is what the next one is compared with. */
START_TEST(a_vendor_on_this_machine)
{
	static const struct end ends[] = {
		{ 'G', 0, 0, "a", 20, 50 }, { 'V', 0, 0, "a", 30, 30 }, { 'S', 7, 9, "a", 10, 70 }
	};
	struct related related;
	struct span_ids ids;

	(void)add(&ends[0], 1, &related);
	ids = add(&ends[1], 2, &related);
	ck_assert_int_eq(related.how, RELATED_NOT);
	ck_assert_uint_eq(ids.trace_id[0], 0x81);
	ck_assert_uint_eq(ids.parent_id[0], 1);
	ids = add(&ends[2], 3, &related);
	ck_assert_int_eq(related.how, RELATED_CHILD);
	ck_assert_uint_eq(related.other.span_id[0], 1);
	ck_assert_uint_eq(ids.trace_id[0], 7);
}
END_TEST

/* A model server without a gateway. */
START_TEST(a_local_model)
{
	static const struct end ends[] = { { 'V', 0, 0, "a", 10, 70 }, { 'U', 0, 0, "a", 0, 100 } };
	struct related related;

	(void)add(&ends[0], 1, &related);
	(void)add(&ends[1], 2, &related);
	ck_assert_int_eq(related.how, RELATED_CHILD);
	ck_assert_uint_eq(related.other.span_id[0], 1);
}
END_TEST

/* The client's end may be told first. */
START_TEST(the_serving_end_comes_last)
{
	static const struct end ends[] = { { 'U', 7, 9, "a", 0, 100 }, { 'S', 7, 9, "a", 10, 70 } };
	struct related related;
	struct span_ids ids;

	(void)add(&ends[0], 1, &related);
	ids = add(&ends[1], 2, &related);
	ck_assert_int_eq(related.how, RELATED_NOT);
	ck_assert(ids.has_parent);
	ck_assert_uint_eq(ids.parent_id[0], 1);
	ck_assert_uint_eq(ids.trace_id[0], 7);
}
END_TEST

/* The gateway passes no traceparent on: its own call joins the user's trace. */
START_TEST(a_gateway_that_passes_nothing_on)
{
	static const struct end ends[] = { { 'G', 0, 0, "a", 20, 50 }, { 'S', 7, 9, "a", 10, 70 } };
	struct related related;
	struct span_ids ids;

	(void)add(&ends[0], 1, &related);
	ids = add(&ends[1], 2, &related);
	ck_assert_int_eq(related.how, RELATED_CHILD);
	ck_assert_uint_eq(related.other.span_id[0], 1);
	ck_assert_uint_eq(ids.trace_id[0], 7);
	ck_assert_uint_eq(ids.parent_id[0], 9);
}
END_TEST

static const struct {
	struct end before, now;
	enum related_how how;
} pairs[] = {
	/* A traceparent that names a span of the gateway's own is believed. */
	{ { 'G', 7, 5, "a", 20, 50 }, { 'S', 7, 9, "a", 10, 70 }, RELATED_LINK },
	{ { 'G', 8, 5, "a", 20, 50 }, { 'S', 7, 9, "a", 10, 70 }, RELATED_LINK },
	/* Of another call. */
	{ { 'S', 0, 0, "a", 10, 70 }, { 'U', 0, 0, "b", 0, 100 }, RELATED_NOT },
	{ { 'S', 0, 0, "", 10, 70 }, { 'U', 0, 0, "", 0, 100 }, RELATED_NOT },
	/* A stand-in that gives all answers one id. */
	{ { 'S', 0, 0, "a", 10, 70 }, { 'U', 0, 0, "a", 200, 100 }, RELATED_NOT },
	{ { 'U', 0, 0, "a", 0, 100 }, { 'G', 0, 0, "a", 101, 10 }, RELATED_NOT },
	{ { 'U', 0, 0, "a", 0, 100 }, { 'U', 0, 0, "a", 10, 50 }, RELATED_NOT },
};

START_TEST(pairs_that_are_none)
{
	struct related related;
	struct span_ids ids;

	(void)add(&pairs[_i].before, 1, &related);
	ids = add(&pairs[_i].now, 2, &related);
	ck_assert_int_eq(related.how, pairs[_i].how);
	ck_assert_uint_eq(ids.parent_id[0], pairs[_i].now.parent);
	ck_assert_uint_eq(ids.trace_id[0], pairs[_i].now.trace ? pairs[_i].now.trace : 0x82);
}
END_TEST

static Suite *make_relations(void)
{
	Suite *suite = suite_create("otlp: relations");
	TCase *tc = tcase_create("relations");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_three_ends);
	tcase_add_test(tc, a_vendor_on_this_machine);
	tcase_add_test(tc, a_local_model);
	tcase_add_test(tc, the_serving_end_comes_last);
	tcase_add_test(tc, a_gateway_that_passes_nothing_on);
	tcase_add_loop_test(tc, pairs_that_are_none, 0, sizeof(pairs) / sizeof(pairs[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_relations)
