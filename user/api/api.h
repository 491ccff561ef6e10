/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API: questions that came over HTTP, answered in JSON. One table of routes
 * (routes.c) says method, path, scope, parameters and who answers; docs/openapi.yaml
 * says the same, and a test holds the two together. Runs on the thread that owns
 * what is asked about, never waits, and bounds each answer. No text of calls.
 */
#ifndef PROMTAP_API_API_H
#define PROMTAP_API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "analysis/analysis.h"
#include "api/transitions.h"
#include "export/access.h"
#include "export/asks.h"
#include "judge/judge.h"

/* How the agent is. */
struct api_status {
	const char *version;
	int64_t started_unix_ns;
	bool ready, tracer, decoder;	/* heard of since the start */
	bool state_folder, history, notify;	/* in use */
};

/* What is asked about; all lent for one answer. */
struct api_view {
	struct api_status status;
	struct analysis *analysis;
	const struct judge *judge;
	const struct judge_config *judge_config;
	struct alerts *alerts;
	const struct transitions *transitions;
	struct access *access;
	int64_t now_unix_ns;
};

/* Fills in status and body; a problem (RFC 9457) from 400 on. */
void api_answer(const struct api_view *view, const struct question *question, struct reply *ret);

/* For those who describe the API: by position, false past the end. */
struct api_route {
	const char *method, *path;
	enum scope scope;
};
bool api_route_at(size_t index, struct api_route *ret);

#endif
