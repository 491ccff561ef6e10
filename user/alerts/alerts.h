/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alerts stage: readings in, transitions out. One active alert a key
 * (condition, service, model, detail). Deterministic: time comes with the input.
 * Bounded: ALERTS_MAX alerts and ALERT_SILENCES_MAX silences; more are counted
 * and folded into one alert of the condition whose service is "other".
 *
 * An alert is pending while its condition holds for less than `hold`, then
 * firing; it resolves when readings of its key have been below the threshold
 * for `hold` (figures), or when `cooldown` has passed without another (events);
 * with `acknowledge` it stays until somebody has acknowledged it. After it
 * resolved it fires again only when `cooldown` has passed since it fired last:
 * what comes before is counted as suppressed. A silence holds back
 * notifications, not the alert.
 *
 * A clock that jumps back moves no alert back and loses none.
 */
#ifndef PROMTAP_ALERTS_ALERTS_H
#define PROMTAP_ALERTS_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/metrics.h"
#include "config/schema.h"
#include "judge/reading.h"

#define ALERTS_MAX 4096
#define ALERT_SILENCES_MAX 256
#define ALERT_ID_BYTES 33		/* hex of the hash of the key and the time it fired */
#define ALERT_NAME_BYTES 128

enum alert_severity {
	ALERT_INFO = 0,
	ALERT_WARNING,
	ALERT_CRITICAL,
	ALERT_SEVERITY_MAX
};
extern const char *const alert_severity_names[ALERT_SEVERITY_MAX];

/* What may be set for one condition, for all, one service, or one model. */
struct alert_rule {
	bool enabled;
	double threshold;		/* fires above; in the unit of the reading */
	unsigned severity;		/* enum alert_severity */
	uint64_t min_samples;
	uint64_t hold;			/* ns */
	uint64_t cooldown;		/* ns: 15 minutes */
	bool acknowledge;		/* stays until acknowledged */
};

/* Section "alerts": alerts.latency_p95.threshold; alerts.services.NAME.latency_p95.threshold, alerts.models.NAME...;
 * a model's goes before a service's. An override sets only what it names. */
struct alert_config;
extern const struct schema alert_schema;
/* What holds for this key. */
void alert_rule_of(const struct alert_config *config, enum reading_kind kind, const char *service, const char *model,
		   struct alert_rule *ret);

enum alert_state {
	ALERT_INACTIVE = 0,
	ALERT_PENDING,
	ALERT_FIRING,
	ALERT_ACKNOWLEDGED,	/* still active, seen by somebody */
	ALERT_RESOLVED,
	ALERT_STATE_MAX
};
extern const char *const alert_state_names[ALERT_STATE_MAX];

struct alert {
	char id[ALERT_ID_BYTES];	/* of this firing */
	enum reading_kind kind;
	enum alert_severity severity;
	enum alert_state state;
	char service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES], detail[READING_DETAIL_BYTES];
	char note[256];			/* of the last reading */
	double value, threshold, worst;	/* last, and the furthest from the threshold */
	uint64_t samples;
	uint64_t readings;		/* above the threshold since it fired */
	int64_t since_unix_ns;		/* pending since, or fired at */
	int64_t changed_unix_ns;	/* of the state */
	char by[64];			/* who acknowledged; "" nobody */
	bool silenced;
	const struct playbook *playbook;	/* what to do: playbook.h; null: nothing known */
};

/* A transition is the alert as it is afterwards. Lent. `notify`: somebody is to be told (not of pending, not silenced). */
typedef void (*alert_fn)(void *ctx, const struct alert *alert, bool notify);

struct alerts;
/* `metrics` may be null. Null: out of memory. The config is copied where it is kept. */
struct alerts *alerts_new(const struct alert_config *config, struct metrics *metrics, alert_fn fn, void *ctx);
void alerts_free(struct alerts *alerts);
/* Thresholds from now on. Active alerts stay until their readings say otherwise; those of a condition that is
 * disabled now resolve. 0 or -ENOMEM: as before. */
int alerts_use(struct alerts *alerts, const struct alert_config *config);

void alerts_reading(struct alerts *alerts, const struct reading *reading, int64_t now_unix_ns);
/* After the readings of a tick. */
void alerts_tick(struct alerts *alerts, int64_t now_unix_ns);

/* ---- what people do: 0, -ENOENT, -EALREADY, -ENOSPC, -EINVAL --------------------------------------- */

int alerts_acknowledge(struct alerts *alerts, const char *id, const char *by, int64_t now_unix_ns);

/* "" is any. */
struct alert_silence {
	char id[ALERT_ID_BYTES];
	char condition[32], service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES];
	char by[64], reason[128];
	int64_t from_unix_ns, until_unix_ns;
};
int alerts_silence(struct alerts *alerts, struct alert_silence *silence, int64_t now_unix_ns);	/* fills in id */
int alerts_unsilence(struct alerts *alerts, const char *id);

/* By position, null past the end: active ones, oldest first. Lent until the next call. */
const struct alert *alerts_at(const struct alerts *alerts, size_t index);
const struct alert_silence *alerts_silence_at(const struct alerts *alerts, size_t index);

/* ---- state that survives a restart ------------------------------------------------------------------- */

#define ALERTS_STATE_BYTES_MAX (8u << 20)
/* Changes whenever the state to keep does. */
uint64_t alerts_version(const struct alerts *alerts);
/* One versioned text with a checksum at its end. 0 or -errno of the buffer. */
int alerts_save(const struct alerts *alerts, struct buffer *out);
/* Of a new object. 0; -EBADMSG: cut, damaged or of a later version: nothing is taken in, say so. */
int alerts_load(struct alerts *alerts, struct slice state);

#endif
