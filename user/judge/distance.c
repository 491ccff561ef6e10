/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KL: Kullback and Leibler, "On Information and Sufficiency", Ann. Math. Stat. 22
 * (1951). PSI is their symmetric form, KL in both directions added up. A half added
 * to each count is the estimate under Jeffreys' prior (Krichevsky and Trofimov
 * 1981). Bins that are empty on both sides get none: they say nothing, and would
 * only thin out the others.
 *
 * Of equal distributions in B bins, PSI / (1/n + 1/m) is about chi-squared with
 * B - 1 degrees of freedom (Yurdakul and Naranjo, "Statistical properties of the
 * population stability index", J. Risk Model Validation 14(4), 2020): two standard
 * deviations above its mean is where chance ends here.
 */
#include "judge/distance.h"

#include <math.h>

#define PRIOR 0.5
#define PPM_PER_BIN 50000
#define CONFIDENCE_BINS 20

static const double bin_units[BINS_MAX] = {
	[BINS_LATENCY] = 1e6,	/* 1 ms in ns */
	[BINS_TOKENS] = 1,
	[BINS_COST] = 1e6,	/* 1e-6 USD in pico-USD */
};

static size_t doubling_bin(double sample, double unit)
{
	int exponent;

	if (!(sample >= unit))
		return 0;
	(void)frexp(sample / unit, &exponent);
	return exponent < DISTANCE_BINS_MAX - 1 ? (size_t)exponent : DISTANCE_BINS_MAX - 1;
}

static size_t confidence_bin(double ppm)
{
	double bin = floor(ppm / PPM_PER_BIN);

	if (!(bin > 0))
		return 0;
	return bin < CONFIDENCE_BINS - 1 ? (size_t)bin : CONFIDENCE_BINS - 1;
}

size_t distance_bin(enum drift_bins bins, double sample)
{
	return bins == BINS_CONFIDENCE ? confidence_bin(sample) : doubling_bin(sample, bin_units[bins]);
}

static uint64_t sum_of(const uint64_t *counts, size_t bins)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < bins; i++)
		sum += counts[i];
	return sum;
}

void distance_of(const uint64_t *before, const uint64_t *after, size_t bins, struct distance *ret)
{
	double n = (double)sum_of(before, bins), m = (double)sum_of(after, bins), used = 0, freedom;

	for (size_t i = 0; i < bins; i++)
		used += before[i] + after[i] > 0;
	*ret = (struct distance){ 0 };
	for (size_t i = 0; i < bins; i++) {
		double p = ((double)before[i] + PRIOR) / (n + PRIOR * used);
		double q = ((double)after[i] + PRIOR) / (m + PRIOR * used);

		if (before[i] + after[i] == 0)
			continue;
		ret->kl += q * log(q / p);
		ret->psi += (q - p) * log(q / p);
	}
	freedom = used - 1;
	ret->psi_chance = (1 / n + 1 / m) * (freedom + 2 * sqrt(2 * freedom));
}
