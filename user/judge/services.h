/* SPDX-License-Identifier: Apache-2.0 */
/* What is of a service and not of a model: the cost of its day, and how much of its calls was captured. */
#ifndef PROMTAP_JUDGE_SERVICES_H
#define PROMTAP_JUDGE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/held.h"
#include "judge/table.h"

#define SERVICES_KEPT 512
#define SERVICE_CALLS 1000	/* that the incomplete ratio is of */

/* The cost of one UTC day, exact. */
struct service_day {
	int64_t day;		/* since 1970-01-01 */
	uint64_t pico_usd;	/* stays at its maximum: 18 million USD */
	uint64_t calls;		/* whose cost is known */
};

struct metric_series;

struct service {
	struct table_node node;
	char name[SERVICE_BYTES];
	/* The last two that had a cost: late calls find the day before, and a clock that was set, to any day, and comes
	 * back finds what it left. */
	struct service_day days[2];
	unsigned latest;			/* which of them */
	uint64_t incomplete_bits[(SERVICE_CALLS + 63) / 64];
	uint32_t calls, next, incomplete;	/* of the last SERVICE_CALLS */
	bool changed;				/* since the last tick */
	int64_t told_day;			/* whose cost was told last */
	struct metric_series *cost_today;	/* null: not exported yet */
};

struct services {
	struct table table;
	uint64_t evicted;
};

/* 0 or -ENOMEM. */
int services_init(struct services *services);
void services_done(struct services *services);
size_t services_bytes(void);

int64_t service_day_of(int64_t unix_ns);

/* The service of a call, or of a cost alone, which is taken in; its cost is of `day`. `*ret_recycled`: it took another's place, whose series
 * is still in it. */
struct service *services_note(struct services *services, const struct held *held, int64_t day, bool *ret_recycled);
/* What was known of the day is replaced. As services_note(). */
struct service *services_begin_day(struct services *services, const char *name, const struct service_day *day,
				   bool *ret_recycled);
const struct service *services_find(const struct services *services, const char *name);

/* Null: nothing is known of that day. */
const struct service_day *service_day(const struct service *service, int64_t day);
double service_incomplete(const struct service *service);	/* ratio; NAN without calls */

#endif
