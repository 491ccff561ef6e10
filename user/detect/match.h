/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the rules of a set match in one stretch of text: expressions, sequences
 * and what folding shows. Combinations and judgement come later (judge.h).
 */
#ifndef PROMTAP_DETECT_MATCH_H
#define PROMTAP_DETECT_MATCH_H

#include "detect/normalise.h"
#include "detect/rules.h"

#define LEET_WORDS_MIN 2	/* in a text: one may be a name */

struct match {
	uint32_t rule;
	uint32_t start, end;	/* bytes of the text as it was given; equal: where it ended is all that is known */
	bool folded;		/* the text had to be unfolded, or leetspeak undone, to see it */
	bool weak;		/* a specimen */
};
typedef void (*match_fn)(void *ctx, const struct match *match);

struct matcher;	/* buffers and scratch of one worker, for one set */

struct matcher *matcher_new(const struct rules *rules);
void matcher_free(struct matcher *matcher);

struct match_input {
	struct slice text;
	bool precedes, follows;	/* more of it stands before, behind this stretch */
	unsigned int places;	/* WHERE_BITs: rules that count in none of them need not be looked for; 0: all are.
				 * What a model wrote is read as it stands: no leetspeak, no words in pieces */
	int64_t now_unix_s;	/* 0: not known */
	uint32_t *state;	/* of each rule's check in the whole text, zero at first; one for each rule of the set */
};

/* Matches come in no order, and may come twice. */
void matcher_run(struct matcher *matcher, const struct match_input *input, match_fn fn, void *ctx);

/* Of the last run. */
const struct fold_facts *matcher_facts(const struct matcher *matcher);
uint32_t matcher_leet_words(const struct matcher *matcher);

/* Of all runs: bytes that Hyperscan read, words and items that were looked at, each as often as it was. The work grows
 * with it, so tests hold it against the length of hostile texts. */
uint64_t matcher_steps(const struct matcher *matcher);

#endif
