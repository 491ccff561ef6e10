/* SPDX-License-Identifier: Apache-2.0 */
/* One word or line over and over, to push what stands before it out of a model's sight. */
#ifndef PROMTAP_DETECT_FLOOD_H
#define PROMTAP_DETECT_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define FLOOD_REPEATS 200

/* Looks at a few places of the text; a flood that fills a quarter of it is
 * found. *ret_start to *ret_end: where it is. */
bool flood_find(struct slice text, uint32_t *ret_start, uint32_t *ret_end);

#endif
