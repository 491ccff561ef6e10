/* SPDX-License-Identifier: Apache-2.0 */
/* An engine with the defaults as a struct, a clock, and a log of what it says. */
#ifndef PROMTAP_TESTS_ALERTS_WORLD_H
#define PROMTAP_TESTS_ALERTS_WORLD_H

#include "alerts/alerts.h"
#include "base/clock.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define START (1750000000 * SECOND)

struct world {
	struct alert_config config;
	struct metrics *metrics;
	struct alerts *alerts;
	int64_t now;
	struct buffer log;		/* a line a transition: "firing warning drift chat gpt-4o cost notify" */
	size_t told;			/* how many of them somebody was told */
	struct alert last;
	alert_fn watch;			/* is given each transition too, without a ctx; null: none */
};

void world_init(struct world *world);
void world_done(struct world *world);
/* A new engine with the configuration as it is now; the old one is gone. */
void world_restart(struct world *world);

struct reading figure(enum reading_kind kind, const char *service, const char *model, double value);
void read_one(struct world *world, struct reading reading);
void tick(struct world *world, int64_t step);
/* Readings of this figure each second for so long. */
void feed(struct world *world, struct reading reading, int64_t how_long);
/* The log since the last time, which is then empty. */
const char *log_of(struct world *world);
size_t active_count(const struct world *world);
/* Of a counter or gauge of the registry by up to three label values. */
double metric_of(const struct world *world, const char *name, const char *a, const char *b, const char *c);

#endif
