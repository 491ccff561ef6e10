/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state as a text: a line with the version, one with the clock, one for each
 * key and each silence, those of others, and at the end the SHA-256 of all that stands before.
 * Fields are parted by tabs, which no printable text holds. Two tables say which
 * fields there are; both directions walk them. Whatever is not exactly as it
 * would be written is refused, and then nothing is taken in.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/engine.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "llm/text.h"

#define VERSION_LINE "promtap-alerts 1\n"
#define SUM_PREFIX "sha256\t"
#define SUM_LINE_BYTES (sizeof(SUM_PREFIX) - 1 + DIGEST_HEX_BYTES)	/* a newline in place of the zero byte */
#define MORE_WORD "more\t"
#define NUMBER_BYTES 32

enum kept_type {
	KEPT_TEXT = 0,
	KEPT_NAME,	/* an enum, by its name */
	KEPT_BOOL,
	KEPT_COUNT,	/* uint64_t */
	KEPT_TIME,	/* int64_t */
	KEPT_NUMBER	/* double */
};

struct kept_field {
	enum kept_type type;
	size_t offset;
	size_t size;			/* of a text: bytes it may have with its end; of an enum: names */
	const char *const *names;
};

#define TEXT(type, member) { KEPT_TEXT, offsetof(type, member), sizeof(((type *)NULL)->member), NULL }
#define NAME(type, member, names) { KEPT_NAME, offsetof(type, member), ARRAY_SIZE(names), names }
#define BOOL(type, member) { KEPT_BOOL, offsetof(type, member), 0, NULL }
#define COUNT(type, member) { KEPT_COUNT, offsetof(type, member), 0, NULL }
#define TIME(type, member) { KEPT_TIME, offsetof(type, member), 0, NULL }
#define NUMBER(type, member) { KEPT_NUMBER, offsetof(type, member), 0, NULL }

/* What the clock line has. */
struct kept_clock {
	struct alert_clock clock;
	uint64_t sequence;
};

static const struct kept_field clock_fields[] = {
	COUNT(struct kept_clock, clock.elapsed),
	COUNT(struct kept_clock, clock.watched),
	TIME(struct kept_clock, clock.unix_ns),
	BOOL(struct kept_clock, clock.started),
	COUNT(struct kept_clock, sequence),
};

/* Rule, playbook and silence follow from the key and the configuration. */
static const struct kept_field alert_fields[] = {
	NAME(struct entry, alert.kind, reading_names),
	TEXT(struct entry, alert.service),
	TEXT(struct entry, alert.model),
	TEXT(struct entry, alert.detail),
	TEXT(struct entry, alert.id),
	NAME(struct entry, alert.state, alert_state_names),
	NAME(struct entry, alert.severity, alert_severity_names),
	TEXT(struct entry, alert.note),
	TEXT(struct entry, alert.by),
	NUMBER(struct entry, alert.value),
	NUMBER(struct entry, alert.threshold),
	NUMBER(struct entry, alert.worst),
	COUNT(struct entry, alert.samples),
	COUNT(struct entry, alert.readings),
	TIME(struct entry, alert.since_unix_ns),
	TIME(struct entry, alert.changed_unix_ns),
	COUNT(struct entry, sequence),
	COUNT(struct entry, waited_from),
	COUNT(struct entry, read_at),
	COUNT(struct entry, above_at),
	COUNT(struct entry, below_from),
	COUNT(struct entry, fired_at),
	NUMBER(struct entry, events),
	BOOL(struct entry, fired),
	BOOL(struct entry, recovering),
	BOOL(struct entry, held_back),
	BOOL(struct entry, told),
};

static const struct kept_field silence_fields[] = {
	TEXT(struct silence, is.id),
	TEXT(struct silence, is.condition),
	TEXT(struct silence, is.service),
	TEXT(struct silence, is.model),
	TEXT(struct silence, is.by),
	TEXT(struct silence, is.reason),
	TIME(struct silence, is.from_unix_ns),
	TIME(struct silence, is.until_unix_ns),
	COUNT(struct silence, starts_at),
	COUNT(struct silence, ends_at),
};

/* ---- numbers ---- */

static void print_number(enum kept_type type, const void *member, char ret[NUMBER_BYTES])
{
	if (type == KEPT_COUNT)
		(void)snprintf(ret, NUMBER_BYTES, "%" PRIu64, *(const uint64_t *)member);
	else if (type == KEPT_TIME)
		(void)snprintf(ret, NUMBER_BYTES, "%" PRId64, *(const int64_t *)member);
	else if (type == KEPT_NUMBER)
		(void)snprintf(ret, NUMBER_BYTES, "%.17g", *(const double *)member);
	else
		(void)snprintf(ret, NUMBER_BYTES, "%d", *(const bool *)member);
}

/* The C library reads more than it writes: what is not written back the same is refused. */
static bool parse_number(enum kept_type type, const char *text, void *member)
{
	char again[NUMBER_BYTES];

	if (type == KEPT_COUNT)
		*(uint64_t *)member = strtoull(text, NULL, 10);
	else if (type == KEPT_TIME)
		*(int64_t *)member = strtoll(text, NULL, 10);
	else if (type == KEPT_NUMBER)
		*(double *)member = strtod(text, NULL);
	else
		*(bool *)member = strcmp(text, "1") == 0;
	print_number(type, member, again);
	return strcmp(text, again) == 0 && (type != KEPT_NUMBER || !isnan(*(double *)member));
}

/* ---- writing ---- */

static int write_field(struct buffer *out, const struct kept_field *field, const void *object)
{
	const void *member = (const char *)object + field->offset;
	const char *text = member;
	char number[NUMBER_BYTES];
	unsigned index;
	int err = buffer_append(out, "\t", 1);

	if (field->type == KEPT_NAME) {
		memcpy(&index, member, sizeof(index));
		text = field->names[index];
	} else if (field->type != KEPT_TEXT) {
		print_number(field->type, member, number);
		text = number;
	}
	return err < 0 ? err : buffer_append(out, text, strlen(text));
}

static int write_line(struct buffer *out, const char *name, const struct kept_field *fields, size_t count,
		      const void *object)
{
	int err = buffer_append(out, name, strlen(name));

	for (size_t i = 0; i < count && err == 0; i++)
		err = write_field(out, &fields[i], object);
	return err < 0 ? err : buffer_append(out, "\n", 1);
}

/* Takes what stands before the next `end` off; false: there is none. */
static bool take_until(struct slice *text, char end, struct slice *ret)
{
	const char *at = text->len > 0 ? memchr(text->ptr, end, text->len) : NULL;

	if (!at)
		return false;
	*ret = (struct slice){ text->ptr, (size_t)(at - text->ptr) };
	*text = (struct slice){ at + 1, text->len - ret->len - 1 };
	return true;
}

static int write_more(struct slice more, struct buffer *out)
{
	struct slice line;
	int err = 0;

	while (err == 0 && take_until(&more, '\n', &line)) {
		err = buffer_append(out, MORE_WORD, sizeof(MORE_WORD) - 1);
		if (err == 0)
			err = buffer_append(out, line.ptr, line.len);
		if (err == 0)
			err = buffer_append(out, "\n", 1);
	}
	return err;
}

static int write_all(const struct alerts *alerts, struct slice more, struct buffer *out)
{
	struct kept_clock kept = { alerts->clock, alerts->sequence };
	int err = buffer_append(out, VERSION_LINE, sizeof(VERSION_LINE) - 1);

	if (err == 0)
		err = write_line(out, "clock", clock_fields, ARRAY_SIZE(clock_fields), &kept);
	for (size_t i = 0; i < alerts->table.count && err == 0; i++)
		err = write_line(out, "alert", alert_fields, ARRAY_SIZE(alert_fields), alerts->table.items[i]);
	for (size_t i = 0; i < alerts->silence_count && err == 0; i++)
		err = write_line(out, "silence", silence_fields, ARRAY_SIZE(silence_fields), &alerts->silences[i]);
	return err < 0 ? err : write_more(more, out);
}

int alerts_save(const struct alerts *alerts, struct slice more, struct buffer *out)
{
	size_t start = out->len;
	char sum[DIGEST_HEX_BYTES];
	int err = write_all(alerts, more, out);

	if (err == 0)
		err = digest_hex((struct slice){ out->data + start, out->len - start }, sum);
	if (err == 0)
		err = buffer_printf(out, SUM_PREFIX "%s\n", sum);
	if (err < 0)
		out->len = start;
	return err;
}

/* ---- reading ---- */

/* The text without its last line, if that is the sum of the rest. */
static int check_sum(struct slice state, struct slice *ret)
{
	struct slice body = { state.ptr, state.len - SUM_LINE_BYTES };
	char line[SUM_LINE_BYTES + 1] = SUM_PREFIX, *sum = line + sizeof(SUM_PREFIX) - 1;

	if (state.len < SUM_LINE_BYTES)
		return -EBADMSG;
	if (digest_hex(body, sum) < 0)
		return -ENOMEM;
	line[SUM_LINE_BYTES - 1] = '\n';
	if (memcmp(state.ptr + body.len, line, SUM_LINE_BYTES) != 0)
		return -EBADMSG;
	*ret = body;
	return 0;
}

static bool read_name(const struct kept_field *field, struct slice text, void *member)
{
	for (unsigned i = 0; i < field->size; i++) {
		if (!field->names[i] || !slice_eq(slice_of(field->names[i]), text))
			continue;
		memcpy(member, &i, sizeof(i));
		return true;
	}
	return false;
}

static bool read_field(const struct kept_field *field, struct slice text, void *object)
{
	void *member = (char *)object + field->offset;
	char number[NUMBER_BYTES];

	switch (field->type) {
	case KEPT_TEXT:
		return text_printable(text) && slice_copy(member, field->size, text);
	case KEPT_NAME:
		return read_name(field, text, member);
	default:
		return slice_copy(number, sizeof(number), text) && strlen(number) == text.len &&
		       parse_number(field->type, number, member);
	}
}

/* `line` is what follows the name, with a tab before each field. */
static bool read_line(struct slice line, const struct kept_field *fields, size_t count, void *object)
{
	for (size_t i = 0; i < count; i++) {
		struct slice text;

		if (line.len == 0 || *line.ptr != '\t')
			return false;
		line = (struct slice){ line.ptr + 1, line.len - 1 };
		text = (struct slice){ line.ptr, 0 };
		while (text.len < line.len && line.ptr[text.len] != '\t')
			text.len++;
		if (!read_field(&fields[i], text, object))
			return false;
		line = (struct slice){ line.ptr + text.len, line.len - text.len };
	}
	return line.len == 0;
}

/* What is read, before it is taken in. */
struct loaded {
	struct kept_clock clock;
	struct entry_set set;
	size_t folds;
	struct silence silences[ALERT_SILENCES_MAX];
	size_t silence_count;
};

static bool is_id(const char *id)
{
	return strlen(id) == ALERT_ID_BYTES - 1 && strspn(id, "0123456789abcdef") == ALERT_ID_BYTES - 1;
}

static bool entry_makes_sense(const struct loaded *loaded, const struct entry *entry)
{
	const struct alert_clock *clock = &loaded->clock.clock;

	return is_id(entry->alert.id) && entry->sequence <= loaded->clock.sequence &&
	       entry->waited_from <= clock->watched && entry->read_at <= clock->watched &&
	       entry->above_at <= clock->watched && entry->below_from <= clock->watched &&
	       entry->fired_at <= clock->elapsed;
}

/* They stand in the order of their keys. */
static bool has_place(const struct loaded *loaded, const struct entry *entry)
{
	struct entry_key key = entry_key(entry);

	if (loaded->set.count > 0 && entry_compare(loaded->set.items[loaded->set.count - 1], &key) >= 0)
		return false;
	return entry_is_fold(entry) || loaded->set.count - loaded->folds < ALERT_KEYS_MAX;
}

static int read_alert(struct loaded *loaded, struct slice line)
{
	struct entry read = { .fired = false }, *entry;
	struct entry_key key;

	if (!read_line(line, alert_fields, ARRAY_SIZE(alert_fields), &read) || !entry_makes_sense(loaded, &read) ||
	    !has_place(loaded, &read))
		return -EBADMSG;
	key = entry_key(&read);
	entry = entry_set_add(&loaded->set, loaded->set.count, &key);
	if (!entry)
		return -ENOMEM;
	*entry = read;
	loaded->folds += entry_is_fold(entry);
	return 0;
}

static int read_silence(struct loaded *loaded, struct slice line)
{
	struct silence *silence = &loaded->silences[loaded->silence_count];

	if (loaded->silence_count == ALERT_SILENCES_MAX ||
	    !read_line(line, silence_fields, ARRAY_SIZE(silence_fields), silence) || !is_id(silence->is.id) ||
	    !silence_set_kind(silence))
		return -EBADMSG;
	loaded->silence_count++;
	return 0;
}

/* Whether the line begins with this name, which is then taken off. */
static bool take_word(struct slice *line, struct slice word)
{
	if (!slice_starts(*line, word))
		return false;
	*line = (struct slice){ line->ptr + word.len, line->len - word.len };
	return true;
}

static int read_more(struct buffer *more, struct slice line)
{
	int err = buffer_append(more, line.ptr, line.len);

	return err < 0 ? err : buffer_append(more, "\n", 1);
}

static int read_body(struct loaded *loaded, struct slice body, struct buffer *more)
{
	struct slice line = { NULL, 0 };
	size_t more_from = more->len;
	int err = 0;

	if (!take_word(&body, SLICE(VERSION_LINE)) || !take_until(&body, '\n', &line) ||
	    !take_word(&line, SLICE("clock")) ||
	    !read_line(line, clock_fields, ARRAY_SIZE(clock_fields), &loaded->clock) ||
	    loaded->clock.clock.watched > loaded->clock.clock.elapsed)
		return -EBADMSG;
	while (err == 0 && take_until(&body, '\n', &line)) {
		if (take_word(&line, SLICE(MORE_WORD)))
			err = read_more(more, line);
		else if (more->len > more_from)
			err = -EBADMSG;	/* they stand last */
		else if (take_word(&line, SLICE("alert")))
			err = read_alert(loaded, line);
		else if (take_word(&line, SLICE("silence")))
			err = read_silence(loaded, line);
		else
			err = -EBADMSG;
	}
	return err == 0 && body.len > 0 ? -EBADMSG : err;
}

static void take_in(struct alerts *alerts, struct loaded *loaded)
{
	entry_set_clear(&alerts->fresh);
	entry_set_clear(&alerts->table);
	alerts->table = loaded->set;
	loaded->set.count = 0;
	alerts->folds = loaded->folds;
	alerts->clock = loaded->clock.clock;
	alerts->sequence = loaded->clock.sequence;
	memcpy(alerts->silences, loaded->silences, sizeof(alerts->silences));
	alerts->silence_count = loaded->silence_count;
	alerts->kept_at = alerts->clock.elapsed;
	alerts_refresh(alerts);
	alerts_list_active(alerts);
}

int alerts_load(struct alerts *alerts, struct slice state, struct buffer *ret_more)
{
	auto_free struct loaded *loaded = calloc(1, sizeof(*loaded));
	size_t more_from = ret_more->len;
	struct slice body;
	int err = loaded ? check_sum(state, &body) : -ENOMEM;

	if (err == 0)
		err = read_body(loaded, body, ret_more);
	if (err == 0)
		take_in(alerts, loaded);
	else
		ret_more->len = more_from;
	if (loaded)
		entry_set_clear(&loaded->set);
	return err;
}
