/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about an alert, as data: steps, who is told, within what time, and
 * where to read on. Built in (playbooks.yaml beside this), and the user's own
 * by configuration.
 */
#ifndef PROMTAP_ALERTS_PLAYBOOK_H
#define PROMTAP_ALERTS_PLAYBOOK_H

#include "alerts/alerts.h"

#define PLAYBOOK_STEPS_MAX 8

struct playbook {
	const char *id;			/* "drift.significant", "latency_p95" */
	const char *about;
	const char *tell;		/* who: "on-call engineer" */
	const char *within;		/* "15 minutes" */
	const char *runbook;		/* URL or path of the docs: "docs/operations.md#significant-drift" */
	const char *steps[PLAYBOOK_STEPS_MAX];	/* what to check; the first null ends them */
};

/* Of a drift by its level; null: none. */
const struct playbook *playbook_find(enum reading_kind kind, const struct reading *reading);

#endif
