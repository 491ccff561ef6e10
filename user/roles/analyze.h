/* SPDX-License-Identifier: Apache-2.0 */
/* What `promtap analyze` found out, and its two forms. */
#ifndef PROMTAP_ROLES_ANALYZE_H
#define PROMTAP_ROLES_ANALYZE_H

#include <stdio.h>

#include "alerts/alerts.h"
#include "judge/judge.h"

/* An alert as it was after it changed. */
struct transition {
	int64_t unix_ns;
	enum alert_state state;
	enum alert_severity severity;
	enum reading_kind kind;
	char service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES], detail[READING_DETAIL_BYTES], note[ALERT_NOTE_BYTES];
	double value, threshold;
};

struct analyze_result {
	const struct judge *judge;
	uint64_t records;		/* that were read */
	uint64_t late;			/* of these, of a second that was over when they came */
	uint64_t refused;		/* lines that are none */
	uint64_t window, drift_window;	/* calls */
	const struct transition *transitions;	/* in the order of time */
	size_t transition_count;
	uint64_t transitions_left_out;	/* behind them */
};

void analyze_print_table(const struct analyze_result *result, FILE *out);
/* One object. 0 or -ENOMEM. */
int analyze_print_json(const struct analyze_result *result, FILE *out);

#endif
