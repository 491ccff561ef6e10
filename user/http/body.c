/* SPDX-License-Identifier: Apache-2.0 */
/* Wire bytes of a body to BODY and MESSAGE events of its exchange. */
#include "http/body.h"

#include <errno.h>

#include "base/stats.h"
#include "http/head.h"
#include "http/pair.h"

/* What the callbacks of the decoders need. */
struct delivery {
	struct body *body;
	struct pair *pair;
	uint64_t ts_ns;
	int framing_error;
};

static void add_coding(struct body *body, struct slice name)
{
	const struct coding *coding;

	if (slice_caseeq(name, SLICE("identity")) || slice_caseeq(name, SLICE("chunked")))
		return;
	coding = coding_find(name);
	if (!coding || body->list_len == CODING_LAYERS_MAX)
		body->unsupported = true;
	else
		body->list[body->list_len++] = coding;
}

void body_init(struct body *body, const struct http_head *head, bool response)
{
	static const struct slice names[] = { { "content-encoding", 16 }, { "transfer-encoding", 17 } };
	struct slice name;

	*body = (struct body){ .response = response };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct head_list list = { 0 };

		while (head_list_next(head, names[i], &list, &name))
			add_coding(body, name);
	}
}

void body_done(struct body *body)
{
	codings_free(body->codings);
	body->codings = NULL;
	if (body->framing)
		body->framing->close(body->framing_state);
	body->framing = NULL;
}

static void mute(struct body *body)
{
	body->muted = true;
	body_done(body);
}

static void refuse(struct body *body, struct pair *pair, enum stat_id stat)
{
	stats_add(stat, 1);
	pair_worsen(pair, OUTCOME_UNDECODABLE);
	mute(body);
}

static void emit(const struct delivery *delivery, struct exchange_event event)
{
	event.ts_ns = delivery->ts_ns;
	pair_emit(delivery->pair, event);
}

static void on_piece(void *ctx, struct slice data)
{
	const struct delivery *delivery = ctx;

	if (!delivery->pair->exchange.skip_bodies)
		emit(delivery, (struct exchange_event){ .kind = EXCHANGE_MESSAGE_PIECE, .data = data });
}

static void on_message(void *ctx, struct slice name, bool is_error)
{
	const struct delivery *delivery = ctx;

	if (!delivery->pair->exchange.skip_bodies)
		emit(delivery, (struct exchange_event){
				       .kind = EXCHANGE_MESSAGE_END,
				       .name = name,
				       .is_error = is_error,
			       });
}

static struct framing_sink sink_of(struct delivery *delivery)
{
	return (struct framing_sink){ .piece = on_piece, .end = on_message, .ctx = delivery };
}

static void on_decoded(void *ctx, struct slice data)
{
	struct delivery *delivery = ctx;
	struct body *body = delivery->body;
	struct framing_sink sink = sink_of(delivery);

	if (delivery->pair->exchange.skip_bodies || delivery->framing_error < 0)
		return;
	if (body->framing)
		delivery->framing_error = body->framing->feed(body->framing_state, data, &sink);
	else
		emit(delivery, (struct exchange_event){
				       .kind = body->response ? EXCHANGE_RESPONSE_BODY : EXCHANGE_REQUEST_BODY,
				       .data = data,
			       });
}

static bool reserve(void *http, size_t bytes)
{
	return http_reserve(http, bytes);
}

static void release(void *http, size_t bytes)
{
	http_release(http, bytes);
}

static int begin_codings(struct body *body, struct pair *pair)
{
	const struct http_limits *limits = &pair->http->limits;
	struct coding_limits coding_limits = {
		.ratio_max = limits->coding_ratio_max,
		.free_bytes = limits->coding_free_bytes,
	};
	struct coding_memory memory = { .reserve = reserve, .release = release, .ctx = pair->http };

	if (body->list_len == 0)
		return 0;
	body->codings = codings_new(body->list, body->list_len, &coding_limits, &memory);
	return body->codings ? 0 : -ENOMEM;
}

static int begin_framing(struct body *body, struct pair *pair)
{
	const struct framing_ops *framing = NULL;

	if (body->response)
		framing = framing_find(pair->exchange.response_framing);
	if (!framing)
		return 0;
	body->framing_state = framing->open(pair->http->limits.message_name_bytes);
	if (!body->framing_state)
		return -ENOMEM;
	body->framing = framing;
	return 0;
}

static void begin(struct body *body, struct pair *pair)
{
	body->begun = true;
	if (body->unsupported)
		refuse(body, pair, STAT_HTTP_CODING_UNSUPPORTED);
	else if (begin_codings(body, pair) < 0 || begin_framing(body, pair) < 0)
		refuse(body, pair, STAT_HTTP_OVER_LIMIT);
}

/* Whether anything is to be delivered. */
static bool is_open(struct body *body, struct pair *pair)
{
	/* Once turned down, a body is not taken up again in its middle. */
	if (pair->exchange.skip_bodies && !body->muted)
		mute(body);
	if (!body->begun && !body->muted)
		begin(body, pair);
	return !body->muted;
}

void body_feed(struct body *body, struct pair *pair, struct slice data, uint64_t ts_ns)
{
	struct delivery delivery = { .body = body, .pair = pair, .ts_ns = ts_ns };
	int err = 0;

	if (!is_open(body, pair))
		return;
	if (body->codings)
		err = codings_feed(body->codings, data, on_decoded, &delivery);
	else
		on_decoded(&delivery, data);
	if (delivery.framing_error < 0)
		refuse(body, pair, STAT_HTTP_FRAMING_BROKEN);
	else if (err < 0)
		refuse(body, pair, err == -ENOMEM ? STAT_HTTP_OVER_LIMIT : STAT_HTTP_CODING_BROKEN);
}

void body_gap(struct body *body, struct pair *pair, uint64_t ts_ns)
{
	struct delivery delivery = { .body = body, .pair = pair, .ts_ns = ts_ns };
	struct framing_sink sink = sink_of(&delivery);

	if (!is_open(body, pair))
		return;
	if (body->list_len > 0)
		mute(body);
	else if (body->framing)
		body->framing->gap(body->framing_state, &sink);
}

void body_finish(struct body *body, struct pair *pair, uint64_t ts_ns)
{
	struct delivery delivery = { .body = body, .pair = pair, .ts_ns = ts_ns };
	struct framing_sink sink = sink_of(&delivery);

	if (body->codings && !codings_complete(body->codings))
		refuse(body, pair, STAT_HTTP_CODING_BROKEN);
	else if (body->framing && body->framing->finish(body->framing_state, &sink) < 0)
		refuse(body, pair, STAT_HTTP_FRAMING_BROKEN);
	body_done(body);
}
