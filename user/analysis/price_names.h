/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Under which names a model seen on the wire may stand in a price table. Each
 * rule follows from how a provider writes names; none matches by prefix
 * ("gpt-4" would price "gpt-4o-mini" two hundred times too high).
 */
#ifndef PROMTAP_ANALYSIS_PRICE_NAMES_H
#define PROMTAP_ANALYSIS_PRICE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "llm/call.h"

#define PRICE_NAMES_MAX 8

struct price_names {
	size_t count;
	char names[PRICE_NAMES_MAX][MODEL_BYTES];	/* to be tried in this order */
	bool free_of_charge;				/* the name itself says so */
};

void price_names(const char *provider, const char *model, struct price_names *ret);

#endif
