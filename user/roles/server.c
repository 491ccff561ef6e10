/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server role: finished calls and counters in, figures out. Sees no
 * content. All that follows a finished call runs on its one thread; civetweb's
 * threads only send finished payloads.
 */
#include "roles/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "api/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wall.h"
#include "config/options.h"
#include "export/access.h"
#include "export/asks.h"
#include "export/tls_pair.h"
#include "export/web.h"
#include "roles/judgement.h"
#include "roles/setup.h"

#define WAIT_MS 1000
#define WAIT_FLUSH_MS 20	/* an output is behind: try again soon */
#define MESSAGES_A_TURN 1024	/* of one socket; then the others have their turn */
#define MESSAGES_LEFT_MAX 65536	/* more than a socket's buffer holds */

struct server {
	struct analysis *analysis;
	struct exporters *exporters;
	struct judgement *judgement;	/* null: calls are not judged */
	struct settings settings;	/* that it uses */
	struct access *access;		/* null, as the next: there is no API */
	struct asks *asks;
	struct tls_pair *tls;		/* null: the web server speaks plain HTTP */
	int64_t started_unix_ns, tick_unix_s;
	struct wall wall;
	bool role_heard[ROLE_ID_MAX];
};

enum money_place money_place_of(const struct options *options)
{
	return strcmp(options->money, "gateway") == 0 ? MONEY_AT_GATEWAY : MONEY_AT_APPLICATION;
}

static void on_priced(void *ctx, const struct call *call)
{
	struct server *server = ctx;

	if (server->judgement)
		judgement_call(server->judgement, call);
	exporters_call(server->exporters, call);
}

/* Answers only what is judged, and nobody could ask without the web server. */
static int start_api(struct server *server, const struct server_setup *setup, struct export_setup *exports)
{
	if (!setup->settings || !exports->listen)
		return 0;
	server->access = access_new(setup->settings->web);
	server->asks = asks_new(WEB_ASKS, WEB_ASK_MS);
	exports->access = server->access;
	exports->asks = server->asks;
	return server->access && server->asks ? 0 : -ENOMEM;
}

/* The tracer has looked at it before. */
static int start_tls(struct server *server, const struct server_setup *setup, struct export_setup *exports)
{
	char problem[FIELD_PROBLEM_BYTES];

	if (!setup->settings || !exports->listen || !setup->settings->web->tls.certificate)
		return 0;
	server->tls = tls_pair_new(&setup->settings->web->tls, problem);
	if (!server->tls)
		log_error("web.tls: %s", problem);
	exports->tls = server->tls;
	return server->tls ? 0 : -EINVAL;
}

static int start_exports(struct server *server, const struct server_setup *setup)
{
	struct export_setup exports = setup->exports;
	int err = start_api(server, setup, &exports);

	exports.otlp = setup->settings ? setup->settings->otlp : NULL;
	if (err == 0)
		err = start_tls(server, setup, &exports);
	return err < 0 ? err : exporters_start(&exports, analysis_metrics(server->analysis), &server->exporters);
}

static int start_judging(struct server *server, const struct server_setup *setup)
{
	if (!setup->settings)
		return 0;
	server->settings = *setup->settings;
	memset(setup->settings, 0, sizeof(*setup->settings));
	return judgement_new(&server->settings, setup->money, setup->state_fd, server->analysis,
			     (int64_t)clock_ns(CLOCK_REALTIME), &server->judgement);
}

int server_new(const struct server_setup *setup, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	int err = -ENOMEM;

	if (server)
		server->analysis = analysis_new(promtap_version, setup->money, on_priced, server);
	if (server && server->analysis) {
		server->started_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME);
		err = start_exports(server, setup);
	}
	if (err == 0)
		err = start_judging(server, setup);
	if (err < 0) {
		server_free(server);
		return err;
	}
	*ret = server;
	return 0;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	if (server->exporters)
		exporters_stop(server->exporters);
	/* The threads of the web server are gone. */
	asks_free(server->asks);
	access_free(server->access);
	tls_pair_free(server->tls);
	judgement_free(server->judgement);
	settings_done(&server->settings);
	analysis_free(server->analysis);
	free(server);
}

void server_on_call(void *ctx, const struct call *call)
{
	struct server *server = ctx;
	struct call priced = *call;

	analysis_call(server->analysis, &priced);
}

/* Once the tracer has attached and the decoder runs: both report from then on. */
static bool is_ready(const struct server *server)
{
	return server->role_heard[ROLE_ID_TRACER] && server->role_heard[ROLE_ID_DECODER];
}

static void on_stats(struct server *server, enum role_id from, const struct message_stats *message)
{
	if (message->role != (uint32_t)from)
		return;
	analysis_stats(server->analysis, message->role, message->instance, message->values);
	if (server->judgement)
		judgement_stats(server->judgement, message->role, message->instance, message->values);
	server->role_heard[message->role] = true;
	if (is_ready(server))
		exporters_set_ready(server->exporters, true);
}

static void on_coverage(struct server *server, const struct message_coverage *message)
{
	struct coverage_row rows[COVERAGE_STACKS_MAX];
	char names[COVERAGE_STACKS_MAX][sizeof(message->stacks[0].stack) + 1];
	size_t count = message->count < COVERAGE_STACKS_MAX ? message->count : COVERAGE_STACKS_MAX;

	for (size_t i = 0; i < count; i++) {
		const char *stack = message->stacks[i].stack;

		(void)slice_copy(names[i], sizeof(names[i]),
				 (struct slice){ stack, strnlen(stack, sizeof(message->stacks[i].stack)) });
		rows[i] = (struct coverage_row){ names[i], message->stacks[i].covered, message->stacks[i].uncovered };
	}
	analysis_coverage(server->analysis, rows, count);
	if (server->judgement)
		judgement_coverage(server->judgement, rows, count);
}

void server_prices(struct server *server, const char *path, int fd)
{
	char error[PRICE_ERROR_BYTES];
	int err = analysis_prices(server->analysis, path, fd, error);

	stats_add(err < 0 ? STAT_RELOADS_REFUSED : STAT_RELOADS_OK, 1);
	if (err < 0)
		log_error("%s; the prices in use stay", error);
	else
		log_info("prices of %s are in use, over the built-in table", path);
}

static void on_prices(struct server *server, const struct message_prices *message, int fd)
{
	char path[sizeof(message->path) + 1];

	(void)slice_copy(path, sizeof(path), (struct slice){ message->path, strnlen(message->path, sizeof(message->path)) });
	if (fd >= 0)
		server_prices(server, path, fd);
}

/* Of another certificate, and of the same again: its file may have been made anew. 0; -EINVAL: logged, the one in use stays. */
static int use_tls(struct server *server)
{
	const struct tls_config *config = &server->settings.web->tls;
	char problem[FIELD_PROBLEM_BYTES];

	if (!server->tls != !config->certificate && server->access)
		log_warn("web.tls has been turned %s: it holds from the next start on", config->certificate ? "on" : "off");
	if (!server->tls || !config->certificate || tls_pair_use(server->tls, config, problem) == 0)
		return 0;
	log_error("web.tls: %s; the certificate in use stays", problem);
	return -EINVAL;
}

/* As judgement_use(). */
static int use_settings(struct server *server)
{
	const struct export_setup exports = { .otlp = server->settings.otlp };
	int err = judgement_use(server->judgement, &server->settings);

	if (err < 0)
		return err;
	exporters_use(server->exporters, &exports);
	if (server->access && access_use(server->access, server->settings.web) < 0) {
		log_error("tokens and networks of the web server stay as they were: %s", strerror(ENOMEM));
		err = 1;
	}
	return use_tls(server) < 0 ? 1 : err;
}

/* The old settings stay until all have let go of them. */
static void on_settings(struct server *server, const struct message_settings *message, int fd)
{
	struct settings old = server->settings, taken = { 0 };
	int err;

	if (!server->judgement || settings_take(fd, message->bytes, &taken) < 0) {
		settings_done(&taken);
		return;
	}
	server->settings = taken;
	err = use_settings(server);
	if (err < 0) {
		server->settings = old;
		settings_done(&taken);
		return;
	}
	if (err == 0)
		log_info("the new configuration is in use");
	settings_done(&old);
}

/* What follows has to know before it is given the time. */
static void watch_clock(struct server *server, int64_t now_unix_ns, int64_t steady_ns)
{
	int64_t step_ns = wall_step(&server->wall, now_unix_ns, steady_ns);

	if (step_ns == 0)
		return;
	log_warn("the clock was set by %+lld s; cooldowns and silences go on by the time that passes",
		 (long long)(step_ns / (int64_t)NSEC_PER_SEC));
	judgement_clock_set(server->judgement, step_ns);
}

void server_tick(struct server *server, int64_t now_unix_ns, int64_t steady_ns)
{
	int64_t second = now_unix_ns / (int64_t)NSEC_PER_SEC;

	if (!server->judgement)
		return;
	watch_clock(server, now_unix_ns, steady_ns);
	if (second == server->tick_unix_s)
		return;
	server->tick_unix_s = second;
	judgement_tick(server->judgement, now_unix_ns, steady_ns);
}

/* The decoder reads hostile bytes: were it taken over, it could still tell of calls only. */
static bool may_tell(enum role_id from, enum message_type type)
{
	if (from == ROLE_ID_DECODER)
		return type == MESSAGE_CALL || type == MESSAGE_STATS;
	return from == ROLE_ID_TRACER && type != MESSAGE_CALL;
}

static void on_call(struct server *server, const struct call *call)
{
	if (call_check(call, sizeof(*call)) == 0)
		server_on_call(server, call);
	else
		stats_add(STAT_CALLS_LOST, 1);
}

void server_on_message(struct server *server, enum role_id from, enum message_type type,
		       const union message_body *body, int fd)
{
	if (!may_tell(from, type))
		return;
	switch (type) {
	case MESSAGE_CALL:
		on_call(server, &body->call);
		break;
	case MESSAGE_STATS:
		on_stats(server, from, &body->stats);
		break;
	case MESSAGE_COVERAGE:
		on_coverage(server, &body->coverage);
		break;
	case MESSAGE_PRICES:
		on_prices(server, &body->prices, fd);
		break;
	case MESSAGE_SETTINGS:
		on_settings(server, &body->settings, fd);
		break;
	default:
		break;
	}
}

int server_fd(const struct server *server)
{
	return exporters_fd(server->exporters);
}

void server_serve(struct server *server)
{
	exporters_serve(server->exporters, analysis_metrics(server->analysis));
}

int server_asks_fd(const struct server *server)
{
	return server->asks ? asks_fd(server->asks) : -1;
}

static void on_question(void *ctx, const struct question *question, struct reply *ret)
{
	struct server *server = ctx;
	struct judgement_parts parts = judgement_parts(server->judgement);
	int64_t now_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	const struct api_view view = {
		.status = {
			.version = promtap_version,
			.started_unix_ns = server->started_unix_ns,
			.ready = is_ready(server),
			.tracer = server->role_heard[ROLE_ID_TRACER],
			.decoder = server->role_heard[ROLE_ID_DECODER],
			.state_folder = parts.folder,
			.history = parts.history,
			.notify = parts.notify,
		},
		.analysis = server->analysis,
		.judge = judgement_judge(server->judgement),
		.judge_config = server->settings.judge,
		.alerts = judgement_alerts(server->judgement),
		.transitions = judgement_transitions(server->judgement),
		.access = server->access,
		.now_unix_ns = now_unix_ns,
	};

	watch_clock(server, now_unix_ns, (int64_t)clock_ns(CLOCK_BOOTTIME));
	api_answer(&view, question, ret);
}

void server_answer(struct server *server)
{
	asks_serve(server->asks, on_question, server);
}

bool server_flush(struct server *server)
{
	return exporters_flush(server->exporters);
}

/* ---- the role --------------------------------------------------------------------------------- */

/* Takes what is there, `max` messages at most: a sender that never stops must
 * not keep us from the rest. Returns whether it wants, or has come to, an end. */
static bool drain(struct server *server, enum role_id from, int socket, unsigned max)
{
	static _Thread_local union message_body body;
	enum message_type type;
	bool ending = false;
	int fd = -1, err = 0;

	for (unsigned i = 0; i < max; i++) {
		err = message_receive(socket, &type, &body, &fd);
		if (err == -EAGAIN || err == -EPIPE)
			break;
		if (err == 0)
			server_on_message(server, from, type, &body, fd);
		ending |= err == 0 && type == MESSAGE_SHUTDOWN;
		close_fd(&fd);
		fd = -1;
	}
	return ending || err == -EPIPE;
}

static void report_own_stats(struct server *server, uint32_t instance)
{
	analysis_stats(server->analysis, ROLE_ID_SERVER, instance, stats);
}

static int watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int loop(struct server *server, const struct role_context *context)
{
	int tracer = context->fds[ROLE_FD_TRACER], decoder = context->fds[ROLE_FD_PEER];
	int asks = server_asks_fd(server);
	auto_close int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[5];
	bool ending = false;

	if (epoll < 0 || watch(epoll, tracer) < 0 || watch(epoll, decoder) < 0 || watch(epoll, server_fd(server)) < 0 ||
	    (asks >= 0 && watch(epoll, asks) < 0))
		return -errno;
	while (!ending) {
		int n = epoll_wait(epoll, events, ARRAY_SIZE(events), server_flush(server) ? WAIT_FLUSH_MS : WAIT_MS);

		/* The decoder's calls first: the tracer's SHUTDOWN comes after the decoder has ended. */
		(void)drain(server, ROLE_ID_DECODER, decoder, MESSAGES_A_TURN);
		ending = drain(server, ROLE_ID_TRACER, tracer, MESSAGES_A_TURN);
		report_own_stats(server, context->setup.instance);
		server_tick(server, (int64_t)clock_ns(CLOCK_REALTIME), (int64_t)clock_ns(CLOCK_BOOTTIME));
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == server_fd(server))
				server_serve(server);
			else if (events[i].data.fd == asks)
				server_answer(server);
		}
	}
	(void)drain(server, ROLE_ID_DECODER, decoder, MESSAGES_LEFT_MAX);
	return 0;
}

int server_main(const struct role_context *context)
{
	struct settings settings = { 0 };
	struct server_setup setup = {
		.exports = {
			.listen = context->setup.listen,
			.node = context->setup.node,
			.calls_fd = context->setup.has_calls ? context->fds[ROLE_FD_CALLS] : -1,
			.terminal_fd = context->setup.has_terminal ? STDOUT_FILENO : -1,
			.color = context->setup.color,
		},
		.money = context->setup.money,
		.settings = &settings,
		.state_fd = context->setup.has_state ? context->fds[ROLE_FD_STATE] : -1,
	};
	struct server *server;
	int err = settings_take(context->fds[ROLE_FD_SETTINGS], context->setup.settings_bytes, &settings);

	if (err == 0)
		err = server_new(&setup, &server);
	settings_done(&settings);

	if (err < 0)
		return EXIT_FAILURE;
	err = message_send(context->fds[ROLE_FD_TRACER], MESSAGE_READY, NULL, 0, -1);
	if (err == 0)
		err = loop(server, context);
	if (err < 0)
		log_error("the server stops: %s", strerror(-err));
	server_free(server);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
