/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of an alert: what a tick makes of one key, given what its readings
 * came to. Whatever is said of time here is of the engine's clock.
 */
#include <math.h>
#include <string.h>

#include "alerts/engine.h"

#define STALE_NOTE "no readings any more"

/* Readings that say that something happened, or changed: without another it is over after the cooldown. So it is with
 * keys that were folded, for of those only what is above comes here. */
static bool passes_by_itself(const struct entry *entry)
{
	return reading_is_event(entry->alert.kind) || entry->alert.kind == READING_DRIFT || entry_is_fold(entry);
}

static bool has_cooled(const struct alerts *alerts, const struct entry *entry)
{
	return !entry->fired || alerts->clock.elapsed - entry->fired_at >= entry->rule.cooldown;
}

void entry_emit(struct alerts *alerts, const struct entry *entry, bool notify)
{
	if (alerts->fn)
		alerts->fn(alerts->ctx, &entry->alert, notify);
}

void entry_change(struct alerts *alerts, struct entry *entry, enum alert_state state)
{
	struct alert *alert = &entry->alert;

	alert->state = state;
	if (alerts->clock.unix_ns > alert->changed_unix_ns)
		alert->changed_unix_ns = alerts->clock.unix_ns;
	alert_metrics_transition(&alerts->metrics, alert);
	alerts_changed(alerts);
}

/* Of something that wants attention. */
static void tell(struct alerts *alerts, struct entry *entry)
{
	if (entry->alert.silenced)
		alert_metrics_suppressed(&alerts->metrics, SUPPRESSED_SILENCE, 1);
	entry->told |= !entry->alert.silenced;
	entry_emit(alerts, entry, !entry->alert.silenced);
}

/* ---- what a reading says ---- */

static void set_note(struct alerts *alerts, struct entry *entry, const char *note)
{
	struct alert *alert = &entry->alert;
	struct reading as_read = { .kind = alert->kind, .note = note, .value = alert->value };

	(void)slice_copy(alert->note, sizeof(alert->note), slice_of(note));
	alert->playbook = playbooks_find(alerts->books, alert->kind, &as_read);
}

static void take_sample(struct alerts *alerts, struct entry *entry)
{
	const struct sample *tick = &entry->tick;
	struct alert *alert = &entry->alert;

	if (tick->says == SAYS_NONE)
		return;
	entry->read_at = alerts->clock.watched;
	alert->value = tick->value;
	alert->samples = tick->samples;
	if (tick->says != SAYS_ABOVE)
		return;
	entry->above_at = alerts->clock.watched;
	alert->threshold = tick->threshold;
	set_note(alerts, entry, tick->note);
}

static void take_worst(struct entry *entry)
{
	struct alert *alert = &entry->alert;

	alert->readings++;
	if (fabs(alert->value) > fabs(alert->worst))
		alert->worst = alert->value;
}

/* ---- pending ---- */

static void begin(struct alerts *alerts, struct entry *entry)
{
	struct alert *alert = &entry->alert;
	struct entry_key key = entry_key(entry);

	alerts_make_id(alerts, &key, alert->id);
	entry->sequence = alerts->sequence;
	entry->waited_from = alerts->clock.watched;
	entry->events = 0;
	entry->held_back = false;
	alert->severity = entry->tick.severity;
	alert->since_unix_ns = alert->changed_unix_ns = alerts->clock.unix_ns;
	alert->readings = 0;
	alert->worst = alert->value;
	*alert->by = '\0';
}

static void lapse(struct alerts *alerts, struct entry *entry)
{
	entry_change(alerts, entry, ALERT_INACTIVE);
	entry_emit(alerts, entry, false);
}

static void fire(struct alerts *alerts, struct entry *entry)
{
	struct alert *alert = &entry->alert;

	entry_change(alerts, entry, ALERT_FIRING);
	alert->since_unix_ns = alert->changed_unix_ns;
	alert->worst = alert->value;
	take_worst(entry);
	entry->fired = true;
	entry->fired_at = alerts->clock.elapsed;
	entry->recovering = false;
	entry->told = false;
	tell(alerts, entry);
}

static bool sum_is_over(const struct alerts *alerts, const struct entry *entry)
{
	return alerts->clock.watched - entry->waited_from > entry->rule.hold;
}

/* Events are added up from the first on; when the time for that is over, from the next one on. */
static bool events_are_due(struct alerts *alerts, struct entry *entry)
{
	if (entry->tick.says == SAYS_ABOVE) {
		if (sum_is_over(alerts, entry)) {
			entry->waited_from = alerts->clock.watched;
			entry->events = 0;
		}
		entry->events += entry->tick.value;
	}
	return entry->held_back || entry->events > entry->rule.threshold;
}

static bool figure_is_due(const struct alerts *alerts, const struct entry *entry)
{
	return entry->tick.says == SAYS_ABOVE &&
	       alerts->clock.watched - entry->waited_from >= entry->rule.hold;
}

/* Whether nothing speaks for it any more. */
static bool has_lapsed(const struct alerts *alerts, const struct entry *entry)
{
	uint64_t watched = alerts->clock.watched;

	if (reading_is_event(entry->alert.kind))
		return !entry->held_back && entry->tick.says != SAYS_ABOVE && sum_is_over(alerts, entry);
	return entry->tick.says == SAYS_BELOW || watched - entry->read_at >= alerts->config.stale;
}

static void wait_to_fire(struct alerts *alerts, struct entry *entry, bool is_new)
{
	bool due = reading_is_event(entry->alert.kind) ? events_are_due(alerts, entry) : figure_is_due(alerts, entry);

	if (entry->tick.says == SAYS_ABOVE && entry->tick.severity > entry->alert.severity)
		entry->alert.severity = entry->tick.severity;
	if (due && has_cooled(alerts, entry)) {
		fire(alerts, entry);
		return;
	}
	if (due && !entry->held_back) {
		entry->held_back = true;
		alert_metrics_suppressed(&alerts->metrics, SUPPRESSED_COOLDOWN, 1);
	}
	if (is_new) {
		entry_change(alerts, entry, ALERT_PENDING);
		entry_emit(alerts, entry, false);
	} else if (has_lapsed(alerts, entry)) {
		lapse(alerts, entry);
	}
}

/* ---- firing ---- */

static bool figure_has_recovered(struct alerts *alerts, struct entry *entry)
{
	uint64_t watched = alerts->clock.watched;

	if (entry->tick.says == SAYS_BELOW && !entry->recovering) {
		entry->recovering = true;
		entry->below_from = watched;
	}
	if (entry->recovering)
		return watched - entry->below_from >= entry->rule.hold;
	if (watched - entry->read_at < alerts->config.stale)
		return false;
	set_note(alerts, entry, STALE_NOTE);
	return true;
}

static bool has_passed(const struct alerts *alerts, const struct entry *entry)
{
	const struct alert_rule *rule = &entry->rule;
	uint64_t quiet = rule->cooldown > rule->hold ? rule->cooldown : rule->hold;

	return alerts->clock.watched - entry->above_at >= quiet;
}

/* Whoever acknowledged what was less grave has not seen this. */
static void rise(struct alerts *alerts, struct entry *entry)
{
	entry->alert.severity = entry->tick.severity;
	*entry->alert.by = '\0';
	entry_change(alerts, entry, ALERT_FIRING);
	tell(alerts, entry);
}

static void resolve(struct alerts *alerts, struct entry *entry)
{
	entry_change(alerts, entry, ALERT_RESOLVED);
	entry_emit(alerts, entry, entry->told);
}

static void go_on(struct alerts *alerts, struct entry *entry)
{
	take_worst(entry);
	entry->recovering = false;
	if (entry->tick.severity > entry->alert.severity)
		rise(alerts, entry);
}

static void keep_firing(struct alerts *alerts, struct entry *entry)
{
	bool over = false;

	if (entry->tick.says == SAYS_ABOVE)
		go_on(alerts, entry);
	else
		over = passes_by_itself(entry) ? has_passed(alerts, entry) : figure_has_recovered(alerts, entry);
	if (over && (entry->alert.state == ALERT_ACKNOWLEDGED || !entry->rule.acknowledge))
		resolve(alerts, entry);
	else if (entry->alert.state == ALERT_FIRING && !entry->told && !entry->alert.silenced)
		tell(alerts, entry);
}

/* ---- one tick ---- */

static void end_disabled(struct alerts *alerts, struct entry *entry)
{
	if (entry->alert.state == ALERT_PENDING)
		lapse(alerts, entry);
	else if (entry_is_active(entry))
		resolve(alerts, entry);
}

void entry_step(struct alerts *alerts, struct entry *entry)
{
	bool above = entry->tick.says == SAYS_ABOVE;

	take_sample(alerts, entry);
	if (!entry->rule.enabled) {
		end_disabled(alerts, entry);
	} else if (entry->alert.state == ALERT_FIRING || entry->alert.state == ALERT_ACKNOWLEDGED) {
		keep_firing(alerts, entry);
	} else if (entry->alert.state == ALERT_PENDING) {
		wait_to_fire(alerts, entry, false);
	} else if (above) {
		begin(alerts, entry);
		entry->alert.silenced = silences_cover(alerts, &entry->alert);
		wait_to_fire(alerts, entry, true);
	}
	entry->tick.says = SAYS_NONE;
}

bool entry_is_over(const struct alerts *alerts, const struct entry *entry)
{
	return !entry_is_active(entry) && has_cooled(alerts, entry);
}
