/* SPDX-License-Identifier: Apache-2.0 */
/* The last N samples of a figure, 8 bytes each, and what they say. */
#ifndef PROMTAP_JUDGE_WINDOW_H
#define PROMTAP_JUDGE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* X(enumerator, name, unit that people see, how many of what a window keeps make one)
 * Windows keep whole numbers, as the call has them (ns, tokens, pico-USD, ppm): their sums are exact. */
#define SERIES(X)                                                \
	X(SERIES_LATENCY, "latency", "ms", 1e6)                  \
	X(SERIES_INPUT_TOKENS, "input_tokens", "tokens", 1)      \
	X(SERIES_OUTPUT_TOKENS, "output_tokens", "tokens", 1)    \
	X(SERIES_COST, "cost", "usd", 1e12)                      \
	X(SERIES_CONFIDENCE, "confidence", "ratio", 1e6)

enum series {
#define X(id, name, unit, scale) id,
	SERIES(X)
#undef X
	SERIES_MAX
};
extern const char *const series_names[SERIES_MAX];
extern const char *const series_units[SERIES_MAX];
extern const double series_scales[SERIES_MAX];

struct window_summary {
	uint64_t samples;		/* known ones in the window */
	double mean, p50, p95, p99;	/* NAN without samples; nearest-rank percentiles */
	double min, max;
};

/* A ring of `capacity` doubles that the owner provides; NAN: not known for that call. */
struct window {
	double *samples;
	size_t capacity, count, next;
};

/* Infinities count as not known. */
void window_add(struct window *window, double sample);
/* `scratch`: capacity doubles. Exact: equal to a sorted reference. What comes out is divided by `scale`. */
void window_summarise(const struct window *window, double scale, double *scratch, struct window_summary *ret);
/* Of the known samples the last `n` before the last `skip`, oldest first; returns how many there are. */
size_t window_take(const struct window *window, size_t skip, size_t n, double *ret);

/* The mean of whole numbers is that of their exact sum. NAN of none. */
double window_mean(const double *samples, size_t n);

#endif
