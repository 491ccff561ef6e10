/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alertmanager API v2, POST /api/v2/alerts. Labels are what makes an alert one:
 * no node among them, so that what fifty agents see is one page. An alert ends
 * by itself when it is not told again in time.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "notify/letter.h"

#define RESENDS_MISSED 4	/* as Prometheus does */

/* "latency_p95" is "PromtapLatencyP95". */
static void alert_name(const char *type, char ret[64])
{
	size_t n = (size_t)snprintf(ret, 64, "Promtap");
	bool capital = true;

	for (; *type && n + 1 < 64; type++) {
		if (*type == '_') {
			capital = true;
			continue;
		}
		ret[n++] = capital ? (char)toupper((unsigned char)*type) : *type;
		capital = false;
	}
	ret[n] = '\0';
}

/* An empty label is none. */
static void put_label(struct json_out *json, const char *name, const char *value)
{
	if (*value)
		json_out_string(json, name, value);
}

static void put_labels(struct json_out *json, const struct notice *notice)
{
	char name[64];

	alert_name(reading_names[notice->kind], name);
	json_out_open(json, "labels", '{');
	json_out_string(json, "alertname", name);
	json_out_string(json, "alert_type", reading_names[notice->kind]);
	json_out_string(json, "severity", alert_severity_names[notice->severity]);
	put_label(json, "service", notice->service);
	put_label(json, "model", notice->model);
	put_label(json, "detail", notice->detail);
	json_out_close(json, '}');
}

/* Annotations are texts. */
static int put_annotations(struct json_out *json, const struct notice *notice)
{
	struct buffer summary = { .limit = 2048 };
	char number[40];
	int err = notice_summary(notice, &summary);

	if (err == 0)
		err = buffer_append(&summary, "", 1);
	json_out_open(json, "annotations", '{');
	put_label(json, "summary", err == 0 ? summary.data : "");
	put_label(json, "description", notice->note);
	(void)snprintf(number, sizeof(number), "%.6g", notice->value);
	put_label(json, "value", number);
	(void)snprintf(number, sizeof(number), "%.6g", notice->threshold);
	put_label(json, "threshold", number);
	put_label(json, "tell", notice->tell);
	put_label(json, "within", notice->within);
	put_label(json, "runbook_url", notice->runbook);
	put_label(json, "steps", notice->steps);
	json_out_close(json, '}');
	buffer_done(&summary);
	return err;
}

static int put_alert(struct json_out *json, const struct channel_config *config, const struct notice *notice,
		     int64_t now_unix_ns)
{
	bool over = notice->state == ALERT_RESOLVED;
	int64_t end = over ? notice->changed_unix_ns : now_unix_ns + RESENDS_MISSED * (int64_t)config->resend;
	int err;

	json_out_open(json, NULL, '{');
	put_labels(json, notice);
	err = put_annotations(json, notice);
	json_out_time(json, "startsAt", notice->since_unix_ns);
	/* An end before the beginning is refused; a clock that was set back makes one. */
	json_out_time(json, "endsAt", end > notice->since_unix_ns ? end : notice->since_unix_ns);
	json_out_close(json, '}');
	return err;
}

int write_alertmanager(const struct channel_config *config, const struct notice *notices, size_t count,
		       int64_t now_unix_ns, struct letter *ret)
{
	struct json_out json = { .out = &ret->body };
	char bearer[CHANNEL_HEADER_BYTES];
	int err = 0, n;

	letter_url(ret, config->url, "/api/v2/alerts");
	json_out_open(&json, NULL, '[');
	for (size_t i = 0; err == 0 && i < count; i++)
		err = put_alert(&json, config, &notices[i], now_unix_ns);
	json_out_close(&json, ']');
	if (err < 0 || json.error < 0)
		return -1;
	if (!config->secret)
		return 0;
	n = snprintf(bearer, sizeof(bearer), "Bearer %s", config->secret);
	return n < 0 || (size_t)n >= sizeof(bearer) ? -1 : letter_header(ret, "Authorization", bearer);
}
