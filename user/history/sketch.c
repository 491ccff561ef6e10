/* SPDX-License-Identifier: Apache-2.0 */
#include "history/sketch.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BITS 6
#define VALUE_MAX ((1ull << 40) - 1)
#define VARINT_BYTES_MAX 10

static uint32_t bucket_of(uint64_t value)
{
	unsigned power, shift;

	if (value > VALUE_MAX)
		value = VALUE_MAX;
	if (value < SKETCH_STEPS)
		return (uint32_t)value;
	power = 63 - (unsigned)__builtin_clzll(value);
	shift = power - STEP_BITS;
	return (uint32_t)(((shift + 1) << STEP_BITS) + (value >> shift) - SKETCH_STEPS);
}

static uint64_t middle_of(uint32_t index)
{
	unsigned shift;

	if (index < SKETCH_STEPS)
		return index;
	shift = (index >> STEP_BITS) - 1;
	return ((uint64_t)(SKETCH_STEPS + (index & (SKETCH_STEPS - 1))) << shift) + ((1ull << shift) >> 1);
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

void sketch_done(struct sketch *sketch)
{
	free(sketch->buckets);
	*sketch = (struct sketch){ 0 };
}

/* Where the bucket is, or would stand. */
static size_t place_of(const struct sketch *sketch, uint32_t index)
{
	size_t low = 0, high = sketch->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sketch->buckets[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int make_room(struct sketch *sketch)
{
	size_t capacity = sketch->capacity ? 2 * sketch->capacity : 16;
	struct sketch_bucket *buckets;

	if (sketch->count < sketch->capacity)
		return 0;
	buckets = reallocarray(sketch->buckets, capacity, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	sketch->buckets = buckets;
	sketch->capacity = capacity;
	return 0;
}

static int add_to_bucket(struct sketch *sketch, uint32_t index, uint64_t n)
{
	size_t place = place_of(sketch, index);
	struct sketch_bucket *bucket;

	if (place == sketch->count || sketch->buckets[place].index != index) {
		if (make_room(sketch) < 0)
			return -ENOMEM;
		bucket = &sketch->buckets[place];
		memmove(bucket + 1, bucket, (sketch->count - place) * sizeof(*bucket));
		*bucket = (struct sketch_bucket){ .index = index };
		sketch->count++;
	}
	bucket = &sketch->buckets[place];
	bucket->count = add_capped(bucket->count, n);
	sketch->total = add_capped(sketch->total, n);
	return 0;
}

int sketch_add(struct sketch *sketch, uint64_t microseconds, uint64_t n)
{
	return n > 0 ? add_to_bucket(sketch, bucket_of(microseconds), n) : 0;
}

/* ---- as bytes: for each bucket the buckets passed over and its count, as LEB128 ---------------------- */

static int write_varint(uint64_t value, struct buffer *out)
{
	unsigned char bytes[VARINT_BYTES_MAX];
	size_t n = 0;

	do {
		bytes[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value > 0);
	return buffer_append(out, bytes, n);
}

static bool read_varint(struct slice *bytes, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX && i < bytes->len; i++) {
		uint64_t seven = (unsigned char)bytes->ptr[i] & 0x7f;

		if (i == VARINT_BYTES_MAX - 1 && seven > 1)
			return false;
		value |= seven << (7 * i);
		if ((unsigned char)bytes->ptr[i] & 0x80)
			continue;
		*bytes = (struct slice){ bytes->ptr + i + 1, bytes->len - i - 1 };
		*ret = value;
		return true;
	}
	return false;
}

int sketch_write(const struct sketch *sketch, struct buffer *out)
{
	uint32_t next = 0;
	int err = 0;

	for (size_t i = 0; i < sketch->count && err == 0; i++) {
		err = write_varint(sketch->buckets[i].index - next, out);
		if (err == 0)
			err = write_varint(sketch->buckets[i].count, out);
		next = sketch->buckets[i].index + 1;
	}
	return err;
}

int sketch_read(struct sketch *sketch, struct slice bytes)
{
	uint64_t next = 0, skipped, count;

	while (bytes.len > 0) {
		if (!read_varint(&bytes, &skipped) || !read_varint(&bytes, &count) || count == 0)
			return -EBADMSG;
		if (skipped >= SKETCH_BUCKETS - next)
			return -EBADMSG;
		next += skipped;
		if (add_to_bucket(sketch, (uint32_t)next, count) < 0)
			return -ENOMEM;
		next++;
	}
	return 0;
}

/* From 1. The double of a count at its maximum is no uint64_t. */
static uint64_t rank_of(uint64_t total, double q)
{
	double rank = ceil(q * (double)total);

	return rank < (double)total ? (uint64_t)rank : total;
}

uint64_t sketch_quantile(const struct sketch *sketch, double q)
{
	uint64_t rank = rank_of(sketch->total, q), seen = 0;

	for (size_t i = 0; i < sketch->count; i++) {
		seen = add_capped(seen, sketch->buckets[i].count);
		if (seen >= rank)
			return middle_of(sketch->buckets[i].index);
	}
	return sketch->count > 0 ? middle_of(sketch->buckets[sketch->count - 1].index) : 0;
}
