/* SPDX-License-Identifier: Apache-2.0 */
/* Section "web" of the configuration. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "config/value.h"
#include "export/access.h"
#include "export/network.h"
#include "llm/call_read.h"

const char *const scope_names[SCOPE_MAX + 1] = {
	[SCOPE_METRICS] = "metrics",
	[SCOPE_READ] = "read",
	[SCOPE_ADMIN] = "admin",
};

static bool check_hash(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	if (strlen(text) == DIGEST_HEX_BYTES - 1 && strspn(text, "0123456789abcdef") == DIGEST_HEX_BYTES - 1)
		return true;
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
		       "is no SHA-256 in lower-case hex; write what `printf %%s \"$TOKEN\" | sha256sum` prints");
	return false;
}

static bool check_time(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	int64_t time;

	if (call_read_time(slice_of(text), &time) == 0)
		return true;
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "is no time; write such as 2027-01-31T00:00:00Z");
	return false;
}

static bool check_network(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct network network;

	if (network_parse(text, &network) == 0)
		return true;
	return value_refuse(ret_problem, text, strlen(text), "is no network",
			    "write such as 10.0.0.0/8, fd00::/8 or 192.0.2.7");
}

static const struct field token_fields[] = {
	{ .name = "hash", .type = FIELD_TEXT, .offset = offsetof(struct web_token, hash), .check = check_hash,
	  .required = true, .metavar = "SHA256", .help = "SHA-256 of the token, in hex: the token itself stands nowhere" },
	{ .name = "scope", .type = FIELD_CHOICE, .offset = offsetof(struct web_token, scope), .fallback = "read",
	  .choices = scope_names, .help = "metrics: /metrics alone; read: the API too; admin: acknowledge and silence too" },
	{ .name = "expires", .type = FIELD_TEXT, .offset = offsetof(struct web_token, expires), .check = check_time,
	  .metavar = "TIME", .help = "from when on it is refused" },
};

static const struct schema token_schema = {
	.about = "a token, by its name",
	.size = sizeof(struct web_token),
	.fields = token_fields,
	.count = ARRAY_SIZE(token_fields),
	.items_max = WEB_TOKENS_MAX,
};

static const struct field fields[] = {
	{ .name = "tokens", .type = FIELD_MAP, .offset = offsetof(struct web_config, tokens), .sub = &token_schema,
	  .help = "who may ask; without any only this machine" },
	{ .name = "allow", .type = FIELD_TEXTS, .offset = offsetof(struct web_config, allow), .max = WEB_ALLOW_MAX,
	  .check = check_network, .metavar = "NETWORKS",
	  .help = "networks that may ask beside this machine, for metrics too; none named: all" },
	{ .name = "metrics_open", .type = FIELD_BOOL, .offset = offsetof(struct web_config, metrics_open),
	  .fallback = "true", .help = "/metrics needs no token" },
	{ .name = "tls", .type = FIELD_GROUP, .offset = offsetof(struct web_config, tls), .sub = &tls_schema,
	  .help = "its certificate; without one it speaks plain HTTP" },
};

const struct schema web_schema = {
	.about = "who may ask the web server, and how",
	.size = sizeof(struct web_config),
	.fields = fields,
	.count = ARRAY_SIZE(fields),
};
