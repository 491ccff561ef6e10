/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far two distributions are apart: KL divergence and PSI over fixed bins.
 * The bins are the program's own, the same for all pairs and times, so that
 * figures of two days or two nodes can be compared.
 */
#ifndef PROMTAP_JUDGE_DISTANCE_H
#define PROMTAP_JUDGE_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

#include "judge/drift.h"

#define DISTANCE_BINS_MAX 32

/* Latency, tokens and cost: bins double in width: below 1 ms, 1 token, 1e-6 USD; then 1..2, 2..4, ...; the last
 * holds what is beyond 2^30. Confidence: twenty of 0.05 each, 1.0 in the last. */
size_t distance_bin(enum drift_bins bins, double sample);

struct distance {
	double kl;		/* nats, of `after` from `before`: sum of q ln(q / p) */
	double psi;		/* sum of (q - p) ln(q / p) */
	double psi_chance;	/* what PSI of equal distributions exceeds in a few of a hundred cases */
};

/* `before` and `after` have some. Shares are smoothed: half a call is added to each bin that holds a call on either side. */
void distance_of(const uint64_t *before, const uint64_t *after, size_t bins, struct distance *ret);

#endif
