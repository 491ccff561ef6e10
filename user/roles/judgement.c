/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/judgement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alerts/alerts.h"
#include "analysis/counting.h"
#include "api/transitions.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/saver.h"
#include "history/database.h"
#include "history/history.h"
#include "judge/judge.h"
#include "notify/notify.h"

#define ALERTS_NAME "alerts"
#define WARM_CALLS_MAX 20000		/* taken up at a start: a twelfth of what 256 windows hold, in a fraction of a second */
#define DAY_NS (86400 * (int64_t)NSEC_PER_SEC)
#define KEEP_PATIENCE_MS 2000
#define DISK_PATIENCE_NS (5 * (int64_t)NSEC_PER_SEC)	/* before somebody is told of what the disk does not have */
#define SAVE_PATIENCE_MS 1000
#define TELL_PATIENCE_MS 500

struct coverage_kept {
	char stack[16];
	uint32_t covered, uncovered;
};

struct bytes {
	uint64_t captured, lost;
};

struct judgement {
	const struct settings *settings;	/* borrowed */
	enum money_place money;
	struct counting *counting;		/* borrowed */
	int folder;				/* borrowed; -1: none */
	struct metrics *metrics;
	struct judge *judge;
	struct alerts *alerts;
	struct transitions *transitions;	/* of the alerts, the last ones */
	struct notify *notify;			/* null: nobody is to be told, or it cannot be */
	struct history *history;		/* null: none is kept, or it cannot be */
	struct saver *saver;			/* null: without a folder */
	uint64_t saved_version;
	uint64_t saves, saved;			/* states that were written, and how many of them the disk is known to have */
	int64_t saved_ns;			/* steady: the disk has all, or has just had another */
	int64_t now_unix_ns;			/* of this tick */
	struct coverage_kept coverage[ANALYSIS_STACKS_MAX];
	size_t coverage_count;
	struct {
		uint32_t instance;
		struct bytes now, before;	/* of the role's instance; at the last tick */
	} roles[ANALYSIS_ROLES_MAX];
};

/* ---- readings and transitions ------------------------------------------------------------------------- */

static void on_reading(void *ctx, const struct reading *reading)
{
	struct judgement *judgement = ctx;

	alerts_reading(judgement->alerts, reading, judgement->now_unix_ns);
}

static void on_alert(void *ctx, const struct alert *alert, bool notify)
{
	struct judgement *judgement = ctx;

	transitions_add(judgement->transitions, alert);
	if (judgement->history)
		history_alert(judgement->history, alert);
	if (judgement->notify && notify)
		notify_alert(judgement->notify, alert);
}

static void read_coverage(struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->coverage_count; i++) {
		const struct coverage_kept *row = &judgement->coverage[i];
		struct reading reading = {
			.kind = READING_UNCOVERED,
			.service = "",
			.model = "",
			.detail = row->stack,
			.note = "",
			.value = row->uncovered,
			.samples = (uint64_t)row->covered + row->uncovered,
			.significant = true,
		};

		on_reading(judgement, &reading);
	}
}

/* The share of the bytes since the last tick that was lost: figures are low by as much. */
static void read_loss(struct judgement *judgement)
{
	struct bytes since = { 0 };
	struct reading reading = {
		.kind = READING_INCOMPLETE, .service = "", .model = "", .detail = "bytes", .note = "", .significant = true,
	};

	for (size_t i = 0; i < ANALYSIS_ROLES_MAX; i++) {
		since.captured += judgement->roles[i].now.captured - judgement->roles[i].before.captured;
		since.lost += judgement->roles[i].now.lost - judgement->roles[i].before.lost;
		judgement->roles[i].before = judgement->roles[i].now;
	}
	reading.samples = since.captured + since.lost;
	if (reading.samples == 0)
		return;
	reading.value = (double)since.lost / (double)reading.samples;
	on_reading(judgement, &reading);
}

/* What the saver has written goes to those who are to be told. The saver tries again by itself; somebody must know that it
 * has to. Nobody is told late for the sake of a disk that fails or hangs. */
static void watch_saver(struct judgement *judgement, int64_t steady_ns)
{
	struct saver_state state = { .number = judgement->saves };

	if (judgement->saver)
		saver_read(judgement->saver, &state);
	if (state.error < 0)
		log_limited(LOG_ERROR, 600, "the alerts' state cannot be kept: %s; it is tried again", strerror(-state.error));
	if (state.number == judgement->saves || state.number != judgement->saved)
		judgement->saved_ns = steady_ns;
	judgement->saved = state.number;
	if (!judgement->notify)
		return;
	notify_saved(judgement->notify, state.number);
	if (!judgement->saver || state.error < 0 || steady_ns - judgement->saved_ns > DISK_PATIENCE_NS)
		notify_release(judgement->notify);
}

static int write_state(struct judgement *judgement, struct buffer *out)
{
	struct buffer news = { .limit = ALERTS_STATE_BYTES_MAX };
	int err = judgement->notify ? notify_save(judgement->notify, judgement->saves + 1, &news) : 0;

	if (err == 0)
		err = alerts_save(judgement->alerts, buffer_slice(&news), out);
	buffer_done(&news);
	return err;
}

static void keep_alerts(struct judgement *judgement)
{
	uint64_t version = alerts_version(judgement->alerts);
	struct buffer state = { .limit = ALERTS_STATE_BYTES_MAX };

	if (!judgement->saver)
		return;
	if (version == judgement->saved_version && !(judgement->notify && notify_wants_save(judgement->notify)))
		return;
	judgement->saved_version = version;
	if (write_state(judgement, &state) == 0) {
		saver_put(judgement->saver, &state, ++judgement->saves);
	} else {
		log_limited(LOG_ERROR, 60, "the alerts' state is too large to be kept");
		if (judgement->notify)
			notify_release(judgement->notify);
	}
	buffer_done(&state);
}

void judgement_clock_set(struct judgement *judgement, int64_t step_ns)
{
	alerts_clock_set(judgement->alerts, step_ns);
}

void judgement_tick(struct judgement *judgement, int64_t now_unix_ns, int64_t steady_ns)
{
	judgement->now_unix_ns = now_unix_ns;
	judge_tick(judgement->judge, now_unix_ns, on_reading, judgement);
	read_coverage(judgement);
	read_loss(judgement);
	alerts_tick(judgement->alerts, now_unix_ns);
	keep_alerts(judgement);
	watch_saver(judgement, steady_ns);
	if (judgement->notify)
		notify_tick(judgement->notify, judgement->alerts, now_unix_ns);
	if (judgement->history)
		history_tick(judgement->history, now_unix_ns, steady_ns);
}

/* ---- what comes in ------------------------------------------------------------------------------------ */

void judgement_call(struct judgement *judgement, const struct call *call)
{
	judge_call(judgement->judge, call);
	if (judgement->history)
		history_call(judgement->history, call);
}

void judgement_coverage(struct judgement *judgement, const struct coverage_row *rows, size_t count)
{
	judgement->coverage_count = count < ANALYSIS_STACKS_MAX ? count : ANALYSIS_STACKS_MAX;
	for (size_t i = 0; i < judgement->coverage_count; i++) {
		struct coverage_kept *kept = &judgement->coverage[i];

		(void)slice_copy(kept->stack, sizeof(kept->stack), slice_of(rows[i].stack));
		kept->covered = rows[i].covered;
		kept->uncovered = rows[i].uncovered;
	}
}

void judgement_stats(struct judgement *judgement, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX])
{
	static const enum stat_id lost[] = { STAT_LOST_RING_FULL, STAT_LOST_FAULT, STAT_LOST_CONNECTIONS_FULL,
					     STAT_LOST_PROCESSES_FULL, STAT_LOST_RESTART };
	struct bytes now = { .captured = values[STAT_BYTES_CAPTURED_WRITE] + values[STAT_BYTES_CAPTURED_READ] };

	if (role >= ANALYSIS_ROLES_MAX)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		now.lost += values[lost[i]];
	/* What was lost before this server was started was told by the one before. */
	if (judgement->roles[role].instance == 0)
		judgement->roles[role].before = now;
	else if (instance != judgement->roles[role].instance || now.captured < judgement->roles[role].before.captured ||
	    now.lost < judgement->roles[role].before.lost)
		judgement->roles[role].before = (struct bytes){ 0 };
	judgement->roles[role].instance = instance;
	judgement->roles[role].now = now;
}

/* ---- from the folder ---------------------------------------------------------------------------------- */

struct warming {
	struct judge *judge;
	struct counting *counting;
	int64_t second;
	int64_t now_unix_ns;
};

/* Windows are as they were; what was read then is not read again. */
static void on_kept_call(void *ctx, const struct call *call)
{
	struct warming *warming = ctx;
	int64_t end = call->time_unix_ns + (call->duration_ns > 0 ? call->duration_ns : 0);
	int64_t second = end / (int64_t)NSEC_PER_SEC;
	struct call counted;

	if (end > warming->now_unix_ns + DAY_NS)
		return;		/* of a clock that was wrong */
	if (second > warming->second) {
		judge_tick(warming->judge, warming->second * (int64_t)NSEC_PER_SEC, NULL, NULL);
		warming->second = second;
	}
	counted = *call;
	counting_set(warming->counting, &counted);
	judge_call(warming->judge, &counted);
}

static void on_kept_cost(void *ctx, const char *service, uint64_t pico_usd, uint64_t calls)
{
	struct warming *warming = ctx;

	judge_spent(warming->judge, service, warming->now_unix_ns, pico_usd, calls);
}

static void warm_up(struct judgement *judgement, int64_t now_unix_ns)
{
	struct warming warming = {
		.judge = judgement->judge, .counting = judgement->counting, .now_unix_ns = now_unix_ns,
	};
	int64_t day = now_unix_ns - now_unix_ns % DAY_NS;
	int64_t since = now_unix_ns - (int64_t)judgement->settings->history->calls_age;
	int64_t count = history_calls(judgement->folder, since, WARM_CALLS_MAX, on_kept_call, &warming);

	/* The day may have had more calls than that. */
	(void)history_costs(judgement->folder, day, judgement->money, on_kept_cost, &warming);
	judge_tick(judgement->judge, now_unix_ns, NULL, NULL);
	if (count > 0)
		log_info("windows begin with the last %lld calls of the history", (long long)count);
}

static void on_kept_alert(void *ctx, const struct alert *alert)
{
	transitions_add(ctx, alert);
}

/* `news`: what of it is for those who are told. */
static void load_alerts(struct judgement *judgement, struct buffer *news)
{
	struct buffer state = { .limit = ALERTS_STATE_BYTES_MAX };
	int err = saver_load(judgement->folder, ALERTS_NAME, ALERTS_STATE_BYTES_MAX, &state);

	if (err == 0)
		err = alerts_load(judgement->alerts, buffer_slice(&state), news);
	if (err < 0 && err != -ENOENT)
		log_error("the kept alerts cannot be taken up (%s): %s; all begin anew", ALERTS_NAME, strerror(-err));
	buffer_done(&state);
	judgement->saved_version = alerts_version(judgement->alerts);
}

static void take_up_history(struct judgement *judgement, int64_t now_unix_ns)
{
	int64_t since = now_unix_ns - (int64_t)judgement->settings->history->alerts_age;

	(void)history_alerts(judgement->folder, since, TRANSITIONS_MAX, on_kept_alert, judgement->transitions);
	warm_up(judgement, now_unix_ns);
}

/* The agent goes on without what a disk refuses. */
static void open_folder(struct judgement *judgement, int64_t now_unix_ns, struct buffer *news)
{
	const struct history_config *config = judgement->settings->history;
	struct stat status;

	load_alerts(judgement, news);
	judgement->saver = saver_new(judgement->folder, ALERTS_NAME);
	if (!judgement->saver)
		log_error("alerts will not outlive a restart: %s", strerror(ENOMEM));
	if (!config->enabled)
		return;
	if (fstatat(judgement->folder, HISTORY_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0)
		take_up_history(judgement, now_unix_ns);
	if (history_open(config, judgement->folder, judgement->metrics, &judgement->history) < 0)
		log_error("calls are not kept");
}

/* ---- the object --------------------------------------------------------------------------------------- */

int judgement_new(const struct settings *settings, enum money_place money, int folder, struct analysis *analysis,
		  int64_t now_unix_ns, struct judgement **ret)
{
	struct buffer news = { .limit = ALERTS_STATE_BYTES_MAX };
	struct metrics *metrics = analysis_metrics(analysis);
	struct judgement *judgement = calloc(1, sizeof(*judgement));

	if (judgement) {
		judgement->settings = settings;
		judgement->money = money;
		judgement->counting = analysis_counting(analysis);
		judgement->folder = folder;
		judgement->metrics = metrics;
		judgement->judge = judge_new(settings->judge, money, metrics);
		judgement->alerts = alerts_new(settings->alerts, metrics, on_alert, judgement);
		judgement->transitions = transitions_new();
	}
	if (!judgement || !judgement->judge || !judgement->alerts || !judgement->transitions) {
		log_error("calls cannot be judged: %s", strerror(ENOMEM));
		judgement_free(judgement);
		return -ENOMEM;
	}
	if (folder >= 0)
		open_folder(judgement, now_unix_ns, &news);
	(void)notify_new(settings->notify, folder, buffer_slice(&news), metrics, &judgement->notify);
	buffer_done(&news);
	*ret = judgement;
	return 0;
}

/* Who is to be told of the last transitions waits for the disk to have them, within reason: a start tells them else. */
static void save_last(struct judgement *judgement)
{
	const struct timespec step = { .tv_nsec = 5 * (long)NSEC_PER_MSEC };
	struct saver_state state = { 0 };

	keep_alerts(judgement);
	for (int waited = 0; waited < SAVE_PATIENCE_MS; waited += 5) {
		saver_read(judgement->saver, &state);
		if (state.number == judgement->saves || state.error < 0)
			break;
		(void)nanosleep(&step, NULL);
	}
	if (judgement->notify)
		notify_saved(judgement->notify, state.number);
}

void judgement_free(struct judgement *judgement)
{
	if (!judgement)
		return;
	/* The tracer waits five seconds for all. */
	if (judgement->saver)
		save_last(judgement);
	notify_free(judgement->notify, TELL_PATIENCE_MS);
	if (judgement->history)
		history_close(judgement->history, KEEP_PATIENCE_MS);
	if (judgement->saver)
		saver_free(judgement->saver, 0);
	alerts_free(judgement->alerts);
	transitions_free(judgement->transitions);
	judge_free(judgement->judge);
	free(judgement);
}

/* Notify alone keeps a pointer into the settings: if it cannot take the new ones, nobody does. */
int judgement_use(struct judgement *judgement, const struct settings *settings)
{
	int err = 0, more;

	if (judgement->notify)
		err = notify_use(judgement->notify, settings->notify);
	else
		(void)notify_new(settings->notify, judgement->folder, (struct slice){ 0 }, judgement->metrics,
				 &judgement->notify);
	if (err < 0) {
		log_error("the configuration in use stays: %s", strerror(-err));
		return err;
	}
	judgement->settings = settings;
	err = judge_use(judgement->judge, settings->judge);
	more = alerts_use(judgement->alerts, settings->alerts);
	err = err < 0 ? err : more;
	more = judgement->history ? history_use(judgement->history, settings->history) : 0;
	err = err < 0 ? err : more;
	if (err < 0)
		log_error("not all of the new configuration is in use: %s", strerror(-err));
	return err < 0;
}

const struct judge *judgement_judge(const struct judgement *judgement)
{
	return judgement->judge;
}

struct alerts *judgement_alerts(struct judgement *judgement)
{
	return judgement->alerts;
}

const struct transitions *judgement_transitions(const struct judgement *judgement)
{
	return judgement->transitions;
}

struct judgement_parts judgement_parts(const struct judgement *judgement)
{
	return (struct judgement_parts){
		.folder = judgement->folder >= 0,
		.history = judgement->history,
		.notify = judgement->notify,
	};
}
