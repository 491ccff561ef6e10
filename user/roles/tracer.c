/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracer role: loads the kernel half, attaches it to processes, opens
 * every file and starts, limits and restarts the other roles. Privileged, and
 * therefore never looks at traffic or into a file that a workload can write.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach/attach.h"
#include "attach/link.h"
#include "attach/load.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/ring.h"
#include "roles/children.h"
#include "roles/outputs.h"
#include "roles/report.h"
#include "roles/roles.h"
#include "roles/rule_hand.h"
#include "roles/sandbox.h"
#include "roles/server.h"

#define TICK_NS (250 * NSEC_PER_MSEC)
#define START_PATIENCE_NS (20 * NSEC_PER_SEC)
#define STOP_PATIENCE_MS 5000
#define MESSAGES_A_TURN 256
#define INSPECT_PATIENCE_NS (10 * NSEC_PER_SEC)	/* a file that keeps the inspector longer costs it its life */
#define SWEEP_INTERVAL_NS (10 * NSEC_PER_SEC)	/* a lost exit is noticed after this */
#define SWEEP_REST 50				/* times what a sweep took: a large table costs 2 % of a CPU */

static const enum role_id started_roles[] = { ROLE_ID_SERVER, ROLE_ID_DECODER, ROLE_ID_INSPECTOR };

static const enum stat_id restart_stats[ROLE_ID_MAX] = {
	[ROLE_ID_INSPECTOR] = STAT_RESTARTS_INSPECTOR,
	[ROLE_ID_DECODER] = STAT_RESTARTS_DECODER,
	[ROLE_ID_SERVER] = STAT_RESTARTS_SERVER,
};

struct tracer {
	struct settings *settings;
	const struct options *options;	/* of the settings */
	struct kernel_half *kernel;
	struct attach *attach;
	struct ring *ring;		/* to skip what a dead decoder left */
	struct outputs outputs;
	struct child children[ROLE_ID_MAX];
	int rules;			/* file with the image of the rules in use; -1: none */
	int handed;			/* the settings in use, for the server; -1: none */
	int state;			/* folder of what outlives a restart; -1: none */
	int calls_sockets[2];		/* decoder's end, server's end: outlive both */
	int epoll, signals, timer;
	unsigned questions;		/* to the inspector, unanswered */
	uint64_t questions_moved_ns;	/* the last answer, or the first question */
	uint64_t sweep_due_ns, sweep_rest_ns;	/* the next one comes then; none before */
	bool sweep_wanted;
	bool separate;
	bool ending;
	int status;
};

/* ---- what the attach stage asks and says ------------------------------------------------------ */

static int on_inspect(void *ctx, int file_fd, const struct inspect_request *request)
{
	struct tracer *tracer = ctx;
	int socket = tracer->children[ROLE_ID_INSPECTOR].socket;
	int err = socket < 0 ? -EAGAIN : message_send(socket, MESSAGE_INSPECT, request, sizeof(*request), file_fd);

	if (err == 0 && tracer->questions++ == 0)
		tracer->questions_moved_ns = clock_monotonic_ns();
	return err;
}

static void on_inspected(struct tracer *tracer, const struct inspect_reply *reply)
{
	tracer->questions -= tracer->questions > 0;
	tracer->questions_moved_ns = clock_monotonic_ns();
	if (tracer->attach)
		attach_on_inspected(tracer->attach, reply);
}

/* Without answers nothing new would ever be attached. */
static void watch_inspector(struct tracer *tracer, uint64_t now_ns)
{
	struct child *child = &tracer->children[ROLE_ID_INSPECTOR];

	if (tracer->questions == 0 || child->socket < 0 || now_ns < tracer->questions_moved_ns + INSPECT_PATIENCE_NS)
		return;
	log_warn("the inspector does not answer: ended");
	tracer->questions_moved_ns = now_ns;
	child_give_up(child);
}

static bool is_own(void *ctx, pid_t pid)
{
	struct tracer *tracer = ctx;

	for (size_t i = 0; i < ARRAY_SIZE(tracer->children); i++) {
		if (tracer->children[i].pid == pid)
			return true;
	}
	return pid == getpid();
}

static void on_process_gone(void *ctx, uint32_t tgid)
{
	struct tracer *tracer = ctx;

	(void)tgid;
	tracer->sweep_wanted = true;
}

static void on_attached(void *ctx, uint32_t index, uint64_t when_ns)
{
	struct tracer *tracer = ctx;

	(void)kernel_half_set_attached(tracer->kernel, index, when_ns);
}

/* ---- roles ------------------------------------------------------------------------------------ */

static void send_prices(struct tracer *tracer)
{
	struct message_prices message = { 0 };
	auto_close int fd = -1;

	if (!tracer->options->prices || tracer->children[ROLE_ID_SERVER].socket < 0)
		return;
	fd = outputs_open_prices(tracer->options->prices);
	if (fd < 0) {
		log_error("cannot open the price file %s: %s; the prices in use stay", tracer->options->prices,
			  strerror(-fd));
		stats_add(STAT_RELOADS_REFUSED, 1);
		return;
	}
	(void)slice_copy(message.path, sizeof(message.path), slice_of(tracer->options->prices));
	(void)message_send(tracer->children[ROLE_ID_SERVER].socket, MESSAGE_PRICES, &message, sizeof(message), fd);
}

/* What the decoder is given at its start, and at its next ones. */
static int load_rules(struct tracer *tracer)
{
	struct role_context *decoder = &tracer->children[ROLE_ID_DECODER].context;
	struct message_rules place = decoder->setup.rules;
	int fd;

	if (tracer->options->no_detect)
		return 0;
	fd = rule_hand_over(tracer->options, tracer->rules, &place);
	if (fd < 0)
		return fd;
	close_fd(&tracer->rules);
	tracer->rules = fd;
	decoder->fds[ROLE_FD_RULES] = fd;
	decoder->setup.rules = place;
	return 0;
}

static void reload_rules(struct tracer *tracer)
{
	struct child *decoder = &tracer->children[ROLE_ID_DECODER];
	const struct message_rules *message = &decoder->context.setup.rules;

	if (tracer->options->no_detect)
		return;
	if (load_rules(tracer) < 0) {
		log_error("the rules in use stay");
		stats_add(STAT_RULE_RELOADS_REFUSED, 1);
		return;
	}
	if (decoder->socket >= 0)
		(void)message_send(decoder->socket, MESSAGE_RULES, message, sizeof(*message), tracer->rules);
}

/* What the server is given at its start, and at its next ones. */
static int hand_settings(struct tracer *tracer)
{
	struct role_context *server = &tracer->children[ROLE_ID_SERVER].context;
	uint64_t bytes;
	int fd = settings_hand_over(tracer->settings, &bytes);

	if (fd < 0)
		return fd;
	close_fd(&tracer->handed);
	tracer->handed = fd;
	server->fds[ROLE_FD_SETTINGS] = fd;
	server->setup.settings_bytes = bytes;
	return 0;
}

static void send_settings(const struct tracer *tracer)
{
	const struct child *server = &tracer->children[ROLE_ID_SERVER];
	struct message_settings message = { .bytes = server->context.setup.settings_bytes };

	if (server->socket >= 0 &&
	    message_send(server->socket, MESSAGE_SETTINGS, &message, sizeof(message), tracer->handed) < 0)
		log_warn("the server is behind and did not take the new configuration: send SIGHUP again");
}

static void put_names(const struct options *options, struct role_setup *setup)
{
	(void)slice_copy(setup->providers, sizeof(setup->providers), slice_of(options->providers));
	(void)slice_copy(setup->gateways, sizeof(setup->gateways), slice_of(options->gateways));
}

/* Also for decoders that are started later. */
static void send_names(struct tracer *tracer)
{
	struct child *decoder = &tracer->children[ROLE_ID_DECODER];
	struct role_setup *setup = &decoder->context.setup;
	struct message_names message;

	put_names(tracer->options, setup);
	memcpy(message.providers, setup->providers, sizeof(message.providers));
	memcpy(message.gateways, setup->gateways, sizeof(message.gateways));
	if (decoder->socket >= 0)
		(void)message_send(decoder->socket, MESSAGE_NAMES, &message, sizeof(message), -1);
}

/* SIGHUP. The configuration first: it says where prices and rules are. */
static void reload(struct tracer *tracer)
{
	if (settings_read_again(tracer->settings) < 0 || hand_settings(tracer) < 0) {
		log_error("the configuration in use stays");
		stats_add(STAT_SETTINGS_REFUSED, 1);
	} else {
		stats_add(STAT_SETTINGS_OK, 1);
		send_settings(tracer);
		send_names(tracer);
	}
	send_prices(tracer);
	reload_rules(tracer);
}

/* Without it the agent works, and forgets. A server that runs with all privileges leaves no files that the next one,
 * which has none, could not open. */
static void open_state(struct tracer *tracer)
{
	const char *path = tracer->options->state_dir;

	if (strcmp(path, "none") == 0 || !tracer->separate)
		return;
	tracer->state = outputs_open_state(path, SANDBOX_UID);
	if (tracer->state < 0)
		log_warn("alerts and history will not outlive a restart");
}

static int watch(struct tracer *tracer, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(tracer->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int start_role(struct tracer *tracer, enum role_id role)
{
	struct child *child = &tracer->children[role];
	int err;

	/* What a dead decoder left unread is skipped and counted: it may be what killed it. */
	if (role == ROLE_ID_DECODER && child->context.setup.instance > 0) {
		stats_add(STAT_LOST_RESTART, ring_skip(tracer->ring));
		kernel_half_next_decoder(tracer->kernel);
	}
	err = child_start(child, tracer->separate);
	if (err == 0)
		err = watch(tracer, child->socket);
	if (err == 0 && role == ROLE_ID_SERVER)
		send_prices(tracer);
	return err;
}

static void set_up_contexts(struct tracer *tracer)
{
	const struct options *options = tracer->options;
	bool calls_on_stdout = options->calls && strcmp(options->calls, "-") == 0;
	struct role_setup setup = {
		.ring_bytes = options->ring_bytes,
		.has_record = tracer->outputs.record >= 0,
		.has_calls = tracer->outputs.calls >= 0,
		.has_terminal = isatty(STDOUT_FILENO) && !calls_on_stdout,
		.color = !getenv("NO_COLOR"),
		.has_contexts = options->redacted_context,
		.has_state = tracer->state >= 0,
		.estimate_tokens = options->estimate_tokens,
	};
	enum log_level level = LOG_INFO;

	(void)log_level_parse(options->log_level, &level);
	setup.log_level = level;
	(void)slice_copy(setup.listen, sizeof(setup.listen), slice_of(options->listen));
	put_names(options, &setup);
	setup.money = (uint8_t)money_place_of(options);
	(void)slice_copy(setup.node, sizeof(setup.node), slice_of(options->node));
	for (enum role_id role = 0; role < ROLE_ID_MAX; role++) {
		struct child *child = &tracer->children[role];

		child->role = role;
		child->socket = -1;
		child->context.setup = setup;
		for (int i = 0; i < ROLE_FD_MAX; i++)
			child->context.fds[i] = -1;
	}
	tracer->children[ROLE_ID_DECODER].context.fds[ROLE_FD_PEER] = tracer->calls_sockets[0];
	tracer->children[ROLE_ID_DECODER].context.fds[ROLE_FD_RING] = kernel_half_ring_fd(tracer->kernel);
	tracer->children[ROLE_ID_DECODER].context.fds[ROLE_FD_VERDICTS] = kernel_half_verdicts_fd(tracer->kernel);
	tracer->children[ROLE_ID_DECODER].context.fds[ROLE_FD_RECORD] = tracer->outputs.record;
	tracer->children[ROLE_ID_SERVER].context.fds[ROLE_FD_PEER] = tracer->calls_sockets[1];
	tracer->children[ROLE_ID_SERVER].context.fds[ROLE_FD_CALLS] = tracer->outputs.calls;
	tracer->children[ROLE_ID_SERVER].context.fds[ROLE_FD_STATE] = tracer->state;
}

/* A role that cannot even begin (port in use) will not do so the next time. */
static void on_death(struct tracer *tracer, struct child *child)
{
	stats_add(restart_stats[child->role], 1);
	if (child->role == ROLE_ID_INSPECTOR)
		tracer->questions = 0;
	if (child->role == ROLE_ID_INSPECTOR && tracer->attach)
		attach_on_inspector_gone(tracer->attach);
	if (child->context.setup.instance == 1 && !child->was_ready) {
		tracer->status = EXIT_FAILURE;
		tracer->ending = true;
	}
}

static void keep_roles(struct tracer *tracer, uint64_t now_ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(started_roles); i++) {
		struct child *child = &tracer->children[started_roles[i]];

		if (child_reap(child, now_ns))
			on_death(tracer, child);
		if (child->socket < 0 && !tracer->ending && now_ns >= child->restart_due_ns)
			(void)start_role(tracer, child->role);
	}
}

static void on_message(struct tracer *tracer, struct child *child)
{
	static union message_body body;
	enum message_type type;
	int fd = -1;

	/* Some at a time: a role that never stops must not keep us from the rest. */
	for (int i = 0; i < MESSAGES_A_TURN; i++) {
		int err = message_receive(child->socket, &type, &body, &fd);

		close_fd(&fd);
		fd = -1;
		if (err == -EAGAIN)
			return;
		if (err == -EPIPE) {
			(void)epoll_ctl(tracer->epoll, EPOLL_CTL_DEL, child->socket, NULL);
			child_give_up(child);
			return;
		}
		if (err < 0)
			continue;
		if (type == MESSAGE_READY)
			child->ready = child->was_ready = true;
		if (type == MESSAGE_INSPECTED && child->role == ROLE_ID_INSPECTOR)
			on_inspected(tracer, &body.inspected);
	}
}

/* ---- time and signals ------------------------------------------------------------------------- */

static void sweep(struct tracer *tracer, uint64_t now_ns)
{
	uint64_t end_ns;

	if (now_ns < tracer->sweep_rest_ns || (!tracer->sweep_wanted && now_ns < tracer->sweep_due_ns))
		return;
	tracer->sweep_wanted = false;
	(void)kernel_half_sweep(tracer->kernel);
	end_ns = clock_monotonic_ns();
	tracer->sweep_due_ns = end_ns + SWEEP_INTERVAL_NS;
	tracer->sweep_rest_ns = end_ns + SWEEP_REST * (end_ns - now_ns);
}

static void on_tick(struct tracer *tracer)
{
	uint64_t now = clock_monotonic_ns(), expirations;

	(void)!read(tracer->timer, &expirations, sizeof(expirations));
	keep_roles(tracer, now);
	watch_inspector(tracer, now);
	sweep(tracer, clock_monotonic_ns());
	if (tracer->attach && tracer->children[ROLE_ID_SERVER].socket >= 0)
		report_send(tracer->kernel, tracer->attach, tracer->children[ROLE_ID_SERVER].socket);
}

static void on_signal(struct tracer *tracer)
{
	struct signalfd_siginfo info;

	while (read(tracer->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGHUP:
			reload(tracer);
			break;
		case SIGCHLD:
			keep_roles(tracer, clock_monotonic_ns());
			break;
		default:
			tracer->ending = true;
		}
	}
}

static int open_signals(void)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		(void)sigaddset(&set, wanted[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int open_timer(void)
{
	struct itimerspec every = {
		.it_interval = { .tv_nsec = TICK_NS },
		.it_value = { .tv_nsec = TICK_NS },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		(void)timerfd_settime(fd, 0, &every, NULL);
	return fd < 0 ? -errno : fd;
}

/* ---- setting up, running, tearing down -------------------------------------------------------- */

static void dispatch(struct tracer *tracer, int fd)
{
	if (fd == tracer->signals) {
		on_signal(tracer);
	} else if (fd == tracer->timer) {
		on_tick(tracer);
	} else if (tracer->attach && fd == attach_fd(tracer->attach)) {
		attach_dispatch(tracer->attach);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(started_roles); i++) {
			if (tracer->children[started_roles[i]].socket == fd)
				on_message(tracer, &tracer->children[started_roles[i]]);
		}
	}
}

static void turn(struct tracer *tracer)
{
	struct epoll_event events[8];
	int n = epoll_wait(tracer->epoll, events, ARRAY_SIZE(events), -1);

	for (int i = 0; i < n; i++)
		dispatch(tracer, events[i].data.fd);
}

static bool all_ready(const struct tracer *tracer)
{
	for (size_t i = 0; i < ARRAY_SIZE(started_roles); i++) {
		if (!tracer->children[started_roles[i]].ready)
			return false;
	}
	return true;
}

/* Probes come last: what they see must have a reader. */
static int start_roles(struct tracer *tracer)
{
	uint64_t deadline = clock_monotonic_ns() + START_PATIENCE_NS;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(started_roles); i++) {
		err = start_role(tracer, started_roles[i]);
		if (err < 0)
			return err;
	}
	while (!all_ready(tracer) && !tracer->ending) {
		if (clock_monotonic_ns() > deadline) {
			log_error("the roles do not get ready in time");
			return -ETIMEDOUT;
		}
		turn(tracer);
	}
	return 0;
}

static int load_kernel_half(struct tracer *tracer)
{
	struct kernel_half_setup setup = {
		.ring_bytes = tracer->options->ring_bytes,
		.call_limit = { tracer->options->capture_write_bytes, tracer->options->capture_read_bytes },
		.agent_tgid = (uint32_t)getpid(),
		.multi = !tracer->options->perf_uprobes && link_probe_multi() == 0,
	};
	int err = kernel_half_load(&setup, &tracer->kernel);

	if (err < 0)
		return err;
	tracer->ring = ring_new(kernel_half_ring_fd(tracer->kernel), tracer->options->ring_bytes);
	return tracer->ring ? 0 : -errno;
}

static int start_attaching(struct tracer *tracer)
{
	struct attach_hooks hooks = {
		.ctx = tracer,
		.inspect = on_inspect,
		.is_own = is_own,
		.on_process_gone = on_process_gone,
		.on_attached = on_attached,
	};
	struct attach_programs programs;
	int err;

	kernel_half_programs(tracer->kernel, &programs);
	tracer->attach = attach_new(&programs, &hooks);
	if (!tracer->attach)
		return -errno;
	err = watch(tracer, attach_fd(tracer->attach));
	return err < 0 ? err : attach_scan(tracer->attach);
}

/* Each attached file holds up to 19 descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int set_up(struct tracer *tracer)
{
	int err;

	raise_descriptor_limit();
	/* Until signals are taken; the prices are read after that anyway. */
	(void)signal(SIGHUP, SIG_IGN);
	err = load_kernel_half(tracer);
	if (err == 0)
		err = outputs_open(tracer->options, &tracer->outputs);
	if (err == 0)
		err = message_pair(tracer->calls_sockets);
	if (err < 0)
		return err;
	open_state(tracer);
	set_up_contexts(tracer);
	err = load_rules(tracer);
	if (err == 0)
		err = hand_settings(tracer);
	if (err < 0)
		return err;
	tracer->epoll = epoll_create1(EPOLL_CLOEXEC);
	tracer->signals = open_signals();
	tracer->timer = open_timer();
	if (tracer->epoll < 0 || watch(tracer, tracer->signals) < 0 || watch(tracer, tracer->timer) < 0)
		return -errno;
	err = start_roles(tracer);
	return err < 0 || tracer->ending ? err : start_attaching(tracer);
}

/* Detach first, then the decoder empties the ring, then the server writes what it got. */
static void tear_down(struct tracer *tracer)
{
	static const enum role_id order[] = { ROLE_ID_INSPECTOR, ROLE_ID_DECODER, ROLE_ID_SERVER };

	attach_free(tracer->attach);
	tracer->attach = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		child_stop(&tracer->children[order[i]], STOP_PATIENCE_MS);
	}
	ring_free(tracer->ring);
	kernel_half_free(tracer->kernel);
	outputs_close(&tracer->outputs);
	for (int i = 0; i < 2; i++)
		close_fd(&tracer->calls_sockets[i]);
	close_fd(&tracer->rules);
	close_fd(&tracer->handed);
	close_fd(&tracer->state);
	close_fd(&tracer->epoll);
	close_fd(&tracer->signals);
	close_fd(&tracer->timer);
}

int tracer_run(struct settings *settings)
{
	struct tracer tracer = {
		.settings = settings,
		.options = &settings->line.options,
		.outputs = { -1, -1 },
		.rules = -1,
		.handed = -1,
		.state = -1,
		.calls_sockets = { -1, -1 },
		.epoll = -1,
		.signals = -1,
		.timer = -1,
		.separate = !settings->line.options.no_separation,
	};

	for (size_t i = 0; i < ARRAY_SIZE(tracer.children); i++)
		tracer.children[i].socket = -1;
	if (set_up(&tracer) < 0)
		tracer.status = EXIT_FAILURE;
	while (tracer.status == EXIT_SUCCESS && !tracer.ending)
		turn(&tracer);
	tear_down(&tracer);
	return tracer.status;
}
