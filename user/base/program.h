/* SPDX-License-Identifier: Apache-2.0 */
/* Which program runs: what it made and left behind is of use to no other. */
#ifndef PROMTAP_BASE_PROGRAM_H
#define PROMTAP_BASE_PROGRAM_H

#include <stdint.h>

/* A hash of the build id that the linker gave it: of all its code and constants. 0: it has none. */
uint64_t program_hash(void);

#endif
