/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of STATS_TABLE become families; the sum over the roles is what a
 * series shows. Every row is there from the start, at zero, so that an increase
 * is seen from the first one on.
 */
#include "analysis/health.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct role_counters {
	bool known;
	uint32_t instance;
	uint64_t now[STAT_MAX];		/* of this instance */
	uint64_t before[STAT_MAX];	/* of the instances that are gone */
};

struct health {
	struct role_counters roles[ANALYSIS_ROLES_MAX];
	struct metric_desc descs[STAT_MAX];	/* the first `desc_count` are in use */
	size_t desc_count;
	struct metric_series *series[STAT_MAX];
	struct metric_family *processes;
};

static const struct metric_desc processes_desc = {
	.name = "promtap_processes",
	.help = "Processes with a TLS stack, by whether promtap observes them",
	.unit = "processes",
	.type = METRIC_GAUGE,
	.labels = { { "stack", 32 }, { "covered", 0 } },
};

static const struct metric_desc build_desc = {
	.name = "promtap_build_info",
	.help = "Version of promtap; the value is 1",
	.unit = "info",
	.type = METRIC_GAUGE,
	.labels = { { "version", 0 } },
};

/* Rows of one metric stand together: a family is made at the first of them. */
static struct metric_family *stat_family(struct health *health, struct metrics *metrics, enum stat_id stat,
					 struct metric_family *previous)
{
	const struct stat_desc *stat_desc = &stat_descs[stat];
	struct metric_desc *desc;

	if (stat > 0 && strcmp(stat_desc->metric, stat_descs[stat - 1].metric) == 0)
		return previous;
	desc = &health->descs[health->desc_count++];
	*desc = (struct metric_desc){ .name = stat_desc->metric, .help = stat_desc->help, .type = METRIC_COUNTER };
	if (*stat_desc->label)
		desc->labels[0].name = stat_desc->label;
	return metrics_family(metrics, desc);
}

static int make_stats(struct health *health, struct metrics *metrics)
{
	struct metric_family *family = NULL;

	for (enum stat_id stat = 0; stat < STAT_MAX; stat++) {
		family = stat_family(health, metrics, stat, family);
		if (!family)
			return -1;
		health->series[stat] = metric_get(family, (const char *const[]){ stat_descs[stat].value });
		if (!health->series[stat])
			return -1;
	}
	return 0;
}

static int make_build_info(struct metrics *metrics, const char *version)
{
	struct metric_family *family = metrics_family(metrics, &build_desc);
	struct metric_series *series = family ? metric_get(family, &version) : NULL;

	metric_set(series, 1);
	return series ? 0 : -1;
}

struct health *health_new(struct metrics *metrics, const char *version)
{
	struct health *health = calloc(1, sizeof(*health));

	if (!health)
		return NULL;
	health->processes = metrics_family(metrics, &processes_desc);
	if (!health->processes || make_build_info(metrics, version) < 0 || make_stats(health, metrics) < 0) {
		health_free(health);
		return NULL;
	}
	return health;
}

void health_free(struct health *health)
{
	free(health);
}

static void add_up(struct health *health)
{
	for (size_t stat = 0; stat < STAT_MAX; stat++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < ARRAY_SIZE(health->roles); i++)
			sum += health->roles[i].now[stat] + health->roles[i].before[stat];
		metric_raise(health->series[stat], sum);
	}
}

void health_stats(struct health *health, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX])
{
	struct role_counters *counters = &health->roles[role];

	assert(role < ANALYSIS_ROLES_MAX);
	if (counters->known && counters->instance != instance) {
		for (size_t stat = 0; stat < STAT_MAX; stat++)
			counters->before[stat] += counters->now[stat];
	}
	counters->known = true;
	counters->instance = instance;
	memcpy(counters->now, values, sizeof(counters->now));
	add_up(health);
}

static void set_processes(struct health *health, const char *stack, uint32_t covered, uint32_t uncovered)
{
	metric_set(metric_get(health->processes, (const char *const[]){ stack, "true" }), covered);
	metric_set(metric_get(health->processes, (const char *const[]){ stack, "false" }), uncovered);
}

void health_coverage(struct health *health, const struct coverage_row *rows, size_t count)
{
	const struct metric_series *series;

	for (size_t i = 0; (series = metric_series_at(health->processes, i)); i++)
		metric_set((struct metric_series *)series, 0);
	for (size_t i = 0; i < count; i++)
		set_processes(health, rows[i].stack, rows[i].covered, rows[i].uncovered);
}
