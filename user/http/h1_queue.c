/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges of one connection, oldest first: requests arrive at the end,
 * responses belong to the first that has none. Bounded by pipelined_max.
 */
#include "http/h1.h"

struct pair *h1_sending(const struct http_conn *c)
{
	return c->last && !c->last->request_done ? c->last : NULL;
}

struct pair *h1_answering(const struct http_conn *c)
{
	struct pair *pair = c->first;

	while (pair && pair->response_done)
		pair = pair->next;
	return pair;
}

void h1_enqueue(struct http_conn *c, struct pair *pair)
{
	if (c->last)
		c->last->next = pair;
	else
		c->first = pair;
	c->last = pair;
	c->pairs++;
}

void h1_finish(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	struct pair *before = NULL;

	for (struct pair *p = c->first; p != pair; p = p->next)
		before = p;
	if (before)
		before->next = pair->next;
	else
		c->first = pair->next;
	if (c->last == pair)
		c->last = before;
	c->pairs--;
	if (pair->exchange.skip_bodies)
		c->turned_down = true;
	else
		c->wanted = true;
	pair_end(pair, ts_ns);
}

void h1_settle(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (pair->response_done && (pair->request_done || h1_request_side(c)->place == SIDE_LOST))
		h1_finish(c, pair, ts_ns);
}

void h1_abandon(struct http_conn *c, const struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns)
{
	bool lost = h1_response_side(c)->place == SIDE_LOST;

	while (c->first && c->first != pair) {
		if (!lost || !c->first->response_begun || c->first->outcome == OUTCOME_COMPLETE)
			pair_worsen(c->first, outcome);
		h1_finish(c, c->first, ts_ns);
	}
}

void h1_give_up_response(struct http_conn *c, struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns)
{
	pair_worsen(pair, outcome);
	pair->response_done = true;
	h1_settle(c, pair, ts_ns);
}
