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

#define ANSWER_STATUSES 16	/* that are told apart */

struct mg_connection;

/* What a thread of the web server works on. */
struct web_request {
	struct mg_connection *connection;
	bool with_body;			/* the answer has one: no HEAD */
	char peer[64];			/* who asks, in digits; "": not known */
	int status;			/* of the answer that was sent; 0: none yet */
};

struct answer {
	int status;
	const char *type;
	struct slice body;
	const char *allow;		/* of a 405; null: GET and HEAD */
};

/* What RFC 9110 calls a status that this program gives. */
const char *answer_reason(int status);

/* The place of a status among ANSWER_STATUSES, and the way back; of those that this program does not give 0. */
unsigned answer_index_of(int status);
int answer_status_at(unsigned index);

void answer_send(struct web_request *request, const struct answer *answer);

/* The body of a problem; `detail` is the program's own words. */
void problem_write(struct buffer *out, int status, const char *detail);
void problem_send(struct web_request *request, int status, const char *detail);

#endif
