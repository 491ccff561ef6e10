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
	if (world->watch)
		world->watch(NULL, alert, notify);
	ck_assert_int_eq(buffer_printf(&world->log, "%s %s %s %s %s%s%s%s\n", alert_state_names[alert->state],
				       alert_severity_names[alert->severity], reading_names[alert->kind],
				       *alert->service ? alert->service : "-", *alert->model ? alert->model : "-",
				       *alert->detail ? " " : "", alert->detail, notify ? " notify" : ""), 0);
}

void world_init(struct world *world)
{
	*world = (struct world){ .now = START };
	ck_assert_int_eq(schema_defaults(&alert_schema, &world->config), 0);
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
	schema_done(&alert_schema, &world->config);
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
