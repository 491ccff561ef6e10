/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in every match of an expression. Hyperscan finds literals many
 * times as fast as expressions, so one that is found only where its literals
 * are costs next to nothing (compile_databases.c).
 */
#ifndef PROMTAP_DETECT_REQUIRED_H
#define PROMTAP_DETECT_REQUIRED_H

#include "detect/literal_set.h"

struct required {
	struct literal_set literals;	/* every match holds one; none: nothing is known */
	bool caseless;			/* in any case; they are written in lower case then */
	bool whole;			/* there are few texts that it matches, each with one of these, but for borders */
	bool anchored;			/* matches begin where the text begins */
};

/*
 * Reads an expression as Hyperscan does without its flag for UTF-8: of bytes.
 * What it does not know makes it say that nothing is known, never anything
 * wrong. Literals are of `arena`.
 */
void required_read(const char *expression, bool caseless, struct arena *arena, struct required *ret);

#endif
