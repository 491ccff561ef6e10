/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key and all that is remembered of it, and sets of them ordered by key.
 * Internal to the stage.
 */
#ifndef PROMTAP_ALERTS_ENTRY_H
#define PROMTAP_ALERTS_ENTRY_H

#include "alerts/alerts.h"

/* What the readings of a key came to in this tick. To merge them is commutative and associative, so that their order
 * does not matter. */
enum sample_says {
	SAYS_NONE = 0,	/* there was none that says anything */
	SAYS_BELOW,
	SAYS_ABOVE
};
struct sample {
	enum sample_says says;
	enum alert_severity severity;
	double value, threshold;	/* of events the value is their number */
	uint64_t samples;
	uint64_t merged;		/* readings above */
	char note[ALERT_NOTE_BYTES];	/* of the gravest */
};

void sample_merge(struct sample *into, const struct sample *sample, bool event);

/* Names are lent, printable, and short enough for an alert. */
struct entry_key {
	enum reading_kind kind;
	const char *service, *model, *detail;
};

/* Times are of the clock in engine.h; of two kinds, see there. */
struct entry {
	struct alert alert;
	struct alert_rule rule;		/* what holds for the key */
	uint64_t sequence;		/* rises with each time that one begins */
	uint64_t waited_from;		/* watched: pending since; events are added up since */
	uint64_t read_at, above_at;	/* watched: last reading, and last one above the threshold */
	uint64_t below_from;		/* watched: below since, while `recovering` */
	uint64_t fired_at;		/* elapsed: fired last, if `fired` */
	double events;			/* since waited_from */
	bool fired;			/* since it is remembered */
	bool recovering;
	bool held_back;			/* would fire but for the cooldown; counted */
	bool told;			/* somebody was, of this firing */
	struct sample tick;
};

struct entry_key entry_key(const struct entry *entry);
int entry_compare(const struct entry *entry, const struct entry_key *key);

/* The key of the alert that takes what has no room. */
struct entry_key entry_fold_key(enum reading_kind kind);
bool entry_is_fold(const struct entry *entry);
/* Whether it is on somebody's list: pending, firing or acknowledged. */
bool entry_is_active(const struct entry *entry);

struct entry_set {
	struct entry *items[ALERTS_MAX];	/* owned, in the order of their keys */
	size_t count;
};

/* Position of the key, or where it belongs. */
size_t entry_set_position(const struct entry_set *set, const struct entry_key *key, bool *ret_found);
struct entry *entry_set_find(const struct entry_set *set, const struct entry_key *key);
/* A new one at `position`, which entry_set_position() said; null: out of memory. The set has room. */
struct entry *entry_set_add(struct entry_set *set, size_t position, const struct entry_key *key);
/* Takes the greatest key out; the set is not empty. */
struct entry *entry_set_pop(struct entry_set *set);
/* Moves all of `from` into `into`; they have no key in common, and fit. */
void entry_set_join(struct entry_set *into, struct entry_set *from);
void entry_set_clear(struct entry_set *set);

#endif
