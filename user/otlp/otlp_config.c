/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_config.h"

#include <stdio.h>
#include <string.h>

#include "base/certificates.h"
#include "base/cleanup.h"
#include "base/slice.h"
#include "config/secret.h"
#include "config/value.h"
#include "otlp/headers.h"
#include "transport/place.h"

#define SECONDS 1000000000ull
#define TRACES_PATH "/v1/traces"
#define ENDPOINT_BYTES_MAX 2048

static const char *const compressions[] = { "gzip", "none", NULL };

/* Whoever writes a password into the URL would find it in logs of proxies and in `config show`. */
static bool endpoint_is_right(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	static const char *const web[] = { "https://", "http://", NULL };
	char host[PLACE_HOST_BYTES];

	url_host(text, host);
	if (!host[0] || !url_has_scheme(text, web) || strpbrk(text, " \t\"<>\\"))
		return value_refuse(ret_problem, text, strlen(text), "is no URL of a collector",
				    "write https://HOST:4318, or http:// on this machine");
	if (strpbrk(text, "@?#")) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "holds an '@', '?' or '#'; write the URL alone, and a token as secret_headers_file");
		return false;
	}
	return true;
}

static bool is_read(const char *secret)
{
	return secret && !secret_is_stand_in(secret);
}

static bool check_otlp(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	static const char *const plain[] = { "http://", NULL };
	const struct otlp_config *config = object;
	char host[PLACE_HOST_BYTES], why[FIELD_PROBLEM_BYTES];

	if (is_read(config->secret_headers) && !headers_are_right(config->secret_headers, why)) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "secret_headers: %.200s", why);
		return false;
	}
	if (!config->endpoint || !url_has_scheme(config->endpoint, plain))
		return true;
	url_host(config->endpoint, host);
	if (host_is_loopback(host))
		return true;
	if (config->secret_headers) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "endpoint: is not encrypted, and there are secret_headers; write https://");
		return false;
	}
	if (!config->allow_plain)
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "endpoint: is not encrypted; write https://, or allow_plain: true");
	return config->allow_plain;
}

#define AT(member) .offset = offsetof(struct otlp_config, member)

static const struct field otlp_fields[] = {
	{ .name = "endpoint", .type = FIELD_TEXT, AT(endpoint), .metavar = "URL", .max = ENDPOINT_BYTES_MAX,
	  .check = endpoint_is_right,
	  .help = "send spans to this collector, https://HOST:4318; /v1/traces is added where it is missing" },
	{ .name = "headers", .type = FIELD_TEXT, AT(headers), .metavar = "NAME=VALUE", .max = 4096, .pairs = true,
	  .check = headers_are_right, .help = "headers of each request that are no secret, as X-Scope-OrgID=team" },
	{ .name = "secret_headers", .type = FIELD_SECRET, AT(secret_headers), .max = 4096,
	  .help = "more headers on one line, as authorization=Bearer%20TOKEN" },
	{ .name = "ca", .type = FIELD_FILE, AT(ca), .max = 1 << 20, .check = certificates_are_right,
	  .help = "certificates to trust in place of the system's, in PEM" },
	{ .name = "allow_plain", .type = FIELD_BOOL, AT(allow_plain), .fallback = "false",
	  .help = "send without TLS also to other machines, without secret headers" },
	{ .name = "compression", .type = FIELD_CHOICE, AT(compression), .choices = compressions, .fallback = "gzip",
	  .help = "gzip or none" },
	{ .name = "timeout", .type = FIELD_DURATION, AT(timeout), .fallback = "10s", .min = SECONDS / 10,
	  .max = 300 * SECONDS, .help = "of one attempt" },
	{ .name = "delay", .type = FIELD_DURATION, AT(delay), .fallback = "5s", .min = SECONDS / 10, .max = 300 * SECONDS,
	  .help = "how long a span waits for others to be sent with" },
	{ .name = "batch", .type = FIELD_COUNT, AT(batch), .fallback = "512", .min = 1, .max = 8192,
	  .help = "spans of one request at most" },
	{ .name = "queue_bytes", .type = FIELD_SIZE, AT(queue_bytes), .fallback = "8M", .min = 128 << 10, .max = 1 << 30,
	  .help = "what waits for a collector that does not answer; more is given up" },
	{ .name = "retry_for", .type = FIELD_DURATION, AT(retry_for), .fallback = "5m", .min = SECONDS,
	  .max = 86400 * SECONDS, .help = "how long a batch is tried; then it is given up" },
	{ .name = "unsampled", .type = FIELD_BOOL, AT(unsampled), .fallback = "false",
	  .help = "spans also of calls whose caller does not keep its trace" },
};

const struct schema otlp_schema = {
	.about = "traces: a span per finished call, to an OpenTelemetry collector",
	.size = sizeof(struct otlp_config),
	.fields = otlp_fields,
	.count = ARRAY_SIZE(otlp_fields),
	.check = check_otlp,
};

void otlp_url(const char *endpoint, char ret[OTLP_URL_BYTES])
{
	struct slice base = slice_of(endpoint);

	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	(void)snprintf(ret, OTLP_URL_BYTES, "%.*s%s", (int)base.len, base.ptr,
		       slice_ends(base, SLICE(TRACES_PATH)) ? "" : TRACES_PATH);
}
