/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept: a restart changes nothing, and a damaged state is refused as a whole. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/playbook.h"
#include "base/digest.h"
#include "unit.h"
#include "world.h"

static struct world world;
static struct buffer more = { .limit = ALERTS_STATE_BYTES_MAX };
static struct buffer saved;

static void setup(void)
{
	world_init(&world);
}

static void teardown(void)
{
	buffer_done(&saved);
	buffer_done(&more);
	world_done(&world);
}

static void save(void)
{
	saved.len = 0;
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &saved), 0);
}

static int load(struct slice state)
{
	more.len = 0;
	return alerts_load(world.alerts, state, &more);
}

static void restart(void)
{
	save();
	world_restart(&world);
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
}

static struct reading slow(double ms)
{
	struct reading reading = figure(READING_LATENCY_P95, "chat", "gpt-4o", ms);

	reading.note = "p95";
	return reading;
}

/* A bit of everything: firing, pending, acknowledged, cooling down, held back, infinite, silenced. */
static void fill(void)
{
	struct reading leak = figure(READING_SECRET_LEAK, "chat", "gpt-4o", 2), drift;
	struct alert_silence silence = { .condition = "error_rate", .by = "ann", .reason = "m\xc3\xbc" "de",
					 .until_unix_ns = world.now + HOUR };

	leak.severity = SEVERITY_CRITICAL;
	leak.note = "aws-key, github-token";
	feed(&world, leak, SECOND);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "bob", world.now), 0);
	feed(&world, figure(READING_LATENCY_P99, "chat", "o3", 9000), 61 * SECOND);
	feed(&world, figure(READING_LATENCY_P99, "chat", "o3", 10), 61 * SECOND);
	feed(&world, figure(READING_COST_PER_REQUEST, "chat", "o3", 0.1), 61 * SECOND);
	feed(&world, figure(READING_COST_PER_REQUEST, "chat", "o3", 0), 61 * SECOND);
	feed(&world, figure(READING_COST_PER_REQUEST, "chat", "o3", 0.1), 70 * SECOND);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	feed(&world, figure(READING_ERROR_RATE, "chat", "", 0.123456789), 2 * MINUTE);
	drift = figure(READING_DRIFT, "agent", "o3", -INFINITY);
	drift.detail = "refusals";
	drift.note = "significant_drift_-inf%";
	feed(&world, drift, SECOND);
	feed(&world, slow(2500.125), 30 * SECOND);
}

START_TEST(a_restart_gives_the_same_state)
{
	struct buffer again = { .data = NULL };
	struct alert before[8];
	const char *books[8];
	size_t count;

	fill();
	count = active_count(&world);
	ck_assert_uint_eq(count, 5);
	for (size_t i = 0; i < count; i++) {
		before[i] = *alerts_at(world.alerts, i);
		books[i] = before[i].playbook->id;
	}
	restart();
	ck_assert_uint_eq(active_count(&world), count);
	for (size_t i = 0; i < count; i++) {
		const struct alert *after = alerts_at(world.alerts, i);

		ck_assert_str_eq(after->id, before[i].id);
		ck_assert_int_eq(after->state, before[i].state);
		ck_assert_str_eq(after->by, before[i].by);
		ck_assert_double_eq(after->value, before[i].value);
		ck_assert_int_eq(after->since_unix_ns, before[i].since_unix_ns);
		ck_assert_int_eq(after->silenced, before[i].silenced);
		ck_assert_ptr_nonnull(after->playbook);
		ck_assert_str_eq(after->playbook->id, books[i]);
	}
	ck_assert_str_eq(alerts_silence_at(world.alerts, 0)->reason, "m\xc3\xbc" "de");
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &again), 0);
	ck_assert_uint_eq(again.len, saved.len);
	ck_assert_mem_eq(again.data, saved.data, saved.len);
	ck_assert_double_eq(metric_of(&world, "ai_active_alerts", "secret_leak", "critical", NULL), 1);
	buffer_done(&again);
}
END_TEST

/* Lines of others are written with it, or not at all. */
START_TEST(lines_of_others_come_back)
{
	static const char text[] = "id=a state=firing\n\nid=b note=m\xc3\xbc%20\n";
	size_t len;

	fill();
	saved.len = 0;
	ck_assert_int_eq(alerts_save(world.alerts, slice_of(text), &saved), 0);
	world_restart(&world);
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
	ck_assert_uint_eq(active_count(&world), 5);
	ck_assert_uint_eq(more.len, sizeof(text) - 1);
	ck_assert_mem_eq(more.data, text, more.len);
	len = saved.len;
	for (size_t cut = 0; cut < len; cut++) {
		ck_assert_int_eq(load((struct slice){ saved.data, cut }), -EBADMSG);
		ck_assert_uint_eq(more.len, 0);
	}
}
END_TEST

static const char *story(bool with_restart)
{
	fill();
	if (with_restart)
		restart();
	feed(&world, slow(2500), 31 * SECOND);
	feed(&world, figure(READING_LATENCY_P99, "chat", "o3", 9000), 10 * MINUTE);
	if (with_restart)
		restart();
	feed(&world, figure(READING_COST_PER_REQUEST, "chat", "o3", 0.1), 10 * MINUTE);
	feed(&world, slow(10), 61 * SECOND);
	feed(&world, figure(READING_ERROR_RATE, "chat", "", 0.5), HOUR);
	return log_of(&world);
}

START_TEST(a_restart_changes_no_outcome)
{
	char without[65536];

	(void)slice_copy(without, sizeof(without), slice_of(story(false)));
	ck_assert_ptr_nonnull(strstr(without, "firing critical error_rate chat - notify"));
	world_done(&world);
	world_init(&world);
	ck_assert_str_eq(story(true), without);
}
END_TEST

START_TEST(a_recovery_goes_on_after_a_restart)
{
	feed(&world, slow(2500), 10 * MINUTE);
	feed(&world, slow(10), 30 * SECOND);
	restart();
	feed(&world, slow(10), 30 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	feed(&world, slow(10), SECOND);
	ck_assert_uint_eq(world.told, 2);
}
END_TEST

/* An event that came while its alert cooled down is told when that is over, though no other comes. */
START_TEST(an_event_held_back_is_not_forgotten)
{
	struct reading change = figure(READING_MODEL_CHANGE, "chat", "gpt-4o", 1);

	feed(&world, change, SECOND);
	world.config.rules[READING_MODEL_CHANGE].enabled = false;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 2);
	world.config.rules[READING_MODEL_CHANGE].enabled = true;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	feed(&world, change, SECOND);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_PENDING);
	restart();
	for (int i = 0; i < 897; i++)
		tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 2);
	/* It was counted before. */
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "cooldown", NULL, NULL), 0);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 3);
	ck_assert_int_eq(world.last.state, ALERT_FIRING);
}
END_TEST

/* Down for longer than the cooldown: it is over. */
START_TEST(time_that_it_was_down_counts)
{
	feed(&world, slow(2500), 61 * SECOND);
	feed(&world, slow(10), 61 * SECOND);
	ck_assert_uint_eq(world.told, 2);
	save();
	world.now += HOUR;
	world_restart(&world);
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
	feed(&world, slow(2500), 61 * SECOND);
	ck_assert_uint_eq(world.told, 3);
}
END_TEST

/* Nobody watched: a firing alert is not stale, and not told again. */
START_TEST(time_that_it_was_down_was_not_watched)
{
	feed(&world, slow(2500), 61 * SECOND);
	save();
	world.now += 24 * HOUR;
	world_restart(&world);
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
	tick(&world, 0);
	ck_assert_uint_eq(active_count(&world), 1);
	feed(&world, slow(2500), 10 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	/* The clock was set back meanwhile. */
	save();
	world.now -= 48 * HOUR;
	world_restart(&world);
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
	feed(&world, slow(2500), 10 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	ck_assert_uint_eq(active_count(&world), 1);
}
END_TEST

/* What the configuration says now holds, not what it said then. */
START_TEST(a_condition_disabled_while_it_was_down)
{
	feed(&world, slow(2500), 61 * SECOND);
	world.config.rules[READING_LATENCY_P95].enabled = false;
	restart();
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_uint_eq(active_count(&world), 0);
}
END_TEST

static void check_refused(struct slice state)
{
	ck_assert_int_eq(load(state), -EBADMSG);
	ck_assert_uint_eq(active_count(&world), 0);
	ck_assert_ptr_null(alerts_silence_at(world.alerts, 0));
}

START_TEST(cut_at_every_byte)
{
	fill();
	save();
	world_restart(&world);
	for (size_t len = 0; len < saved.len; len++) {
		char *exact = malloc(len + 1);

		memcpy(exact, saved.data, len);
		check_refused((struct slice){ exact, len });
		free(exact);
	}
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
}
END_TEST

START_TEST(damaged_at_every_byte)
{
	fill();
	save();
	world_restart(&world);
	for (size_t i = 0; i < saved.len; i++) {
		saved.data[i] ^= 1;
		check_refused(buffer_slice(&saved));
		saved.data[i] ^= 0x81;
		check_refused(buffer_slice(&saved));
		saved.data[i] ^= (char)0x80;
	}
	ck_assert_int_eq(buffer_append(&saved, "\n", 1), 0);
	check_refused(buffer_slice(&saved));
	saved.len--;
	ck_assert_int_eq(load(buffer_slice(&saved)), 0);
}
END_TEST

/* The text with `from` become `to`, and the right sum. */
static int load_changed(const char *from, const char *to)
{
	struct buffer changed = { .data = NULL };
	char sum[DIGEST_HEX_BYTES];
	char *at;
	int err;

	ck_assert_int_eq(buffer_append(&saved, "", 1), 0);
	at = strstr(saved.data, from);
	ck_assert_msg(at != NULL, "no '%s' in the state", from);
	ck_assert_int_eq(buffer_append(&changed, saved.data, (size_t)(at - saved.data)), 0);
	ck_assert_int_eq(buffer_append(&changed, to, strlen(to)), 0);
	ck_assert_int_eq(buffer_append(&changed, at + strlen(from), strlen(at) - strlen(from)), 0);
	saved.len--;
	changed.len -= strlen("sha256\t\n") + 64;
	ck_assert_int_eq(digest_hex(buffer_slice(&changed), sum), 0);
	ck_assert_int_eq(buffer_printf(&changed, "sha256\t%s\n", sum), 0);
	err = load(buffer_slice(&changed));
	buffer_done(&changed);
	return err;
}

/* With the right sum, and wrong all the same. */
START_TEST(what_makes_no_sense)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "promtap-alerts 1\n", "promtap-alerts 2\n" },
		{ "clock\t", "clock\t-" },
		{ "clock\t", "clock\t0" },
		{ "clock\t", "clock\t99999999999999999999999" },
		{ "alert\tlatency_p95", "alert\tlatency_p96" },
		{ "alert\tlatency_p95", "warning\tlatency_p95" },
		{ "alert\tlatency_p95", "alert\tuncovered" },	/* out of order */
		{ "\tpending\t", "\twaiting\t" },
		{ "\twarning\t", "\tinfo \t" },
		{ "\t2500.125\t", "\t2500.1250\t" },
		{ "\t2500.125\t", "\t0x9c4\t" },
		{ "\t2500.125\t", "\tnan\t" },
		{ "\t2500.125\t", "\t \t" },
		{ "\t2500.125\t", "\t\t" },
		{ "\t2500.125\t", "\t" },
		{ "\t2500.125\t", "\t1\t2500.125\t" },
		{ "p95\t\t", "p\x01" "5\t\t" },
		{ "p95\t\t", "p\xff" "5\t\t" },
		{ "\tbob\t", "\tbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbob\t" },
		{ "silence\t", "silence\tX" },
		{ "silence\t", "silence" },
		{ "\terror_rate\t\t\tann", "\terror_rat\t\t\tann" },
		{ "\nsha256", "\n\nsha256" },
		{ "\nsha256", "sha256" },
	};

	fill();
	save();
	world_restart(&world);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(load_changed(cases[i].from, cases[i].to) == -EBADMSG, "case %zu was taken in", i);
		ck_assert_uint_eq(active_count(&world), 0);
	}
	ck_assert_int_eq(load_changed("\t2500.125\t", "\t2500.25\t"), 0);
}
END_TEST

/* The state to keep has changed if and only if there is something new. */
START_TEST(versions)
{
	uint64_t version = alerts_version(world.alerts);
	struct alert_silence silence = { .by = "ann" };

	tick(&world, SECOND);
	feed(&world, slow(10), SECOND);
	ck_assert_uint_eq(alerts_version(world.alerts), version);
	feed(&world, slow(2500), SECOND);
	ck_assert_uint_ne(alerts_version(world.alerts), version);
	version = alerts_version(world.alerts);
	feed(&world, slow(2500), 59 * SECOND);
	ck_assert_uint_eq(alerts_version(world.alerts), version);
	feed(&world, slow(2500), SECOND);
	ck_assert_uint_ne(alerts_version(world.alerts), version);
	version = alerts_version(world.alerts);
	silence.until_unix_ns = world.now + 29 * SECOND;
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	ck_assert_uint_ne(alerts_version(world.alerts), version);
	version = alerts_version(world.alerts);
	tick(&world, 29 * SECOND);
	ck_assert_uint_ne(alerts_version(world.alerts), version);
	version = alerts_version(world.alerts);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, alerts_at(world.alerts, 0)->id, "ann", world.now), 0);
	ck_assert_uint_ne(alerts_version(world.alerts), version);
	/* Figures of active alerts are kept now and then. */
	version = alerts_version(world.alerts);
	feed(&world, slow(2500), 3 * MINUTE);
	ck_assert_uint_ge(alerts_version(world.alerts), version + 3);
}
END_TEST

START_TEST(a_save_that_finds_no_room)
{
	struct buffer small = { .limit = 100 };

	fill();
	ck_assert_int_eq(buffer_append(&small, "before", 6), 0);
	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &small), -E2BIG);
	ck_assert_uint_eq(small.len, 6);
	buffer_done(&small);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: state");
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_restart_gives_the_same_state);
	tcase_add_test(tcase, lines_of_others_come_back);
	tcase_add_test(tcase, a_restart_changes_no_outcome);
	tcase_add_test(tcase, a_recovery_goes_on_after_a_restart);
	tcase_add_test(tcase, an_event_held_back_is_not_forgotten);
	tcase_add_test(tcase, time_that_it_was_down_counts);
	tcase_add_test(tcase, time_that_it_was_down_was_not_watched);
	tcase_add_test(tcase, a_condition_disabled_while_it_was_down);
	tcase_add_test(tcase, cut_at_every_byte);
	tcase_add_test(tcase, damaged_at_every_byte);
	tcase_add_test(tcase, what_makes_no_sense);
	tcase_add_test(tcase, versions);
	tcase_add_test(tcase, a_save_that_finds_no_room);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
