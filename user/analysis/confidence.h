/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much an answer is to be relied on, from 0 to 1, by what the wire says.
 * Advisory. Where the answer carries probabilities of its tokens it is their
 * mean; else a heuristic of how the answer ended and what is in it, made of the
 * factors below. Either is scaled by the answer's domain (risk_confidence in
 * llm/finding.h). What generates no text, failed, or ended unseen has none.
 */
#ifndef PROMTAP_ANALYSIS_CONFIDENCE_H
#define PROMTAP_ANALYSIS_CONFIDENCE_H

#include "llm/call.h"

/* Of an answer that ended as it should. Our own choice, like the factors: an answer without any doubt
 * about it is less than certain, and each doubt takes away more than noise would. */
#define CONFIDENCE_BASE 0.90
#define CONFIDENCE_CUT 0.70	/* times: it was cut at a limit */
#define CONFIDENCE_FILTERED 0.40	/* held back by a filter */
#define CONFIDENCE_REFUSED 0.50	/* declined */
#define CONFIDENCE_HEDGED 0.80	/* doubts itself */
#define CONFIDENCE_EMPTY 0.10	/* no output and no tool call */

/* Fills in confidence_ppm and confidence_source. */
void confidence_set(struct call *call);

#endif
