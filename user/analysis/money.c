/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/money.h"

#include <string.h>

enum call_hop money_hop(const struct call *call)
{
	bool bills = call->gateway[0] && strcmp(call->gateway, call->provider) == 0;

	return call->hop == HOP_TO_GATEWAY && bills ? HOP_DIRECT : call->hop;
}

struct call_share call_share_of(enum call_hop hop, enum money_place place)
{
	enum call_hop other = place == MONEY_AT_GATEWAY ? HOP_TO_GATEWAY : HOP_FROM_GATEWAY;

	return (struct call_share){ .figures = hop != HOP_FROM_GATEWAY, .money = hop != other };
}

bool call_cost_known(const struct call *call)
{
	bool guess = call->cost_source == COST_TABLE && call->usage_source == USAGE_ESTIMATED;

	return call->cost_pico_usd >= 0 && !guess;
}
