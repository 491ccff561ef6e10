/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose figures a call counts in, for all who count: metrics, judge, history. It
 * is the model that answered. A call that none answered (429, a timeout) is of
 * the one that last answered what was asked for: else a name such as gpt-4o
 * would have all of the errors, and gpt-4o-2024-08-06 all of the answers.
 *
 * Bounded: COUNTING_NAMES names that are asked for; of those that share a place
 * the one used longest ago is forgotten.
 */
#ifndef PROMTAP_ANALYSIS_COUNTING_H
#define PROMTAP_ANALYSIS_COUNTING_H

#include "llm/call.h"

#define COUNTING_NAMES 1024	/* of an end, service, provider and requested model */

struct counting;

/* Null: out of memory. */
struct counting *counting_new(void);
void counting_free(struct counting *counting);

/* Sets `counted_as`, in the order in which calls come. */
void counting_set(struct counting *counting, struct call *call);

#endif
