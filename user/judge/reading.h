/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of judge, and of whoever else measures something that an alert may be
 * about: the state of one figure now, or something that happened. No text of
 * calls; names are of bounded sets.
 */
#ifndef PROMTAP_JUDGE_READING_H
#define PROMTAP_JUDGE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "llm/call.h"

/* X(enumerator, name in configuration, API and metrics, unit of value, what it says) */
#define READINGS(X)                                                                                            \
	X(READING_LATENCY_P95, "latency_p95", "ms", "95th percentile of the duration")                        \
	X(READING_LATENCY_P99, "latency_p99", "ms", "99th percentile of the duration")                        \
	X(READING_ERROR_RATE, "error_rate", "ratio", "calls that failed")                                      \
	X(READING_COST_PER_REQUEST, "cost_per_request", "usd", "mean cost of a call")                          \
	X(READING_DRIFT, "drift", "percent", "change of a mean: the last calls against those before")         \
	X(READING_INJECTION, "injection", "findings", "attacks found in texts of calls")                        \
	X(READING_SECRET_LEAK, "secret_leak", "findings", "credentials found in texts of calls")                \
	X(READING_RISK, "hallucination_risk", "calls", "answers in a domain that asks for care")              \
	X(READING_MODEL_CHANGE, "model_change", "changes", "another model answers behind the same name")       \
	X(READING_DAILY_BUDGET, "daily_budget", "usd", "cost of a service since midnight UTC")                 \
	X(READING_INCOMPLETE, "incomplete", "ratio", "calls of which not all was captured")                   \
	X(READING_UNCOVERED, "uncovered", "processes", "processes whose TLS library is not observed")

enum reading_kind {
	READING_UNKNOWN = 0,
#define X(id, name, unit, about) id,
	READINGS(X)
#undef X
	READING_MAX
};
extern const char *const reading_names[READING_MAX];	/* [UNKNOWN] is null */
extern const char *const reading_units[READING_MAX];

/* "2500 ms", "20 %", "0.015 USD", "1 finding": for people. Returns `ret`. */
#define READING_SPELLING_BYTES 48
const char *reading_spell(enum reading_kind kind, double value, char ret[READING_SPELLING_BYTES]);

/* Those that tell what happened since the last tick (value: how often), and not how a figure stands. */
bool reading_is_event(enum reading_kind kind);

#define READING_DETAIL_BYTES 96

struct reading {
	enum reading_kind kind;
	/* Lent; "" where it is of all. The model is that of the pair (judge/judge.h); of a change it is the one asked for. */
	const char *service, *model;
	/* What else tells this figure from others of its kind, part of an alert's key: the dimension of a drift
	 * ("latency"), the category of findings, the level of a risk, the TLS library; "" where there is nothing. */
	const char *detail;
	/* For people and notifiers, no part of the key: rule ids, "gpt-4o-2024-05-13 -> gpt-4o-2024-08-06",
	 * "significant_drift_-22.2%". Printable. */
	const char *note;
	double value;			/* in the unit of the kind; of a drift its size: the note has the sign */
	uint64_t samples;		/* that it rests on; of events: value */
	enum severity severity;		/* of findings and risks; NONE: the condition's own */
	bool significant;		/* of a drift: unlikely to be chance (judge/drift.h); else true */
};

typedef void (*reading_fn)(void *ctx, const struct reading *reading);

#endif
