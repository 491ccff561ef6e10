/* SPDX-License-Identifier: Apache-2.0 */
/* Whether chance explains a difference of two samples. */
#ifndef PROMTAP_JUDGE_CHANCE_H
#define PROMTAP_JUDGE_CHANCE_H

#include <stddef.h>
#include <stdint.h>

struct chance;

/* For samples of at most `window` on either side. Null: out of memory. */
struct chance *chance_new(size_t window);
void chance_free(struct chance *chance);
size_t chance_bytes(size_t window);

/* Of two samples in the order of time whether one tends to be greater: Mann-Whitney U with ties and a correction
 * for continuity, its variance widened by what neighbouring calls have in common. Two-sided p;
 * *ret_direction: 1 where `after` tends to be greater, -1 smaller, 0 neither. Each has some. */
double chance_of_numbers(struct chance *chance, const double *before, size_t n, const double *after, size_t m,
			 int *ret_direction);

/* `a` of `n` and `b` of `m` are of a kind: Fisher's exact test, two-sided. n and m are more than 0. */
double chance_of_shares(uint64_t a, uint64_t n, uint64_t b, uint64_t m);

/* The p that one look must be below, so that of traffic that does not change one of `looks` looks at overlapping
 * windows, one after each call, is below it with the probability `significance`. */
double chance_limit(double significance, size_t looks, size_t window);

#endif
