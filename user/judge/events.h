/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened since the last tick, added up by kind, service, model, detail
 * and severity. Sums do not depend on the order of what is added. Bounded:
 * beyond EVENTS_MAX different ones, what comes is told of service and model "other", counted.
 */
#ifndef PROMTAP_JUDGE_EVENTS_H
#define PROMTAP_JUDGE_EVENTS_H

#include <stddef.h>

#include "judge/held.h"
#include "judge/reading.h"
#include "judge/table.h"

#define EVENTS_MAX 1024
#define EVENT_NOTE_BYTES 448	/* "before -> after" of two answerers */

struct event_key {
	uint8_t kind, severity;
	uint8_t detail;		/* of findings the category, of risks the level */
	struct pair_key pair;
};

struct events {
	struct table table;
	uint64_t folded;
};

/* 0 or -ENOMEM. */
int events_init(struct events *events);
void events_done(struct events *events);
size_t events_bytes(void);

/* Findings of one rule. */
void events_finding(struct events *events, const struct pair_key *pair, const struct held_finding *finding);
void events_risk(struct events *events, const struct pair_key *pair, enum risk risk);
/* The last one's note stays. */
void events_model_change(struct events *events, const struct pair_key *asked, const char *before, const char *after);

/* Tells all in the order of their keys, and forgets them. */
void events_tell(struct events *events, reading_fn fn, void *ctx);

#endif
