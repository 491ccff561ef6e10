/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <string.h>

#include "alerts/playbook.h"
#include "base/clock.h"

struct alert sample_alert(void)
{
	static const struct playbook playbook = {
		.id = "latency_p95",
		.about = "slow <answers>",
		.tell = "on-call engineer",
		.within = "15 minutes",
		.runbook = "https://runbooks.example.org/#latency-p95",
		.steps = { "look at the provider", "look at the 100 % mark" },
	};

	return (struct alert){
		.id = "0123456789abcdef0123456789abcdef",
		.kind = READING_LATENCY_P95,
		.severity = ALERT_WARNING,
		.state = ALERT_FIRING,
		.service = "shop",
		.model = "gpt-4o",
		.note = "a note & more",
		.value = 2500,
		.threshold = 2000,
		.worst = 3000,
		.samples = 120,
		.since_unix_ns = 1700000000000000000,
		.changed_unix_ns = 1700000000000000000,
		.playbook = &playbook,
	};
}

struct notice sample_notice(void)
{
	struct alert alert = sample_alert();
	struct notice notice;

	notice_of_alert(&alert, &notice);
	return notice;
}

struct channel_config *sample_channel(struct notify_config *config)
{
	return config->channels.items;
}

struct notify_config *sample_config(enum channel_type type, const char *url)
{
	static char name[] = "ops", first[] = "a@example.org", second[] = "b@example.org";
	static char *names[] = { name }, *to[] = { first, second };
	static struct notify_config config;
	static char secret[] = "topsecret", from[] = "promtap@example.org";
	static struct channel_config channel;

	channel = (struct channel_config){
		.type = type,
		.url = (char *)(uintptr_t)url,
		.severity = ALERT_WARNING,
		.resolved = true,
		.secret = secret,
		.from = from,
		.to = { to, 2 },
		.timeout = 5 * NSEC_PER_SEC,
		.resend = 60 * NSEC_PER_SEC,
	};
	config = (struct notify_config){
		.queue_bytes = 1 << 20,
		.retry_for = 86400 * NSEC_PER_SEC,
		.channels = { names, &channel, 1 },
	};
	return &config;
}
