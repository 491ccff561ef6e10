/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's incoming webhooks: {"text": ...} in mrkdwn, of which '&', '<' and '>' are the control characters. */
#include <string.h>

#include "base/cleanup.h"
#include "notify/letter.h"

static int put_escaped(struct buffer *out, const char *text)
{
	static const char *const escapes[] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;" };
	int err = 0;

	for (; err == 0 && *text; text++) {
		unsigned char c = (unsigned char)*text;
		const char *escape = c < ARRAY_SIZE(escapes) ? escapes[c] : NULL;

		err = escape ? buffer_append(out, escape, strlen(escape)) : buffer_append(out, text, 1);
	}
	return err;
}

static int put_line(struct buffer *out, const char *before, const char *text)
{
	int err;

	if (!*text)
		return 0;
	err = buffer_append(out, before, strlen(before));
	return err == 0 ? put_escaped(out, text) : err;
}

static int put_text(struct buffer *out, const struct notice *notice)
{
	struct buffer summary = { .limit = 2048 };
	const char *mark = notice->state == ALERT_RESOLVED ? ":white_check_mark: " : ":rotating_light: ";
	int err = notice_summary(notice, &summary);

	if (err == 0)
		err = buffer_append(&summary, "", 1);
	if (err == 0)
		err = put_line(out, mark, summary.data);
	if (err == 0)
		err = put_line(out, "\n", notice->note);
	if (err == 0 && notice->state != ALERT_RESOLVED)
		err = put_line(out, "\nTo do within ", notice->within);
	if (err == 0 && notice->state != ALERT_RESOLVED)
		err = put_line(out, ":\n", notice->steps);
	if (err == 0)
		err = put_line(out, "\n", notice->runbook);
	buffer_done(&summary);
	return err;
}

int write_slack(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		struct letter *ret)
{
	struct buffer text = { .limit = 32768 };	/* all fields, escaped; Slack cuts at 40,000 */
	struct json_out json = { .out = &ret->body };
	int err;

	(void)count;
	(void)now_unix_ns;
	letter_url(ret, config->secret, "");
	err = put_text(&text, &notices[0]);
	if (err == 0)
		err = buffer_append(&text, "", 1);
	json_out_open(&json, NULL, '{');
	json_out_string(&json, "text", err == 0 ? text.data : "");
	json_out_close(&json, '}');
	buffer_done(&text);
	return err < 0 || json.error < 0 ? -1 : 0;
}
