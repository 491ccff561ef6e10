/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which letters a sign or letter may be read as where TR39 has none, because no
 * reader would take one for the other by itself: faux Cyrillic (и for n),
 * currency signs, digits and signs of leetspeak. To be believed only where
 * known words come out.
 */
#ifndef PROMTAP_DETECT_LOOKS_H
#define PROMTAP_DETECT_LOOKS_H

#include <stddef.h>
#include <stdint.h>

/* Small letters of ASCII, the likelier first, none or one or two; lower case only. */
const char *looks_like(int32_t c);

#endif
