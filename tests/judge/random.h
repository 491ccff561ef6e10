/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are the same in every run: splitmix64 (Steele, Lea and Flood 2014) and what is made of it. */
#ifndef PROMTAP_TESTS_JUDGE_RANDOM_H
#define PROMTAP_TESTS_JUDGE_RANDOM_H

#include <math.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Above 0, below 1. */
static inline double random_uniform(uint64_t *seed)
{
	return ((double)(random_next(seed) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller. */
static inline double random_normal(uint64_t *seed)
{
	double radius = sqrt(-2 * log(random_uniform(seed)));

	return radius * cos(2 * M_PI * random_uniform(seed));
}

#endif
