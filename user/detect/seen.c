/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/seen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"

#define WAYS 8
/* Most windows have no hits: half of the memory is for those of the others. */
#define BUCKETS_MIN 8

struct seen {
	struct seen_window *windows;
	size_t buckets;		/* a power of two */
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
	seen->buckets = BUCKETS_MIN;
	while (2 * seen->buckets * WAYS * sizeof(*seen->windows) <= bytes / 2)
		seen->buckets *= 2;
	seen->hit_bytes_max = bytes / 2;
	if (getrandom(&seen->secret, sizeof(seen->secret), 0) != (ssize_t)sizeof(seen->secret))
		seen->secret = hash_seed();
	seen->windows = calloc(seen->buckets * WAYS, sizeof(*seen->windows));
	if (seen->windows)
		return seen;
	free(seen);
	return NULL;
}

static void forget(struct seen *seen, struct seen_window *window)
{
	seen->hit_bytes -= window->hit_count * sizeof(*window->hits);
	free(window->hits);
	*window = (struct seen_window){ 0 };
}

void seen_clear(struct seen *seen)
{
	for (size_t i = 0; i < seen->buckets * WAYS; i++)
		forget(seen, &seen->windows[i]);
}

void seen_free(struct seen *seen)
{
	if (!seen)
		return;
	seen_clear(seen);
	free(seen->windows);
	free(seen);
}

static struct seen_window *bucket_of(struct seen *seen, uint64_t key)
{
	/* Hashes of what differs little may lie in few buckets by any of their bits alone. */
	uint64_t mixed = (key ^ key >> 31) * 0xbf58476d1ce4e5b9ull;

	mixed = (mixed ^ mixed >> 29) * 0x94d049bb133111ebull;
	return &seen->windows[(mixed >> 32 & (seen->buckets - 1)) * WAYS];
}

struct seen_window *seen_get(struct seen *seen, uint64_t key)
{
	struct seen_window *bucket = bucket_of(seen, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (bucket[i].key != key)
			continue;
		bucket[i].used = ++seen->clock;
		return &bucket[i];
	}
	return NULL;
}

static struct seen_window *room_in(struct seen *seen, uint64_t key)
{
	struct seen_window *bucket = bucket_of(seen, key), *oldest = bucket;

	for (size_t i = 0; i < WAYS; i++) {
		if (!bucket[i].key || bucket[i].key == key)
			return &bucket[i];
		/* The clock may have gone round. */
		if ((int32_t)(bucket[i].used - oldest->used) < 0)
			oldest = &bucket[i];
	}
	return oldest;
}

/* A window without its hits would say that nothing was found: it goes as a whole. */
static void make_room(struct seen *seen, size_t bytes)
{
	while (seen->hit_bytes + bytes > seen->hit_bytes_max) {
		if (seen->windows[seen->hand].hit_count > 0)
			forget(seen, &seen->windows[seen->hand]);
		seen->hand = (seen->hand + 1) % (seen->buckets * WAYS);
	}
}

void seen_put(struct seen *seen, uint64_t key, int64_t now_unix_ns, const struct seen_cost *cost,
	      const struct seen_hit *hits, size_t count)
{
	struct seen_window *window = room_in(seen, key);
	size_t bytes = count * sizeof(*hits);
	struct seen_hit *copy = NULL;

	forget(seen, window);
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
	*window = (struct seen_window){
		.key = key,
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
