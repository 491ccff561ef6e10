/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long random stories: readings, silences, acknowledgements, reloads, clocks that
 * jump. Whatever happens, transitions follow the states as docs/alerts.md draws
 * them, nobody is told twice within a cooldown, what was told ends told; and a
 * restart at any moment changes none of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "world.h"

#define KEYS_MAX 2048
#define TICKS 1500

/* What is known of a key from its transitions alone. */
struct known {
	struct alert alert;		/* the last one */
	bool told;			/* somebody was, of this time */
	bool fired;
	uint64_t fired_at;
};

static struct world world;
static struct known known[KEYS_MAX];
static size_t known_count;
static uint64_t elapsed;	/* forward steps of the clock */
static uint64_t state;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

/* ---- what must hold ---- */

static struct known *known_of(const struct alert *alert)
{
	for (size_t i = 0; i < known_count; i++) {
		const struct alert *other = &known[i].alert;

		if (other->kind == alert->kind && strcmp(other->service, alert->service) == 0 &&
		    strcmp(other->model, alert->model) == 0 && strcmp(other->detail, alert->detail) == 0)
			return &known[i];
	}
	ck_assert_uint_lt(known_count, KEYS_MAX);
	known[known_count].alert = *alert;
	known[known_count].alert.state = ALERT_RESOLVED;
	*known[known_count].alert.id = '\0';
	return &known[known_count++];
}

static bool is_over(enum alert_state of)
{
	return of == ALERT_INACTIVE || of == ALERT_RESOLVED;
}

static bool may_follow(enum alert_state before, enum alert_state after)
{
	switch (after) {
	case ALERT_PENDING:
		return is_over(before);
	case ALERT_FIRING:
		return true;
	case ALERT_INACTIVE:
		return before == ALERT_PENDING;
	case ALERT_ACKNOWLEDGED:
		return before == ALERT_FIRING;
	default:
		return before == ALERT_FIRING || before == ALERT_ACKNOWLEDGED;
	}
}

/* It fires for the first time of this time. */
static void check_firing(struct known *before, const struct alert *alert)
{
	uint64_t cooldown = world.config.rules[alert->kind].cooldown;

	ck_assert_msg(!before->fired || elapsed - before->fired_at >= cooldown, "%s fired %llu s after it fired",
		      reading_names[alert->kind], (unsigned long long)((elapsed - before->fired_at) / NSEC_PER_SEC));
	before->fired = true;
	before->fired_at = elapsed;
	before->told = false;
}

/* It fires still: graver, or its silence has ended. */
static void check_still_firing(const struct known *before, const struct alert *alert, bool notify)
{
	if (alert->severity == before->alert.severity)
		ck_assert(notify && !before->told);
	else
		ck_assert_int_gt(alert->severity, before->alert.severity);
}

static void check_notify(const struct known *before, const struct alert *alert, bool notify)
{
	if (alert->state == ALERT_RESOLVED)
		ck_assert_int_eq(notify, before->told);
	else if (alert->state == ALERT_FIRING)
		ck_assert_int_eq(notify, !alert->silenced);
	else if (notify)
		ck_assert(alert->state == ALERT_ACKNOWLEDGED && !alert->silenced && before->told);
}

static void watch(void *ctx, const struct alert *alert, bool notify)
{
	struct known *before = known_of(alert);
	enum alert_state was = before->alert.state;

	(void)ctx;
	ck_assert_msg(may_follow(was, alert->state), "%s after %s", alert_state_names[alert->state],
		      alert_state_names[was]);
	ck_assert_int_eq(strcmp(before->alert.id, alert->id) == 0, !is_over(was));
	ck_assert_int_le(alert->since_unix_ns, alert->changed_unix_ns);
	if (alert->state == ALERT_FIRING && (is_over(was) || was == ALERT_PENDING))
		check_firing(before, alert);
	else if (alert->state == ALERT_FIRING)
		check_still_firing(before, alert, notify);
	check_notify(before, alert, notify);
	before->told |= notify;
	before->alert = *alert;
}

/* The list is of what was said to be active, oldest first. */
static void check_list(void)
{
	size_t active = 0;

	for (size_t i = 0; i < known_count; i++)
		active += !is_over(known[i].alert.state);
	ck_assert_uint_eq(active_count(&world), active);
	for (size_t i = 0; i < active; i++)
		ck_assert_int_eq(known_of(alerts_at(world.alerts, i))->alert.state, alerts_at(world.alerts, i)->state);
}

/* ---- what happens ---- */

static void draw_reading(void)
{
	static const char *const names[] = { "a", "b", "other" };
	struct reading reading = figure(1 + draw(READING_MAX - 1), names[draw(3)], draw(2) ? "" : "m", 0);

	reading.severity = draw(SEVERITY_MAX);
	reading.significant = draw(3) > 0;
	reading.samples = draw(4) ? 1000 : draw(30);
	reading.note = draw(2) ? "significant_drift_+30.0%" : "minor_drift_+11.0%";
	reading.value = world.config.rules[reading.kind].threshold * (0.5 + draw(4) / 3.0) + draw(2);
	read_one(&world, reading);
}

static void draw_deed(void)
{
	struct alert_silence silence = { .by = "ann", .from_unix_ns = world.now + draw(2) * MINUTE };
	size_t active = active_count(&world);

	switch (draw(40)) {
	case 0:
		silence.until_unix_ns = silence.from_unix_ns + (1 + draw(3600)) * SECOND;
		(void)slice_copy(silence.condition, sizeof(silence.condition),
				 slice_of(draw(3) ? reading_names[1 + draw(READING_MAX - 1)] : ""));
		(void)slice_copy(silence.service, sizeof(silence.service), slice_of(draw(2) ? "a" : ""));
		(void)alerts_silence(world.alerts, &silence, world.now);
		break;
	case 1:
		if (alerts_silence_at(world.alerts, 0))
			ck_assert_int_eq(alerts_unsilence(world.alerts, alerts_silence_at(world.alerts, 0)->id), 0);
		break;
	case 2:
	case 3:
		if (active > 0)
			(void)alerts_acknowledge(world.alerts, alerts_at(world.alerts, draw((unsigned)active))->id, "bob",
						 world.now);
		break;
	case 4:
	case 5:
	case 6:
		world.config.rules[1 + draw(READING_MAX - 1)].enabled = draw(4) > 0;
		world.config.rules[1 + draw(READING_MAX - 1)].acknowledge = draw(4) == 0;
		ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
		break;
	default:
		break;
	}
}

static void step_clock(void)
{
	int64_t step = SECOND * (1 + draw(20));

	if (draw(100) == 0)
		step = (int64_t)draw(2000) * MINUTE - 1000 * MINUTE;
	elapsed += step > 0 ? (uint64_t)step : 0;
	world.now += step;
}

static void restart(void)
{
	struct buffer saved = { .limit = ALERTS_STATE_BYTES_MAX }, more = { 0 };

	ck_assert_int_eq(alerts_save(world.alerts, (struct slice){ NULL, 0 }, &saved), 0);
	world_restart(&world);
	ck_assert_int_eq(alerts_load(world.alerts, buffer_slice(&saved), &more), 0);
	buffer_done(&saved);
}

/* The log of it. `restarts`: of a thousand moments so many have one. */
static struct buffer tell_story(uint64_t seed, int restarts)
{
	unsigned dice = (unsigned)seed;
	struct buffer ret;

	state = seed;
	elapsed = 0;
	known_count = 0;
	memset(known, 0, sizeof(known));
	world_init(&world);
	world.watch = watch;
	world.config.rules[READING_DAILY_BUDGET].threshold = 10;
	world.config.rules[READING_INJECTION].threshold = 2;
	world.config.rules[READING_INJECTION].hold = 2 * (uint64_t)MINUTE;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	for (int i = 0; i < TICKS; i++) {
		step_clock();
		for (unsigned n = draw(2) ? 0 : draw(12); n > 0; n--)
			draw_reading();
		tick(&world, 0);
		draw_deed();
		check_list();
		if (rand_r(&dice) % 1000 < restarts)
			restart();
	}
	ret = world.log;
	world.log = (struct buffer){ .data = NULL };
	world_done(&world);
	return ret;
}

START_TEST(stories)
{
	uint64_t seed = 0x9e3779b97f4a7c15ull * (uint64_t)(_i + 1);
	struct buffer whole = tell_story(seed, 0), broken = tell_story(seed, 100);

	ck_assert_uint_gt(whole.len, 5000);
	ck_assert_msg(whole.len == broken.len && memcmp(whole.data, broken.data, whole.len) == 0,
		      "restarts make another story of seed %llx", (unsigned long long)seed);
	buffer_done(&whole);
	buffer_done(&broken);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: stories");
	TCase *tcase = tcase_create("stories");

	tcase_add_loop_test(tcase, stories, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
