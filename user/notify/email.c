/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail an alert's transition: RFC 5322, plain text in UTF-8. Names in it are
 * of bounded sets and printable; of what becomes a header line breaks are taken
 * out all the same. A subject that is not ASCII is of encoded words (RFC 2047).
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "notify/letter.h"

#define WORD_BYTES 45		/* of text; encoded, with what is around it, at most 75 (RFC 2047, section 2) */

/* Not strftime()'s %a and %b, which are of a locale. */
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int put_date(struct buffer *out, const char *before, int64_t unix_ns)
{
	time_t seconds = (time_t)(unix_ns / (int64_t)NSEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return -1;
	return buffer_printf(out, "%s%s, %02d %s %d %02d:%02d:%02d +0000\r\n", before, days[tm.tm_wday], tm.tm_mday,
			     months[tm.tm_mon], 1900 + tm.tm_year, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* A lone line feed is no end of a line in mail, and a header has one line. */
static int put_text(struct buffer *out, const char *text, bool one_line)
{
	int err = 0;

	while (err == 0 && *text) {
		size_t length = utf8_bytes(text);

		if (*text == '\n')
			err = one_line ? buffer_append(out, " ", 1) : buffer_append(out, "\r\n", 2);
		else if (length == 0)
			err = buffer_append(out, UTF8_REPLACEMENT, strlen(UTF8_REPLACEMENT));
		else if (*text != '\r')
			err = buffer_append(out, text, length);
		text += length > 0 ? length : 1;
	}
	return err;
}

/* One a line, each of whole characters (RFC 2047, section 5). */
static int put_encoded(struct buffer *out, struct slice text)
{
	unsigned char word[4 * WORD_BYTES / 3 + 1];
	int err = 0;

	while (err == 0 && text.len > 0) {
		size_t len = text.len < WORD_BYTES ? text.len : WORD_BYTES;

		while (len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
			len--;
		(void)EVP_EncodeBlock(word, (const unsigned char *)text.ptr, (int)len);
		err = buffer_printf(out, "\r\n =?utf-8?B?%s?=", (const char *)word);
		text = (struct slice){ text.ptr + len, text.len - len };
	}
	return err;
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

static int put_receivers(struct buffer *out, const struct texts *to)
{
	int err = buffer_printf(out, "To: ");

	for (size_t i = 0; err == 0 && i < to->count; i++)
		err = buffer_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", to->items[i]);
	return err == 0 ? buffer_printf(out, "\r\n") : err;
}

static int put_subject(struct buffer *out, const struct notice *notice)
{
	struct buffer summary = { .limit = 768 }, clean = { .limit = 2304 };
	int err = notice_summary(notice, &summary);

	if (err == 0)
		err = buffer_append(&summary, "", 1);
	if (err == 0)
		err = put_text(&clean, summary.data, true);
	if (err == 0)
		err = buffer_printf(out, "Subject: [promtap] ");
	if (err == 0)
		err = is_ascii(buffer_slice(&clean)) ? buffer_append(out, clean.data, clean.len) :
						       put_encoded(out, buffer_slice(&clean));
	buffer_done(&summary);
	buffer_done(&clean);
	return err == 0 ? buffer_printf(out, "\r\n") : err;
}

static int put_head(struct buffer *out, const struct channel_config *config, const struct notice *notice,
		    int64_t now_unix_ns)
{
	const char *domain = strchr(config->from, '@');
	int err = put_date(out, "Date: ", now_unix_ns);

	if (err == 0)
		err = buffer_printf(out, "From: promtap <%s>\r\n", config->from);
	if (err == 0)
		err = put_receivers(out, &config->to);
	if (err == 0)
		err = put_subject(out, notice);
	/* Mails of one alert are one thread. */
	if (err == 0)
		err = buffer_printf(out, "Message-ID: <%s%s>\r\nReferences: <%s%s>\r\nAuto-Submitted: auto-generated\r\n",
				    notice->id, domain ? domain : "@promtap", notice->alert_id, domain ? domain : "@promtap");
	if (err == 0)
		err = buffer_printf(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
					 "Content-Transfer-Encoding: 8bit\r\n\r\n");
	return err;
}

static int put_row(struct buffer *out, const char *name, const char *value)
{
	int err;

	if (!*value)
		return 0;
	err = buffer_printf(out, "%-10s ", name);
	if (err == 0)
		err = put_text(out, value, false);
	return err == 0 ? buffer_printf(out, "\r\n") : err;
}

static int put_body(struct buffer *out, const struct notice *notice)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "alert", reading_names[notice->kind] }, { "about", notice->about },
		{ "state", alert_state_names[notice->state] }, { "severity", alert_severity_names[notice->severity] },
		{ "service", notice->service },		  { "model", notice->model },
		{ "detail", notice->detail },		  { "note", notice->note },
		{ "tell", notice->tell },		  { "within", notice->within },
		{ "runbook", notice->runbook },
	};
	int err = 0;

	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(rows); i++)
		err = put_row(out, rows[i].name, rows[i].value);
	if (err == 0)
		err = buffer_printf(out, "%-10s %.6g %s, threshold %.6g, worst %.6g, of %" PRIu64 " samples\r\n", "figure",
				    notice->value, reading_units[notice->kind], notice->threshold, notice->worst, notice->samples);
	if (err == 0)
		err = put_date(out, "since      ", notice->since_unix_ns);
	if (err == 0 && notice->steps[0])
		err = buffer_printf(out, "\r\n");
	return err == 0 ? put_text(out, notice->steps, false) : err;
}

int write_email(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		struct letter *ret)
{
	int err;

	(void)count;
	ret->is_mail = true;
	letter_url(ret, config->url, "");
	err = put_head(&ret->body, config, &notices[0], now_unix_ns);
	if (err == 0)
		err = put_body(&ret->body, &notices[0]);
	return err == 0 ? buffer_printf(&ret->body, "\r\n") : -1;
}
