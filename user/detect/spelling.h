/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a word may be written on purpose, or by a slip, and still be read: with a
 * typing error, without vowels, in pig latin, with hands beside their
 * keys, as it sounds. A few hundred ways a word, so that the dictionary can have
 * them all and a text costs nothing more.
 */
#ifndef PROMTAP_DETECT_SPELLING_H
#define PROMTAP_DETECT_SPELLING_H

#include "base/slice.h"

#define SPELLING_BYTES_MIN 2	/* of a word */
#define SPELLING_BYTES_MAX 20

/* Lent for the call. Nonzero ends it. */
typedef int (*spelling_fn)(void *ctx, struct slice spelling);

/* All of one word, some more than once; none of one that is too short or too
 * long, or has other signs than letters a to z. What `fn` returned last, or 0. */
int spellings_of(struct slice word, spelling_fn fn, void *ctx);

#endif
