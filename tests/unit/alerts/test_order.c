/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties: the order of the readings within a tick changes nothing, whether
 * there is room for all keys or not; and what there may be at most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "world.h"

#define READINGS_MAX 20000
#define KEYS_MAX (ALERTS_MAX - (READING_MAX - 1))	/* besides one for each condition */

static struct world world;
static uint64_t state;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

/* A reading and the names that it lends. */
struct drawn {
	struct reading reading;
	char service[24], model[24], detail[24], note[24];
};

static struct drawn drawn[READINGS_MAX];

static void draw_reading(struct drawn *ret, unsigned services)
{
	*ret = (struct drawn){ .reading = { .kind = 1 + draw(READING_MAX - 1), .severity = draw(SEVERITY_MAX),
					    .samples = draw(300), .significant = draw(4) > 0 } };
	(void)snprintf(ret->service, sizeof(ret->service), "service-%u", draw(services));
	(void)snprintf(ret->model, sizeof(ret->model), "model-%u", draw(3));
	(void)snprintf(ret->detail, sizeof(ret->detail), draw(2) ? "" : "detail-%u", draw(2));
	(void)snprintf(ret->note, sizeof(ret->note), draw(2) ? "" : "note %u", draw(3));
	if (draw(200) == 0)
		(void)snprintf(ret->service, sizeof(ret->service), "other");
	ret->reading.value = reading_is_event(ret->reading.kind) ? draw(4) : (draw(20) - 5.0) * draw(1000) / 7;
	ret->reading.service = ret->service;
	ret->reading.model = ret->model;
	ret->reading.detail = ret->detail;
	ret->reading.note = ret->note;
}

static void give(const unsigned *order, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		drawn[order[i]].reading.note = drawn[order[i]].note;
		read_one(&world, drawn[order[i]].reading);
	}
}

static void shuffle(unsigned *order, unsigned count, unsigned seed)
{
	uint64_t kept = state;

	for (unsigned i = 0; i < count; i++)
		order[i] = i;
	state = 0x9e3779b97f4a7c15ull ^ seed;
	for (unsigned i = count; seed > 0 && i > 1; i--) {
		unsigned j = draw(i), swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
	state = kept;
}

/* The same readings of so many ticks in the order that `seed` makes of each tick; 0: as drawn. What came of it. */
static struct buffer run(unsigned ticks, unsigned per_tick, unsigned services, unsigned seed)
{
	static unsigned order[READINGS_MAX];
	struct buffer ret;

	state = 88172645463325252ull;
	world_init(&world);
	for (unsigned i = 0; i < ticks; i++) {
		for (unsigned j = 0; j < per_tick; j++)
			draw_reading(&drawn[j], services);
		shuffle(order, per_tick, seed * 1000 + (seed ? i : 0));
		give(order, per_tick);
		tick(&world, (1 + draw(40)) * SECOND);
	}
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &world.log), 0);
	ret = world.log;
	world.log = (struct buffer){ .data = NULL };
	world_done(&world);
	return ret;
}

static void check_orders(unsigned ticks, unsigned per_tick, unsigned services, unsigned orders)
{
	struct buffer first = run(ticks, per_tick, services, 0);

	ck_assert_uint_gt(first.len, 1000);
	for (unsigned seed = 1; seed <= orders; seed++) {
		struct buffer other = run(ticks, per_tick, services, seed);

		ck_assert_msg(first.len == other.len && memcmp(first.data, other.data, first.len) == 0,
			      "order %u of %u ticks of %u readings is another story", seed, ticks, per_tick);
		buffer_done(&other);
	}
	buffer_done(&first);
}

START_TEST(order_within_a_tick)
{
	check_orders(300, 60, 5, 10);
}
END_TEST

/* More keys than there is room for. */
START_TEST(order_within_a_tick_when_full)
{
	check_orders(4, READINGS_MAX, 3000, 5);
}
END_TEST

static struct reading leak(unsigned i, char service[24])
{
	struct reading reading = figure(READING_SECRET_LEAK, service, "", 1);

	(void)snprintf(service, 24, "service-%05u", i);
	reading.severity = SEVERITY_CRITICAL;
	return reading;
}

/* 50,000 readings in a second over 10,000 keys: one page a key, and one for all that find no room. */
START_TEST(fifty_thousand_in_a_second)
{
	char service[24];

	world_init(&world);
	for (int second = 0; second < 3; second++) {
		for (unsigned i = 0; i < 50000; i++)
			read_one(&world, leak(i * 7919 % 10000, service));
		tick(&world, SECOND);
		ck_assert_uint_eq(active_count(&world), KEYS_MAX + 1);
		ck_assert_uint_eq(world.told, KEYS_MAX + 1);
	}
	ck_assert_double_eq(metric_of(&world, "ai_active_alerts", "secret_leak", "critical", NULL), KEYS_MAX + 1);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "full", NULL, NULL),
			    3 * 5 * (10000 - KEYS_MAX));
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &world.log), 0);
	ck_assert_uint_lt(world.log.len, ALERTS_STATE_BYTES_MAX);
	world_done(&world);
}
END_TEST

/* Alerts of what is "other" anyway take no room from those that have a name. */
START_TEST(room_for_all_with_a_name)
{
	char service[24];
	struct reading other = leak(0, service);

	world_init(&world);
	other.service = "other";
	read_one(&world, other);
	tick(&world, SECOND);
	for (unsigned i = 0; i < KEYS_MAX; i++)
		read_one(&world, leak(i, service));
	tick(&world, SECOND);
	ck_assert_uint_eq(active_count(&world), KEYS_MAX + 1);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "full", NULL, NULL), 0);
	read_one(&world, leak(KEYS_MAX, service));
	tick(&world, SECOND);
	ck_assert_uint_eq(active_count(&world), KEYS_MAX + 1);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "full", NULL, NULL), 1);
	world_done(&world);
}
END_TEST

/* A condition that some have and all others have not: what finds no room is of those that have it. */
START_TEST(folded_of_a_condition_of_few)
{
	struct alert_overrides overrides = { 0 };
	char service[24], *models[] = { (char []){ "o3" } };

	world_init(&world);
	overrides.of[READING_SECRET_LEAK].rule.enabled = true;
	overrides.of[READING_SECRET_LEAK].given = ALERT_GIVEN(ALERT_RULE_ENABLED);
	world.config.rules[READING_SECRET_LEAK].enabled = false;
	world.config.models = (struct field_map){ models, &overrides, 1 };
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	world.config.models = (struct field_map){ NULL, NULL, 0 };
	for (unsigned i = 0; i < 2 * KEYS_MAX; i++) {
		struct reading reading = leak(i / 2, service);

		reading.model = i % 2 ? "o3" : "gpt-4o";
		read_one(&world, reading);
	}
	tick(&world, SECOND);
	ck_assert_uint_eq(active_count(&world), KEYS_MAX);
	read_one(&world, (struct reading){ .kind = READING_SECRET_LEAK, .service = "z", .model = "o3", .detail = "",
					   .note = "", .value = 1, .samples = 1, .severity = SEVERITY_HIGH });
	tick(&world, SECOND);
	tick(&world, SECOND);
	ck_assert_uint_eq(active_count(&world), KEYS_MAX + 1);
	world_done(&world);
}
END_TEST

/* The largest state there can be is one that can be saved and loaded. */
START_TEST(the_largest_state)
{
	char longest[1000];
	struct alert_silence silence = { .until_unix_ns = INT64_MAX };
	struct buffer saved = { .limit = ALERTS_STATE_BYTES_MAX }, more = { 0 };

	world_init(&world);
	world.config.rules[READING_DAILY_BUDGET].threshold = 0;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (unsigned i = 0; i < ALERTS_MAX + 100; i++) {
		struct reading reading = figure(1 + i % (READING_MAX - 1), longest, longest, 1 / 3.0 * 1e9);
		char detail[1000];

		memcpy(detail, longest, sizeof(detail));
		(void)snprintf(detail, 8, "%07u", i);
		detail[7] = 'x';
		reading.detail = detail;
		reading.note = longest;
		reading.severity = SEVERITY_CRITICAL;
		read_one(&world, reading);
	}
	tick(&world, SECOND);
	memset(silence.service, 'y', sizeof(silence.service));
	memset(silence.model, 'y', sizeof(silence.model));
	memset(silence.by, 'y', sizeof(silence.by));
	memset(silence.reason, 'y', sizeof(silence.reason));
	for (unsigned i = 0; i < ALERT_SILENCES_MAX; i++)
		ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &saved), 0);
	world_restart(&world);
	ck_assert_int_eq(alerts_load(world.alerts, buffer_slice(&saved), &more), 0);
	ck_assert_uint_gt(active_count(&world), ALERTS_MAX - READING_MAX);
	buffer_done(&saved);
	world_done(&world);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: order and bounds");
	TCase *tcase = tcase_create("order");

	tcase_add_test(tcase, order_within_a_tick);
	tcase_add_test(tcase, order_within_a_tick_when_full);
	tcase_add_test(tcase, fifty_thousand_in_a_second);
	tcase_add_test(tcase, room_for_all_with_a_name);
	tcase_add_test(tcase, folded_of_a_condition_of_few);
	tcase_add_test(tcase, the_largest_state);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
