/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks in nanoseconds. Stages never read a clock: time comes with their input. */
#ifndef PROMTAP_BASE_CLOCK_H
#define PROMTAP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static inline uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* What to add to a CLOCK_MONOTONIC time to have nanoseconds since the Unix
 * epoch. Changes when the wall clock is set: ask again now and then. */
static inline int64_t clock_realtime_offset_ns(void)
{
	uint64_t before = clock_monotonic_ns();
	uint64_t real = clock_ns(CLOCK_REALTIME);
	uint64_t after = clock_monotonic_ns();

	return (int64_t)(real - (before + (after - before) / 2));
}

#endif
