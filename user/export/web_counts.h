/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of the web server count of themselves, and how it comes into
 * the registry, which they may not touch: they add to atomics, and the analysis
 * thread carries the sums over when it renders.
 */
#ifndef PROMTAP_EXPORT_WEB_COUNTS_H
#define PROMTAP_EXPORT_WEB_COUNTS_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "export/answer.h"
#include "export/tls_link.h"

/* A class of paths: what clients make up is one. */
enum web_route {
	WEB_ROUTE_OTHER = 0,	/* and what is no request at all */
	WEB_ROUTE_INDEX,
	WEB_ROUTE_METRICS,
	WEB_ROUTE_HEALTH,
	WEB_ROUTE_READY,
	WEB_ROUTE_API,
	WEB_ROUTE_MAX
};

struct web_counts {
	atomic_uint_fast64_t requests[WEB_ROUTE_MAX][ANSWER_STATUSES];
	atomic_uint_fast64_t outcomes[LINK_OUTCOME_MAX];	/* of the connections of the TLS front */
	atomic_uint_fast64_t strangers;		/* requests that came to the web server past the front */
};

/* Of a request that was answered. */
void web_counts_request(struct web_counts *counts, enum web_route route, int status);

/* Families of the registry; it outlives this. */
struct web_figures {
	struct metric_family *requests, *connections, *expiry;	/* the latter two null: there is no TLS */
};
/* 0 or -ENOMEM. */
int web_figures_init(struct web_figures *figures, struct metrics *metrics, bool with_tls);
/* Brings the registry to what was counted. */
void web_figures_update(const struct web_figures *figures, struct web_counts *counts);
void web_figures_set_expiry(const struct web_figures *figures, int64_t unix_s);

#endif
