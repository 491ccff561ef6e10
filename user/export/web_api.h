/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the web server that is below /api/: who asks is checked here, the rest the analysis thread answers. */
#ifndef PROMTAP_EXPORT_WEB_API_H
#define PROMTAP_EXPORT_WEB_API_H

#include <stdbool.h>

#include "export/access.h"
#include "export/asks.h"

struct mg_connection;

struct web_gate {
	struct access *access;	/* borrowed, as the next; null: there is no API, and metrics are open */
	struct asks *asks;
	/* Listens on a loopback address: whoever comes is on this machine, also where civetweb knows no IPv6 and so cannot
	 * say who it is. */
	bool local;
};

/* Whether the path is one of the API. */
bool web_api_has(const char *path);
void web_api_answer(const struct web_gate *gate, struct mg_connection *connection);

/* Whether /metrics may be had; else a problem was sent. */
bool web_metrics_allowed(const struct web_gate *gate, struct mg_connection *connection, bool with_body);

#endif
