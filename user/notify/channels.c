/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/channels.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "notify/letter.h"

const struct channel_kind channel_kinds[CHANNEL_TYPE_MAX] = {
	[CHANNEL_ALERTMANAGER] = { "alertmanager", false, true, write_alertmanager },
	[CHANNEL_WEBHOOK] = { "webhook", true, false, write_webhook },
	[CHANNEL_SLACK] = { "slack", false, false, write_slack },
	[CHANNEL_PAGERDUTY] = { "pagerduty", true, false, write_pagerduty },
	[CHANNEL_EMAIL] = { "email", false, false, write_email },
};

/* ---- what they share ---------------------------------------------------------------------------------- */

int letter_header(struct letter *letter, const char *name, const char *value)
{
	int n;

	if (letter->header_count == CHANNEL_HEADERS_MAX || strpbrk(value, "\r\n"))
		return -1;
	n = snprintf(letter->headers[letter->header_count], sizeof(letter->headers[0]), "%s: %s", name, value);
	if (n < 0 || (size_t)n >= sizeof(letter->headers[0]))
		return -1;
	letter->header_count++;
	return 0;
}

void letter_url(struct letter *letter, const char *base, const char *path)
{
	size_t len = strlen(base);

	while (*path && len > 0 && base[len - 1] == '/')
		len--;
	(void)snprintf(letter->url, sizeof(letter->url), "%.*s%s", (int)len, base, path);
}

static void put_steps(struct json_out *json, const char *steps)
{
	char step[sizeof(((struct notice *)0)->steps)];

	json_out_open(json, "steps", '[');
	while (*steps) {
		size_t len = strcspn(steps, "\n");

		(void)slice_copy(step, sizeof(step), (struct slice){ steps, len });
		json_out_string(json, NULL, step);
		steps += len + (steps[len] != '\0');
	}
	json_out_close(json, ']');
}

void letter_put_figures(struct json_out *json, const struct notice *notice)
{
	json_out_number(json, "value", notice->value);
	json_out_string(json, "unit", reading_units[notice->kind]);
	json_out_number(json, "threshold", notice->threshold);
	json_out_number(json, "worst", notice->worst);
	json_out_int(json, "samples", (int64_t)notice->samples);
	json_out_string(json, "note", notice->note);
}

void letter_put_playbook(struct json_out *json, const struct notice *notice)
{
	json_out_string(json, "about", notice->about);
	json_out_string(json, "tell", notice->tell);
	json_out_string(json, "within", notice->within);
	json_out_string(json, "runbook_url", notice->runbook);
	put_steps(json, notice->steps);
}

/* ---- the signed webhook ------------------------------------------------------------------------------- */

void channel_sign(const char *secret, int64_t unix_seconds, struct slice body, char ret[SIGNATURE_BYTES])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buffer text = { 0 };

	ret[0] = '\0';
	if (buffer_printf(&text, "%" PRId64 ".", unix_seconds) == 0 && buffer_append(&text, body.ptr, body.len) == 0 &&
	    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text.data, text.len, digest, &len))
		for (unsigned int i = 0; i < len; i++)
			(void)snprintf(ret + 2 * (size_t)i, 3, "%02x", digest[i]);
	buffer_done(&text);
}

static int sign(const struct channel_config *config, int64_t now_unix_ns, struct letter *letter)
{
	int64_t seconds = now_unix_ns / (int64_t)NSEC_PER_SEC;
	char signature[SIGNATURE_BYTES], value[SIGNATURE_BYTES + 8], stamp[24];

	channel_sign(config->secret, seconds, buffer_slice(&letter->body), signature);
	if (!signature[0])
		return -1;
	(void)snprintf(value, sizeof(value), "sha256=%s", signature);
	(void)snprintf(stamp, sizeof(stamp), "%" PRId64, seconds);
	if (letter_header(letter, "X-Promtap-Timestamp", stamp) < 0)
		return -1;
	return letter_header(letter, "X-Promtap-Signature", value);
}

int write_webhook(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		  struct letter *ret)
{
	struct json_out json = { .out = &ret->body };
	const struct notice *notice = &notices[0];

	(void)count;
	letter_url(ret, config->url, "");
	json_out_open(&json, NULL, '{');
	json_out_int(&json, "version", 1);
	json_out_string(&json, "id", notice->id);
	json_out_string(&json, "alert_id", notice->alert_id);
	json_out_string(&json, "state", alert_state_names[notice->state]);
	json_out_string(&json, "severity", alert_severity_names[notice->severity]);
	json_out_string(&json, "alert_type", reading_names[notice->kind]);
	json_out_string(&json, "service", notice->service);
	json_out_string(&json, "model", notice->model);
	json_out_string(&json, "detail", notice->detail);
	letter_put_figures(&json, notice);
	json_out_time(&json, "since", notice->since_unix_ns);
	json_out_time(&json, "changed", notice->changed_unix_ns);
	json_out_string(&json, "by", notice->by);
	json_out_open(&json, "playbook", '{');
	letter_put_playbook(&json, notice);
	json_out_close(&json, '}');
	json_out_close(&json, '}');
	if (json.error < 0 || letter_header(ret, "X-Promtap-Id", notice->id) < 0)
		return -1;
	return sign(config, now_unix_ns, ret);
}
