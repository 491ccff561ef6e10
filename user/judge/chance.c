/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latencies, lengths and costs are skewed and heavy-tailed: a mean of a hundred
 * moves by chance. What is asked is therefore whether the ranks moved (Mann and
 * Whitney, Ann. Math. Stat. 18, 1947; ties and variance as in Lehmann,
 * "Nonparametrics", 1975): no outlier decides, and no distribution is assumed.
 *
 * Calls that follow one another are alike (a busy provider is busy for the next
 * call, too), so a hundred of them tell less than a hundred that are independent.
 * The variance is multiplied by tau = 1 + 2 sum of (1 - k/n) r_k, with r_k the
 * autocorrelation of ranks at lag k around each side's own mean, so that the
 * change itself is not taken for likeness (Bayley and Hammersley, J. R. Stat.
 * Soc. Suppl. 8, 1946). The sum ends at the first r_k that is noise. What is
 * estimated from few independent calls is unsure itself: a widened variance is
 * judged by Student's distribution with as many degrees of freedom as are left.
 *
 * Windows are looked at after each call, and each look is a chance to be wrong.
 * Looks overlap, so a thousand are not a thousand trials. The difference of two
 * windows of w calls has the correlation 1 - (3 / 2w) k at a small lag of k calls;
 * for such a process the chance that one of N looks passes u is about
 * 2 N a u phi(u) nu(u sqrt(2a)), a = 3 / 2w, nu(x) = exp(-0.583 x) (Siegmund,
 * "Sequential Analysis", 1985, chapters IV and X; "Approximate tail probabilities for
 * the maxima of some random fields", Ann. Probab. 16, 1988).
 */
#include "judge/chance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/window.h"

#define RUN 8		/* sorted by insertion */
#define LAG_DIVISOR 4	/* lags to a quarter of a side: later ones are estimated from too little */

struct ranked {
	double sample;
	size_t position;	/* in time: `before`, then `after` */
};

struct chance {
	struct ranked *order;	/* room for all twice: sorting merges from one half to the other */
	double *ranks;		/* by position */
};

size_t chance_bytes(size_t window)
{
	return sizeof(struct chance) + 2 * window * (2 * sizeof(struct ranked) + sizeof(double));
}

struct chance *chance_new(size_t window)
{
	struct chance *chance = calloc(1, sizeof(*chance));

	if (!chance)
		return NULL;
	chance->order = calloc(4 * window, sizeof(*chance->order));
	chance->ranks = calloc(2 * window, sizeof(*chance->ranks));
	if (!chance->order || !chance->ranks) {
		chance_free(chance);
		return NULL;
	}
	return chance;
}

void chance_free(struct chance *chance)
{
	if (!chance)
		return;
	free(chance->order);
	free(chance->ranks);
	free(chance);
}

/* ---- numbers -------------------------------------------------------------------------------------------- */

static void sort_run(struct ranked *run, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct ranked ranked = run[i];
		size_t j = i;

		for (; j > 0 && run[j - 1].sample > ranked.sample; j--)
			run[j] = run[j - 1];
		run[j] = ranked;
	}
}

static void merge(const struct ranked *left, size_t lefts, const struct ranked *right, size_t rights, struct ranked *ret)
{
	while (lefts > 0 && rights > 0) {
		if (right->sample < left->sample) {
			*ret++ = *right++;
			rights--;
		} else {
			*ret++ = *left++;
			lefts--;
		}
	}
	memcpy(ret, left, lefts * sizeof(*ret));
	memcpy(ret + lefts, right, rights * sizeof(*ret));
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Merges runs from one array to the other and back; returns the one that is sorted. qsort(3) with its callback takes
 * thrice as long, and this is most of what a look costs. */
static struct ranked *sort_ranked(struct ranked *from, struct ranked *to, size_t count)
{
	for (size_t at = 0; at < count; at += RUN)
		sort_run(from + at, least(RUN, count - at));
	for (size_t run = RUN; run < count; run *= 2) {
		struct ranked *held = from;

		for (size_t at = 0; at < count; at += 2 * run) {
			size_t lefts = least(run, count - at), rights = least(run, count - at - lefts);

			merge(from + at, lefts, from + at + lefts, rights, to + at);
		}
		from = to;
		to = held;
	}
	return from;
}

static void put_in_order(struct chance *chance, const double *samples, size_t count, size_t position)
{
	for (size_t i = 0; i < count; i++)
		chance->order[position + i] = (struct ranked){ samples[i], position + i };
}

/* Ranks from 1, equal samples share the mean of theirs. Returns the sum of t^3 - t over ties of t. */
static double rank_all(struct chance *chance, size_t count)
{
	const struct ranked *order = sort_ranked(chance->order, chance->order + count, count);
	double ties = 0;

	for (size_t from = 0, to; from < count; from = to) {
		double tied;

		for (to = from + 1; to < count && order[to].sample == order[from].sample; to++)
			;
		for (size_t i = from; i < to; i++)
			chance->ranks[order[i].position] = ((double)from + 1 + (double)to) / 2;
		tied = (double)(to - from);
		ties += tied * tied * tied - tied;
	}
	return ties;
}

static void centre(double *ranks, size_t count)
{
	double mean = window_mean(ranks, count);

	for (size_t i = 0; i < count; i++)
		ranks[i] -= mean;
}

static double products(const double *ranks, size_t count, size_t lag)
{
	double sum = 0;

	for (size_t i = lag; i < count; i++)
		sum += ranks[i] * ranks[i - lag];
	return sum;
}

/* By how much the variance is greater than that of independent calls; 1 at least. A side's own mean is nearer to its
 * calls than the true one, the more so the fewer of them are independent; the last line makes up for it. Changes the ranks. */
static double widening(double *ranks, size_t n, size_t m)
{
	double *after = ranks + n, noise = 1 / sqrt((double)(n + m)), all, tau = 1;
	size_t shorter = n < m ? n : m;

	centre(ranks, n);
	centre(after, m);
	all = products(ranks, n, 0) + products(after, m, 0);
	for (size_t lag = 1; lag <= shorter / LAG_DIVISOR && all > 0; lag++) {
		double likeness = (products(ranks, n, lag) + products(after, m, lag)) / all;

		if (likeness < noise)
			break;
		tau += 2 * (1 - (double)lag / (double)shorter) * likeness;
	}
	return tau > 1 ? tau / (1 - fmin(tau / (double)shorter, 0.5)) : 1;
}

/* The normal score that is as unlikely as Student's t (Wallace, Ann. Math. Stat. 30, 1959). */
static double score_of_t(double t, double freedom)
{
	return (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom));
}

double chance_of_numbers(struct chance *chance, const double *before, size_t n, const double *after, size_t m,
			 int *ret_direction)
{
	double sides = (double)n * (double)m, all = (double)(n + m), ties, above, variance, tau, score;

	put_in_order(chance, before, n, 0);
	put_in_order(chance, after, m, n);
	ties = rank_all(chance, n + m);
	above = (window_mean(chance->ranks + n, m) - ((double)m + 1) / 2) * (double)m - sides / 2;
	*ret_direction = (above > 0) - (above < 0);
	variance = sides / 12 * (all + 1 - ties / (all * (all - 1)));
	if (!(variance > 0))
		return 1;
	tau = widening(chance->ranks, n, m);
	score = fmax(fabs(above) - 0.5, 0) / sqrt(variance * tau);
	if (tau > 1)
		score = score_of_t(score, fmax(all / tau - 2, 1));
	return erfc(score / M_SQRT2);
}

/* ---- many looks ------------------------------------------------------------------------------------------- */

/* That one of `looks` looks at windows of `window` calls passes the score `u`. */
static double passes_once(double u, double looks, double window)
{
	double a = 1.5 / window, density = exp(-u * u / 2) / sqrt(2 * M_PI);

	return 2 * looks * a * u * density * exp(-0.583 * u * sqrt(2 * a));
}

double chance_limit(double significance, size_t looks, size_t window)
{
	double low = 1, high = 30;	/* the chance falls between them */

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (passes_once(middle, (double)looks, (double)window) > significance)
			low = middle;
		else
			high = middle;
	}
	return fmin(erfc(high / M_SQRT2), significance);
}

/* ---- shares --------------------------------------------------------------------------------------------- */

/* The chance of `b` in the second row, as a multiple of another's: of b + 1 by that of b. The margins stay. */
static double next_ratio(double b, double of_kind, double n, double m)
{
	return (of_kind - b) * (m - b) / ((b + 1) * (n - of_kind + b + 1));
}

/* All tables with the margins of this one, seen from it: each has a chance that is a multiple of its own, 1. A
 * multiple that overflows is of a table so much likelier that p is zero; one that underflows adds nothing. */
double chance_of_shares(uint64_t a, uint64_t n, uint64_t b, uint64_t m)
{
	double kind = (double)(a + b), rows = (double)n, second = (double)m;
	double lowest = fmax(0, kind - rows), highest = fmin(kind, second);
	double all = 1, rare = 1, multiple = 1;

	for (double at = (double)b; at < highest; at++) {
		multiple *= next_ratio(at, kind, rows, second);
		all += multiple;
		rare += multiple <= 1 + 1e-7 ? multiple : 0;
	}
	multiple = 1;
	for (double at = (double)b; at > lowest; at--) {
		multiple /= next_ratio(at - 1, kind, rows, second);
		all += multiple;
		rare += multiple <= 1 + 1e-7 ? multiple : 0;
	}
	return fmin(rare / all, 1);
}
