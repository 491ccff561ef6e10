/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that were split by signs and markup (ig<b></b>nore, ig**no**re) or
 * whose letters were repeated (iggnnoorree), put right where a word of the
 * dictionary comes out.
 */
#ifndef PROMTAP_DETECT_RESPELL_H
#define PROMTAP_DETECT_RESPELL_H

#include "detect/dictionary.h"

struct respelt {
	uint32_t words;		/* that were put right */
	uint32_t close;		/* of those, that stand close behind another one */
};

/* Copies the text to `out` (text.len bytes, or the text itself) with them put
 * right, blanks for what is left of each. Where there are none `out` stays as it
 * was. */
struct respelt respell(const struct dictionary *dictionary, struct slice text, char *out);

#endif
