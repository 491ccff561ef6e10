/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the matches of one text amount to: combinations and scores are matches,
 * too, and each is worth what its place allows.
 */
#ifndef PROMTAP_DETECT_JUDGE_H
#define PROMTAP_DETECT_JUDGE_H

#include "detect/context.h"
#include "detect/decode.h"
#include "detect/rules.h"

#define HITS_MAX 256	/* of one text; what finds no room is counted as over the limit */
#define HITS_JOINED_MAX 64	/* more of combinations and scores */

struct hit {
	uint64_t start, end;	/* bytes of the text */
	uint32_t rule;
	uint8_t via[2];		/* enum decoder_id, outer first */
	bool folded, weak;
	bool repeated;		/* in a window that was judged before */
	int64_t first_unix_ns;	/* then: when */
	struct context *context;	/* owned by the hits; null: none is kept */
};

struct hits {
	struct hit *hits;	/* owned; all zero is none */
	size_t count, capacity;
	uint32_t over;
	uint32_t turn;	/* which one makes room next */
};
void hits_done(struct hits *hits);
/* Forgets them, keeps the memory. */
void hits_clear(struct hits *hits);
/* Adds one, unless the same rule has one that touches it: that one grows. Where
 * there is no room a less grave one goes, else one of the later half that is no
 * graver: whoever fills a text with one thing hides neither another one nor
 * what stands at its end. Takes its context over in every case. */
void hits_add(const struct rules *rules, struct hits *hits, const struct hit *hit);

/* Adds what combinations and scores make of them. */
void judge_combine(const struct rules *rules, enum text_where where, struct hits *hits);

/* What a hit is worth there. */
enum severity judge_severity(const struct rules *rules, const struct hit *hit, enum text_where where);

#endif
