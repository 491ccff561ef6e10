/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that match by their beginning ("ignor*"). Few words of a text begin as
 * one of them: a bit says so, before anything is compared.
 */
#ifndef PROMTAP_DETECT_BEGINNINGS_H
#define PROMTAP_DETECT_BEGINNINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

#define BEGINNING_BYTES_MIN 3
#define BEGINNING_BYTES_MAX 58

#define SHELF_BUCKETS 8192

struct beginning {
	uint64_t head;		/* the first eight bytes, or zeros */
	uint32_t word;		/* with its mark */
	uint32_t text;		/* of all bytes, in texts[] */
	uint32_t len;
	uint32_t bucket;
};

/* Beginnings by their first bytes: three of those that have no more, four of the others. */
struct shelf {
	struct beginning *list;	/* once sealed: by bucket, the longest first */
	size_t count, capacity;
	uint32_t buckets[SHELF_BUCKETS + 1];
	uint64_t filter[SHELF_BUCKETS * 8 / 64];
};

struct beginnings {
	struct shelf shelves[2];
	char *texts;
	size_t text_bytes, text_capacity;
};

void beginnings_done(struct beginnings *beginnings);

/* Of BEGINNING_BYTES_MIN to BEGINNING_BYTES_MAX, each once. 0 or -ENOMEM. */
int beginnings_add(struct beginnings *beginnings, struct slice text, uint32_t word);
/* After the last, before the first look. */
void beginnings_seal(struct beginnings *beginnings);

/* Sets a bit, `mark`, in the numbers of words that `marked` (by number) names. */
void beginnings_mark(struct beginnings *beginnings, const uint8_t *marked, uint32_t mark);

static inline uint32_t beginnings_hash(const char *text, size_t bytes)
{
	uint32_t key = 0;

	memcpy(&key, text, bytes);
	return key * 0x85ebca6bu;
}

static inline bool shelf_may_have(const struct shelf *shelf, uint32_t hash)
{
	return shelf->filter[hash >> 16 >> 6] >> (hash >> 16 & 63) & 1;
}

uint32_t beginnings_look(const struct beginnings *beginnings, struct slice word);

/* The longest that `word` begins with, with its mark; 0: none. */
static inline uint32_t beginnings_longest(const struct beginnings *beginnings, struct slice word)
{
	if (word.len < BEGINNING_BYTES_MIN)
		return 0;
	if (!shelf_may_have(&beginnings->shelves[0], beginnings_hash(word.ptr, BEGINNING_BYTES_MIN)) &&
	    (word.len == BEGINNING_BYTES_MIN ||
	     !shelf_may_have(&beginnings->shelves[1], beginnings_hash(word.ptr, BEGINNING_BYTES_MIN + 1))))
		return 0;
	return beginnings_look(beginnings, word);
}

/* How long the shortest is that `word` begins with; 0: there is none. */
size_t beginnings_shortest(const struct beginnings *beginnings, struct slice word);
/* Those that `word` begins with, longer ones first; at most `max`. Returns how many. */
size_t beginnings_of(const struct beginnings *beginnings, struct slice word, uint32_t *ret_words, size_t max);

#endif
