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
#include "export/tls_front.h"
#include "export/web_api.h"
#include "export/web_counts.h"

struct web {
	struct mg_context *civetweb;
	struct payloads *payloads;
	const atomic_bool *ready;
	struct web_gate gate;
	/* Listens on a loopback address: whoever comes is on this machine, also where civetweb knows no IPv6 and so cannot
	 * say who it is. */
	bool local;
	struct tls_pair *tls;		/* null, as the next two: clients come to civetweb themselves */
	struct tls_front *front;
	struct tls_peers *peers;
	struct web_counts counts;
	struct web_figures figures;
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

#define INTERNAL "127.0.0.1:0"	/* a port that the system chooses */
#define FEATURE_IPV6 8	/* mg_check_feature() */
#define TEXT "text/plain; charset=utf-8"

/* ---- answers ---- */

static void answer_text(struct web_request *request, int status, struct slice text)
{
	const struct answer answer = { .status = status, .type = TEXT, .body = text };

	answer_send(request, &answer);
}

static void answer_index_page(struct web *web, struct web_request *request)
{
	const struct answer answer = { .status = 200, .type = "text/html; charset=utf-8", .body = SLICE(index_page) };

	(void)web;
	answer_send(request, &answer);
}

static void answer_metrics(struct web *web, struct web_request *request)
{
	struct answer answer = { .status = 200, .type = PROMETHEUS_CONTENT_TYPE };
	struct payload *payload;

	if (web->gate.access && !web_metrics_allowed(&web->gate, request))
		return;
	payload = payloads_get(web->payloads);
	if (!payload) {
		answer_text(request, 503, SLICE("no figures yet\n"));
		return;
	}
	answer.body = payload_bytes(payload);
	answer_send(request, &answer);
	payload_put(payload);
}

static void answer_health(struct web *web, struct web_request *request)
{
	(void)web;
	answer_text(request, 200, SLICE("ok\n"));
}

static void answer_ready(struct web *web, struct web_request *request)
{
	if (atomic_load(web->ready))
		answer_text(request, 200, SLICE("ready\n"));
	else
		answer_text(request, 503, SLICE("not ready: the tracer or the decoder is not up yet\n"));
}

static const struct {
	const char *path;
	enum web_route route;
	void (*answer)(struct web *web, struct web_request *request);
} routes[] = {
	{ "/", WEB_ROUTE_INDEX, answer_index_page },
	{ "/metrics", WEB_ROUTE_METRICS, answer_metrics },
	{ "/healthz", WEB_ROUTE_HEALTH, answer_health },
	{ "/readyz", WEB_ROUTE_READY, answer_ready },
};

/* Of the API, whose row is not among the routes, none. */
static enum web_route route_of(const struct web *web, const char *path, size_t *ret_row)
{
	*ret_row = ARRAY_SIZE(routes);
	if (web->gate.access && web_api_has(path))
		return WEB_ROUTE_API;
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (strcmp(path, routes[i].path) == 0) {
			*ret_row = i;
			return routes[i].route;
		}
	}
	return WEB_ROUTE_OTHER;
}

/* Who asks; false: nobody that came through the front, and none else is to come. */
static bool find_peer(struct web *web, struct web_request *request)
{
	const struct mg_request_info *info = mg_get_request_info(request->connection);

	if (web->peers)
		return tls_peers_find(web->peers, info->remote_addr, info->remote_port, request->peer);
	(void)snprintf(request->peer, sizeof(request->peer), "%s", info->remote_addr);
	if (request->peer[0] == '\0' && web->local)
		(void)snprintf(request->peer, sizeof(request->peer), "::1");
	return true;
}

static void answer(struct web *web, struct web_request *request, enum web_route route, size_t row)
{
	const char *method = mg_get_request_info(request->connection)->request_method;

	if (!find_peer(web, request)) {
		atomic_fetch_add_explicit(&web->counts.strangers, 1, memory_order_relaxed);
		problem_send(request, 403, "this port is promtap's own; ask at the address that it listens on, by https");
	} else if (route == WEB_ROUTE_API) {
		web_api_answer(&web->gate, request);
	} else if (request->with_body && strcmp(method, "GET") != 0) {
		answer_text(request, 405, SLICE("only GET and HEAD\n"));
	} else if (row < ARRAY_SIZE(routes)) {
		routes[row].answer(web, request);
	} else {
		answer_text(request, 404, SLICE("not found; see /\n"));
	}
}

/* Answers every request, so that nothing of civetweb's own (files, folders,
 * CGI, uploads) is ever reached. */
static int begin_request(struct mg_connection *connection)
{
	const struct mg_request_info *info = mg_get_request_info(connection);
	struct web *web = info->user_data;
	struct web_request request = { .connection = connection, .with_body = strcmp(info->request_method, "HEAD") != 0 };
	size_t row;
	enum web_route route = route_of(web, info->local_uri, &row);

	answer(web, &request, route, row);
	web_counts_request(&web->counts, route, request.status);
	return request.status;
}

/* What civetweb itself answers, because it is no request. */
static int on_error(struct mg_connection *connection, int status, const char *message)
{
	struct web *web = mg_get_user_data(mg_get_context(connection));

	(void)message;
	web_counts_request(&web->counts, WEB_ROUTE_OTHER, status);
	return 1;
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
	static const struct mg_callbacks callbacks = { .begin_request = begin_request, .http_error = on_error,
						       .log_message = log_message };
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

static void set_address(struct web *web, const char *scheme, const struct listen_address *address, uint16_t port)
{
	(void)snprintf(web->address, sizeof(web->address), "%s://%s:%u/metrics", scheme, address->host, port);
}

static int start_plain(struct web *web, const struct listen_address *address)
{
	bool replace = address->address.ss_family == AF_INET6 && !mg_check_feature(FEATURE_IPV6);
	char where[96] = INTERNAL;
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
	set_address(web, "http", address, port);
	return err;
}

static int start_front(struct web *web, uint16_t internal, int *listener)
{
	const struct tls_front_setup setup = { .listener = *listener, .port = internal, .pair = web->tls,
					       .peers = web->peers, .outcomes = web->counts.outcomes };
	int err = tls_front_new(&setup, &web->front);

	if (err < 0)
		return err;
	*listener = -1;
	return tls_front_start(web->front);
}

/* Who asks is known before anybody can. */
static int start_tls(struct web *web, const struct listen_address *address)
{
	char error[LISTEN_ERROR_BYTES];
	auto_close int listener = listen_open(address, error);
	uint16_t internal = 0;
	int err;

	if (listener < 0) {
		log_error("%s", error);
		return listener;
	}
	set_address(web, "https", address, listen_port(listener));
	web->peers = tls_peers_new(TLS_FRONT_LINKS);
	err = web->peers ? run_civetweb(web, INTERNAL, &internal) : -ENOMEM;
	return err < 0 ? err : start_front(web, internal, &listener);
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
	web->gate = (struct web_gate){ context->setup->access, context->setup->asks };
	web->local = is_local(&address);
	web->tls = context->setup->tls;
	web->payloads = payloads_new(context->wake_fd, WEB_FRESH_MS, WEB_RENDER_MS);
	if (!web->payloads || web_figures_init(&web->figures, context->metrics, web->tls) < 0)
		return -ENOMEM;
	return web->tls ? start_tls(web, &address) : start_plain(web, &address);
}

static void stop(void *self)
{
	struct web *web = self;

	if (web->payloads)
		payloads_stop(web->payloads);
	if (web->gate.asks)
		asks_stop(web->gate.asks);
	/* Before civetweb, whose threads would wait for clients that the front still has. */
	if (web->front)
		tls_front_stop(web->front);
	tls_front_free(web->front);
	if (web->civetweb)
		mg_stop(web->civetweb);
	tls_peers_free(web->peers);
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
	int64_t until_unix_s;

	web_figures_update(&web->figures, &web->counts);
	if (web->tls && tls_pair_runs_out(web->tls, &until_unix_s))
		web_figures_set_expiry(&web->figures, until_unix_s);
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
