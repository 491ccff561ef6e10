/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that match by their beginning ("ignor*"). Few words of a text begin as
 * one of them: a bit says so, before anything is compared.
 */
#ifndef PROMTAP_DETECT_BEGINNINGS_H
#define PROMTAP_DETECT_BEGINNINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define BEGINNING_BYTES_MIN 3
#define BEGINNING_BYTES_MAX 58

#define SHELF_BUCKETS 8192

struct beginning {
	uint64_t head;		/* the first eight bytes, or zeros */
	uint32_t word;
	uint32_t text;		/* of all bytes, in texts[] */
	uint32_t len;
	uint32_t bucket;
};

/* Beginnings by their first bytes: three of those that have no more, four of the others. */
struct shelf {
	struct beginning *list;	/* once sealed: by bucket */
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

/* Those that `word` begins with; at most `max`. Returns how many. */
size_t beginnings_of(const struct beginnings *beginnings, struct slice word, uint32_t *ret_words, size_t max);

#endif
