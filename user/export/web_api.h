/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the web server that is below /api/: who asks is checked here, the rest the analysis thread answers. */
#ifndef PROMTAP_EXPORT_WEB_API_H
#define PROMTAP_EXPORT_WEB_API_H

#include <stdbool.h>

#include "export/access.h"
#include "export/asks.h"

struct mg_connection;

/* Whether the path is one of the API. */
bool web_api_has(const char *path);
void web_api_answer(struct access *access, struct asks *asks, struct mg_connection *connection);

/* Whether /metrics may be had; else a problem was sent. */
bool web_metrics_allowed(struct access *access, struct mg_connection *connection, bool with_body);

#endif
