/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wyhash-style folding: 128-bit multiplies of input words. What the second of
 * each pair is mixed with comes from the seed: with a public constant anybody
 * could make a factor zero and wipe out all that went before.
 */
#include "base/hash.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t secret = fold(seed ^ 0x8ebc6af09c88c6e3ull, 0x589965cc75374cc3ull);
	uint64_t h = fold(seed ^ 0xa0761d6478bd642full, len ^ 0xe7037ed1a0b428dbull);
	uint8_t tail[16] = { 0 };
	size_t left = len;

	for (; left > 16; left -= 16, p += 16)
		h = fold(load64(p) ^ h, load64(p + 8) ^ secret);
	if (left > 0)
		memcpy(tail, p, left);
	return fold(load64(tail) ^ h, load64(tail + 8) ^ secret);
}

/* With --no-separation the first two callers may come at once: one seed wins. */
uint64_t hash_seed(void)
{
	static _Atomic uint64_t seed;
	uint64_t known = atomic_load_explicit(&seed, memory_order_relaxed), fresh;

	if (known != 0)
		return known;
	if (getrandom(&fresh, sizeof(fresh), GRND_NONBLOCK) != (ssize_t)sizeof(fresh))
		fresh = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15ull;
	fresh |= 1;
	return atomic_compare_exchange_strong(&seed, &known, fresh) ? fresh : known;
}
