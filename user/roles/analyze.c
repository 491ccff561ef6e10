/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `promtap analyze FILE`, `promtap analyze --since 7d`: call records of a file,
 * or the calls of the history, through the judge and the alerts, as the server has them. The clock is that of the records: a call is there when it
 * ended, and a second is over when a call of a later one comes. A file whose
 * records stand in another order is taken again in that of their ends; what comes
 * through a pipe cannot be: a record of a second that is over is then taken into
 * the one at hand, as a call that reaches the server late is; its cost is of its
 * own day.
 */
#include "roles/analyze.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/counting.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "history/history.h"
#include "llm/call_read.h"
#include "roles/record_index.h"
#include "roles/roles.h"
#include "roles/server.h"
#include "roles/state_folder.h"
#include "roles/text_lines.h"

#define SECOND_NS ((int64_t)NSEC_PER_SEC)
#define SECONDS_MAX (INT64_MAX / SECOND_NS - 2)
#define TRANSITIONS_MAX 10000
#define COMPLAINTS_MAX 10	/* lines that are named one by one */

/* Without calls nothing happens but that alerts resolve and days end: each second is a tick for so long, and then every
 * sixty-fourth part of the pause, so that a year is a thousand ticks. */
#define PAUSE_EXACT_SECONDS 3600
#define PAUSE_PARTS 64

struct analyze {
	const struct settings *settings;
	struct counting *counting;
	struct judge *judge;
	struct alerts *alerts;
	struct call_reader *reader;
	const char *file;		/* for messages */
	int64_t now_unix_ns;		/* of the tick at hand */
	int64_t second;			/* that is gathered */
	bool begun;
	struct transition *transitions;
	struct analyze_result result;
	uint64_t line;
	bool again;			/* what was read can be read again */
	struct record_index index;
};

/* ---- time ------------------------------------------------------------------------------------------------- */

static void on_alert(void *ctx, const struct alert *alert, bool notify)
{
	struct analyze *analyze = ctx;
	struct transition *transition = &analyze->transitions[analyze->result.transition_count];

	(void)notify;
	if (analyze->result.transition_count == TRANSITIONS_MAX) {
		analyze->result.transitions_left_out++;
		return;
	}
	*transition = (struct transition){
		.unix_ns = alert->changed_unix_ns,
		.state = alert->state,
		.severity = alert->severity,
		.kind = alert->kind,
		.value = alert->value,
		.threshold = alert->threshold,
	};
	memcpy(transition->service, alert->service, sizeof(transition->service));
	memcpy(transition->model, alert->model, sizeof(transition->model));
	memcpy(transition->detail, alert->detail, sizeof(transition->detail));
	memcpy(transition->note, alert->note, sizeof(transition->note));
	analyze->result.transition_count++;
}

static void on_reading(void *ctx, const struct reading *reading)
{
	struct analyze *analyze = ctx;

	alerts_reading(analyze->alerts, reading, analyze->now_unix_ns);
}

static void tick(struct analyze *analyze, int64_t second)
{
	analyze->now_unix_ns = second * SECOND_NS;
	judge_tick(analyze->judge, analyze->now_unix_ns, on_reading, analyze);
	alerts_tick(analyze->alerts, analyze->now_unix_ns);
}

/* The seconds before `second` are over. */
static void advance(struct analyze *analyze, int64_t second)
{
	int64_t from = analyze->second + 1;

	for (int64_t at = from; at <= second;) {
		int64_t pause = at - from;

		tick(analyze, at);
		at += pause < PAUSE_EXACT_SECONDS ? 1 : pause / PAUSE_PARTS;
	}
	analyze->second = second;
}

static int64_t second_of_end(const struct call *call)
{
	int64_t end = call->time_unix_ns, second;

	if (call->duration_ns > 0 && __builtin_add_overflow(end, call->duration_ns, &end))
		end = INT64_MAX;
	second = end / SECOND_NS;
	return second < SECONDS_MAX ? second : SECONDS_MAX;
}

static void take_call(struct analyze *analyze, const struct call *call)
{
	int64_t second = second_of_end(call);
	struct call counted;

	analyze->result.records++;
	if (!analyze->begun)
		analyze->second = second;
	analyze->begun = true;
	if (second > analyze->second)
		advance(analyze, second);
	analyze->result.late += second < analyze->second;
	counted = *call;
	counting_set(analyze->counting, &counted);
	judge_call(analyze->judge, &counted);
}

/* ---- lines ------------------------------------------------------------------------------------------------- */

static void refuse(struct analyze *analyze, const char *problem)
{
	if (analyze->result.refused++ < COMPLAINTS_MAX)
		log_error("%s:%" PRIu64 ": %s; the line is left out", analyze->file, analyze->line, problem);
}

static bool is_blank(struct slice line)
{
	size_t at = 0;

	while (at < line.len && memchr(" \t\r", line.ptr[at], 3))
		at++;
	return at == line.len;
}

static int take_line(struct analyze *analyze, struct slice line, uint64_t offset)
{
	char problem[CALL_PROBLEM_BYTES];
	struct record_place place = { .offset = offset, .len = (uint32_t)line.len };
	struct call call;
	int err = 0;

	if (is_blank(line))
		return 0;
	if (call_read(analyze->reader, line, &call, problem) < 0) {
		refuse(analyze, problem);
	} else if (call.time_unix_ns == CALL_UNKNOWN) {
		refuse(analyze, "time: is missing");
	} else {
		place.second = second_of_end(&call);
		err = analyze->again ? record_index_add(&analyze->index, &place) : 0;
		take_call(analyze, &call);
	}
	return err;
}

static int take_file(struct analyze *analyze, int fd)
{
	struct text_lines lines;
	struct slice line;
	int err, taken = 0;

	text_lines_init(&lines, fd);
	while (taken == 0 && ((err = text_lines_next(&lines, &line)) > 0 || err == -E2BIG)) {
		analyze->line++;
		if (err > 0)
			taken = take_line(analyze, line, lines.offset);
		else
			refuse(analyze, "is over 1 MiB");
	}
	text_lines_done(&lines);
	err = taken < 0 ? taken : err;
	if (err < 0)
		log_error("cannot read %s: %s", analyze->file, strerror(-err));
	return err;
}

/* A place that does not hold its record any more is passed over: the file is being written. */
static void take_place(struct analyze *analyze, int fd, const struct record_place *place, char *bytes)
{
	ssize_t n = pread(fd, bytes, place->len, (off_t)place->offset);
	char problem[CALL_PROBLEM_BYTES];
	struct call call;

	if (n == (ssize_t)place->len &&
	    call_read(analyze->reader, (struct slice){ bytes, place->len }, &call, problem) == 0 &&
	    call.time_unix_ns != CALL_UNKNOWN)
		take_call(analyze, &call);
}

static int take_in_order(struct analyze *analyze, int fd)
{
	struct record_index *index = &analyze->index;
	auto_free char *bytes = malloc(TEXT_LINE_BYTES_MAX);

	if (!bytes)
		return -ENOMEM;
	record_index_sort(index);
	for (size_t i = 0; i < index->count; i++)
		take_place(analyze, fd, &index->places[i], bytes);
	return 0;
}

static void take_stored(void *ctx, const struct call *call)
{
	take_call(ctx, call);
}

static int take_history(struct analyze *analyze, const struct options *options)
{
	auto_close int folder = state_folder_open_as_owner(options->state_dir);
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME), count;

	if (folder < 0)
		return -EINVAL;
	count = history_calls(folder, now - (int64_t)options->since, SIZE_MAX, take_stored, analyze);
	return count < 0 ? (int)count : 0;
}

/* ---- the command -------------------------------------------------------------------------------------------- */

/* A judge and alerts that know nothing yet. */
static int begin(struct analyze *analyze, const struct settings *settings)
{
	counting_free(analyze->counting);
	judge_free(analyze->judge);
	alerts_free(analyze->alerts);
	analyze->counting = counting_new();
	analyze->judge = judge_new(settings->judge, money_place_of(&settings->line.options), NULL);
	analyze->alerts = alerts_new(settings->alerts, NULL, on_alert, analyze);
	analyze->begun = false;
	analyze->result = (struct analyze_result){
		.refused = analyze->result.refused,
		.window = settings->judge->window,
		.drift_window = settings->judge->drift_window,
		.judge = analyze->judge,
		.transitions = analyze->transitions,
	};
	return analyze->counting && analyze->judge && analyze->alerts ? 0 : -ENOMEM;
}

static int set_up(struct analyze *analyze, const struct settings *settings)
{
	int err;

	analyze->settings = settings;
	analyze->reader = call_reader_new();
	analyze->transitions = calloc(TRANSITIONS_MAX, sizeof(*analyze->transitions));
	err = begin(analyze, settings);
	if (err == 0 && analyze->reader && analyze->transitions)
		return 0;
	log_error("out of memory");
	return -ENOMEM;
}

static void tear_down(struct analyze *analyze)
{
	counting_free(analyze->counting);
	judge_free(analyze->judge);
	alerts_free(analyze->alerts);
	call_reader_free(analyze->reader);
	record_index_done(&analyze->index);
	free(analyze->transitions);
}

static int print(const struct analyze *analyze, bool json)
{
	int err = 0;

	if (json)
		err = analyze_print_json(&analyze->result, stdout);
	else
		analyze_print_table(&analyze->result, stdout);
	if (err == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		err = -EIO;
	if (err < 0)
		log_error("the result cannot be printed: %s", strerror(-err));
	return err;
}

static int take_named(struct analyze *analyze, const char *file)
{
	bool standard = strcmp(file, "-") == 0;
	auto_close int opened = standard ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	int err;

	analyze->file = standard ? "standard input" : file;
	if (!standard && opened < 0) {
		log_error("cannot open %s: %s; give a file of call records, as run --calls writes it", file, strerror(errno));
		return -EINVAL;
	}
	analyze->again = !standard && lseek(opened, 0, SEEK_CUR) == 0;
	err = take_file(analyze, standard ? STDIN_FILENO : opened);
	if (err < 0 || !analyze->again || analyze->result.late == 0)
		return err;
	err = begin(analyze, analyze->settings);
	return err < 0 ? err : take_in_order(analyze, opened);
}

static int run(struct analyze *analyze, const char *file, const struct options *options)
{
	int err = file ? take_named(analyze, file) : take_history(analyze, options);

	if (err == 0 && analyze->begun)
		tick(analyze, analyze->second + 1);
	if (err == 0)
		err = print(analyze, options->json);
	if (analyze->result.refused > COMPLAINTS_MAX)
		log_error("%s: %" PRIu64 " lines are no call records", analyze->file, analyze->result.refused);
	return err < 0 || analyze->result.refused > 0 ? -EINVAL : 0;
}

int analyze_run(const char *file, const struct settings *settings)
{
	const struct options *options = &settings->line.options;
	struct analyze analyze = { 0 };
	int err;

	if ((file != NULL) == (options->since != 0)) {
		log_error("say what calls: promtap analyze FILE, or promtap analyze --since 7d for those of the history");
		return EXIT_FAILURE;
	}
	err = set_up(&analyze, settings);
	if (err == 0)
		err = run(&analyze, file, options);
	tear_down(&analyze);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
