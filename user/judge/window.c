/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percentiles by selection, not by sorting: a window of a thousand is looked at
 * each second that its pair has calls, and three ranks of it cost a fifth of an
 * order. Hostile samples cannot make selection slow: what divides badly is sorted.
 */
#include "judge/window.h"

#include <math.h>
#include <stdlib.h>

#define SMALL 16	/* sorted by insertion */

#define X(id, name, unit, scale) [id] = name,
const char *const series_names[SERIES_MAX] = { SERIES(X) };
#undef X
#define X(id, name, unit, scale) [id] = unit,
const char *const series_units[SERIES_MAX] = { SERIES(X) };
#undef X
#define X(id, name, unit, scale) [id] = scale,
const double series_scales[SERIES_MAX] = { SERIES(X) };
#undef X

void window_add(struct window *window, double sample)
{
	window->samples[window->next] = isfinite(sample) ? sample : NAN;
	window->next = window->next + 1 == window->capacity ? 0 : window->next + 1;
	if (window->count < window->capacity)
		window->count++;
}

/* Newest first: 0 is the last one added. */
static double sample_back(const struct window *window, size_t back)
{
	size_t at = window->next + window->capacity - 1 - back;

	return window->samples[at < window->capacity ? at : at - window->capacity];
}

static void swap(double *a, double *b)
{
	double held = *a;

	*a = *b;
	*b = held;
}

static void reverse(double *samples, size_t n)
{
	for (size_t i = 0; i < n / 2; i++)
		swap(&samples[i], &samples[n - 1 - i]);
}

size_t window_take(const struct window *window, size_t skip, size_t n, double *ret)
{
	size_t taken = 0;

	for (size_t back = 0; back < window->count && taken < n; back++) {
		double sample = sample_back(window, back);

		if (isnan(sample))
			continue;
		if (skip > 0)
			skip--;
		else
			ret[taken++] = sample;
	}
	reverse(ret, taken);
	return taken;
}

/* Sums with what each addition loses (Knuth's two-sum), so that whole numbers are exact up to 2^53 and as good as exact
 * beyond. Without a branch: this is half of what a window costs. */
double window_mean(const double *samples, size_t n)
{
	double sum = 0, lost = 0;

	for (size_t i = 0; i < n; i++) {
		double next = sum + samples[i], added = next - sum;

		lost += (sum - (next - added)) + (samples[i] - added);
		sum = next;
	}
	return n > 0 ? (sum + lost) / (double)n : NAN;
}

/* ---- selection ---------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void sort_small(double *samples, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double sample = samples[i];
		size_t j = i;

		for (; j > 0 && samples[j - 1] > sample; j--)
			samples[j] = samples[j - 1];
		samples[j] = sample;
	}
}

static double median_of(double a, double b, double c)
{
	double low = a < b ? a : b, high = a < b ? b : a;

	if (c < low)
		return low;
	return c > high ? high : c;
}

/* Hoare's partition: what comes before the returned place is at most the pivot, the rest at least. Both sides have some. */
static size_t partition(double *samples, size_t n)
{
	double pivot = median_of(samples[0], samples[n / 2], samples[n - 1]);
	size_t low = 0, high = n - 1;

	for (;;) {
		while (samples[low] < pivot)
			low++;
		while (samples[high] > pivot)
			high--;
		if (low >= high)
			return low > 0 ? low : 1;
		swap(&samples[low++], &samples[high--]);
	}
}

/* Puts the sample of that rank (from 0) at its place, none greater before it, none smaller behind. */
static void select_rank(double *samples, size_t n, size_t rank)
{
	size_t patience = 0;

	for (size_t left = n; left > 1; left /= 2)
		patience += 3;
	while (n > SMALL && patience-- > 0) {
		size_t half = partition(samples, n);

		if (rank < half) {
			n = half;
			continue;
		}
		samples += half;
		rank -= half;
		n -= half;
	}
	if (n > SMALL)
		qsort(samples, n, sizeof(*samples), compare_doubles);
	else
		sort_small(samples, n);
}

/* Nearest rank: the smallest sample that at least `percent` of all are not above. Counted from 0. */
static size_t nearest_rank(size_t n, size_t percent)
{
	return (percent * n + 99) / 100 - 1;
}

/* Each selection leaves the greater ones behind it, so that the next has fewer to look at. */
static void select_percentiles(double *samples, size_t n, struct window_summary *ret)
{
	static const size_t percents[] = { 50, 95, 99 };
	double *const results[] = { &ret->p50, &ret->p95, &ret->p99 };
	size_t done = 0;

	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		size_t rank = nearest_rank(n, percents[i]);

		select_rank(samples + done, n - done, rank - done);
		*results[i] = samples[rank];
		done = rank;
	}
}

/* Sets the extremes, too. */
static size_t copy_known(const struct window *window, double *samples, struct window_summary *ret)
{
	double min = INFINITY, max = -INFINITY;
	size_t n = 0;

	for (size_t i = 0; i < window->count; i++) {
		double sample = window->samples[i];

		samples[n] = sample;
		n += !isnan(sample);
		min = sample < min ? sample : min;
		max = sample > max ? sample : max;
	}
	ret->min = min;
	ret->max = max;
	return n;
}

void window_summarise(const struct window *window, double scale, double *scratch, struct window_summary *ret)
{
	size_t n = copy_known(window, scratch, ret);

	if (n == 0) {
		*ret = (struct window_summary){ 0, NAN, NAN, NAN, NAN, NAN, NAN };
		return;
	}
	ret->samples = n;
	ret->mean = window_mean(scratch, n) / scale;
	ret->min /= scale;
	ret->max /= scale;
	select_percentiles(scratch, n, ret);
	ret->p50 /= scale;
	ret->p95 /= scale;
	ret->p99 /= scale;
}
