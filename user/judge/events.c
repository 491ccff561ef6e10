/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/events.h"

#include <stdio.h>
#include <string.h>

#define NOTE_RULES 3	/* ids that a note names: the first ones by name, so that order does not matter */
#define FOLDED_MAX 256	/* keys of all kinds, details and severities, of "other" */

struct event {
	struct table_node node;
	struct event_key key;
	uint64_t count;
	char rules[NOTE_RULES][RULE_ID_BYTES];	/* sorted; "" free, behind the others */
	char note[EVENT_NOTE_BYTES];
};

static const enum severity severity_of_risk[RISK_MAX] = {
	[RISK_LOW] = SEVERITY_LOW,
	[RISK_MEDIUM] = SEVERITY_MEDIUM,
	[RISK_HIGH] = SEVERITY_HIGH,
	[RISK_CRITICAL] = SEVERITY_CRITICAL,
};

int events_init(struct events *events)
{
	events->folded = 0;
	return table_init(&events->table, EVENTS_MAX + FOLDED_MAX, sizeof(struct event), sizeof(struct event_key));
}

void events_done(struct events *events)
{
	table_done(&events->table);
}

size_t events_bytes(void)
{
	return table_bytes(EVENTS_MAX + FOLDED_MAX, sizeof(struct event));
}

static struct event *event_of(struct events *events, const struct event_key *key)
{
	enum table_state state;
	struct event *event = table_use(&events->table, key, &state);

	if (state == TABLE_FOUND)
		return event;
	event->count = 0;
	memset(event->rules, 0, sizeof(event->rules));
	event->note[0] = '\0';
	return event;
}

/* FOLDED_MAX is more than there are keys without service and model, so that nothing is ever evicted. */
static struct event *event_get(struct events *events, const struct event_key *key)
{
	struct event_key folded;

	if (events->table.count < EVENTS_MAX || table_find(&events->table, key))
		return event_of(events, key);
	memset(&folded, 0, sizeof(folded));
	folded.kind = key->kind;
	folded.severity = key->severity;
	folded.detail = key->detail;
	(void)strcpy(folded.pair.service, METRIC_OTHER);
	(void)strcpy(folded.pair.model, METRIC_OTHER);
	events->folded++;
	return event_of(events, &folded);
}

static struct event *event_add(struct events *events, enum reading_kind kind, const struct pair_key *pair,
			       unsigned detail, enum severity severity, uint64_t n)
{
	struct event_key key;
	struct event *event;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)kind;
	key.severity = (uint8_t)severity;
	key.detail = (uint8_t)detail;
	key.pair = *pair;
	event = event_get(events, &key);
	event->count += n;
	return event;
}

static void note_rule(struct event *event, const char *rule)
{
	size_t at = 0;

	while (at < NOTE_RULES && *event->rules[at] && strcmp(event->rules[at], rule) < 0)
		at++;
	if (at == NOTE_RULES || strcmp(event->rules[at], rule) == 0)
		return;
	memmove(event->rules[at + 1], event->rules[at], (NOTE_RULES - 1 - at) * RULE_ID_BYTES);
	(void)slice_copy(event->rules[at], RULE_ID_BYTES, slice_of(rule));
}

void events_finding(struct events *events, const struct pair_key *pair, const struct held_finding *finding)
{
	enum reading_kind kind = finding->category == HELD_SECRET ? READING_SECRET_LEAK : READING_INJECTION;

	note_rule(event_add(events, kind, pair, finding->category, (enum severity)finding->severity, finding->count),
		  finding->rule);
}

void events_risk(struct events *events, const struct pair_key *pair, enum risk risk)
{
	(void)event_add(events, READING_RISK, pair, risk, severity_of_risk[risk], 1);
}

void events_model_change(struct events *events, const struct pair_key *asked, const char *before, const char *after)
{
	struct event *event = event_add(events, READING_MODEL_CHANGE, asked, 0, SEVERITY_NONE, 1);

	(void)snprintf(event->note, sizeof(event->note), "%s -> %s", before, after);
}

static void join_rules(struct event *event)
{
	size_t len = 0;

	for (size_t i = 0; i < NOTE_RULES && *event->rules[i]; i++)
		len += (size_t)snprintf(event->note + len, sizeof(event->note) - len, "%s%s", i > 0 ? ", " : "",
					event->rules[i]);
}

static const char *detail_of(const struct event_key *key)
{
	if (key->kind == READING_RISK)
		return risk_names[key->detail];
	return key->kind == READING_MODEL_CHANGE ? "" : held_category_names[key->detail];
}

static void tell(struct event *event, reading_fn fn, void *ctx)
{
	const struct event_key *key = &event->key;
	struct reading reading = {
		.kind = (enum reading_kind)key->kind,
		.service = key->pair.service,
		.model = key->pair.model,
		.detail = detail_of(key),
		.note = event->note,
		.value = (double)event->count,
		.samples = event->count,
		.severity = (enum severity)key->severity,
		.significant = true,
	};

	join_rules(event);
	fn(ctx, &reading);
}

void events_tell(struct events *events, reading_fn fn, void *ctx)
{
	for (size_t i = 0; i < events->table.count; i++)
		tell(table_at(&events->table, i), fn, ctx);
	table_clear(&events->table);
}
