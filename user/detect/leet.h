/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leetspeak: letters written as digits and signs within words that hold letters
 * too. Undone only where a word of the dictionary comes out, so that honest
 * names ("sha256", "b2b") stay what they are.
 */
#ifndef PROMTAP_DETECT_LEET_H
#define PROMTAP_DETECT_LEET_H

#include "detect/dictionary.h"

/* Whether folded text has signs within words at all: cheap, seldom true of prose. */
bool leet_suspected(struct slice text);

/* Copies the text to `out` (text.len bytes) with it undone, a byte for a byte,
 * so that offsets stay. Returns how many words became words of the dictionary. */
uint32_t leet_undo(const struct dictionary *dictionary, struct slice text, char *out);

#endif
