/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static void on_alert(void *ctx, const struct alert *alert, bool notify)
{
	struct world *world = ctx;

	world->told += notify;
	world->last = *alert;
	ck_assert_int_eq(buffer_printf(&world->log, "%s %s %s %s %s%s%s%s\n", alert_state_names[alert->state],
				       alert_severity_names[alert->severity], reading_names[alert->kind],
				       *alert->service ? alert->service : "-", *alert->model ? alert->model : "-",
				       *alert->detail ? " " : "", alert->detail, notify ? " notify" : ""), 0);
}

static struct alert_rule rule(double threshold, unsigned severity, uint64_t samples, int64_t hold)
{
	return (struct alert_rule){ true, threshold, severity, samples, (uint64_t)hold, 15 * MINUTE, false };
}

void world_init(struct world *world)
{
	*world = (struct world){ .now = START };
	world->config = (struct alert_config){
		.rules = {
			[READING_LATENCY_P95] = rule(2000, ALERT_WARNING, 20, MINUTE),
			[READING_LATENCY_P99] = rule(5000, ALERT_CRITICAL, 100, MINUTE),
			[READING_ERROR_RATE] = rule(0.05, ALERT_CRITICAL, 20, MINUTE),
			[READING_COST_PER_REQUEST] = rule(0.015, ALERT_WARNING, 20, MINUTE),
			[READING_DRIFT] = rule(10, ALERT_WARNING, 1, 0),
			[READING_INJECTION] = rule(0, ALERT_INFO, 1, 0),
			[READING_SECRET_LEAK] = rule(0, ALERT_WARNING, 1, 0),
			[READING_RISK] = rule(0, ALERT_INFO, 1, 0),
			[READING_MODEL_CHANGE] = rule(0, ALERT_WARNING, 1, 0),
			[READING_DAILY_BUDGET] = rule(-1, ALERT_CRITICAL, 1, 0),
			[READING_INCOMPLETE] = rule(0.01, ALERT_WARNING, 100, 5 * MINUTE),
			[READING_UNCOVERED] = rule(0, ALERT_WARNING, 1, 5 * MINUTE),
		},
		.budget_warning = 0.8,
		.stale = (uint64_t)HOUR,
	};
	world->config.rules[READING_SECRET_LEAK].acknowledge = true;
	world->metrics = metrics_new(8 << 20);
	world->alerts = alerts_new(&world->config, world->metrics, on_alert, world);
	ck_assert_ptr_nonnull(world->alerts);
	tick(world, 0);
}

void world_restart(struct world *world)
{
	alerts_free(world->alerts);
	metrics_free(world->metrics);
	world->metrics = metrics_new(8 << 20);
	world->alerts = alerts_new(&world->config, world->metrics, on_alert, world);
	ck_assert_ptr_nonnull(world->alerts);
}

void world_done(struct world *world)
{
	alerts_free(world->alerts);
	metrics_free(world->metrics);
	buffer_done(&world->log);
}

struct reading figure(enum reading_kind kind, const char *service, const char *model, double value)
{
	return (struct reading){ .kind = kind, .service = service, .model = model, .detail = "", .note = "",
				 .value = value, .samples = 1000, .significant = true };
}

void read_one(struct world *world, struct reading reading)
{
	alerts_reading(world->alerts, &reading, world->now);
}

void tick(struct world *world, int64_t step)
{
	world->now += step;
	alerts_tick(world->alerts, world->now);
}

void feed(struct world *world, struct reading reading, int64_t how_long)
{
	for (int64_t end = world->now + how_long; world->now < end;) {
		world->now += SECOND;
		read_one(world, reading);
		tick(world, 0);
	}
}

const char *log_of(struct world *world)
{
	static char text[65536];

	(void)slice_copy(text, sizeof(text), buffer_slice(&world->log));
	world->log.len = 0;
	return text;
}

size_t active_count(const struct world *world)
{
	size_t n = 0;

	while (alerts_at(world->alerts, n))
		n++;
	return n;
}

static const struct metric_family *family_of(const struct metrics *metrics, const char *name)
{
	const struct metric_family *family;

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		if (strcmp(metric_family_desc(family)->name, name) == 0)
			return family;
	}
	ck_abort_msg("no metric %s", name);
	return NULL;
}

static bool has_labels(const struct metric_series *series, size_t count, const char *const *labels)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(metric_series_label(series, i), labels[i]) != 0)
			return false;
	}
	return true;
}

double metric_of(const struct world *world, const char *name, const char *a, const char *b, const char *c)
{
	const struct metric_family *family = family_of(world->metrics, name);
	const struct metric_desc *desc = metric_family_desc(family);
	const char *const labels[] = { a, b, c };
	const struct metric_series *series;
	struct metric_value value;

	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		if (!has_labels(series, metric_label_count(desc), labels))
			continue;
		metric_read(series, &value);
		return desc->type == METRIC_GAUGE ? value.number : (double)value.count;
	}
	return NAN;
}
