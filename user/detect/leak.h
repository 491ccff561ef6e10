/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaked instructions: runs of LEAK_WORDS or more words of an answer that
 * equal a system text, word by word, however they are laid out, quoted or
 * parted. What the user's own texts hold as well is no leak, whichever of the
 * two came first. One object a call or a session, on demand; texts stream
 * through it in pieces that are cut anywhere.
 *
 * Every run is found that lies in the first LEAK_SYSTEM_WORDS of the system
 * texts. An object holds at most LEAK_BYTES_MAX; time is linear.
 */
#ifndef PROMTAP_DETECT_LEAK_H
#define PROMTAP_DETECT_LEAK_H

#include "detect/leak_words.h"

#define LEAK_WORDS 12		/* a character of a script without blanks is half of one */
#define LEAK_DISTINCT_WORDS 8		/* a run needs so many different words: tables and rulers have fewer */
#define LEAK_SYSTEM_WORDS 16384
#define LEAK_KNOWN_WORDS 4096		/* of texts that come before the system's: some clients write it last */
#define LEAK_BYTES_MAX (72u * 1024)

enum leak_part {
	LEAK_SYSTEM = 0,
	LEAK_KNOWN,	/* the user's texts, and whatever else the model may repeat */
	LEAK_ANSWER,
	LEAK_PART_MAX
};

struct leak_run {
	uint64_t start, end;	/* bytes of the answer */
	uint32_t words;
	bool instructs;		/* it has words that speak to a model; else it may be knowledge that the answer passes on */
};

#define LEAK_HELD_WORDS 32

/* Where a text is; the caller's, leak_text_init() at its beginning. */
struct leak_text {
	struct leak_cutter cutter;
	uint32_t taken;		/* words that were followed; those behind are new */
	uint32_t floor;		/* words before it are of no run to come */
	uint32_t at;		/* the word of the other text that would go on the run */
	uint32_t run;		/* words in it; 0: none */
	uint32_t fresh;		/* of them the last ones that nobody else said */
	uint32_t fresh_alone;	/* of those: single characters */
	uint64_t start, end;	/* of those, in the text */
	uint32_t age;		/* of the system texts that `at` is of */
	struct leak_words words;	/* its last ones */
};

typedef void (*leak_fn)(void *ctx, const struct leak_text *text, const struct leak_run *run);

struct leak;

/* Null: out of memory. */
struct leak *leak_new(leak_fn on_run, void *ctx);
void leak_free(struct leak *leak);
/* As new, for another call; keeps the memory. */
void leak_reset(struct leak *leak, leak_fn on_run, void *ctx);
/* Who hears of runs from now on. */
void leak_tell(struct leak *leak, void *ctx);

/* Whether there is something to leak. */
bool leak_has_system(const struct leak *leak);
/* Another call begins: its answer is compared with these system texts, unless it brings some of its own. */
void leak_inherit(struct leak *leak);

void leak_text_init(struct leak_text *text);

void leak_feed(struct leak *leak, struct leak_text *text, enum leak_part part, struct slice bytes);
/* The text is over. */
void leak_end(struct leak *leak, struct leak_text *text, enum leak_part part);

/* Bytes of system texts that came when there was no room any more, since it was asked last: leaks of them are not seen. */
uint64_t leak_take_over(struct leak *leak);
size_t leak_bytes(const struct leak *leak);

#endif
