/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call over an observed gateway is seen twice: as the application's, and as
 * the gateway's own. What of each counts is said here alone, for all that add
 * up: metrics, judge, budgets, history.
 */
#ifndef PROMTAP_ANALYSIS_MONEY_H
#define PROMTAP_ANALYSIS_MONEY_H

#include <stdbool.h>

#include "llm/call.h"

/* Of a call over several hops, whose money counts. */
enum money_place {
	MONEY_AT_APPLICATION = 0,	/* who asks the gateway */
	MONEY_AT_GATEWAY,		/* the gateway's own call */
};

/* What of a call counts. A call of which neither does is left to others. */
struct call_share {
	bool figures;	/* calls, errors, times, tokens */
	bool money;
};

/* Where a client's call stands on the way of the money: as its hop, but that a gateway which is the provider too has
 * nobody observed behind it. */
enum call_hop money_hop(const struct call *call);

/* Of a client's call, by its money_hop(). */
struct call_share call_share_of(enum call_hop hop, enum money_place place);

/* Whether what a call cost is known; records of others need not say whence. A guess is kept apart from what is. */
bool call_cost_known(const struct call *call);

#endif
