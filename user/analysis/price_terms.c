/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Providers spell their terms each in its own way; here they become the names
 * that stand in the column `tier` of a price table.
 *
 * A tier that is not listed keeps its name, so that a table can name it. Where
 * no row does, the plain price is taken and said to be so
 * (ai_cost_source_requests_total): list prices differ between tiers by a factor
 * of two or so, and a figure near the truth that is marked serves better than
 * none. Capacity that was bought by the hour is another matter: a price by
 * token would be made up.
 */
#include "analysis/price_terms.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define NSEC_PER_DAY 86400000000000ll

#define PLAIN ""
#define PREPAID "prepaid"

/* wire-formats sections 5.1, 6.1, 7.1 and 8.1; Groq's and OpenAI's documentation of service tiers. */
static const struct {
	const char *spelling, *tier;
} tiers[] = {
	{ "auto", PLAIN },
	{ "default", PLAIN },
	{ "standard", PLAIN },
	{ "on_demand", PLAIN },
	{ "unspecified", PLAIN },
	{ "flex", "flex" },
	{ "on_demand_flex", "flex" },		/* Vertex: trafficType */
	{ "priority", "priority" },
	{ "on_demand_priority", "priority" },
	{ "batch", "batch" },
	{ "scale", PREPAID },			/* OpenAI: bought in units a day */
	{ "provisioned", PREPAID },
	{ "provisioned_throughput", PREPAID },	/* Vertex */
	{ "reserved", PREPAID },		/* Bedrock */
	{ "performance", PREPAID },		/* Groq */
};

static const char *tier_of(const char *spelling)
{
	for (size_t i = 0; i < ARRAY_SIZE(tiers); i++) {
		if (strcasecmp(tiers[i].spelling, spelling) == 0)
			return tiers[i].tier;
	}
	return spelling;
}

/* Anthropic says where it processed ("us", "global", "not_available"); at OpenAI the host says it. */
static const char *region_of(const struct call *call)
{
	static const char *const openai_hosts[][2] = { { "us.api.openai.com", "us" }, { "eu.api.openai.com", "eu" } };
	size_t host_len = strcspn(call->server_address, ":");

	for (size_t i = 0; i < ARRAY_SIZE(openai_hosts); i++) {
		if (slice_caseeq((struct slice){ call->server_address, host_len }, slice_of(openai_hosts[i][0])))
			return openai_hosts[i][1];
	}
	if (strcmp(call->inference_geo, "global") == 0 || strcmp(call->inference_geo, "not_available") == 0)
		return PLAIN;
	return call->inference_geo;
}

void price_terms(const struct call *call, struct price_terms *ret)
{
	const char *tier = tier_of(call->service_tier);

	*ret = (struct price_terms){
		.tier = tier,
		.speed = strcmp(call->speed, "standard") == 0 ? PLAIN : call->speed,
		.region = region_of(call),
		.variant = call->variant,
		.variant_seen = call->capture == CAPTURE_COMPLETE || call->capture == CAPTURE_NO_USAGE,
		.prepaid = strcmp(tier, PREPAID) == 0,
		.day = call->time_unix_ns / NSEC_PER_DAY,
	};
}
