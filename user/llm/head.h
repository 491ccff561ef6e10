/* SPDX-License-Identifier: Apache-2.0 */
/* What a call takes from the heads of its request. */
#ifndef PROMTAP_LLM_HEAD_H
#define PROMTAP_LLM_HEAD_H

#include "http/exchange.h"
#include "llm/call.h"

/* Content-Type says JSON, or a type that is written in JSON. */
bool head_is_json(const struct http_head *head);

/* It asks for a WebSocket, in HTTP/1 or in HTTP/2 (RFC 8441). */
bool head_asks_socket(const struct http_head *head);

/* What "model" or "deployment" in the target's query says; else left as it is.
 * Nothing else of a query is looked at: keys stand there. */
void head_query_model(const struct http_head *head, char *buffer, size_t size);

/* Method, path, address, retry count and trace context. `path` has no query. */
void head_to_call(const struct http_head *head, struct slice path, struct call *call);

#endif
