/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/analysis.h"

#include <stdlib.h>

#include "analysis/agent_metrics.h"
#include "analysis/call_metrics.h"
#include "analysis/confidence.h"
#include "analysis/counting.h"
#include "analysis/finding_metrics.h"
#include "analysis/health.h"
#include "analysis/quality_metrics.h"
#include "base/cleanup.h"

#define GIVEN_NAME_BYTES 256

struct analysis {
	struct metrics *metrics;
	struct counting *counting;
	struct call_metrics *calls;
	struct agent_metrics *agents;
	struct finding_metrics *findings;
	struct quality_metrics *quality;
	struct health *health;
	struct price_table *builtin;
	struct price_table *given;	/* the user's; null: none */
	char given_name[GIVEN_NAME_BYTES];
	call_fn fn;
	void *ctx;
};

struct analysis *analysis_new(const char *version, enum money_place money, call_fn fn, void *ctx)
{
	struct analysis *analysis = calloc(1, sizeof(*analysis));

	if (!analysis)
		return NULL;
	analysis->fn = fn;
	analysis->ctx = ctx;
	analysis->metrics = metrics_new(METRICS_BYTES);
	analysis->counting = counting_new();
	analysis->builtin = price_table_builtin();
	if (analysis->metrics) {
		analysis->calls = call_metrics_new(analysis->metrics, money);
		analysis->agents = agent_metrics_new(analysis->metrics);
		analysis->findings = finding_metrics_new(analysis->metrics);
		analysis->quality = quality_metrics_new(analysis->metrics);
		analysis->health = health_new(analysis->metrics, version);
	}
	if (!analysis->counting || !analysis->builtin || !analysis->calls || !analysis->agents || !analysis->findings ||
	    !analysis->quality || !analysis->health) {
		analysis_free(analysis);
		return NULL;
	}
	return analysis;
}

void analysis_free(struct analysis *analysis)
{
	if (!analysis)
		return;
	price_table_free(analysis->given);
	price_table_free(analysis->builtin);
	health_free(analysis->health);
	quality_metrics_free(analysis->quality);
	finding_metrics_free(analysis->findings);
	agent_metrics_free(analysis->agents);
	call_metrics_free(analysis->calls);
	counting_free(analysis->counting);
	metrics_free(analysis->metrics);
	free(analysis);
}

/* What a provider says that it charges is what it charges: nothing, too. */
static void use_reported(struct call *call)
{
	call->cost_pico_usd = call->reported_cost_pico_usd;
	call->cost_source = COST_REPORTED;
}

static struct call_price use_table(const struct analysis *analysis, struct call *call)
{
	struct price_quote quote = { .cost_pico_usd = CALL_UNKNOWN };
	const struct price_table *const tables[] = { analysis->given, analysis->builtin };
	struct call_price price = { .result = price_call(tables, ARRAY_SIZE(tables), call, &quote) };

	if (price.result == PRICE_FOUND) {
		(void)slice_copy(call->priced_as, sizeof(call->priced_as), slice_of(quote.priced_as));
		call->cost_pico_usd = quote.cost_pico_usd;
		call->cost_source = COST_TABLE;
		price.tier_unknown = quote.tier_unknown;
	}
	return price;
}

static void count_llm(struct analysis *analysis, struct call *call)
{
	struct call_price price = { .result = PRICE_FOUND };
	struct call_place place;

	if (call->reported_cost_pico_usd != CALL_UNKNOWN)
		use_reported(call);
	else
		price = use_table(analysis, call);
	call_metrics_add(analysis->calls, call, &price, &place);
	quality_metrics_add(analysis->quality, call, &place);
}

void analysis_call(struct analysis *analysis, struct call *call)
{
	/* What another role filled in here is not believed. */
	counting_set(analysis->counting, call);
	call->priced_as[0] = '\0';
	call->cost_pico_usd = CALL_UNKNOWN;
	call->cost_source = COST_NONE;
	confidence_set(call);
	if (call_is_llm(call))
		count_llm(analysis, call);
	else
		agent_metrics_add(analysis->agents, call);
	finding_metrics_add(analysis->findings, call);
	if (analysis->fn)
		analysis->fn(analysis->ctx, call);
}

void analysis_stats(struct analysis *analysis, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX])
{
	health_stats(analysis->health, role, instance, values);
}

void analysis_coverage(struct analysis *analysis, const struct coverage_row *rows, size_t count)
{
	health_coverage(analysis->health, rows, count);
}

int analysis_prices(struct analysis *analysis, const char *name, int fd, char ret_error[PRICE_ERROR_BYTES])
{
	struct price_table *table = NULL;
	int err = price_table_read(name, fd, &table, ret_error);

	if (err < 0)
		return err;
	price_table_free(analysis->given);
	analysis->given = table;
	(void)slice_copy(analysis->given_name, sizeof(analysis->given_name), slice_of(name));
	return 0;
}

void analysis_tables(const struct analysis *analysis, struct analysis_tables *ret)
{
	*ret = (struct analysis_tables){ analysis->given, analysis->builtin, analysis->given_name };
}

struct counting *analysis_counting(struct analysis *analysis)
{
	return analysis->counting;
}

struct metrics *analysis_metrics(struct analysis *analysis)
{
	return analysis->metrics;
}
