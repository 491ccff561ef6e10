/* SPDX-License-Identifier: Apache-2.0 */
/* When to try a place again. Knows no clock. */
#ifndef PROMTAP_TRANSPORT_BACKOFF_H
#define PROMTAP_TRANSPORT_BACKOFF_H

#include <stdint.h>

/* How long to wait after so many failures, the last one not counted: a time that doubles from `first_ns` to `last_ns`, of
 * which half is waited in any case and of the rest a part by `random`, so that a place that comes back is not met by all at
 * once. `asked_ns`: what the place asks for, 0: nothing; it is kept to, as far as `last_ns`. */
uint64_t backoff_ns(unsigned failures, uint64_t first_ns, uint64_t last_ns, uint64_t asked_ns, uint64_t random);

#endif
