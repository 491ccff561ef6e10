/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notice.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/playbook.h"
#include "base/cleanup.h"

#define COPY(to, from) (void)slice_copy((to), sizeof(to), slice_of(from))

static void copy_playbook(const struct playbook *playbook, struct notice *ret)
{
	size_t at = 0;

	if (!playbook)
		return;
	COPY(ret->about, playbook->about);
	COPY(ret->tell, playbook->tell);
	COPY(ret->within, playbook->within);
	COPY(ret->runbook, playbook->runbook);
	for (size_t i = 0; i < PLAYBOOK_STEPS_MAX && playbook->steps[i]; i++) {
		int n = snprintf(ret->steps + at, sizeof(ret->steps) - at, "%s%s", at ? "\n" : "", playbook->steps[i]);

		if (n < 0 || (size_t)n >= sizeof(ret->steps) - at)
			break;
		at += (size_t)n;
	}
}

void notice_of_alert(const struct alert *alert, struct notice *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->id, sizeof(ret->id), "%s-%s%d", alert->id, alert_state_names[alert->state], alert->severity);
	COPY(ret->alert_id, alert->id);
	ret->kind = alert->kind;
	ret->severity = alert->severity;
	ret->state = alert->state;
	COPY(ret->service, alert->service);
	COPY(ret->model, alert->model);
	COPY(ret->detail, alert->detail);
	COPY(ret->note, alert->note);
	ret->value = alert->value;
	ret->threshold = alert->threshold;
	ret->worst = alert->worst;
	ret->samples = alert->samples;
	ret->since_unix_ns = alert->since_unix_ns;
	ret->changed_unix_ns = alert->changed_unix_ns;
	COPY(ret->by, alert->by);
	copy_playbook(alert->playbook, ret);
}

/* ---- as a line ---------------------------------------------------------------------------------------- */

enum kept_type {
	KEPT_TEXT = 0,
	KEPT_NUMBER,
	KEPT_INT,
	KEPT_WORD,
};

static const struct kept {
	const char *key;
	enum kept_type type;
	size_t offset, size;
	const char *const *words;
	unsigned word_count;
} kept[] = {
#define TEXT(member) { #member, KEPT_TEXT, offsetof(struct notice, member), sizeof(((struct notice *)0)->member), NULL, 0 }
#define NUMBER(member) { #member, KEPT_NUMBER, offsetof(struct notice, member), 0, NULL, 0 }
#define INT(member) { #member, KEPT_INT, offsetof(struct notice, member), 0, NULL, 0 }
#define WORD(member, names, max) { #member, KEPT_WORD, offsetof(struct notice, member), 0, names, max }
	TEXT(id),
	TEXT(alert_id),
	WORD(kind, reading_names, READING_MAX),
	WORD(severity, alert_severity_names, ALERT_SEVERITY_MAX),
	WORD(state, alert_state_names, ALERT_STATE_MAX),
	TEXT(service),
	TEXT(model),
	TEXT(detail),
	TEXT(note),
	NUMBER(value),
	NUMBER(threshold),
	NUMBER(worst),
	INT(samples),
	INT(since_unix_ns),
	INT(changed_unix_ns),
	TEXT(by),
	TEXT(about),
	TEXT(tell),
	TEXT(within),
	TEXT(runbook),
	TEXT(steps),
};

_Static_assert(sizeof(enum reading_kind) == sizeof(unsigned) && sizeof(enum alert_state) == sizeof(unsigned) &&
	       sizeof(enum alert_severity) == sizeof(unsigned), "words are kept as unsigned");

static int put_escaped(struct buffer *out, const char *text)
{
	int err = 0;

	for (; err == 0 && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c > 0x20 && c != '%' && c != 0x7f)
			err = buffer_append(out, text, 1);
		else
			err = buffer_printf(out, "%%%02x", c);
	}
	return err;
}

static int put_field(struct buffer *out, const struct kept *field, const void *at)
{
	unsigned word;

	switch (field->type) {
	case KEPT_TEXT:
		return put_escaped(out, at);
	case KEPT_NUMBER:
		return buffer_printf(out, "%.17g", *(const double *)at);
	case KEPT_INT:
		return buffer_printf(out, "%" PRId64, *(const int64_t *)at);
	default:
		memcpy(&word, at, sizeof(word));
		return put_escaped(out, word < field->word_count && field->words[word] ? field->words[word] : "");
	}
}

int notice_encode(const struct notice *notice, struct buffer *out)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(kept); i++) {
		err = buffer_printf(out, "%s%s=", i > 0 ? " " : "", kept[i].key);
		if (err == 0)
			err = put_field(out, &kept[i], (const char *)notice + kept[i].offset);
	}
	return err;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Into `size` > 0 bytes, cut to fit. False: a '%' without two digits, or a zero byte. */
static bool unescape(struct slice text, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return false;
		if (n + 1 < size)
			ret[n++] = c;
	}
	ret[n] = '\0';
	return true;
}

static bool take_word(const struct kept *field, const char *text, void *at)
{
	for (unsigned i = 0; i < field->word_count; i++) {
		if (field->words[i] && strcmp(field->words[i], text) == 0) {
			memcpy(at, &i, sizeof(i));
			return true;
		}
	}
	return false;
}

static bool take_number(const struct kept *field, const char *text, void *at)
{
	char *end;

	errno = 0;
	if (field->type == KEPT_NUMBER)
		*(double *)at = strtod(text, &end);
	else
		*(int64_t *)at = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno != ERANGE;
}

static bool take_field(const struct kept *field, struct slice value, struct notice *ret)
{
	void *at = (char *)ret + field->offset;
	char text[64];

	if (field->type == KEPT_TEXT)
		return unescape(value, at, field->size);
	if (value.len >= sizeof(text) || !unescape(value, text, sizeof(text)))
		return false;
	return field->type == KEPT_WORD ? take_word(field, text, at) : take_number(field, text, at);
}

static bool take_pair(struct slice pair, struct notice *ret)
{
	const char *equals = memchr(pair.ptr, '=', pair.len);
	struct slice key = { pair.ptr, equals ? (size_t)(equals - pair.ptr) : 0 };

	if (!equals)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (slice_eq(key, slice_of(kept[i].key)))
			return take_field(&kept[i], (struct slice){ equals + 1, pair.len - key.len - 1 }, ret);
	return true;
}

int notice_decode(struct slice line, struct notice *ret)
{
	memset(ret, 0, sizeof(*ret));
	while (line.len > 0) {
		const char *space = memchr(line.ptr, ' ', line.len);
		size_t len = space ? (size_t)(space - line.ptr) : line.len;

		if (!take_pair((struct slice){ line.ptr, len }, ret))
			return -EBADMSG;
		len += space ? 1 : 0;
		line.ptr += len;
		line.len -= len;
	}
	return ret->id[0] && ret->alert_id[0] && ret->kind != READING_UNKNOWN ? 0 : -EBADMSG;
}

/* ---- for people --------------------------------------------------------------------------------------- */

int notice_summary(const struct notice *notice, struct buffer *out)
{
	char spelling[READING_SPELLING_BYTES];
	int err = buffer_printf(out, "%s: %s", notice->state == ALERT_RESOLVED ? "resolved" : alert_severity_names[notice->severity],
				reading_names[notice->kind]);

	if (err == 0 && notice->detail[0])
		err = buffer_printf(out, " (%s)", notice->detail);
	if (err == 0 && isfinite(notice->value))
		err = buffer_printf(out, " is %s", reading_spell(notice->kind, notice->value, spelling));
	if (err == 0 && isfinite(notice->threshold) && !reading_is_event(notice->kind))
		err = buffer_printf(out, ", threshold %s", reading_spell(notice->kind, notice->threshold, spelling));
	if (err == 0 && notice->service[0])
		err = buffer_printf(out, "; service %s", notice->service);
	if (err == 0 && notice->model[0])
		err = buffer_printf(out, "; model %s", notice->model);
	return err;
}
