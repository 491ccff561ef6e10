/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notify stage: alert transitions to the outside. Alertmanager API v2,
 * signed webhook, Slack, PagerDuty Events v2, SMTP: each a row in a table
 * (channels.c). A thread of its own talks to the network; the analysis thread
 * only appends to the queue. The queue is a file in the state folder, bounded in
 * bytes: an outage of an hour, or a restart, loses nothing; what is refused for
 * good or over the bound is counted as a dead letter and logged by id.
 *
 * Messages hold rule ids and figures, never text of calls. TLS is verified.
 * Only hosts of the allow-list are talked to (and redirects are not followed).
 */
#ifndef PROMTAP_NOTIFY_NOTIFY_H
#define PROMTAP_NOTIFY_NOTIFY_H

#include "alerts/alerts.h"
#include "base/metrics.h"
#include "config/schema.h"

/* Section "notify": notify.allow_hosts, notify.queue_bytes, and notify.channels.NAME with type, url, severities,
 * secrets (*_file, *_env) and what each type needs. */
struct notify_config;
extern const struct schema notify_schema;

struct notify;
/* `config` is borrowed until notify_use() or notify_free() has returned. `folder`: of the state; -1: the queue is in
 * memory alone. `kept`: what notify_save() has written to the state's file; what of it is not in the queue goes there.
 * 0 or -errno, logged. */
int notify_new(const struct notify_config *config, int folder, struct slice kept, struct metrics *metrics,
	       struct notify **ret);
/* Sends what can be sent in `timeout_ms`; the rest stays in the queue, and what is held is in the state's file. */
void notify_free(struct notify *notify, int timeout_ms);
/* What is under way is tried anew. 0 or -errno: as before. */
int notify_use(struct notify *notify, const struct notify_config *config);

/* A transition for every channel that wants it: held until notify_saved() or notify_release(). Never waits. */
void notify_alert(struct notify *notify, const struct alert *alert);

/* Appends lines for the state's file numbered `save` (1, 2, ...): what a start has to know of transitions that the queue
 * may not have. 0 or -errno of the buffer. */
int notify_save(struct notify *notify, uint64_t save, struct buffer *out);
/* Whether a file that is written now would be shorter: they are in the queue. */
bool notify_wants_save(struct notify *notify);
/* The file numbered `save`, or a later one, is on disk: what it has goes into the queue. */
void notify_saved(struct notify *notify, uint64_t save);
/* All of it goes into the queue, be it on disk or not. */
void notify_release(struct notify *notify);

/* Moves the thread's counters into the registry; analysis thread, every tick. Alertmanager wants firing alerts
 * sent again: `resend` of those that are due goes by here too. */
void notify_tick(struct notify *notify, const struct alerts *alerts, int64_t now_unix_ns);

#endif
