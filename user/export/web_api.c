/* SPDX-License-Identifier: Apache-2.0 */
#include "export/web_api.h"

#include <civetweb.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "export/answer.h"

#define PREFIX "/api/"

static const struct {
	int status;
	const char *detail;
} refusals[ACCESS_VERDICT_MAX] = {
	[ACCESS_NO_ADDRESS] = { 403, "this address may not ask; see web.allow and web.tokens" },
	[ACCESS_NO_HOST] = { 403, "without a token only this machine may ask, by its own name: localhost, 127.0.0.1 or [::1]" },
	[ACCESS_NO_TOKEN] = { 401, "send a token that is known: Authorization: Bearer TOKEN" },
	[ACCESS_EXPIRED] = { 401, "this token has expired" },
};

static const struct {
	int err, status;
	const char *detail;
} troubles[] = {
	{ -E2BIG, 414, "the path or the query is too long" },
	{ -EAGAIN, 503, "too many ask at once; try again" },
	{ -ETIMEDOUT, 503, "no answer in time; try again" },
	{ -ECANCELED, 503, "promtap stops" },
};

bool web_api_has(const char *path)
{
	return strncmp(path, PREFIX, sizeof(PREFIX) - 1) == 0;
}

static struct visitor visitor_of(const struct web_request *request)
{
	static const char *const proxies[] = { "Forwarded", "X-Forwarded-For", "X-Real-IP", "Via" };
	struct visitor visitor = {
		.address = request->peer,
		.host = mg_get_header(request->connection, "Host"),
		.authorization = mg_get_header(request->connection, "Authorization"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(proxies); i++)
		visitor.forwarded |= mg_get_header(request->connection, proxies[i]) != NULL;
	return visitor;
}

static bool passes(enum access_verdict verdict, struct web_request *request)
{
	if (verdict == ACCESS_GRANTED)
		return true;
	problem_send(request, refusals[verdict].status, refusals[verdict].detail);
	return false;
}

bool web_metrics_allowed(const struct web_gate *gate, struct web_request *request)
{
	struct visitor visitor = visitor_of(request);
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME);

	return passes(access_check_metrics(gate->access, &visitor, now), request);
}

/* The type without its parameters. */
static bool says_json(struct mg_connection *connection)
{
	const char *type = mg_get_header(connection, "Content-Type");

	return type && slice_caseeq((struct slice){ type, strcspn(type, "; \t") }, SLICE(TYPE_JSON));
}

/* 0; -EMSGSIZE: over the limit; -EIO: it stops before its end. */
static int read_body(struct mg_connection *connection, char body[ASK_BODY_BYTES + 1], size_t *ret_len)
{
	long long said = mg_get_request_info(connection)->content_length;
	size_t len = 0;
	int n = 1;

	if (said > ASK_BODY_BYTES)
		return -EMSGSIZE;
	while (len <= ASK_BODY_BYTES && n > 0) {
		n = mg_read(connection, body + len, ASK_BODY_BYTES + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (len > ASK_BODY_BYTES)
		return -EMSGSIZE;
	*ret_len = len;
	return n < 0 || (said > 0 && len < (size_t)said) ? -EIO : 0;
}

static void send_trouble(struct web_request *request, int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++) {
		if (troubles[i].err == err)
			problem_send(request, troubles[i].status, troubles[i].detail);
	}
}

static void send_reply(struct web_request *request, struct reply *reply)
{
	const struct answer answer = {
		.status = reply->status,
		.type = reply->status < 400 ? TYPE_JSON : TYPE_PROBLEM,
		.body = buffer_slice(&reply->body),
		.allow = reply->allow,
	};

	answer_send(request, &answer);
	buffer_done(&reply->body);
}

static void ask(struct asks *asks, struct web_request *request, const struct grant *grant)
{
	const struct mg_request_info *info = mg_get_request_info(request->connection);
	char body[ASK_BODY_BYTES + 1];
	struct question question = {
		.method = request->with_body ? info->request_method : "GET",
		.path = info->local_uri,
		.query = info->query_string ? info->query_string : "",
		.is_json = says_json(request->connection),
		.scopes = grant->scopes,
		.who = grant->who,
	};
	struct reply reply;
	int err = read_body(request->connection, body, &question.body.len);

	if (err < 0) {
		problem_send(request, err == -EMSGSIZE ? 413 : 400,
			     err == -EMSGSIZE ? "a body has at most 8192 bytes" : "the body stops before its end");
		return;
	}
	question.body.ptr = body;
	err = asks_put(asks, &question, &reply);
	if (err < 0)
		send_trouble(request, err);
	else
		send_reply(request, &reply);
}

void web_api_answer(const struct web_gate *gate, struct web_request *request)
{
	struct visitor visitor = visitor_of(request);
	struct grant grant = { 0 };
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME);

	if (passes(access_check(gate->access, &visitor, now, &grant), request))
		ask(gate->asks, request, &grant);
}
