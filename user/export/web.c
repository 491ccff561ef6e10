/* SPDX-License-Identifier: Apache-2.0 */
#include "export/web.h"

#include <civetweb.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "export/answer.h"
#include "export/listen.h"
#include "export/network.h"
#include "export/payload.h"
#include "export/prometheus.h"
#include "export/web_api.h"

struct web {
	struct mg_context *civetweb;
	struct payloads *payloads;
	const atomic_bool *ready;
	struct web_gate gate;
	char address[96];
};

static const char index_page[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>promtap</title></head>\n"
	"<body><h1>promtap</h1>\n<ul>\n"
	"<li><a href=\"/metrics\">/metrics</a>: LLM calls of this machine, for Prometheus</li>\n"
	"<li><a href=\"/healthz\">/healthz</a>: this server answers</li>\n"
	"<li><a href=\"/readyz\">/readyz</a>: promtap observes</li>\n"
	"<li><a href=\"/api/v1/status\">/api/v1/</a>: figures, alerts and silences as JSON (docs/api.md)</li>\n"
	"</ul></body></html>\n";

#define FEATURE_IPV6 8	/* mg_check_feature() */
#define TEXT "text/plain; charset=utf-8"

/* ---- answers ---- */

static void answer_text(struct mg_connection *connection, bool with_body, int status, struct slice text)
{
	const struct answer answer = { .status = status, .type = TEXT, .body = text };

	answer_send(connection, with_body, &answer);
}

static void answer_index(struct web *web, struct mg_connection *connection, bool with_body)
{
	const struct answer answer = { .status = 200, .type = "text/html; charset=utf-8", .body = SLICE(index_page) };

	(void)web;
	answer_send(connection, with_body, &answer);
}

static void answer_metrics(struct web *web, struct mg_connection *connection, bool with_body)
{
	struct answer answer = { .status = 200, .type = PROMETHEUS_CONTENT_TYPE };
	struct payload *payload;

	if (web->gate.access && !web_metrics_allowed(&web->gate, connection, with_body))
		return;
	payload = payloads_get(web->payloads);
	if (!payload) {
		answer_text(connection, with_body, 503, SLICE("no figures yet\n"));
		return;
	}
	answer.body = payload_bytes(payload);
	answer_send(connection, with_body, &answer);
	payload_put(payload);
}

static void answer_health(struct web *web, struct mg_connection *connection, bool with_body)
{
	(void)web;
	answer_text(connection, with_body, 200, SLICE("ok\n"));
}

static void answer_ready(struct web *web, struct mg_connection *connection, bool with_body)
{
	if (atomic_load(web->ready))
		answer_text(connection, with_body, 200, SLICE("ready\n"));
	else
		answer_text(connection, with_body, 503, SLICE("not ready: the tracer or the decoder is not up yet\n"));
}

static const struct {
	const char *path;
	void (*answer)(struct web *web, struct mg_connection *connection, bool with_body);
} routes[] = {
	{ "/", answer_index },
	{ "/metrics", answer_metrics },
	{ "/healthz", answer_health },
	{ "/readyz", answer_ready },
};

/* Answers every request, so that nothing of civetweb's own (files, folders,
 * CGI, uploads) is ever reached. */
static int begin_request(struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	struct web *web = info->user_data;
	bool head = strcmp(info->request_method, "HEAD") == 0;

	if (web->gate.access && web_api_has(info->local_uri)) {
		web_api_answer(&web->gate, connection);
		return 200;
	}
	if (!head && strcmp(info->request_method, "GET") != 0) {
		answer_text(connection, true, 405, SLICE("only GET and HEAD\n"));
		return 405;
	}
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (strcmp(info->local_uri, routes[i].path) != 0)
			continue;
		routes[i].answer(web, connection, !head);
		return 200;
	}
	answer_text(connection, !head, 404, SLICE("not found; see /\n"));
	return 404;
}

/* civetweb's messages quote what clients send. */
static int log_message(const struct mg_connection *connection, const char *message)
{
	(void)connection;
	(void)message;
	return 1;
}

/* ---- the server ---- */

static int run_civetweb(struct web *web, const char *where, uint16_t *ret_port)
{
	static const struct mg_callbacks callbacks = { .begin_request = begin_request, .log_message = log_message };
	const char *options[] = {
		"listening_ports", where,
		"num_threads", WEB_THREADS,
		"connection_queue", WEB_QUEUE,
		"request_timeout_ms", WEB_TIMEOUT_MS,
		"max_request_size", "8192",
		"enable_keep_alive", "no",
		"enable_directory_listing", "no",
		"tcp_nodelay", "1",
		NULL,
	};
	char reason[128] = "";
	struct mg_init_data init = { &callbacks, web, options };
	/* The other members differ between 1.15 and 1.16. */
	struct mg_error_data error = { .text = reason, .text_buffer_size = sizeof(reason) };
	struct mg_server_port ports[1];

	web->civetweb = mg_start2(&init, &error);
	if (!web->civetweb || mg_get_server_ports(web->civetweb, 1, ports) != 1) {
		log_error("cannot start the web server on %s: %s", where, reason);
		return -EIO;
	}
	*ret_port = (uint16_t)ports[0].port;
	return 0;
}

static int start_civetweb(struct web *web, const struct listen_address *address)
{
	bool replace = address->address.ss_family == AF_INET6 && !mg_check_feature(FEATURE_IPV6);
	char where[96] = "127.0.0.1:0";
	uint16_t port = 0;
	int err;

	if (!replace)
		(void)snprintf(where, sizeof(where), "%s:%u", address->host, address->port);
	err = run_civetweb(web, where, &port);
	if (err == 0 && replace) {
		err = listen_replace(port, address, &port);
		if (err < 0)
			log_error("cannot listen on %s:%u: %s", address->host, address->port, strerror(-err));
	}
	(void)snprintf(web->address, sizeof(web->address), "http://%s:%u/metrics", address->host, port);
	return err;
}

static bool is_local(const struct listen_address *listens)
{
	bool bracket = listens->host[0] == '[';
	size_t len = strlen(listens->host) - 2 * bracket;
	char plain[sizeof(listens->host)];
	struct address address;

	(void)slice_copy(plain, sizeof(plain), (struct slice){ listens->host + bracket, len });
	return address_parse(plain, &address) == 0 && address_is_loopback(&address);
}

static int set_up(struct web *web, const struct export_context *context)
{
	struct listen_address address;
	char error[LISTEN_ERROR_BYTES];
	int err = listen_parse(context->setup->listen, &address, error);

	if (err == 0)
		err = listen_probe(&address, error);
	if (err < 0) {
		log_error("%s", error);
		return err;
	}
	web->ready = context->ready;
	web->gate = (struct web_gate){ context->setup->access, context->setup->asks, is_local(&address) };
	web->payloads = payloads_new(context->wake_fd, WEB_FRESH_MS, WEB_RENDER_MS);
	return web->payloads ? start_civetweb(web, &address) : -ENOMEM;
}

static void stop(void *self)
{
	struct web *web = self;

	if (web->payloads)
		payloads_stop(web->payloads);
	if (web->gate.asks)
		asks_stop(web->gate.asks);
	if (web->civetweb)
		mg_stop(web->civetweb);
	payloads_free(web->payloads);
	free(web);
}

static int start(const struct export_context *context, void **ret)
{
	struct web *web;
	int err;

	if (!context->setup->listen)
		return 0;
	web = calloc(1, sizeof(*web));
	if (!web)
		return -ENOMEM;
	err = set_up(web, context);
	if (err < 0) {
		stop(web);
		return err;
	}
	log_info("metrics at %s", web->address);
	*ret = web;
	return 0;
}

static void publish_metrics(void *self, const struct metrics *metrics)
{
	struct web *web = self;
	struct buffer buffer = { .limit = WEB_PAYLOAD_BYTES_MAX };

	if (prometheus_render(metrics, &buffer) < 0) {
		log_limited(LOG_WARN, 60, "the metrics cannot be rendered: no memory, or over %u MiB",
			    WEB_PAYLOAD_BYTES_MAX >> 20);
		buffer_done(&buffer);
	}
	payloads_publish(web->payloads, &buffer);
}

static const char *address_of(void *self)
{
	const struct web *web = self;

	return web->address;
}

const struct exporter web_exporter = {
	.name = "web",
	.start = start,
	.publish_metrics = publish_metrics,
	.address = address_of,
	.stop = stop,
};
