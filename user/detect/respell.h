/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that were split by signs and markup (ig<b></b>nore, ig**no**re) or
 * whose letters were repeated (iggnnoorree), put right where a word of the
 * dictionary comes out.
 */
#ifndef PROMTAP_DETECT_RESPELL_H
#define PROMTAP_DETECT_RESPELL_H

#include "detect/dictionary.h"

/* Puts them right in place, blanks for what is left of each. Returns how many stand close behind another one. */
uint32_t respell(const struct dictionary *dictionary, char *text, size_t len);

#endif
