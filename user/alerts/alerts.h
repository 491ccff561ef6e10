/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alerts stage: readings in, transitions out. One active alert a key
 * (condition, service, model, detail). Deterministic: time comes with the input,
 * and the order of the readings of a tick changes nothing. Bounded: ALERTS_MAX
 * keys that are active or cooling down, and ALERT_SILENCES_MAX silences; what
 * finds no room is counted and folded into one alert of the condition whose
 * service is "other".
 *
 * An alert is pending while its condition holds for less than `hold`, then
 * firing; it resolves when readings of its key have been below the threshold
 * for `hold`, or when there was none for `stale`. Events (reading_is_event())
 * fire when more than the threshold came within `hold`, at once where that is
 * 0, and resolve when `cooldown` has passed without another. So does a drift:
 * it says that something changed, not how it stands. With `acknowledge` an alert
 * stays until somebody has acknowledged it. It fires again only when `cooldown`
 * has passed since it fired last: until then it is pending, and counted as
 * suppressed. The severity of an alert that fires may rise, which is a
 * transition, but does not fall.
 *
 * A silence holds back notifications, not the alert. When it ends and the alert
 * still fires, somebody is told then. The end of an alert that somebody was told
 * of is told in a silence too: what was opened elsewhere must be closed.
 *
 * Time. A clock that jumps back moves no alert back and loses none: time stands
 * still here until the next tick. Cooldowns and silences count every forward
 * step but those of which alerts_clock_set() said that no time passed. Holds and
 * staleness are about what was watched: of the time between two ticks they count
 * a minute at most, so that neither a pause nor a clock that is set makes an
 * alert. Tick at least once a minute, also where nothing happens.
 */
#ifndef PROMTAP_ALERTS_ALERTS_H
#define PROMTAP_ALERTS_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/conditions.h"
#include "base/buffer.h"
#include "base/metrics.h"
#include "judge/reading.h"

#define ALERTS_MAX 4096
#define ALERT_SILENCES_MAX 256
#define ALERT_ID_BYTES 33		/* hex of a hash of the key and of when it began */
#define ALERT_NAME_BYTES 128
#define ALERT_NOTE_BYTES 256
#define ALERT_BY_BYTES 64
#define ALERT_REASON_BYTES 128

enum alert_state {
	ALERT_INACTIVE = 0,	/* was pending and did not fire */
	ALERT_PENDING,
	ALERT_FIRING,
	ALERT_ACKNOWLEDGED,	/* still active, seen by somebody */
	ALERT_RESOLVED,
	ALERT_STATE_MAX
};
extern const char *const alert_state_names[ALERT_STATE_MAX];

struct alert {
	char id[ALERT_ID_BYTES];	/* of this time, from pending to resolved */
	enum reading_kind kind;
	enum alert_severity severity;
	enum alert_state state;
	char service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES], detail[READING_DETAIL_BYTES];
	char note[ALERT_NOTE_BYTES];	/* of the last reading above the threshold */
	double value, threshold, worst;	/* last, and the furthest from the threshold */
	uint64_t samples;
	uint64_t readings;		/* ticks with one above the threshold since it fired */
	int64_t since_unix_ns;		/* pending since, or fired at */
	int64_t changed_unix_ns;	/* of the state */
	char by[ALERT_BY_BYTES];	/* who acknowledged; "" nobody */
	bool silenced;
	const struct playbook *playbook;	/* what to do: playbook.h; null: nothing known */
};

/* A transition is the alert as it is afterwards. Lent; calls nothing of this stage. `notify`: somebody is to be told
 * (not of pending, not silenced). An alert whose silence has ended comes once more as it is, for that alone. */
typedef void (*alert_fn)(void *ctx, const struct alert *alert, bool notify);

struct alerts;
/* `metrics` may be null. Null: out of memory. The config is copied where it is kept. */
struct alerts *alerts_new(const struct alert_config *config, struct metrics *metrics, alert_fn fn, void *ctx);
void alerts_free(struct alerts *alerts);
/* Thresholds from now on. Active alerts stay until their readings say otherwise; those of a condition that is
 * disabled now resolve with the next tick. 0 or -ENOMEM: as before. */
int alerts_use(struct alerts *alerts, const struct alert_config *config);

void alerts_reading(struct alerts *alerts, const struct reading *reading, int64_t now_unix_ns);
/* The caller's clock was set, forth or back (base/wall.h): that much of what comes next is no time that passed. When
 * alerts began and when silences end moves with it: as long ago, and in as long, as before. */
void alerts_clock_set(struct alerts *alerts, int64_t step_ns);
/* After the readings of a tick: the transitions, in the order of their keys. */
void alerts_tick(struct alerts *alerts, int64_t now_unix_ns);

/* ---- what people do --------------------------------------------------------------------------------- */

/* 0; -ENOENT: no active alert has this id; -EALREADY: acknowledged before; -EINVAL: pending still, or `by` is
 * empty. */
int alerts_acknowledge(struct alerts *alerts, const char *id, const char *by, int64_t now_unix_ns);

/* "" is any. */
struct alert_silence {
	char id[ALERT_ID_BYTES];
	char condition[32], service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES];
	char by[ALERT_BY_BYTES], reason[ALERT_REASON_BYTES];
	int64_t from_unix_ns, until_unix_ns;	/* from: in the past or 0 is now */
};
/* Fills in `id` and `from`. 0; -EINVAL: no such condition, over before it began, or `by` is empty; -ENOSPC. */
int alerts_silence(struct alerts *alerts, struct alert_silence *silence, int64_t now_unix_ns);
int alerts_unsilence(struct alerts *alerts, const char *id);	/* 0 or -ENOENT */

/* By position, null past the end: active ones, oldest first. Lent until the next call. */
const struct alert *alerts_at(const struct alerts *alerts, size_t index);
const struct alert_silence *alerts_silence_at(const struct alerts *alerts, size_t index);

/* ---- state that survives a restart ------------------------------------------------------------------- */

#define ALERTS_STATE_BYTES_MAX (16u << 20)
/* Changes whenever the state to keep does: with each transition and silence, and once a minute while alerts are
 * active. */
uint64_t alerts_version(const struct alerts *alerts);
/* One versioned text with a checksum at its end. `more`: printable lines of others, kept with it, for what has to be
 * written together or not at all. 0 or -errno of the buffer. */
int alerts_save(const struct alerts *alerts, struct slice more, struct buffer *out);
/* Of a new object. 0; -EBADMSG: cut, damaged or of another version; -ENOMEM: nothing is taken in, say so. No
 * transition comes of it: whoever was told before was told. `ret_more` is given the lines of others. */
int alerts_load(struct alerts *alerts, struct slice state, struct buffer *ret_more);

#endif
