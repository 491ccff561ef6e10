/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was judged before: windows of texts by a keyed hash, with what matched
 * in them, for agents send the whole conversation again with every turn. No
 * text. Bounded in bytes; of a full bucket the one used longest ago goes.
 */
#ifndef PROMTAP_DETECT_SEEN_H
#define PROMTAP_DETECT_SEEN_H

#include <stddef.h>
#include <stdint.h>

#define SEEN_HITS_MAX 288	/* of one window; one with more is scanned each time */

struct seen_hit {
	uint64_t start, end;	/* in the text */
	uint32_t rule;
	uint8_t via[2];		/* enum decoder_id */
	uint8_t flags;
	uint8_t reserved;
};

/* What its scan took of the text's decode budget. */
struct seen_cost {
	uint32_t bytes;
	uint16_t candidates;
};

struct seen_window {
	int64_t first_unix_ns;
	uint32_t used;		/* when it was asked for last */
	uint32_t hit_count;
	struct seen_cost cost;
	struct seen_hit *hits;
};

struct seen;

/* Null: out of memory. */
struct seen *seen_new(size_t bytes);
void seen_free(struct seen *seen);
void seen_clear(struct seen *seen);

/* The window of that key; null: not seen. Lent until the next call. */
struct seen_window *seen_get(struct seen *seen, uint64_t key);
/* Keeps it; hits of others go where there is no room for its own. Where there is no memory, or hits are too many, it is
 * not kept. */
void seen_put(struct seen *seen, uint64_t key, int64_t now_unix_ns, const struct seen_cost *cost,
	      const struct seen_hit *hits, size_t count);

/* The hash of a window that follows what `chain` stands for; never 0. */
uint64_t seen_chain(const struct seen *seen, uint64_t chain, const void *bytes, size_t len);

#endif
