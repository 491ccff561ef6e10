/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last transitions of alerts, for the API. In memory, so that whoever asks
 * never waits for the disk: at a start the store fills it (history_alerts()),
 * from then on what happens. What is older than all here is in the store alone.
 */
#ifndef PROMTAP_API_TRANSITIONS_H
#define PROMTAP_API_TRANSITIONS_H

#include <stddef.h>

#include "alerts/alerts.h"

#define TRANSITIONS_MAX 2048	/* of 800 bytes */

struct transitions;
/* Null: out of memory. */
struct transitions *transitions_new(void);
void transitions_free(struct transitions *transitions);

/* In the order that they come in. The oldest goes. Their playbook is not kept. */
void transitions_add(struct transitions *transitions, const struct alert *alert);

/* By position, the newest first; null past the end. Lent until the next one comes. */
const struct alert *transitions_at(const struct transitions *transitions, size_t index);
size_t transitions_count(const struct transitions *transitions);

#endif
