/* SPDX-License-Identifier: Apache-2.0 */
/* The section "notify" as structs. Strings are owned by whoever read the configuration. */
#ifndef PROMTAP_NOTIFY_CONFIG_H
#define PROMTAP_NOTIFY_CONFIG_H

#include "config/schema.h"
#include "notify/notify.h"

enum channel_type {
	CHANNEL_ALERTMANAGER = 0,
	CHANNEL_WEBHOOK,
	CHANNEL_SLACK,
	CHANNEL_PAGERDUTY,
	CHANNEL_EMAIL,
	CHANNEL_TYPE_MAX
};
extern const char *const channel_type_names[CHANNEL_TYPE_MAX + 1];	/* ended by null */

#define CHANNELS_MAX 16
#define PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"

struct channel_config {
	unsigned type;		/* enum channel_type */
	char *url;		/* of Slack it is the secret; PagerDuty has its own */
	unsigned severity;	/* enum alert_severity: the mildest that is told */
	bool resolved;		/* tell that it is over, too */
	char *secret;		/* webhook: key of the signature; Slack: the URL; PagerDuty: routing key; e-mail: password;
				 * Alertmanager: bearer token, may be left out */
	char *user, *from;	/* e-mail */
	struct texts to;	/* e-mail */
	uint64_t timeout;	/* ns, of one attempt */
	uint64_t resend;	/* ns: Alertmanager forgets what is not told again */
};

struct notify_config {
	struct texts allow_hosts;	/* "*.example.org" too; empty: those of the channels */
	bool allow_plain;		/* HTTP and SMTP without TLS also to other machines */
	uint64_t queue_bytes;
	uint64_t retry_for;		/* ns; then it is a dead letter */
	char *ca;			/* certificates in PEM; null: the system's */
	struct field_map channels;	/* struct channel_config */
};

#endif
