/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/backoff.h"

uint64_t backoff_ns(unsigned failures, uint64_t first_ns, uint64_t last_ns, uint64_t asked_ns, uint64_t random)
{
	uint64_t whole = first_ns, wait;

	for (unsigned i = 0; i < failures && whole < last_ns; i++)
		whole *= 2;
	if (whole > last_ns)
		whole = last_ns;
	if (asked_ns > last_ns)
		asked_ns = last_ns;
	wait = whole / 2 + random % (whole / 2 + 1);
	return asked_ns > wait ? asked_ns : wait;
}
