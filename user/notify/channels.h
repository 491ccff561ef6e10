/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of place wants to be told, and how: one row a kind. Bodies are
 * made when they are sent, so that secrets and times of signing are in no queue.
 */
#ifndef PROMTAP_NOTIFY_CHANNELS_H
#define PROMTAP_NOTIFY_CHANNELS_H

#include "base/buffer.h"
#include "notify/notice.h"
#include "notify/notify_config.h"

#define CHANNEL_HEADERS_MAX 4
#define CHANNEL_HEADER_BYTES 4160	/* a secret may be a header's value, or the URL */

/* What is to be sent. */
struct letter {
	char url[CHANNEL_HEADER_BYTES];
	char headers[CHANNEL_HEADERS_MAX][CHANNEL_HEADER_BYTES];	/* "Name: value" */
	size_t header_count;
	struct buffer body;
	/* Mail. */
	bool is_mail;
};

struct channel_kind {
	const char *name;
	bool wants_acknowledged;
	bool wants_active;	/* is told of all active alerts again and again */
	/* 0 or -errno. `now` is for signatures and dates. */
	int (*write)(const struct channel_config *config, const struct notice *notices, size_t count,
		     int64_t now_unix_ns, struct letter *ret);
};
extern const struct channel_kind channel_kinds[CHANNEL_TYPE_MAX];

/* "X-Promtap-Signature" of a body: hex of HMAC-SHA256 (RFC 2104) over "SECONDS.BODY". */
#define SIGNATURE_BYTES 65
void channel_sign(const char *secret, int64_t unix_seconds, struct slice body, char ret[SIGNATURE_BYTES]);

int write_alertmanager(const struct channel_config *config, const struct notice *notices, size_t count,
		       int64_t now_unix_ns, struct letter *ret);
int write_webhook(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		  struct letter *ret);
int write_slack(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		struct letter *ret);
int write_pagerduty(const struct channel_config *config, const struct notice *notices, size_t count,
		    int64_t now_unix_ns, struct letter *ret);
int write_email(const struct channel_config *config, const struct notice *notices, size_t count, int64_t now_unix_ns,
		struct letter *ret);

#endif
