/* SPDX-License-Identifier: Apache-2.0 */
/* On which terms a call was served: what, beside its model, the price depends on. */
#ifndef PROMTAP_ANALYSIS_PRICE_TERMS_H
#define PROMTAP_ANALYSIS_PRICE_TERMS_H

#include "llm/call.h"

struct price_terms {
	/* As price tables spell them; "": as usual. */
	const char *tier, *speed, *region, *variant;
	bool variant_seen;	/* the whole request was: none in it means that none was asked for */
	bool prepaid;		/* capacity is paid for, not tokens */
	int64_t day;		/* since 1970-01-01, UTC */
};

/* Strings are the call's or static. */
void price_terms(const struct call *call, struct price_terms *ret);

#endif
