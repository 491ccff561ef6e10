/* SPDX-License-Identifier: Apache-2.0 */
/* A pair's figures as JSON, the same for the API and for `promtap analyze`. */
#ifndef PROMTAP_JUDGE_JUDGE_JSON_H
#define PROMTAP_JUDGE_JUDGE_JSON_H

#include "base/json_out.h"
#include "judge/judge.h"

/* Member "series": by name its unit, samples, mean, percentiles and ends. */
void judge_put_series(struct json_out *json, const struct judge_pair *pair);

/* Members "score", "driven_by" and "dimensions". */
void judge_put_drift(struct json_out *json, const struct drift_report *report);

#endif
