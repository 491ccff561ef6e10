/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts/entry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- samples ---- */

static int compare_doubles(double a, double b)
{
	return a < b ? -1 : a > b;
}

static int compare_counts(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Which of two tells more: a total order, so that the greatest is the same however they come. */
static int compare_figures(const struct sample *a, const struct sample *b)
{
	int order = (int)a->says - (int)b->says;

	if (order == 0)
		order = (int)a->severity - (int)b->severity;
	if (order == 0)
		order = compare_doubles(fabs(a->value), fabs(b->value));
	if (order == 0)
		order = compare_doubles(a->value, b->value);
	if (order == 0)
		order = compare_doubles(a->threshold, b->threshold);
	if (order == 0)
		order = compare_counts(a->samples, b->samples);
	return order ? order : strcmp(a->note, b->note);
}

static int compare_notes(const struct sample *a, const struct sample *b)
{
	int order = (int)a->severity - (int)b->severity;

	return order ? order : strcmp(a->note, b->note);
}

/* Sums of whole numbers below 2^53 are exact, and so the same in any order. */
static void add_events(struct sample *into, const struct sample *sample)
{
	double value = into->value + sample->value, threshold = fmax(into->threshold, sample->threshold);
	uint64_t samples = into->samples + sample->samples;

	if (compare_notes(sample, into) > 0)
		*into = *sample;
	into->value = value;
	into->threshold = threshold;
	into->samples = samples;
}

void sample_merge(struct sample *into, const struct sample *sample, bool event)
{
	uint64_t merged = into->merged + sample->merged;

	if (sample->says == SAYS_NONE)
		return;
	if (into->says == SAYS_NONE) {
		*into = *sample;
		return;
	}
	if (event)
		add_events(into, sample);
	else if (compare_figures(sample, into) > 0)
		*into = *sample;
	into->merged = merged;
}

/* ---- entries ---- */

struct entry_key entry_key(const struct entry *entry)
{
	const struct alert *alert = &entry->alert;

	return (struct entry_key){ alert->kind, alert->service, alert->model, alert->detail };
}

struct entry_key entry_fold_key(enum reading_kind kind)
{
	return (struct entry_key){ kind, METRIC_OTHER, "", "" };
}

bool entry_is_fold(const struct entry *entry)
{
	struct entry_key key = entry_fold_key(entry->alert.kind);

	return entry_compare(entry, &key) == 0;
}

bool entry_is_active(const struct entry *entry)
{
	return entry->alert.state == ALERT_PENDING || entry->alert.state == ALERT_FIRING ||
	       entry->alert.state == ALERT_ACKNOWLEDGED;
}

static struct entry *entry_new(const struct entry_key *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->alert.kind = key->kind;
	(void)slice_copy(entry->alert.service, sizeof(entry->alert.service), slice_of(key->service));
	(void)slice_copy(entry->alert.model, sizeof(entry->alert.model), slice_of(key->model));
	(void)slice_copy(entry->alert.detail, sizeof(entry->alert.detail), slice_of(key->detail));
	return entry;
}

int entry_compare(const struct entry *entry, const struct entry_key *key)
{
	int order = (int)entry->alert.kind - (int)key->kind;

	if (order == 0)
		order = strcmp(entry->alert.service, key->service);
	if (order == 0)
		order = strcmp(entry->alert.model, key->model);
	return order ? order : strcmp(entry->alert.detail, key->detail);
}

/* ---- sets ---- */

size_t entry_set_position(const struct entry_set *set, const struct entry_key *key, bool *ret_found)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_compare(set->items[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = low < set->count && entry_compare(set->items[low], key) == 0;
	return low;
}

struct entry *entry_set_find(const struct entry_set *set, const struct entry_key *key)
{
	bool found;
	size_t position = entry_set_position(set, key, &found);

	return found ? set->items[position] : NULL;
}

struct entry *entry_set_add(struct entry_set *set, size_t position, const struct entry_key *key)
{
	struct entry *entry = entry_new(key);

	if (!entry)
		return NULL;
	memmove(&set->items[position + 1], &set->items[position], (set->count - position) * sizeof(set->items[0]));
	set->items[position] = entry;
	set->count++;
	return entry;
}

struct entry *entry_set_pop(struct entry_set *set)
{
	return set->items[--set->count];
}

/* From the end, so that nothing is moved twice. */
void entry_set_join(struct entry_set *into, struct entry_set *from)
{
	size_t left = into->count, at = into->count + from->count;

	into->count = at;
	while (from->count > 0) {
		struct entry *next = entry_set_pop(from);
		struct entry_key key = entry_key(next);

		while (left > 0 && entry_compare(into->items[left - 1], &key) > 0)
			into->items[--at] = into->items[--left];
		into->items[--at] = next;
	}
}

void entry_set_clear(struct entry_set *set)
{
	while (set->count > 0)
		free(entry_set_pop(set));
}
