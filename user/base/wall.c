/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wall.h"

static int64_t difference(int64_t a, int64_t b)
{
	int64_t result;

	if (!__builtin_sub_overflow(a, b, &result))
		return result;
	return a > b ? INT64_MAX : -INT64_MAX;
}

int64_t wall_step(struct wall *wall, int64_t unix_ns, int64_t steady_ns)
{
	int64_t shown = difference(unix_ns, wall->unix_ns), passed = difference(steady_ns, wall->steady_ns);
	int64_t step = wall->started ? difference(shown, passed) : 0;

	*wall = (struct wall){ .started = true, .unix_ns = unix_ns, .steady_ns = steady_ns };
	return step > WALL_TOLERANCE_NS || step < -WALL_TOLERANCE_NS ? step : 0;
}
