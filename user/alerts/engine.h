/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this stage share: the object, its clock, its parts. */
#ifndef PROMTAP_ALERTS_ENGINE_H
#define PROMTAP_ALERTS_ENGINE_H

#include "alerts/alert_metrics.h"
#include "alerts/alerts.h"
#include "alerts/entry.h"
#include "alerts/playbook.h"

/* Each condition has one alert for what finds no room; all other keys share the rest. */
#define ALERT_KEYS_MAX (ALERTS_MAX - (READING_MAX - 1))

/*
 * The caller's clock, made to never go back. Both are sums of its forward steps;
 * `watched` takes a minute of each at most.
 */
struct alert_clock {
	bool started;
	int64_t unix_ns;	/* as it was given last */
	uint64_t elapsed, watched;
};

struct silence {
	struct alert_silence is;
	enum reading_kind kind;		/* of the condition; UNKNOWN: any */
	uint64_t starts_at, ends_at;	/* elapsed */
};

struct alerts {
	struct alert_config config;	/* a copy */
	struct playbooks *books;	/* owned */
	struct alert_metrics metrics;
	alert_fn fn;
	void *ctx;
	struct alert_clock clock;
	uint64_t sequence;		/* of the last that began, alert or silence */
	uint64_t version;
	uint64_t kept_at;		/* elapsed, when `version` changed last */
	struct entry_set table, fresh;	/* remembered ones, and those that this tick's readings are the first of */
	size_t folds;			/* how many of `table` are */
	struct sample folded[READING_MAX];	/* what found no room in this tick */
	bool had_budget;		/* some service has or had one for all */
	struct entry *active[ALERTS_MAX];	/* lent from the table: oldest first */
	size_t active_count;
	struct silence silences[ALERT_SILENCES_MAX];	/* in the order in which they were made */
	size_t silence_count;
};

void alerts_changed(struct alerts *alerts);	/* there is something new to keep */
void alerts_clock_to(struct alerts *alerts, int64_t now_unix_ns);
/* Anew: which alerts are active, their rules, playbooks and silences. */
void alerts_list_active(struct alerts *alerts);
void alerts_refresh(struct alerts *alerts);
/* An id of one that begins now: of its key's text. */
void alerts_make_id(struct alerts *alerts, const struct entry_key *key, char ret[ALERT_ID_BYTES]);

/* ---- step.c: one key, one tick ---- */

/* What the tick's readings make of the key. */
void entry_step(struct alerts *alerts, struct entry *entry);
void entry_change(struct alerts *alerts, struct entry *entry, enum alert_state state);
/* Gives the alert to whoever wants transitions. */
void entry_emit(struct alerts *alerts, const struct entry *entry, bool notify);
/* Whether nothing is left to remember. */
bool entry_is_over(const struct alerts *alerts, const struct entry *entry);

/* ---- silence.c ---- */

void silences_end(struct alerts *alerts);	/* takes out those that are over */
/* By the condition's name; false: there is no such. */
bool silence_set_kind(struct silence *silence);
bool silences_cover(const struct alerts *alerts, const struct alert *alert);

#endif
