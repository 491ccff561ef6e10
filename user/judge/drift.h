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
	double p_value;				/* of no change, two-sided; NAN: not known */
	bool significant;			/* p below the configured significance */
	double kl, psi;				/* nats; over fixed bins, smoothed; NAN: not known */
};

struct drift_report {
	struct drift_figure dimensions[DRIFT_DIMENSION_MAX];
	double score;				/* 0 .. 1; NAN: not known */
	enum drift_dimension driven_by;		/* what adds most to the score */
};

#define DRIFT_SPELLING_BYTES 40
/* "significant_drift_-22.2%"; "no_drift"; "unknown" without enough samples. */
const char *drift_spell(const struct drift_figure *figure, char ret[DRIFT_SPELLING_BYTES]);

#endif
