/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The otlp stage: finished calls as spans to an OpenTelemetry collector, by
 * OTLP/HTTP in Protocol Buffers. A thread of its own talks to the network; the
 * analysis thread only encodes a span into a queue that is bounded in bytes. What
 * the collector does not take in time is given up and counted: a trace is worth
 * less than what it is of.
 *
 * All functions but otlp_free() are the analysis thread's.
 */
#ifndef PROMTAP_OTLP_OTLP_H
#define PROMTAP_OTLP_OTLP_H

#include <stdint.h>

#include "base/metrics.h"
#include "llm/call.h"
#include "otlp/otlp_config.h"

struct otlp;

/* `config` is borrowed until otlp_use() or otlp_free() has returned; without an endpoint all is off until then. `node`:
 * this machine's name, copied. `lost`: counts calls that have no span, though they should. 0 or -errno. */
int otlp_new(const struct otlp_config *config, const char *node, struct metrics *metrics, struct metric_series *lost,
	     struct otlp **ret);
/* Sends what can be sent in `timeout_ms`; says what cannot. */
void otlp_free(struct otlp *otlp, int timeout_ms);

/* What waits goes where the new configuration says. */
void otlp_use(struct otlp *otlp, const struct otlp_config *config);

/* Never waits. `now_ns`: CLOCK_MONOTONIC. */
void otlp_call(struct otlp *otlp, const struct call *call, int64_t now_ns);

/* Moves what the thread has counted into the registry. */
void otlp_publish(struct otlp *otlp);

#endif
