/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about an alert, as data: steps, who is told, within what time, and
 * where to read on. The table is playbook.c; docs/operations.md has a part for
 * each row. Where the runbooks are is the user's choice (alerts.runbook_url).
 */
#ifndef PROMTAP_ALERTS_PLAYBOOK_H
#define PROMTAP_ALERTS_PLAYBOOK_H

#include <stddef.h>

#include "judge/drift.h"
#include "judge/reading.h"

#define PLAYBOOK_STEPS_MAX 8

struct playbook {
	const char *id;			/* "drift.significant", "latency_p95" */
	const char *about;
	const char *tell;		/* who: "on-call engineer" */
	const char *within;		/* "15 minutes" */
	const char *runbook;		/* URL or path of the docs: "docs/operations.md#drift-significant" */
	const char *steps[PLAYBOOK_STEPS_MAX];	/* what to check; the first null ends them */
};

/* The row for a reading, of a drift by its level; null: there is nothing to do (a drift of level none). */
const struct playbook *playbook_find(enum reading_kind kind, const struct reading *reading);

/* The level of a drift: as its note spells it (judge/drift.h), else by the size of the change: 5, 10, 15 percent. */
enum drift_level playbook_drift_level(const struct reading *reading);

/* By position, null past the end. */
const struct playbook *playbook_at(size_t index);

/* The table with `base` as the place of the runbooks: "BASE#drift-significant", or "BASEdrift-significant" where
 * BASE ends with a slash. Null `base`: the table as it is. Null: out of memory. */
struct playbooks;
struct playbooks *playbooks_new(const char *base);
void playbooks_free(struct playbooks *books);
/* As playbook_find(); lent until the books are freed. */
const struct playbook *playbooks_find(const struct playbooks *books, enum reading_kind kind,
				      const struct reading *reading);

#endif
