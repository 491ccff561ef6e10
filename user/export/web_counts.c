/* SPDX-License-Identifier: Apache-2.0 */
#include "export/web_counts.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"

static const char *const route_names[WEB_ROUTE_MAX] = {
	[WEB_ROUTE_OTHER] = METRIC_OTHER, [WEB_ROUTE_INDEX] = "index", [WEB_ROUTE_METRICS] = "metrics",
	[WEB_ROUTE_HEALTH] = "healthz",	  [WEB_ROUTE_READY] = "readyz", [WEB_ROUTE_API] = "api",
};

static const char *const outcome_names[LINK_OUTCOME_MAX] = {
	[LINK_DONE] = "done",	    [LINK_HANDSHAKE_FAILED] = "handshake_failed",
	[LINK_PLAIN] = "plaintext", [LINK_TIMEOUT] = "timeout",
	[LINK_BROKEN] = "broken",   [LINK_FAILED] = "failed",
};
static const char *const refused = "refused";

static const struct metric_desc requests_desc = {
	.name = "promtap_web_requests_total",
	.help = "Requests that the web server answered, by class of path and status",
	.unit = "requests",
	.type = METRIC_COUNTER,
	.labels = { { "route", 0 }, { "code", 0 } },
};

static const struct metric_desc connections_desc = {
	.name = "promtap_web_connections_total",
	.help = "Connections to the web server's TLS by how they ended; refused: requests that came past it, from this machine",
	.unit = "connections",
	.type = METRIC_COUNTER,
	.labels = { { "outcome", 0 } },
};

static const struct metric_desc expiry_desc = {
	.name = "promtap_web_certificate_expiry_timestamp_seconds",
	.help = "When the web server's certificate runs out",
	.unit = "seconds",
	.type = METRIC_GAUGE,
};

void web_counts_request(struct web_counts *counts, enum web_route route, int status)
{
	atomic_fetch_add_explicit(&counts->requests[route][answer_index_of(status)], 1, memory_order_relaxed);
}

int web_figures_init(struct web_figures *figures, struct metrics *metrics, bool with_tls)
{
	*figures = (struct web_figures){ .requests = metrics_family(metrics, &requests_desc) };
	if (with_tls) {
		figures->connections = metrics_family(metrics, &connections_desc);
		figures->expiry = metrics_family(metrics, &expiry_desc);
	}
	return figures->requests && (!with_tls || (figures->connections && figures->expiry)) ? 0 : -ENOMEM;
}

/* What never happened has no series. */
static void update_requests(const struct web_figures *figures, struct web_counts *counts, unsigned route, unsigned index)
{
	uint64_t n = atomic_load_explicit(&counts->requests[route][index], memory_order_relaxed);
	char code[16];

	if (n == 0)
		return;
	(void)snprintf(code, sizeof(code), "%d", answer_status_at(index));
	metric_raise(metric_get(figures->requests, (const char *const[]){ route_names[route], index ? code : METRIC_OTHER }), n);
}

/* From the first time on, so that the first of an outcome is a rise, not a beginning. */
static void update_connections(const struct web_figures *figures, struct web_counts *counts)
{
	for (unsigned i = 0; i < LINK_OUTCOME_MAX; i++)
		metric_raise(metric_get(figures->connections, &outcome_names[i]),
			     atomic_load_explicit(&counts->outcomes[i], memory_order_relaxed));
	metric_raise(metric_get(figures->connections, &refused),
		     atomic_load_explicit(&counts->strangers, memory_order_relaxed));
}

void web_figures_update(const struct web_figures *figures, struct web_counts *counts)
{
	for (unsigned route = 0; route < WEB_ROUTE_MAX; route++) {
		for (unsigned index = 0; index < ANSWER_STATUSES; index++)
			update_requests(figures, counts, route, index);
	}
	if (figures->connections)
		update_connections(figures, counts);
}

void web_figures_set_expiry(const struct web_figures *figures, int64_t unix_s)
{
	metric_set(metric_get(figures->expiry, NULL), (double)unix_s);
}
