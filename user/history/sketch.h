/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a time took how long, small enough to keep for each hour, and to
 * add up over weeks without losing exactness: counts in buckets of fixed bounds.
 *
 * Microseconds below 64 have a bucket each; above, each power of two has 64. A
 * value stands for the middle of its bucket, which is at most 1/128 (0.8 %) of
 * it away. Integers only: the same on every machine. Up to 2^40 us (12 days),
 * longer ones count as that.
 */
#ifndef PROMTAP_HISTORY_SKETCH_H
#define PROMTAP_HISTORY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

#define SKETCH_STEPS 64		/* buckets of a power of two */
#define SKETCH_BUCKETS 2240
#define SKETCH_BYTES_MAX (SKETCH_BUCKETS * 12)	/* of sketch_write() */

struct sketch_bucket {
	uint32_t index;
	uint64_t count;
};

/* Zero-initialised it is empty. */
struct sketch {
	struct sketch_bucket *buckets;	/* owned; by index, none of them empty */
	size_t count, capacity;
	uint64_t total;
};

void sketch_done(struct sketch *sketch);

/* 0 or -ENOMEM: as before. Counts stay at their maximum. */
int sketch_add(struct sketch *sketch, uint64_t microseconds, uint64_t n);

/* Appends the bytes to keep. 0 or -errno of the buffer. */
int sketch_write(const struct sketch *sketch, struct buffer *out);

/* Adds what sketch_write() gave. 0; -EBADMSG: these are no such bytes; -ENOMEM: some of it is added. */
int sketch_read(struct sketch *sketch, struct slice bytes);

/* The nearest-rank quantile, 0 < q <= 1: the middle of the bucket in which it is. 0 when empty. */
uint64_t sketch_quantile(const struct sketch *sketch, double q);

#endif
