/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP answer of the web server, and problems (RFC 9457) as its body. */
#ifndef PROMTAP_EXPORT_ANSWER_H
#define PROMTAP_EXPORT_ANSWER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/slice.h"

#define PROBLEM_BYTES_MAX 2048
#define TYPE_JSON "application/json"
#define TYPE_PROBLEM "application/problem+json"

struct mg_connection;

struct answer {
	int status;
	const char *type;
	struct slice body;
	const char *allow;		/* of a 405; null: GET and HEAD */
};

/* What RFC 9110 calls a status that this program gives. */
const char *answer_reason(int status);

void answer_send(struct mg_connection *connection, bool with_body, const struct answer *answer);

/* The body of a problem; `detail` is the program's own words. */
void problem_write(struct buffer *out, int status, const char *detail);
void problem_send(struct mg_connection *connection, bool with_body, int status, const char *detail);

#endif
