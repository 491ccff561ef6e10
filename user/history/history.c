/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue and the thread behind it. The caller's side packs a record under a
 * lock that is otherwise held only to swap two buffers and to copy counters;
 * the thread's side does all that may wait for a disk. A batch stays in memory
 * until it is written: with a full disk the queue fills up behind it, what does
 * not fit is counted, and the thread tries again every second.
 */
#include "history/history.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "history/database.h"
#include "history/packed.h"
#include "history/store.h"

#define TURN_NS NSEC_PER_SEC		/* a transaction's worth; also between tries */
#define HURRY_BYTES (HISTORY_QUEUE_BYTES / 4)	/* that wait: do not wait for the second to be over */
#define CHECK_MS 5000			/* of looking over the file at start */
#define TRIM_STEPS 16			/* a turn */
#define LOG_S 60

#define HOURS(n) ((n) * 3600ull * NSEC_PER_SEC)
#define DAYS(n) HOURS((n) * 24)
#define AT(member) offsetof(struct history_config, member)

static const struct field fields[] = {
	{ .name = "enabled", .type = FIELD_BOOL, .offset = AT(enabled), .fallback = "true",
	  .help = "keep calls, hourly sums and alerts in the state folder" },
	{ .name = "calls_age", .type = FIELD_DURATION, .offset = AT(calls_age), .fallback = "15d",
	  .min = HOURS(1), .max = DAYS(3650), .metavar = "AGE", .help = "how long calls are kept" },
	{ .name = "hours_age", .type = FIELD_DURATION, .offset = AT(hours_age), .fallback = "90d",
	  .min = HOURS(1), .max = DAYS(3650), .metavar = "AGE", .help = "how long hourly sums are kept" },
	{ .name = "alerts_age", .type = FIELD_DURATION, .offset = AT(alerts_age), .fallback = "365d",
	  .min = HOURS(1), .max = DAYS(3650), .metavar = "AGE", .help = "how long transitions of alerts are kept" },
	{ .name = "bytes_max", .type = FIELD_SIZE, .offset = AT(bytes_max), .fallback = "1G",
	  .min = STORE_BYTES_MIN, .max = 1ull << 40, .metavar = "SIZE",
	  .help = "of all files; over it the oldest calls go first" },
};

const struct schema history_schema = {
	.about = "what is kept of the past, in an SQLite database in the state folder; no text of calls",
	.size = sizeof(struct history_config),
	.fields = fields,
	.count = ARRAY_SIZE(fields),
};

/* What the thread counts, cumulative. */
struct counts {
	struct store_written written;
	uint64_t lost, errors, damaged, bytes;
};

struct series {
	struct metric_series *rows[STORE_TABLE_MAX];
	struct metric_series *lost, *errors, *damaged, *bytes;
};

struct history {
	int folder;
	struct series series;	/* of the caller's thread */
	pthread_t thread;

	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t wake;
	struct history_config config;
	struct buffer queue;
	size_t held_bytes;	/* of the batch in the thread's hands */
	struct counts counts;
	uint64_t dropped;	/* records that the queue had no room for */
	struct store_time now;
	bool stopping;

	/* The thread's own. */
	struct store *store;	/* null: to be opened */
	struct buffer batch;
	size_t batch_done;
	struct counts own;
};

/* ---- the thread: opening and damage ------------------------------------------------------------------ */

static void put_aside(struct history *history, int64_t now_unix_ns)
{
	char name[64] = "";
	int err = database_put_aside(history->folder, now_unix_ns, name, sizeof(name));

	if (err < 0) {
		log_limited(LOG_ERROR, LOG_S, "the history is damaged and cannot be put aside: %s; trying again", strerror(-err));
		return;
	}
	history->own.damaged++;
	log_error("the history was damaged; it is put aside as %s, and a new one is begun", name);
}

/* 0 or -errno. A damaged file is put aside, once. */
static int open_store(struct history *history, int64_t now_unix_ns)
{
	int err = store_open(history->folder, &history->store);

	if (err != -EBADMSG)
		return err;
	put_aside(history, now_unix_ns);
	return store_open(history->folder, &history->store);
}

/* After an error that is not of the records. */
static void failed(struct history *history, int err, int64_t now_unix_ns)
{
	history->own.errors++;
	if (err != -EBADMSG) {
		log_limited(LOG_WARN, LOG_S, "the history cannot be written: %s; trying again",
			    err == -EAGAIN ? "somebody reads or writes it for long" : strerror(-err));
		return;
	}
	store_abandon(history->store);
	history->store = NULL;
	put_aside(history, now_unix_ns);
}

static bool have_store(struct history *history, int64_t now_unix_ns)
{
	int err;

	if (history->store && store_is_there(history->store))
		return true;
	store_abandon(history->store);
	history->store = NULL;
	err = open_store(history, now_unix_ns);
	if (err < 0) {
		history->own.errors++;
		log_limited(LOG_WARN, LOG_S, "the history cannot be opened: %s; trying again", strerror(-err));
	}
	return err == 0;
}

static void check_store(struct history *history, int64_t now_unix_ns)
{
	int err = history->store ? store_check(history->store, CHECK_MS) : 0;

	if (err == -ETIME)
		log_debug("the history is too long to be looked over in %d s; no fault so far", CHECK_MS / 1000);
	else if (err < 0)
		failed(history, err, now_unix_ns);
}

/* ---- the thread: a turn ------------------------------------------------------------------------------ */

/* Whole records from the front, as many as one transaction may have. */
static struct slice next_records(const struct history *history)
{
	const char *begin = history->batch.data + history->batch_done;
	size_t left = history->batch.len - history->batch_done, len = 0;

	while (len < left) {
		size_t record = ((const struct packed_head *)(begin + len))->bytes;

		if (len > 0 && len + record > STORE_BATCH_BYTES)
			break;
		len += record;
	}
	return (struct slice){ begin, len };
}

static uint64_t count_records(const char *data, size_t from, size_t to)
{
	uint64_t count = 0;

	for (; from < to; from += ((const struct packed_head *)(data + from))->bytes)
		count++;
	return count;
}

static int write_next(struct history *history, int64_t now_unix_ns)
{
	struct slice records = next_records(history);
	uint64_t refused = history->own.written.refused;
	int err = store_write(history->store, records, now_unix_ns, &history->own.written);

	/* SQLite calls it a fault of ours: it would be one each time. */
	if (err == -EINVAL) {
		history->own.lost += count_records(records.ptr, 0, records.len);
		log_limited(LOG_ERROR, LOG_S, "the history refuses calls; they are left out");
		err = 0;
	}
	history->own.lost += history->own.written.refused - refused;
	if (err == 0)
		history->batch_done += records.len;
	return err;
}

/* True: all of the batch is written. */
static bool write_batch(struct history *history, int64_t now_unix_ns)
{
	while (history->batch_done < history->batch.len) {
		int err = have_store(history, now_unix_ns) ? write_next(history, now_unix_ns) : -EIO;

		if (err < 0 && history->store)
			failed(history, err, now_unix_ns);
		if (err < 0)
			return false;
	}
	history->batch.len = 0;
	history->batch_done = 0;
	return true;
}

/* Swaps the queue for the empty batch. */
static void take_queue(struct history *history, struct history_config *ret_config, struct store_time *ret_now)
{
	(void)pthread_mutex_lock(&history->lock);
	if (history->batch.len == 0) {
		struct buffer empty = history->batch;

		history->batch = history->queue;
		history->queue = empty;
	}
	history->held_bytes = history->batch.len;
	*ret_config = history->config;
	*ret_now = history->now;
	(void)pthread_mutex_unlock(&history->lock);
}

/* Tells the other side what has become of it. */
static void publish(struct history *history)
{
	(void)pthread_mutex_lock(&history->lock);
	history->held_bytes = history->batch.len;
	history->counts = history->own;
	(void)pthread_mutex_unlock(&history->lock);
}

/* Whether more waits than should. */
static bool is_pressed(struct history *history)
{
	bool pressed;

	(void)pthread_mutex_lock(&history->lock);
	pressed = history->queue.len > HURRY_BYTES || history->stopping;
	(void)pthread_mutex_unlock(&history->lock);
	return pressed;
}

static void trim(struct history *history, const struct history_config *config, const struct store_time *now)
{
	for (int i = 0; i < TRIM_STEPS && history->store && !is_pressed(history); i++) {
		int more = store_trim(history->store, config, now);

		if (more < 0)
			failed(history, more, now->unix_ns);
		if (more != 1)
			break;
	}
}

static bool turn(struct history *history)
{
	struct history_config config;
	struct store_time now;
	bool written;

	take_queue(history, &config, &now);
	written = write_batch(history, now.unix_ns);
	trim(history, &config, &now);
	history->own.bytes = database_bytes(history->folder);
	publish(history);
	return written;
}

/* Until a second is over, or there is much to do, or the end has come. After a failure the second is waited for. */
static bool wait_for_turn(struct history *history, bool written)
{
	uint64_t end_ns = clock_monotonic_ns() + TURN_NS;
	struct timespec end = { (time_t)(end_ns / NSEC_PER_SEC), (long)(end_ns % NSEC_PER_SEC) };
	bool stopping;
	int err = 0;

	(void)pthread_mutex_lock(&history->lock);
	while (err == 0 && !history->stopping && !(written && history->queue.len > HURRY_BYTES))
		err = pthread_cond_timedwait(&history->wake, &history->lock, &end);
	stopping = history->stopping;
	(void)pthread_mutex_unlock(&history->lock);
	return !stopping;
}

/* What is left is tried once. */
static void finish(struct history *history)
{
	uint64_t lost = history->own.lost;

	/* The batch that failed before, then what queued up behind it. */
	if (turn(history))
		(void)turn(history);
	history->own.lost += count_records(history->batch.data, history->batch_done, history->batch.len);
	history->own.lost += count_records(history->queue.data, 0, history->queue.len);
	if (history->own.lost > lost)
		log_warn("%" PRIu64 " calls and alerts could not be written to the history", history->own.lost - lost);
	store_close(history->store);
	history->store = NULL;
}

static void *run(void *ctx)
{
	struct history *history = ctx;
	bool written = true;

	check_store(history, (int64_t)clock_ns(CLOCK_REALTIME));
	while (wait_for_turn(history, written))
		written = turn(history);
	finish(history);
	return NULL;
}

/* ---- begin and end ----------------------------------------------------------------------------------- */

#define COUNTER(name_text, help_text, ...) \
	{ .name = (name_text), .help = (help_text), .type = METRIC_COUNTER, __VA_ARGS__ }

static const struct metric_desc rows_desc =
	COUNTER("promtap_history_rows_total", "Rows written to the history; of hours, rows that grew", .unit = "rows",
		.labels = { { "table", 0 } });
static const struct metric_desc lost_desc = COUNTER(
	"promtap_history_lost_total", "Calls and alerts that are missing in the history: the disk was full or too slow",
	.unit = "records");
static const struct metric_desc errors_desc =
	COUNTER("promtap_history_errors_total", "Failed tries to write the history; what was to be written is kept and tried again",
		.unit = "tries");
static const struct metric_desc damaged_desc =
	COUNTER("promtap_history_damaged_total", "History files that were damaged and put aside", .unit = "files");
static const struct metric_desc bytes_desc = { .name = "promtap_history_bytes",
					       .help = "Size of the history's files",
					       .unit = "bytes",
					       .type = METRIC_GAUGE };

static struct metric_series *only_series(struct metrics *metrics, const struct metric_desc *desc)
{
	struct metric_family *family = metrics_family(metrics, desc);

	return family ? metric_get(family, NULL) : NULL;
}

static int add_metrics(struct history *history, struct metrics *metrics)
{
	struct metric_family *rows = metrics_family(metrics, &rows_desc);
	struct series *series = &history->series;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < STORE_TABLE_MAX; i++)
		series->rows[i] = metric_get(rows, &store_table_names[i]);
	series->lost = only_series(metrics, &lost_desc);
	series->errors = only_series(metrics, &errors_desc);
	series->damaged = only_series(metrics, &damaged_desc);
	series->bytes = only_series(metrics, &bytes_desc);
	return series->lost && series->errors && series->damaged && series->bytes ? 0 : -ENOMEM;
}

/* Signals are for the threads that wait for them. */
static int start_thread(struct history *history)
{
	sigset_t all, before;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&history->thread, NULL, run, history);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static void free_history(struct history *history)
{
	store_close(history->store);
	buffer_done(&history->queue);
	buffer_done(&history->batch);
	(void)pthread_cond_destroy(&history->wake);
	(void)pthread_mutex_destroy(&history->lock);
	free(history);
}

static struct history *new_history(const struct history_config *config, int folder)
{
	struct history *history = calloc(1, sizeof(*history));
	pthread_condattr_t monotonic;

	if (!history)
		return NULL;
	history->folder = folder;
	history->config = *config;
	history->queue.limit = history->batch.limit = HISTORY_QUEUE_BYTES;
	(void)pthread_mutex_init(&history->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&history->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return history;
}

/* What may be over in a while is the thread's to wait for. */
static bool is_final(int err)
{
	return err == -ENOTSUP || err == -EACCES || err == -EPERM || err == -EROFS || err == -EISDIR || err == -ENOMEM;
}

static void explain(int err)
{
	if (err == -ENOTSUP)
		log_error("%s in the state folder was written by a later version of promtap; it is left alone, and no history "
			  "is kept: run that version, or move the file away", HISTORY_FILE);
	else if (err == -EISDIR)
		log_error("%s in the state folder is no regular file; no history is kept", HISTORY_FILE);
	else
		log_error("cannot open %s in the state folder: %s; no history is kept", HISTORY_FILE, strerror(-err));
}

int history_open(const struct history_config *config, int folder, struct metrics *metrics, struct history **ret)
{
	struct history *history;
	int err;

	*ret = NULL;
	if (!config->enabled)
		return 0;
	history = new_history(config, folder);
	if (!history)
		return -ENOMEM;
	err = open_store(history, (int64_t)clock_ns(CLOCK_REALTIME));
	if (is_final(err)) {
		explain(err);
		free_history(history);
		return err;
	}
	if (err < 0)
		log_warn("the history cannot be opened: %s; trying again", strerror(-err));
	err = metrics ? add_metrics(history, metrics) : 0;
	if (err == 0)
		err = start_thread(history);
	if (err < 0) {
		log_error("no history is kept: %s", strerror(-err));
		free_history(history);
		return err;
	}
	*ret = history;
	return 0;
}

void history_close(struct history *history, int timeout_ms)
{
	uint64_t end_ns = clock_ns(CLOCK_REALTIME) + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	struct timespec end = { (time_t)(end_ns / NSEC_PER_SEC), (long)(end_ns % NSEC_PER_SEC) };

	if (!history)
		return;
	(void)pthread_mutex_lock(&history->lock);
	history->stopping = true;
	(void)pthread_cond_signal(&history->wake);
	(void)pthread_mutex_unlock(&history->lock);
	if (pthread_timedjoin_np(history->thread, NULL, &end) != 0) {
		/* The thread still has all of it in use, and the process is about to end. */
		log_warn("the disk takes too long: the last calls may be missing in the history");
		(void)pthread_detach(history->thread);
		return;
	}
	free_history(history);
}

int history_use(struct history *history, const struct history_config *config)
{
	if (!history)
		return 0;
	(void)pthread_mutex_lock(&history->lock);
	history->config = *config;
	(void)pthread_mutex_unlock(&history->lock);
	return 0;
}

/* ---- the caller's side ------------------------------------------------------------------------------- */

/* The limit is of both buffers together. */
static void queue_limit(struct history *history)
{
	history->queue.limit = HISTORY_QUEUE_BYTES - history->held_bytes;
	if (history->queue.limit == 0)
		history->queue.limit = 1;
}

void history_call(struct history *history, const struct call *call)
{
	int err = 0;

	if (!history)
		return;
	(void)pthread_mutex_lock(&history->lock);
	queue_limit(history);
	if (history->config.enabled)
		err = pack_call(call, &history->queue);
	history->dropped += err < 0;
	if (history->queue.len > HURRY_BYTES)
		(void)pthread_cond_signal(&history->wake);
	(void)pthread_mutex_unlock(&history->lock);
}

void history_alert(struct history *history, const struct alert *alert)
{
	int err = 0;

	if (!history)
		return;
	(void)pthread_mutex_lock(&history->lock);
	queue_limit(history);
	if (history->config.enabled)
		err = pack_alert(alert, &history->queue);
	history->dropped += err < 0;
	(void)pthread_mutex_unlock(&history->lock);
}

void history_tick(struct history *history, int64_t now_unix_ns, int64_t steady_ns)
{
	struct counts counts;

	if (!history)
		return;
	(void)pthread_mutex_lock(&history->lock);
	history->now = (struct store_time){ now_unix_ns, steady_ns };
	counts = history->counts;
	counts.lost += history->dropped;
	(void)pthread_mutex_unlock(&history->lock);
	if (!history->series.lost)
		return;
	for (size_t i = 0; i < STORE_TABLE_MAX; i++)
		metric_raise(history->series.rows[i], counts.written.rows[i]);
	metric_raise(history->series.lost, counts.lost);
	metric_raise(history->series.errors, counts.errors);
	metric_raise(history->series.damaged, counts.damaged);
	metric_set(history->series.bytes, (double)counts.bytes);
}
