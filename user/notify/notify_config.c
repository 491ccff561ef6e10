/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_config.h"

#include <stdio.h>
#include <string.h>

#include "base/certificates.h"
#include "base/cleanup.h"
#include "base/slice.h"
#include "transport/place.h"

#define SECONDS 1000000000ull

const char *const channel_type_names[CHANNEL_TYPE_MAX + 1] = {
	[CHANNEL_ALERTMANAGER] = "alertmanager", [CHANNEL_WEBHOOK] = "webhook", [CHANNEL_SLACK] = "slack",
	[CHANNEL_PAGERDUTY] = "pagerduty",	 [CHANNEL_EMAIL] = "email",
};

static const char *const severities[] = { "info", "warning", "critical", NULL };

#define AT(member) .offset = offsetof(struct channel_config, member)

static const struct field channel_fields[] = {
	{ .name = "type", .type = FIELD_CHOICE, AT(type), .choices = channel_type_names, .required = true,
	  .help = "alertmanager, webhook, slack, pagerduty or email" },
	{ .name = "url", .type = FIELD_TEXT, AT(url), .max = 2048, .metavar = "URL",
	  .help = "where to send to; of email smtp://HOST:PORT or smtps://; of slack secret_file holds it" },
	{ .name = "severity", .type = FIELD_CHOICE, AT(severity), .choices = severities, .fallback = "warning",
	  .help = "the mildest severity that is told" },
	{ .name = "resolved", .type = FIELD_BOOL, AT(resolved), .fallback = "true", .help = "tell when it is over, too" },
	{ .name = "secret", .type = FIELD_SECRET, AT(secret), .max = 4096,
	  .help = "webhook: key of the signature; slack: its URL; pagerduty: routing key; email: password; "
		  "alertmanager: bearer token" },
	{ .name = "user", .type = FIELD_TEXT, AT(user), .max = 256, .help = "email: name to log in with" },
	{ .name = "from", .type = FIELD_TEXT, AT(from), .max = 256, .help = "email: address of the sender" },
	{ .name = "to", .type = FIELD_TEXTS, AT(to), .max = 64, .help = "email: addresses of the receivers" },
	{ .name = "timeout", .type = FIELD_DURATION, AT(timeout), .fallback = "10s", .min = SECONDS, .max = 300 * SECONDS,
	  .help = "of one attempt" },
	{ .name = "resend", .type = FIELD_DURATION, AT(resend), .fallback = "1m", .min = 5 * SECONDS, .max = 3600 * SECONDS,
	  .help = "alertmanager: how often active alerts are told again" },
};

struct need {
	bool url, secret, mail;
};

static const struct need needs[CHANNEL_TYPE_MAX] = {
	[CHANNEL_ALERTMANAGER] = { .url = true },
	[CHANNEL_WEBHOOK] = { .url = true, .secret = true },
	[CHANNEL_SLACK] = { .secret = true },
	[CHANNEL_PAGERDUTY] = { .secret = true },
	[CHANNEL_EMAIL] = { .url = true, .mail = true },
};

static bool check_url(const struct channel_config *channel, char ret_problem[FIELD_PROBLEM_BYTES])
{
	static const char *const web[] = { "https://", "http://", NULL }, *const mail[] = { "smtps://", "smtp://", NULL };
	bool is_mail = channel->type == CHANNEL_EMAIL;
	char host[PLACE_HOST_BYTES];

	if (!channel->url)
		return true;
	url_host(channel->url, host);
	if (host[0] && url_has_scheme(channel->url, is_mail ? mail : web))
		return true;
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "its url is none that %s can use; write %s",
		       channel_type_names[channel->type], is_mail ? "smtps://HOST:PORT" : "https://HOST/PATH");
	return false;
}

/* A line break in an address would begin another header. */
static bool is_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strpbrk(text, " \t\r\n<>,;\"\\");
}

static bool check_mail(const struct channel_config *channel, char ret_problem[FIELD_PROBLEM_BYTES])
{
	bool ok = channel->from && is_address(channel->from) && channel->to.count > 0;

	for (size_t i = 0; ok && i < channel->to.count; i++)
		ok = is_address(channel->to.items[i]);
	if (!ok)
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "email needs from and to: write from: promtap@example.org and to: [oncall@example.org]");
	return ok;
}

static bool check_channel(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct channel_config *channel = object;
	const struct need *need = &needs[channel->type];

	if (need->url && !channel->url) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%s needs a url", channel_type_names[channel->type]);
		return false;
	}
	if (need->secret && !channel->secret) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%s needs secret_file or secret_env",
			       channel_type_names[channel->type]);
		return false;
	}
	return check_url(channel, ret_problem) && (!need->mail || check_mail(channel, ret_problem));
}

static const struct schema channel_schema = {
	.about = "one place that alerts are told to",
	.size = sizeof(struct channel_config),
	.fields = channel_fields,
	.count = ARRAY_SIZE(channel_fields),
	.items_max = CHANNELS_MAX,
	.check = check_channel,
};

static const char *url_of(const struct channel_config *channel)
{
	if (channel->type == CHANNEL_PAGERDUTY && !channel->url)
		return PAGERDUTY_URL;
	return channel->type == CHANNEL_SLACK ? channel->secret : channel->url;
}

/* The URL of Slack is a secret: no part of it but the host is ever shown. */
static bool check_destination(const struct notify_config *config, const char *name, const struct channel_config *channel,
			      char ret_problem[FIELD_PROBLEM_BYTES])
{
	static const char *const plain[] = { "http://", "smtp://", NULL };
	const char *url = url_of(channel);
	char host[PLACE_HOST_BYTES];

	url_host(url, host);
	if (!host[0]) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "channels.%.64s: its URL has no host", name);
		return false;
	}
	if (config->allow_hosts.count > 0 && !host_is_allowed(&config->allow_hosts, host)) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "channels.%.64s: %.100s is not among allow_hosts; add it, or mend the url", name, host);
		return false;
	}
	/* SMTP turns to TLS after its greeting, and we insist on that. */
	if (channel->type != CHANNEL_EMAIL && url_has_scheme(url, plain) && !config->allow_plain && !host_is_loopback(host)) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "channels.%.64s: is not encrypted; write https://, or allow_plain: true", name);
		return false;
	}
	return true;
}

static bool check_notify(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct notify_config *config = object;
	const struct channel_config *channels = config->channels.items;

	for (size_t i = 0; i < config->channels.count; i++)
		if (!check_destination(config, config->channels.keys[i], &channels[i], ret_problem))
			return false;
	return true;
}

#undef AT
#define AT(member) .offset = offsetof(struct notify_config, member)

static const struct field notify_fields[] = {
	{ .name = "allow_hosts", .type = FIELD_TEXTS, AT(allow_hosts), .max = 64,
	  .help = "the only hosts that are talked to, *.example.org too; without it those of the channels" },
	{ .name = "allow_plain", .type = FIELD_BOOL, AT(allow_plain), .fallback = "false",
	  .help = "send without TLS also to other machines" },
	{ .name = "queue_bytes", .type = FIELD_SIZE, AT(queue_bytes), .fallback = "16M", .min = 64 << 10, .max = 1 << 30,
	  .help = "what waits for places that do not answer; more is given up" },
	{ .name = "retry_for", .type = FIELD_DURATION, AT(retry_for), .fallback = "1d", .min = 60 * SECONDS,
	  .max = 30 * 86400 * SECONDS, .help = "how long a message is tried; then it is given up" },
	{ .name = "ca", .type = FIELD_FILE, AT(ca), .max = 1 << 20, .check = certificates_are_right,
	  .help = "certificates to trust in place of the system's, in PEM" },
	{ .name = "channels", .type = FIELD_MAP, AT(channels), .sub = &channel_schema,
	  .help = "places that alerts are told to, by a name of your own" },
};

const struct schema notify_schema = {
	.about = "who is told of alerts",
	.size = sizeof(struct notify_config),
	.fields = notify_fields,
	.count = ARRAY_SIZE(notify_fields),
	.check = check_notify,
};
