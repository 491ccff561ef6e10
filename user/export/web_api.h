/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the web server that is below /api/: who asks is checked here, the rest the analysis thread answers. */
#ifndef PROMTAP_EXPORT_WEB_API_H
#define PROMTAP_EXPORT_WEB_API_H

#include <stdbool.h>

#include "export/access.h"
#include "export/answer.h"
#include "export/asks.h"

struct web_gate {
	struct access *access;	/* borrowed, as the next; null: there is no API, and metrics are open */
	struct asks *asks;
};

/* Whether the path is one of the API. */
bool web_api_has(const char *path);
void web_api_answer(const struct web_gate *gate, struct web_request *request);

/* Whether /metrics may be had; else a problem was sent. */
bool web_metrics_allowed(const struct web_gate *gate, struct web_request *request);

#endif
