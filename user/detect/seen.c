/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/seen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"

#define WAYS 8
/* Most windows have no hits: half of the memory is for those of the others. */
#define BUCKETS_MIN 8
#define CACHE_LINE 64

/* A key that is not there costs one line of the cache. */
struct bucket {
	uint64_t keys[WAYS];	/* 0: free */
	struct seen_window windows[WAYS];
};
_Static_assert(WAYS * sizeof(uint64_t) == CACHE_LINE && sizeof(struct bucket) % CACHE_LINE == 0,
	       "the keys of a bucket are a line of the cache");

struct seen {
	struct bucket *buckets;
	size_t count;		/* of them, a power of two */
	size_t hit_bytes, hit_bytes_max;
	size_t hand;		/* the window whose hits go next where they are too many */
	uint32_t clock;
	uint64_t secret;
};

struct seen *seen_new(size_t bytes)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (!seen)
		return NULL;
	seen->count = BUCKETS_MIN;
	while (2 * seen->count * sizeof(*seen->buckets) <= bytes / 2)
		seen->count *= 2;
	seen->hit_bytes_max = bytes / 2;
	if (getrandom(&seen->secret, sizeof(seen->secret), 0) != (ssize_t)sizeof(seen->secret))
		seen->secret = hash_seed();
	seen->buckets = aligned_alloc(CACHE_LINE, seen->count * sizeof(*seen->buckets));
	if (!seen->buckets) {
		free(seen);
		return NULL;
	}
	memset(seen->buckets, 0, seen->count * sizeof(*seen->buckets));
	return seen;
}

static void forget(struct seen *seen, struct bucket *bucket, size_t way)
{
	struct seen_window *window = &bucket->windows[way];

	seen->hit_bytes -= window->hit_count * sizeof(*window->hits);
	free(window->hits);
	*window = (struct seen_window){ 0 };
	bucket->keys[way] = 0;
}

void seen_clear(struct seen *seen)
{
	for (size_t i = 0; i < seen->count * WAYS; i++)
		forget(seen, &seen->buckets[i / WAYS], i % WAYS);
}

void seen_free(struct seen *seen)
{
	if (!seen)
		return;
	seen_clear(seen);
	free(seen->buckets);
	free(seen);
}

static struct bucket *bucket_of(struct seen *seen, uint64_t key)
{
	/* Hashes of what differs little may lie in few buckets by any of their bits alone. */
	uint64_t mixed = (key ^ key >> 31) * 0xbf58476d1ce4e5b9ull;

	mixed = (mixed ^ mixed >> 29) * 0x94d049bb133111ebull;
	return &seen->buckets[mixed >> 32 & (seen->count - 1)];
}

struct seen_window *seen_get(struct seen *seen, uint64_t key)
{
	struct bucket *bucket = bucket_of(seen, key);

	/* One of them is needed, for a key that is there and for one that is not: not only when it shows which. */
	for (size_t line = CACHE_LINE; line < sizeof(*bucket); line += CACHE_LINE)
		__builtin_prefetch((const char *)bucket + line);
	for (size_t i = 0; i < WAYS; i++) {
		if (bucket->keys[i] != key)
			continue;
		bucket->windows[i].used = ++seen->clock;
		return &bucket->windows[i];
	}
	return NULL;
}

static size_t room_in(const struct bucket *bucket, uint64_t key)
{
	size_t oldest = 0;

	for (size_t i = 0; i < WAYS; i++) {
		if (!bucket->keys[i] || bucket->keys[i] == key)
			return i;
		/* The clock may have gone round. */
		if ((int32_t)(bucket->windows[i].used - bucket->windows[oldest].used) < 0)
			oldest = i;
	}
	return oldest;
}

/* A window without its hits would say that nothing was found: it goes as a whole. */
static void make_room(struct seen *seen, size_t bytes)
{
	while (seen->hit_bytes + bytes > seen->hit_bytes_max) {
		struct bucket *bucket = &seen->buckets[seen->hand / WAYS];

		if (bucket->windows[seen->hand % WAYS].hit_count > 0)
			forget(seen, bucket, seen->hand % WAYS);
		seen->hand = (seen->hand + 1) % (seen->count * WAYS);
	}
}

void seen_put(struct seen *seen, uint64_t key, int64_t now_unix_ns, const struct seen_cost *cost,
	      const struct seen_hit *hits, size_t count)
{
	struct bucket *bucket = bucket_of(seen, key);
	size_t way = room_in(bucket, key), bytes = count * sizeof(*hits);
	struct seen_hit *copy = NULL;

	forget(seen, bucket, way);
	if (count > SEEN_HITS_MAX || bytes > seen->hit_bytes_max)
		return;
	if (count > 0) {
		make_room(seen, bytes);
		copy = malloc(bytes);
		if (!copy)
			return;
		memcpy(copy, hits, bytes);
	}
	seen->hit_bytes += bytes;
	bucket->keys[way] = key;
	bucket->windows[way] = (struct seen_window){
		.first_unix_ns = now_unix_ns,
		.used = ++seen->clock,
		.hit_count = (uint32_t)count,
		.cost = *cost,
		.hits = copy,
	};
}

uint64_t seen_chain(const struct seen *seen, uint64_t chain, const void *bytes, size_t len)
{
	return hash_bytes(bytes, len, chain ^ seen->secret) | 1;
}
