/* SPDX-License-Identifier: Apache-2.0 */
#include "export/answer.h"

#include <civetweb.h>

#include "base/cleanup.h"
#include "base/json_out.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 0, "Status" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 507, "Insufficient Storage" },
};

_Static_assert(ARRAY_SIZE(reasons) == ANSWER_STATUSES, "ANSWER_STATUSES is how many there are");

unsigned answer_index_of(int status)
{
	for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].status == status)
			return i;
	}
	return 0;
}

int answer_status_at(unsigned index)
{
	return reasons[index].status;
}

const char *answer_reason(int status)
{
	return reasons[answer_index_of(status)].reason;
}

void answer_send(struct web_request *request, const struct answer *answer)
{
	struct mg_connection *connection = request->connection;
	const char *allow = answer->allow ? answer->allow : "GET, HEAD";

	request->status = answer->status;
	(void)mg_printf(connection, "HTTP/1.1 %d %s\r\n", answer->status, answer_reason(answer->status));
	/* 204 has neither (RFC 9110, 8.6). */
	if (answer->status != 204)
		(void)mg_printf(connection, "Content-Type: %s\r\nContent-Length: %zu\r\n", answer->type, answer->body.len);
	(void)mg_printf(connection,
			"Cache-Control: no-store\r\n"
			"X-Content-Type-Options: nosniff\r\n"
			"Content-Security-Policy: default-src 'none'\r\n"
			"%s%s%s%s"
			"Connection: close\r\n\r\n",
			answer->status == 405 ? "Allow: " : "", answer->status == 405 ? allow : "",
			answer->status == 405 ? "\r\n" : "",
			answer->status == 401 ? "WWW-Authenticate: Bearer realm=\"promtap\"\r\n" : "");
	if (request->with_body && answer->body.len > 0)
		(void)mg_write(connection, answer->body.ptr, answer->body.len);
}

void problem_write(struct buffer *out, int status, const char *detail)
{
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	json_out_string(&json, "type", "about:blank");
	json_out_string(&json, "title", answer_reason(status));
	json_out_int(&json, "status", status);
	json_out_string(&json, "detail", detail);
	json_out_close(&json, '}');
}

void problem_send(struct web_request *request, int status, const char *detail)
{
	struct buffer body = { .limit = PROBLEM_BYTES_MAX };
	struct answer answer = { .status = status, .type = TYPE_PROBLEM };

	problem_write(&body, status, detail);
	answer.body = buffer_slice(&body);
	answer_send(request, &answer);
	buffer_done(&body);
}
