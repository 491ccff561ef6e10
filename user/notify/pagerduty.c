/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PagerDuty Events API v2: POST /v2/enqueue. The alert's id is the dedup_key, so
 * that firing, acknowledging and resolving are one incident.
 */
#include "notify/letter.h"

static const char *const actions[ALERT_STATE_MAX] = {
	[ALERT_FIRING] = "trigger",
	[ALERT_ACKNOWLEDGED] = "acknowledge",
	[ALERT_RESOLVED] = "resolve",
};

static void put_payload(struct json_out *json, const struct notice *notice, const char *summary)
{
	json_out_open(json, "payload", '{');
	json_out_string(json, "summary", summary);
	json_out_string(json, "source", "promtap");
	json_out_string(json, "severity", alert_severity_names[notice->severity]);
	json_out_time(json, "timestamp", notice->since_unix_ns);
	json_out_string(json, "component", notice->service);
	json_out_string(json, "group", notice->model);
	json_out_string(json, "class", reading_names[notice->kind]);
	json_out_open(json, "custom_details", '{');
	json_out_string(json, "detail", notice->detail);
	letter_put_figures(json, notice);
	letter_put_playbook(json, notice);
	json_out_close(json, '}');
	json_out_close(json, '}');
}

static bool is_link(const char *runbook)
{
	return slice_starts(slice_of(runbook), SLICE("https://")) || slice_starts(slice_of(runbook), SLICE("http://"));
}

static void put_links(struct json_out *json, const struct notice *notice)
{
	if (!is_link(notice->runbook))
		return;
	json_out_open(json, "links", '[');
	json_out_open(json, NULL, '{');
	json_out_string(json, "href", notice->runbook);
	json_out_string(json, "text", "runbook");
	json_out_close(json, '}');
	json_out_close(json, ']');
}

int write_pagerduty(const struct channel_config *config, const struct notice *notices, size_t count,
		    int64_t now_unix_ns, struct letter *ret)
{
	struct json_out json = { .out = &ret->body };
	struct buffer summary = { .limit = 1024 };	/* PagerDuty's own limit */
	int err = notice_summary(&notices[0], &summary);

	(void)count;
	(void)now_unix_ns;
	if (err == 0)
		err = buffer_append(&summary, "", 1);
	letter_url(ret, config->url ? config->url : PAGERDUTY_URL, "");
	json_out_open(&json, NULL, '{');
	json_out_string(&json, "routing_key", config->secret);
	json_out_string(&json, "event_action", actions[notices[0].state]);
	json_out_string(&json, "dedup_key", notices[0].alert_id);
	if (err == 0 && notices[0].state == ALERT_FIRING) {
		put_payload(&json, &notices[0], summary.data);
		put_links(&json, &notices[0]);
	}
	json_out_close(&json, '}');
	buffer_done(&summary);
	return err < 0 || json.error < 0 ? -1 : 0;
}
