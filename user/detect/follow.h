/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only several texts of a call show together: an answer that repeats the
 * instructions, a tool's arguments with an address from a tool's result.
 */
#ifndef PROMTAP_DETECT_FOLLOW_H
#define PROMTAP_DETECT_FOLLOW_H

#include <stddef.h>

#include "detect/leak.h"
#include "detect/origin.h"
#include "detect/signals.h"
#include "llm/finding.h"

/* A signal at bytes of the text at hand. */
typedef void (*follow_fn)(void *ctx, enum signal_id signal, uint64_t start, uint64_t end);

/* What calls that ended leave to those that begin. All zero: nothing. */
#define FOLLOW_SPARE 4
struct follow_spare {
	struct leak *leaks[FOLLOW_SPARE];
	struct origin *origins[FOLLOW_SPARE];
	size_t leak_count, origin_count;
};
void follow_spare_done(struct follow_spare *spare);

/* One call. All zero but for fn, ctx and spare at its beginning. */
struct follow {
	follow_fn fn;
	void *ctx;
	struct follow_spare *spare;
	struct leak *leak;	/* on demand; null: no system text came, or there was no memory */
	struct origin *origin;
};

/* Where a text is. */
struct follow_text {
	enum text_where where;	/* of its first piece: parts of a text that change their place stay there */
	bool begun;
	struct leak_text leak;
	struct origin_text origin;
};

void follow_text_init(struct follow_text *text);
void follow_feed(struct follow *follow, struct follow_text *text, enum text_where where, struct slice bytes);
/* `instructs`: something like an order was found in it. */
void follow_end(struct follow *follow, struct follow_text *text, bool instructs);
/* Words and addresses that found no room. */
uint64_t follow_over(const struct follow *follow);
void follow_done(struct follow *follow);

#endif
