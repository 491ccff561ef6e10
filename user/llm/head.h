/* SPDX-License-Identifier: Apache-2.0 */
/* What a call takes from the heads of its request. */
#ifndef PROMTAP_LLM_HEAD_H
#define PROMTAP_LLM_HEAD_H

#include "http/exchange.h"
#include "llm/call.h"

/* Content-Type says JSON, or a type that is written in JSON. */
bool head_is_json(const struct http_head *head);

/* Method, path, address, retry count and trace context. `path` has no query. */
void head_to_call(const struct http_head *head, struct slice path, struct call *call);

#endif
