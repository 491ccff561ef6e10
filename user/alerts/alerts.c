/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine. Readings only merge into what their key has in this tick; what
 * follows from them is worked out at the tick, key by key in order. Keys that are
 * seen first in this tick wait in a set of their own: when there is no room for
 * all of them the smallest stay, whichever came first, so that the order of the
 * readings decides nothing.
 */
#include "alerts/alerts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/engine.h"
#include "base/clock.h"
#include "base/digest.h"
#include "llm/text.h"

#define WATCHED_STEP_MAX (60 * NSEC_PER_SEC)
#define KEEP_EVERY (60 * NSEC_PER_SEC)

const char *const alert_state_names[ALERT_STATE_MAX] = {
	[ALERT_INACTIVE] = "inactive",	       [ALERT_PENDING] = "pending",   [ALERT_FIRING] = "firing",
	[ALERT_ACKNOWLEDGED] = "acknowledged", [ALERT_RESOLVED] = "resolved",
};

/* ---- small parts ---- */

void alerts_changed(struct alerts *alerts)
{
	alerts->version++;
	alerts->kept_at = alerts->clock.elapsed;
}

void alerts_clock_to(struct alerts *alerts, int64_t now_unix_ns)
{
	struct alert_clock *clock = &alerts->clock;
	uint64_t step = 0;

	if (clock->started && now_unix_ns > clock->unix_ns)
		step = (uint64_t)now_unix_ns - (uint64_t)clock->unix_ns;
	if (step > UINT64_MAX - clock->elapsed)
		step = UINT64_MAX - clock->elapsed;
	clock->started = true;
	clock->unix_ns = now_unix_ns;
	clock->elapsed += step;
	clock->watched += step < WATCHED_STEP_MAX ? step : WATCHED_STEP_MAX;
}

static void shift(int64_t *unix_ns, int64_t step_ns)
{
	if (__builtin_add_overflow(*unix_ns, step_ns, unix_ns))
		*unix_ns = step_ns > 0 ? INT64_MAX : INT64_MIN;
}

void alerts_clock_set(struct alerts *alerts, int64_t step_ns)
{
	if (!alerts->clock.started || step_ns == 0)
		return;
	shift(&alerts->clock.unix_ns, step_ns);
	for (size_t i = 0; i < alerts->table.count; i++) {
		shift(&alerts->table.items[i]->alert.since_unix_ns, step_ns);
		shift(&alerts->table.items[i]->alert.changed_unix_ns, step_ns);
	}
	for (size_t i = 0; i < alerts->silence_count; i++) {
		shift(&alerts->silences[i].is.from_unix_ns, step_ns);
		shift(&alerts->silences[i].is.until_unix_ns, step_ns);
	}
	alerts_changed(alerts);
}

/* Names come from traffic: of a weaker hash somebody could make two alerts with one id. */
void alerts_make_id(struct alerts *alerts, const struct entry_key *key, char ret[ALERT_ID_BYTES])
{
	char text[4 * ALERT_NAME_BYTES + 64], hex[DIGEST_HEX_BYTES] = "";
	int len;

	alerts->sequence++;
	len = snprintf(text, sizeof(text), "%u\t%s\t%s\t%s\t%" PRId64 "\t%" PRIu64, (unsigned)key->kind, key->service,
		       key->model, key->detail, alerts->clock.unix_ns, alerts->sequence);
	if (digest_hex((struct slice){ text, (size_t)len }, hex) < 0)
		(void)snprintf(hex, sizeof(hex), "%032" PRIx64, alerts->sequence);
	(void)slice_copy(ret, ALERT_ID_BYTES, slice_of(hex));
}

static int compare_ages(const void *left, const void *right)
{
	const struct entry *a = *(struct entry *const *)left, *b = *(struct entry *const *)right;

	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

void alerts_list_active(struct alerts *alerts)
{
	uint64_t counts[READING_MAX][ALERT_SEVERITY_MAX] = { 0 };

	alerts->active_count = 0;
	for (size_t i = 0; i < alerts->table.count; i++) {
		struct entry *entry = alerts->table.items[i];

		if (!entry_is_active(entry))
			continue;
		alerts->active[alerts->active_count++] = entry;
		if (entry->alert.state != ALERT_PENDING)
			counts[entry->alert.kind][entry->alert.severity]++;
	}
	qsort(alerts->active, alerts->active_count, sizeof(alerts->active[0]), compare_ages);
	alert_metrics_active(&alerts->metrics, counts);
}

/* What finds no room fires by the rule of all, also where that is disabled for all but some. */
static void find_rule(const struct alerts *alerts, struct entry *entry)
{
	const struct alert *alert = &entry->alert;

	alert_rule_of(&alerts->config, alert->kind, alert->service, alert->model, &entry->rule);
	if (entry_is_fold(entry))
		entry->rule.enabled = true;
}

static void refresh(struct alerts *alerts, const struct entry_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct alert *alert = &set->items[i]->alert;
		struct reading as_read = { .kind = alert->kind, .note = alert->note, .value = alert->value };

		find_rule(alerts, set->items[i]);
		alert->playbook = playbooks_find(alerts->books, alert->kind, &as_read);
		alert->silenced = silences_cover(alerts, alert);
	}
}

void alerts_refresh(struct alerts *alerts)
{
	refresh(alerts, &alerts->table);
	refresh(alerts, &alerts->fresh);
}

/* ---- life ---- */

/* Budgets that are set by service are known before the service costs anything. */
static void publish_budgets(const struct alerts *alerts, const struct alert_config *config, bool gone)
{
	for (size_t i = 0; i < config->services.count; i++) {
		const struct alert_overrides *items = config->services.items;
		const struct alert_override *budget = &items[i].of[READING_DAILY_BUDGET];
		double usd = gone || budget->rule.threshold < 0 ? NAN : budget->rule.threshold;

		if (budget->given & ALERT_GIVEN(ALERT_RULE_THRESHOLD))
			alert_metrics_budget(&alerts->metrics, config->services.keys[i], usd);
	}
}

int alerts_use(struct alerts *alerts, const struct alert_config *config)
{
	struct alert_config copy;
	struct playbooks *books = playbooks_new(config->runbook_url);

	if (!books || alert_config_copy(config, &copy) < 0) {
		playbooks_free(books);
		return -ENOMEM;
	}
	publish_budgets(alerts, &alerts->config, true);
	alert_config_done(&alerts->config);
	playbooks_free(alerts->books);
	alerts->config = copy;
	alerts->books = books;
	publish_budgets(alerts, &alerts->config, false);
	alerts_refresh(alerts);
	return 0;
}

struct alerts *alerts_new(const struct alert_config *config, struct metrics *metrics, alert_fn fn, void *ctx)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));

	if (!alerts)
		return NULL;
	alerts->fn = fn;
	alerts->ctx = ctx;
	if (alert_metrics_init(&alerts->metrics, metrics) == 0 && alerts_use(alerts, config) == 0)
		return alerts;
	alerts_free(alerts);
	return NULL;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	entry_set_clear(&alerts->table);
	entry_set_clear(&alerts->fresh);
	alert_config_done(&alerts->config);
	playbooks_free(alerts->books);
	free(alerts);
}

/* ---- readings ---- */

/* A key's names, made fit for an alert. */
struct key_text {
	char service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES], detail[READING_DETAIL_BYTES];
};

static struct entry_key make_key(const struct reading *reading, struct key_text *text)
{
	text_copy(text->service, sizeof(text->service), slice_of(reading->service));
	text_copy(text->model, sizeof(text->model), slice_of(reading->model));
	text_copy(text->detail, sizeof(text->detail), slice_of(reading->detail));
	return (struct entry_key){ reading->kind, text->service, text->model, text->detail };
}

/* A budget is worth a word before it is spent. */
static double threshold_of(const struct alert_config *config, const struct alert_rule *rule,
			   const struct reading *reading)
{
	if (reading->kind == READING_DAILY_BUDGET && config->budget_warning > 0 && reading->value <= rule->threshold)
		return rule->threshold * config->budget_warning;
	return rule->threshold;
}

static bool is_above(const struct alert_config *config, const struct reading *reading, double threshold)
{
	if (reading_is_event(reading->kind))
		return reading->value > 0;
	if (reading->kind == READING_DRIFT)
		return fabs(reading->value) > threshold && (reading->significant || config->drift_by_chance);
	return reading->value > threshold;
}

/* A sum is what it is, however few calls it is of. */
static bool rests_on_enough(const struct alert_rule *rule, const struct reading *reading)
{
	return reading->samples >= rule->min_samples || reading->kind == READING_DAILY_BUDGET;
}

/* Of an event every one counts here; how many make an alert is seen at the tick. */
static void judge(const struct alerts *alerts, const struct alert_rule *rule, const struct reading *reading,
		  struct sample *ret)
{
	ret->says = SAYS_NONE;
	if (!rule->enabled || rule->threshold < 0 || isnan(reading->value) || !rests_on_enough(rule, reading))
		return;
	ret->value = reading->value;
	ret->samples = reading->samples;
	ret->threshold = threshold_of(&alerts->config, rule, reading);
	if (!is_above(&alerts->config, reading, ret->threshold)) {
		ret->says = reading_is_event(reading->kind) ? SAYS_NONE : SAYS_BELOW;
	} else if (alert_severity_of(rule, reading, &ret->severity)) {
		ret->says = SAYS_ABOVE;
		ret->merged = 1;
	}
}

static void fold(struct alerts *alerts, enum reading_kind kind, const struct sample *sample)
{
	sample_merge(&alerts->folded[kind], sample, reading_is_event(kind));
}

/* Room for a key that was not there: the greatest of this tick's goes if the new one is smaller. */
static bool make_room(struct alerts *alerts, const struct entry_key *key)
{
	struct entry_set *fresh = &alerts->fresh;
	struct entry *greatest;

	if (alerts->table.count - alerts->folds + fresh->count < ALERT_KEYS_MAX)
		return true;
	if (fresh->count == 0 || entry_compare(fresh->items[fresh->count - 1], key) < 0)
		return false;
	greatest = entry_set_pop(fresh);
	fold(alerts, greatest->alert.kind, &greatest->tick);
	free(greatest);
	return true;
}

static void add_fresh(struct alerts *alerts, const struct entry_key *key, const struct alert_rule *rule,
		      const struct sample *sample)
{
	struct entry *entry = NULL;
	size_t position;
	bool found;

	if (make_room(alerts, key)) {
		position = entry_set_position(&alerts->fresh, key, &found);
		entry = entry_set_add(&alerts->fresh, position, key);
	}
	if (!entry) {
		fold(alerts, key->kind, sample);
		return;
	}
	entry->rule = *rule;
	entry->tick = *sample;
}

static struct entry *find_entry(const struct alerts *alerts, const struct entry_key *key)
{
	struct entry *entry = entry_set_find(&alerts->table, key);

	return entry ? entry : entry_set_find(&alerts->fresh, key);
}

static void publish_budget(struct alerts *alerts, const struct alert_rule *rule, const struct entry_key *key)
{
	bool has = rule->threshold >= 0;

	if (key->kind != READING_DAILY_BUDGET || (!has && !alerts->had_budget))
		return;
	alerts->had_budget = true;
	alert_metrics_budget(&alerts->metrics, key->service, has ? rule->threshold : NAN);
}

void alerts_reading(struct alerts *alerts, const struct reading *reading, int64_t now_unix_ns)
{
	struct key_text text;
	struct entry_key key = make_key(reading, &text);
	struct entry *entry = find_entry(alerts, &key);
	struct alert_rule rule;
	struct sample sample = { 0 };

	assert(key.kind > READING_UNKNOWN && key.kind < READING_MAX);
	alerts_clock_to(alerts, now_unix_ns);
	if (entry)
		rule = entry->rule;
	else
		alert_rule_of(&alerts->config, key.kind, key.service, key.model, &rule);
	publish_budget(alerts, &rule, &key);
	judge(alerts, &rule, reading, &sample);
	text_copy(sample.note, sizeof(sample.note), slice_of(reading->note));
	if (entry)
		sample_merge(&entry->tick, &sample, reading_is_event(key.kind));
	else if (sample.says == SAYS_ABOVE)
		add_fresh(alerts, &key, &rule, &sample);
}

/* ---- the tick ---- */

static struct entry *fold_entry(struct alerts *alerts, enum reading_kind kind)
{
	struct entry_key key = entry_fold_key(kind);
	bool found;
	size_t position = entry_set_position(&alerts->table, &key, &found);
	struct entry *entry = found ? alerts->table.items[position] : entry_set_add(&alerts->table, position, &key);

	if (entry && !found)
		find_rule(alerts, entry);
	return entry;
}

static void take_folded(struct alerts *alerts, enum reading_kind kind)
{
	struct sample *folded = &alerts->folded[kind];
	struct entry *entry;

	if (folded->says == SAYS_NONE)
		return;
	alert_metrics_suppressed(&alerts->metrics, SUPPRESSED_FULL, folded->merged);
	entry = fold_entry(alerts, kind);
	if (entry)
		sample_merge(&entry->tick, folded, reading_is_event(kind));
	folded->says = SAYS_NONE;
}

static void forget_what_is_over(struct alerts *alerts)
{
	size_t kept = 0;

	alerts->folds = 0;
	for (size_t i = 0; i < alerts->table.count; i++) {
		struct entry *entry = alerts->table.items[i];

		if (entry_is_over(alerts, entry)) {
			free(entry);
			continue;
		}
		alerts->folds += entry_is_fold(entry);
		alerts->table.items[kept++] = entry;
	}
	alerts->table.count = kept;
}

void alerts_tick(struct alerts *alerts, int64_t now_unix_ns)
{
	uint64_t version = alerts->version;

	alerts_clock_to(alerts, now_unix_ns);
	silences_end(alerts);
	entry_set_join(&alerts->table, &alerts->fresh);
	for (unsigned kind = READING_UNKNOWN + 1; kind < READING_MAX; kind++)
		take_folded(alerts, kind);
	for (size_t i = 0; i < alerts->table.count; i++) {
		struct entry *entry = alerts->table.items[i];

		entry->alert.silenced = silences_cover(alerts, &entry->alert);
		entry_step(alerts, entry);
	}
	forget_what_is_over(alerts);
	if (alerts->version != version)
		alerts_list_active(alerts);
	else if (alerts->active_count > 0 && alerts->clock.elapsed - alerts->kept_at >= KEEP_EVERY)
		alerts_changed(alerts);
}

/* ---- what people see and do ---- */

const struct alert *alerts_at(const struct alerts *alerts, size_t index)
{
	return index < alerts->active_count ? &alerts->active[index]->alert : NULL;
}

uint64_t alerts_version(const struct alerts *alerts)
{
	return alerts->version;
}

static struct entry *find_active(const struct alerts *alerts, const char *id)
{
	for (size_t i = 0; i < alerts->active_count; i++) {
		if (strcmp(alerts->active[i]->alert.id, id) == 0)
			return alerts->active[i];
	}
	return NULL;
}

int alerts_acknowledge(struct alerts *alerts, const char *id, const char *by, int64_t now_unix_ns)
{
	struct entry *entry = find_active(alerts, id);

	if (!entry)
		return -ENOENT;
	if (entry->alert.state == ALERT_ACKNOWLEDGED)
		return -EALREADY;
	if (entry->alert.state != ALERT_FIRING || !*by)
		return -EINVAL;
	alerts_clock_to(alerts, now_unix_ns);
	text_copy(entry->alert.by, sizeof(entry->alert.by), slice_of(by));
	entry_change(alerts, entry, ALERT_ACKNOWLEDGED);
	entry_emit(alerts, entry, entry->told && !entry->alert.silenced);
	return 0;
}
