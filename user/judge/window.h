/* SPDX-License-Identifier: Apache-2.0 */
/* The last N samples of a figure, 8 bytes each, and what they say. */
#ifndef PROMTAP_JUDGE_WINDOW_H
#define PROMTAP_JUDGE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* X(enumerator, name, unit) */
#define SERIES(X)                                         \
	X(SERIES_LATENCY, "latency", "ms")                \
	X(SERIES_INPUT_TOKENS, "input_tokens", "tokens")  \
	X(SERIES_OUTPUT_TOKENS, "output_tokens", "tokens") \
	X(SERIES_COST, "cost", "usd")                     \
	X(SERIES_CONFIDENCE, "confidence", "ratio")

enum series {
#define X(id, name, unit) id,
	SERIES(X)
#undef X
	SERIES_MAX
};
extern const char *const series_names[SERIES_MAX];
extern const char *const series_units[SERIES_MAX];

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

void window_add(struct window *window, double sample);
/* `scratch`: capacity doubles. Exact: equal to a sorted reference. */
void window_summarise(const struct window *window, double *scratch, struct window_summary *ret);
/* The last `n` samples from `skip` samples before the end, oldest first, known ones only; returns how many. */
size_t window_take(const struct window *window, size_t skip, size_t n, double *ret);

#endif
