/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drift: the last calls of a pair against as many before. By dimension the
 * relative change of the mean with a level, a test whether chance explains it,
 * and the distance of the two distributions; and a score over all dimensions.
 */
#ifndef PROMTAP_JUDGE_DRIFT_H
#define PROMTAP_JUDGE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enumerator, name, unit) */
#define DRIFT_DIMENSIONS(X)                            \
	X(DRIFT_CONFIDENCE, "confidence", "ratio")     \
	X(DRIFT_LATENCY, "latency", "ms")              \
	X(DRIFT_OUTPUT_TOKENS, "output_tokens", "tokens") \
	X(DRIFT_COST, "cost", "usd")                   \
	X(DRIFT_REFUSALS, "refusals", "ratio")         \
	X(DRIFT_ERRORS, "errors", "ratio")             \
	X(DRIFT_FINISH, "finish_reasons", "ratio")	/* share of calls not ended by stop or a tool call */

enum drift_dimension {
#define X(id, name, unit) id,
	DRIFT_DIMENSIONS(X)
#undef X
	DRIFT_DIMENSION_MAX
};
extern const char *const drift_dimension_names[DRIFT_DIMENSION_MAX];

enum drift_level {
	DRIFT_NONE = 0,
	DRIFT_MINOR,
	DRIFT_MODERATE,
	DRIFT_SIGNIFICANT,
	DRIFT_LEVEL_MAX
};
extern const char *const drift_level_names[DRIFT_LEVEL_MAX];	/* "none", "minor", ... */

struct drift_figure {
	uint64_t before_samples, after_samples;	/* fewer than the window: no level yet */
	double before_mean, after_mean;		/* NAN: no samples */
	double change_percent;			/* NAN: not known; +-INFINITY from a mean of zero */
	enum drift_level level;
	double p_value;				/* of no change, two-sided, in one look; NAN: not known */
	bool significant;			/* p below the limit of the rules, and the ranks moved as the mean did */
	double kl, psi;				/* nats, of after from before; over fixed bins, smoothed; NAN: not known */
	double psi_chance;			/* PSI that chance alone may well come to */
};

struct drift_report {
	struct drift_figure dimensions[DRIFT_DIMENSION_MAX];
	double score;				/* 0 .. 1; NAN: not known */
	enum drift_dimension driven_by;		/* what adds most to the score; of a score of 0 it says nothing */
};

/* What decides on levels and significance. */
struct drift_rules {
	size_t window;				/* known samples on either side; with fewer nothing is said */
	double minor, moderate, significant;	/* percent, rising */
	double p_limit;				/* of one look: chance_limit() */
};

/* How the samples of a dimension are put into bins (judge/distance.h). */
enum drift_bins {
	BINS_LATENCY = 0,	/* ns */
	BINS_TOKENS,
	BINS_COST,		/* pico-USD */
	BINS_CONFIDENCE,	/* ppm */
	BINS_MAX
};

struct chance;			/* working memory, judge/chance.h */

/* Samples in the order of time, not more than rules->window on either side. Means are divided by `scale`. */
void drift_of_numbers(const double *before, size_t n, const double *after, size_t m, enum drift_bins bins,
		      double scale, const struct drift_rules *rules, struct chance *chance, struct drift_figure *ret);

#define DRIFT_CATEGORIES_MAX 8
/* Calls by category; those of the categories in the mask `bad` are the share that is judged. */
void drift_of_counts(const uint64_t before[DRIFT_CATEGORIES_MAX], const uint64_t after[DRIFT_CATEGORIES_MAX],
		     uint32_t bad, const struct drift_rules *rules, struct drift_figure *ret);

/* score and driven_by, of the dimensions. */
void drift_score(struct drift_report *report);

/* What a change from a mean of zero is spelt as, and told to alerts as: there is no such percentage. */
#define DRIFT_PERCENT_MAX 99999.9
#define DRIFT_SPELLING_BYTES 40
/* "significant_drift_-22.2%"; "no_drift"; "unknown" without enough samples. The buffer is used where there is need. */
const char *drift_spell(const struct drift_figure *figure, char ret[DRIFT_SPELLING_BYTES]);

#endif
