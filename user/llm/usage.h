/* SPDX-License-Identifier: Apache-2.0 */
/* From the payload's own counts to the canonical token classes. */
#ifndef PROMTAP_LLM_USAGE_H
#define PROMTAP_LLM_USAGE_H

#include "llm/facts.h"

struct usage_rules {
	bool cache_apart;	/* input leaves cached tokens out */
	bool cache_by_total;	/* ... unless a total is plain input and output */
	bool cache_beside;	/* cached tokens are counted by another measure than the input: never added */
	bool reasoning_beside;	/* output leaves reasoning out, always */
	bool reasoning_apart;	/* ... where no total tells */
	bool total_is_input;
};

void usage_init(int64_t counts[COUNT_MAX]);

/* Counts of a stream are running totals: what is known of `later` replaces. */
void usage_update(int64_t counts[COUNT_MAX], const int64_t later[COUNT_MAX]);

/* Where each event counts something else: what is known of `more` is added. */
void usage_add(int64_t counts[COUNT_MAX], const int64_t more[COUNT_MAX]);

/* Whether the provider gave any of the two totals. */
bool usage_to_tokens(const int64_t counts[COUNT_MAX], const struct usage_rules *rules, struct call_tokens *ret);

#endif
