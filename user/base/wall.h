/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wall clock beside one that nobody sets: tells time that passes from a
 * clock that is set. Knows no clock; the caller reads both.
 */
#ifndef PROMTAP_BASE_WALL_H
#define PROMTAP_BASE_WALL_H

#include <stdbool.h>
#include <stdint.h>

/* What slewing, a leap second and the moment between two readings may come to. */
#define WALL_TOLERANCE_NS 2000000000ll

struct wall {
	bool started;
	int64_t unix_ns, steady_ns;	/* as they were given last */
};

/* `steady_ns`: of a clock that goes on while the machine sleeps (CLOCK_BOOTTIME). How far the wall clock was set since
 * the last time: forth above 0, back below; 0: it was not, or by no more than the tolerance. */
int64_t wall_step(struct wall *wall, int64_t unix_ns, int64_t steady_ns);

#endif
