/* SPDX-License-Identifier: Apache-2.0 */
/* Silences: kept in the order in which they were made, few enough to walk. */
#include <errno.h>
#include <string.h>

#include "alerts/engine.h"
#include "llm/text.h"

static bool fits(const char *pattern, const char *name)
{
	return !*pattern || strcmp(pattern, name) == 0;
}

static bool covers(const struct alerts *alerts, const struct silence *silence, const struct alert *alert)
{
	return silence->starts_at <= alerts->clock.elapsed && alerts->clock.elapsed < silence->ends_at &&
	       (silence->kind == READING_UNKNOWN || silence->kind == alert->kind) &&
	       fits(silence->is.service, alert->service) && fits(silence->is.model, alert->model);
}

bool silences_cover(const struct alerts *alerts, const struct alert *alert)
{
	for (size_t i = 0; i < alerts->silence_count; i++) {
		if (covers(alerts, &alerts->silences[i], alert))
			return true;
	}
	return false;
}

static void take_out(struct alerts *alerts, size_t index)
{
	alerts->silence_count--;
	memmove(&alerts->silences[index], &alerts->silences[index + 1],
		(alerts->silence_count - index) * sizeof(alerts->silences[0]));
	alerts_changed(alerts);
}

void silences_end(struct alerts *alerts)
{
	for (size_t i = alerts->silence_count; i-- > 0;) {
		if (alerts->silences[i].ends_at <= alerts->clock.elapsed)
			take_out(alerts, i);
	}
}

bool silence_set_kind(struct silence *silence)
{
	unsigned kind = READING_UNKNOWN;

	if (*silence->is.condition) {
		kind++;
		while (kind < READING_MAX && strcmp(reading_names[kind], silence->is.condition) != 0)
			kind++;
	}
	silence->kind = kind;
	return kind < READING_MAX;
}

/* ---- what people do ---- */

static void make_printable(char *text, size_t size)
{
	char copy[ALERT_REASON_BYTES];

	text_copy(copy, size, (struct slice){ text, strnlen(text, size - 1) });
	(void)slice_copy(text, size, slice_of(copy));
}

/* As people gave it, made fit for keeping; false: it makes no sense. */
static bool check(struct alert_silence *silence, int64_t now_unix_ns)
{
	make_printable(silence->condition, sizeof(silence->condition));
	make_printable(silence->service, sizeof(silence->service));
	make_printable(silence->model, sizeof(silence->model));
	make_printable(silence->by, sizeof(silence->by));
	make_printable(silence->reason, sizeof(silence->reason));
	if (silence->from_unix_ns < now_unix_ns)
		silence->from_unix_ns = now_unix_ns;
	return *silence->by && silence->from_unix_ns < silence->until_unix_ns;
}

/* Sums of times that may be anything. */
static uint64_t later(uint64_t elapsed, int64_t from_unix_ns, int64_t to_unix_ns)
{
	uint64_t step = (uint64_t)to_unix_ns - (uint64_t)from_unix_ns;

	return step > UINT64_MAX - elapsed ? UINT64_MAX : elapsed + step;
}

int alerts_silence(struct alerts *alerts, struct alert_silence *silence, int64_t now_unix_ns)
{
	struct entry_key key = { READING_UNKNOWN, silence->service, silence->model, silence->condition };
	struct silence kept;

	if (!check(silence, now_unix_ns))
		return -EINVAL;
	kept.is = *silence;
	if (!silence_set_kind(&kept))
		return -EINVAL;
	alerts_clock_to(alerts, now_unix_ns);
	silences_end(alerts);
	if (alerts->silence_count == ALERT_SILENCES_MAX)
		return -ENOSPC;
	alerts_make_id(alerts, &key, kept.is.id);
	(void)slice_copy(silence->id, sizeof(silence->id), slice_of(kept.is.id));
	kept.starts_at = later(alerts->clock.elapsed, now_unix_ns, silence->from_unix_ns);
	kept.ends_at = later(alerts->clock.elapsed, now_unix_ns, silence->until_unix_ns);
	alerts->silences[alerts->silence_count++] = kept;
	alerts_refresh(alerts);
	alerts_changed(alerts);
	return 0;
}

int alerts_unsilence(struct alerts *alerts, const char *id)
{
	for (size_t i = 0; i < alerts->silence_count; i++) {
		if (strcmp(alerts->silences[i].is.id, id) != 0)
			continue;
		take_out(alerts, i);
		alerts_refresh(alerts);
		return 0;
	}
	return -ENOENT;
}

const struct alert_silence *alerts_silence_at(const struct alerts *alerts, size_t index)
{
	return index < alerts->silence_count ? &alerts->silences[index].is : NULL;
}
