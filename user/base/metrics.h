/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics registry: families of counters, gauges and histograms with fixed
 * label names. Knows no output format: encoders walk it in a fixed order
 * (families as registered, series by label values).
 *
 * Bounded three ways, because label values come from traffic: distinct values
 * of one label name, series of one family, bytes of the whole registry. What is
 * over a bound goes to the series whose open labels say "other", and is counted
 * in promtap_label_overflow_total{label}. Series are never removed, so counters
 * never fall and pointers to series stay good. One thread owns a registry.
 */
#ifndef PROMTAP_BASE_METRICS_H
#define PROMTAP_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_LABELS_MAX 6
#define METRIC_BOUNDS_MAX 16
#define METRIC_VALUE_BYTES 128	/* of a label value; longer ones are cut */
#define METRIC_OTHER "other"

enum metric_type {
	METRIC_UNKNOWN = 0,
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
	METRIC_TYPE_MAX
};

/* A label that values of traffic fill is open: `values_max` distinct values
 * over all families, then "other". 0: closed, the values are the program's own. */
struct metric_label {
	const char *name;
	unsigned values_max;
};

/* All pointers outlive the registry. */
struct metric_desc {
	const char *name, *help;
	const char *unit;		/* what one is: "tokens", "milliseconds"; for people */
	enum metric_type type;
	struct metric_label labels[METRIC_LABELS_MAX];	/* the first without a name ends the list */
	unsigned series_max;		/* label sets; 0: METRIC_SERIES_DEFAULT */
	uint64_t scale;			/* counters and histograms count whole 1/scale units, so that sums are exact; 0: 1 */
	const uint64_t *bounds;		/* histograms: upper bounds in 1/scale units, as observed; rising */
	unsigned bound_count;
};

#define METRIC_SERIES_DEFAULT 1000

struct metrics;
struct metric_family;
struct metric_series;

/* Null: out of memory. `bytes_max` bounds what all series take. */
struct metrics *metrics_new(size_t bytes_max);
void metrics_free(struct metrics *metrics);

/* Registers a family; the name must be new. Null: out of memory. */
struct metric_family *metrics_family(struct metrics *metrics, const struct metric_desc *desc);

/* The series of these label values, made at need; one value a label, in order.
 * Null: out of memory, and then every update below does nothing. */
struct metric_series *metric_get(struct metric_family *family, const char *const *values);

void metric_add(struct metric_series *series, uint64_t n);	/* counter; stays at its maximum */
void metric_raise(struct metric_series *series, uint64_t n);	/* counter: to `n` if that is more */
void metric_set(struct metric_series *series, double value);	/* gauge */
void metric_unset(struct metric_series *series);	/* gauge: what it was of is gone; encoders leave it out until it is set */
void metric_observe(struct metric_series *series, uint64_t n);	/* histogram, in 1/scale units */

/* For encoders: by position, null past the end. */
const struct metric_family *metrics_family_at(const struct metrics *metrics, size_t index);
const struct metric_desc *metric_family_desc(const struct metric_family *family);
const struct metric_series *metric_series_at(const struct metric_family *family, size_t index);
size_t metric_label_count(const struct metric_desc *desc);

/* Lent until the registry is freed. */
const char *metric_series_label(const struct metric_series *series, size_t index);

struct metric_value {
	uint64_t count;		/* counter: 1/scale units; histogram: observations */
	double number;		/* gauge */
	bool unset;		/* gauge: has no value now */
	uint64_t sum;		/* histogram: 1/scale units */
	const uint64_t *buckets;	/* histogram: not cumulative, bound_count + 1 of them; lent */
};
void metric_read(const struct metric_series *series, struct metric_value *ret);

size_t metrics_bytes(const struct metrics *metrics);

#endif
