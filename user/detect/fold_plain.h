/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most text hides nothing: words of one script, with single letters that spell
 * nothing, parted by white space and signs. It is folded here, from one word to
 * the next without looking back; everything else is for normalise.c.
 */
#ifndef PROMTAP_DETECT_FOLD_PLAIN_H
#define PROMTAP_DETECT_FOLD_PLAIN_H

#include "base/slice.h"
#include "detect/fold_out.h"
#include "detect/fold_table.h"

struct fold_plain {
	const struct fold_table *table;
	struct fold_out *out;
	struct slice text;
	uint32_t at;			/* where a word or what parts words begins */
	uint32_t calm_until;		/* single letters before it spell nothing; 0 at first */

	/* What it saw: added up, or the last one. */
	bool changed;			/* more than case and white space */
	uint32_t foreign_words, readable_words, readable_signs;	/* as in struct fold_facts */
	uint32_t east_asian, rtl;	/* letters */
	enum fold_script last_script;	/* of the last word that is of one script for sure */
	int32_t before;			/* the last character, if it is a sign beyond ASCII; else 0 */
};

/* Goes on from `at` up to a word or sign that is for others, or to the end. */
void fold_plain_run(struct fold_plain *plain);

#endif
