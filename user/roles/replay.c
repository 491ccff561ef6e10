/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap replay FILE`: the stages of decoder and server in this process, fed by a recording. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "capture/record.h"
#include "roles/hit_lines.h"
#include "roles/outputs.h"
#include "roles/pipeline.h"
#include "roles/roles.h"
#include "roles/rule_files.h"
#include "roles/server.h"

struct replay {
	struct server *server;
	struct pipeline *pipeline;
	int64_t realtime_offset_ns;	/* of the recording; known before its first record */
};

static void on_call(void *ctx, const struct call *call)
{
	struct replay *replay = ctx;

	server_on_call(replay->server, call);
	(void)server_flush(replay->server);
}

static void on_chunk(void *ctx, const struct chunk *chunk)
{
	struct replay *replay = ctx;

	pipeline_set_realtime_offset(replay->pipeline, replay->realtime_offset_ns);
	pipeline_on_chunk(replay->pipeline, chunk);
}

static int replay_file(struct replay *replay, const char *file)
{
	auto_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint64_t offset = 0;
	int err;

	if (fd < 0) {
		log_error("cannot open the recording %s: %s", file, strerror(errno));
		return -errno;
	}
	err = recording_replay(fd, on_chunk, replay, &replay->realtime_offset_ns, &offset);
	if (err == -EBADMSG && offset == 0)
		log_error("%s is not a recording of this version of promtap; make one with 'promtap run --record FILE'",
			  file);
	else if (err == -EBADMSG)
		log_error("%s is damaged at byte %" PRIu64 "; what stands before was replayed", file, offset);
	else if (err < 0)
		log_error("cannot read %s: %s", file, strerror(-err));
	return err;
}

static void set_prices(struct replay *replay, const struct options *options)
{
	auto_close int fd = -1;

	if (!options->prices)
		return;
	fd = outputs_open_prices(options->prices);
	if (fd < 0)
		log_error("cannot open the price file %s: %s; the built-in prices are used", options->prices,
			  strerror(-fd));
	else
		server_prices(replay->server, options->prices, fd);
}

static int run(struct replay *replay, const char *file, const struct options *options, int calls_fd)
{
	bool people = isatty(STDOUT_FILENO) && calls_fd < 0;
	struct server_setup server = {
		.exports = {
			.node = options->node,
			.calls_fd = calls_fd,
			.terminal_fd = people ? STDOUT_FILENO : -1,
			.color = !getenv("NO_COLOR"),
		},
		.money = money_place_of(options),
		.state_fd = -1,
	};
	struct rules *rules = NULL;
	struct pipeline_setup stages = {
		.providers = options->providers,
		.gateways = options->gateways,
		.estimate_tokens = options->estimate_tokens,
		.on_call = on_call,
		.ctx = replay,
	};
	int err = options->no_detect ? 0 : rules_load(options, &rules);

	if (err < 0)
		return err;
	stages.rules = rules;
	if (options->redacted_context)
		stages.on_hit = hit_lines_print;
	err = server_new(&server, &replay->server);
	if (err < 0) {
		rules_unref(rules);
		return err;
	}
	set_prices(replay, options);
	replay->pipeline = pipeline_new(&stages);
	rules_unref(rules);
	err = replay->pipeline ? replay_file(replay, file) : -ENOMEM;
	pipeline_free(replay->pipeline);
	server_free(replay->server);
	return err;
}

int replay_run(const char *file, const struct options *options)
{
	struct options only_calls = { .calls = options->calls };
	struct outputs outputs;
	struct replay replay = { 0 };
	int err = outputs_open(&only_calls, &outputs);

	if (err < 0)
		return EXIT_FAILURE;
	err = run(&replay, file, options, outputs.calls);
	outputs_close(&outputs);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
