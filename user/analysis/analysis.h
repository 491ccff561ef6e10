/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of analysis: the registry of metrics, and each call with its price.
 * Finished calls, counters of the roles and coverage facts come in. One thread
 * owns it all. Nothing here depends on a clock: the same calls give the same
 * figures.
 *
 * Bounded: METRICS_BYTES for the registry, the price tables by PRICE_*_MAX.
 */
#ifndef PROMTAP_ANALYSIS_ANALYSIS_H
#define PROMTAP_ANALYSIS_ANALYSIS_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/money.h"
#include "analysis/price.h"
#include "base/metrics.h"
#include "base/stats.h"
#include "llm/call.h"

#define METRICS_BYTES (16u << 20)

struct analysis;
struct counting;

/* `fn` gets each call once it is priced, lent. Null: out of memory. */
struct analysis *analysis_new(const char *version, enum money_place money, call_fn fn, void *ctx);
void analysis_free(struct analysis *analysis);

/* Says whose figures it counts in (counting.h), prices the call (priced_as, cost_pico_usd, cost_source), says how far its answer is to be relied on
 * (confidence.h), counts it, hands it on. A cost that the provider reported goes before the price tables. What is
 * no LLM call has neither. */
void analysis_call(struct analysis *analysis, struct call *call);

/* The whole counter array of a role, numbered 0 to ANALYSIS_ROLES_MAX - 1. A
 * new instance of a role begins at zero; what the old one had counted stays. */
#define ANALYSIS_ROLES_MAX 8
void analysis_stats(struct analysis *analysis, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX]);

#define ANALYSIS_STACKS_MAX 16
struct coverage_row {
	const char *stack;		/* "openssl", ... */
	uint32_t covered, uncovered;	/* processes */
};

/* The state now: stacks that are not named again count zero processes. */
void analysis_coverage(struct analysis *analysis, const struct coverage_row *rows, size_t count);

/* Reads a price file whose rows win over the built-in ones. On error the rows
 * stay as they were, and `ret_error` says file, line, field and cure. */
int analysis_prices(struct analysis *analysis, const char *name, int fd, char ret_error[PRICE_ERROR_BYTES]);

/* The tables in use, lent until the next analysis_prices(). */
struct analysis_tables {
	const struct price_table *given, *builtin;	/* given: null: none */
	const char *given_name;
};
void analysis_tables(const struct analysis *analysis, struct analysis_tables *ret);

/* For calls of before a restart, which teach it who answers. */
struct counting *analysis_counting(struct analysis *analysis);

/* For encoders, and for exporters that count something themselves. */
struct metrics *analysis_metrics(struct analysis *analysis);

#endif
