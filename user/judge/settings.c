/* SPDX-License-Identifier: Apache-2.0 */
/* Section "judge" of the configuration. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "judge/judge.h"

/* "5%" would be 0.05 of a number, and here numbers are percent. */
#define COUNT(member, fallback_text, low_count, high_count, help_text)                                            \
	{ .name = #member, .type = FIELD_COUNT, .offset = offsetof(struct judge_config, member),                  \
	  .fallback = (fallback_text), .min = (low_count), .max = (high_count), .metavar = "COUNT", .help = (help_text) }

#define PERCENT(member, fallback_text, help_text)                                                                 \
	{ .name = #member, .type = FIELD_NUMBER, .offset = offsetof(struct judge_config, member),                 \
	  .fallback = (fallback_text), .low = 0.1, .high = 1000, .percent = PERCENT_IS_UNIT,                  \
	  .metavar = "PERCENT", .help = (help_text) }

static const struct field fields[] = {
	COUNT(window, "1000", 40, JUDGE_WINDOW_MAX, "calls that percentiles, means and rates are of"),
	COUNT(pairs, "256", 1, JUDGE_PAIRS_MAX, "pairs of model and service that are kept; the one used longest ago goes"),
	COUNT(drift_window, "100", 20, JUDGE_WINDOW_MAX / 2, "calls that are compared with as many before"),
	PERCENT(drift_minor, "5", "change of a mean from which a drift is minor"),
	PERCENT(drift_moderate, "10", "change of a mean from which a drift is moderate"),
	PERCENT(drift_significant, "15", "change of a mean from which a drift is significant"),
	{ .name = "significance", .type = FIELD_NUMBER, .offset = offsetof(struct judge_config, significance),
	  .fallback = "0.01", .low = 1e-9, .high = 0.5, .percent = PERCENT_IS_SHARE, .metavar = "P",
	  .help = "share of stationary traffic, by 1,000 calls, in which chance may pass for a significant drift" },
};

static bool check(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct judge_config *config = object;

	if (config->window < 2 * config->drift_window) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "window: holds fewer than two drift windows; make it %llu or more",
			       2 * (unsigned long long)config->drift_window);
		return false;
	}
	if (!(config->drift_minor < config->drift_moderate && config->drift_moderate < config->drift_significant)) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "drift_minor, drift_moderate, drift_significant: do not rise; write them in this order");
		return false;
	}
	return true;
}

const struct schema judge_schema = {
	.about = "windows and drift of each model and service",
	.size = sizeof(struct judge_config),
	.fields = fields,
	.count = ARRAY_SIZE(fields),
	.check = check,
};
