/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thing to tell: an alert's transition with all that a message may hold, as
 * it was at that time. Kept in the queue as one line of text, so that another
 * version of the program can read it. Secrets are never in it.
 */
#ifndef PROMTAP_NOTIFY_NOTICE_H
#define PROMTAP_NOTIFY_NOTICE_H

#include "alerts/alerts.h"
#include "base/buffer.h"

#define NOTICE_LINE_BYTES_MAX 16384

struct notice {
	char id[ALERT_ID_BYTES + 16];	/* of the message, the same for all attempts: "ALERT-STATE" */
	char alert_id[ALERT_ID_BYTES];	/* the same for the firing and for its end */
	enum reading_kind kind;
	enum alert_severity severity;
	enum alert_state state;
	char service[ALERT_NAME_BYTES], model[ALERT_NAME_BYTES], detail[READING_DETAIL_BYTES];
	char note[256];
	double value, threshold, worst;
	uint64_t samples;
	int64_t since_unix_ns, changed_unix_ns;
	char by[64];
	/* From the playbook; "" where there is none. */
	char about[128], tell[64], within[48], runbook[256];
	char steps[1536];		/* parted by line feeds */
};

void notice_of_alert(const struct alert *alert, struct notice *ret);

/* Appends "key=value key=value ...", without a line feed. 0 or -errno of the buffer. */
int notice_encode(const struct notice *notice, struct buffer *out);
/* Unknown keys are passed over, missing ones are empty. 0 or -EBADMSG. */
int notice_decode(struct slice line, struct notice *ret);

/* "critical: error_rate is 20 %, threshold 5 %; service shop; model gpt-4o": one line for people. */
int notice_summary(const struct notice *notice, struct buffer *out);

#endif
