/* SPDX-License-Identifier: Apache-2.0 */
#include "history/hours.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "history/database.h"

#define SLOTS (2 * HOURS_HELD)
#define SQL_BYTES_MAX 4096
#define NS_PER_US 1000

struct hour_row {
	int64_t hour, series;
	int64_t sums[SUM_MAX];
	struct sketch durations;
};

const char *const hour_columns[SUM_MAX] = {
#define X(id, column) [id] = (column),
	HOUR_SUMS(X)
#undef X
};

enum call_hop hour_hop(const char *word)
{
	for (unsigned hop = 0; word && hop < HOP_MAX; hop++)
		if (strcmp(call_hop_names[hop], word) == 0)
			return hop;
	return HOP_DIRECT;
}

void hour_add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

/* ---- statements -------------------------------------------------------------------------------------- */

static int name_columns(struct buffer *sql)
{
	int err = 0;

	for (size_t i = 0; i < SUM_MAX && err == 0; i++)
		err = buffer_printf(sql, "%s, ", hour_columns[i]);
	return err < 0 ? err : buffer_printf(sql, "durations");
}

static int read_sql(struct buffer *sql)
{
	int err = buffer_printf(sql, "SELECT ");

	if (err == 0)
		err = name_columns(sql);
	return err < 0 ? err : buffer_printf(sql, " FROM hours WHERE hour = ?1 AND series = ?2");
}

static int write_sql(struct buffer *sql)
{
	int err = buffer_printf(sql, "INSERT OR REPLACE INTO hours(hour, series, ");

	if (err == 0)
		err = name_columns(sql);
	if (err == 0)
		err = buffer_printf(sql, ") VALUES (?, ?");
	for (size_t i = 0; i < SUM_MAX && err == 0; i++)
		err = buffer_printf(sql, ", ?");
	return err < 0 ? err : buffer_printf(sql, ", ?)");
}

static int prepare(sqlite3 *db, int (*make)(struct buffer *), sqlite3_stmt **ret)
{
	struct buffer sql = { .limit = SQL_BYTES_MAX };
	int err = make(&sql);

	if (err == 0)
		err = database_prepare(db, sql.data, ret);
	buffer_done(&sql);
	return err;
}

int hours_init(struct hours *hours, sqlite3 *db)
{
	int err;

	*hours = (struct hours){ .db = db, .bytes = { .limit = SKETCH_BYTES_MAX } };
	hours->rows = calloc(HOURS_HELD, sizeof(*hours->rows));
	hours->slots = calloc(SLOTS, sizeof(*hours->slots));
	if (!hours->rows || !hours->slots)
		return -ENOMEM;
	err = prepare(db, read_sql, &hours->read);
	return err < 0 ? err : prepare(db, write_sql, &hours->write);
}

void hours_done(struct hours *hours)
{
	for (size_t i = 0; hours->rows && i < HOURS_HELD; i++)
		sketch_done(&hours->rows[i].durations);
	free(hours->rows);
	free(hours->slots);
	buffer_done(&hours->bytes);
	(void)sqlite3_finalize(hours->read);
	(void)sqlite3_finalize(hours->write);
	*hours = (struct hours){ 0 };
}

/* ---- gathering --------------------------------------------------------------------------------------- */

static void empty(struct hour_row *row)
{
	struct sketch durations = row->durations;

	durations.count = 0;
	durations.total = 0;
	*row = (struct hour_row){ .durations = durations };
}

void hours_forget(struct hours *hours)
{
	for (size_t i = 0; i < hours->count; i++)
		empty(&hours->rows[i]);
	memset(hours->slots, 0, SLOTS * sizeof(*hours->slots));
	hours->count = 0;
}

static int row_of(struct hours *hours, int64_t hour, int64_t series, struct hour_row **ret)
{
	const int64_t key[] = { hour, series };
	size_t i = hash_bytes(key, sizeof(key), hash_seed()) % SLOTS;
	int err = 0;

	if (hours->count == HOURS_HELD)
		err = hours_flush(hours);
	if (err < 0)
		return err;
	for (; hours->slots[i] > 0; i = (i + 1) % SLOTS) {
		*ret = &hours->rows[hours->slots[i] - 1];
		if ((*ret)->hour == hour && (*ret)->series == series)
			return 0;
	}
	*ret = &hours->rows[hours->count++];
	(*ret)->hour = hour;
	(*ret)->series = series;
	hours->slots[i] = (uint16_t)hours->count;
	return 0;
}

static void add_known(int64_t *sum, int64_t n)
{
	if (n >= 0)
		hour_add(sum, n);
}

/* A call that was rejected is not billed: its cost is not missing. A guess is kept apart from what is known. */
static void add_cost(int64_t sums[SUM_MAX], const struct packed_call *call)
{
	int64_t cost = call->figures[FIGURE_COST];
	bool known = call->cost_source != COST_NONE && cost >= 0;

	if (known && call->cost_source == COST_TABLE && call->usage_source == USAGE_ESTIMATED) {
		sums[SUM_ESTIMATED]++;
		hour_add(&sums[SUM_ESTIMATED_COST], cost);
	} else if (known) {
		sums[SUM_PRICED]++;
		hour_add(&sums[SUM_COST], cost);
	} else if (!call->rejected) {
		sums[SUM_UNPRICED]++;
	}
}

static void add_tokens(int64_t sums[SUM_MAX], const struct packed_call *call)
{
	static const struct {
		enum hour_sum sum;
		enum figure figure;
	} classes[] = {
		{ SUM_INPUT, FIGURE_INPUT },
		{ SUM_CACHE_READ, FIGURE_CACHE_READ },
		{ SUM_CACHE_WRITE, FIGURE_CACHE_WRITE },
		{ SUM_OUTPUT, FIGURE_OUTPUT },
		{ SUM_REASONING, FIGURE_REASONING },
		{ SUM_AUDIO_INPUT, FIGURE_AUDIO_INPUT },
		{ SUM_AUDIO_OUTPUT, FIGURE_AUDIO_OUTPUT },
		{ SUM_IMAGE_INPUT, FIGURE_IMAGE_INPUT },
		{ SUM_IMAGE_OUTPUT, FIGURE_IMAGE_OUTPUT },
	};

	if (call->usage_source == USAGE_ESTIMATED) {
		sums[SUM_GUESSED]++;
		add_known(&sums[SUM_GUESSED_INPUT], call->figures[FIGURE_INPUT]);
		add_known(&sums[SUM_GUESSED_OUTPUT], call->figures[FIGURE_OUTPUT]);
	}
	if (call->usage_source != USAGE_PROVIDER)
		return;
	sums[SUM_COUNTED]++;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		add_known(&sums[classes[i].sum], call->figures[classes[i].figure]);
}

int hours_call(struct hours *hours, int64_t series, const struct packed_call *call)
{
	int64_t duration = call->figures[FIGURE_DURATION];
	struct hour_row *row;
	int err = row_of(hours, call->end_ns / HOUR_NS, series, &row);

	if (err < 0)
		return err;
	row->sums[SUM_CALLS]++;
	row->sums[SUM_ERRORS] += call->failed;
	add_cost(row->sums, call);
	add_tokens(row->sums, call);
	return duration < 0 ? 0 : sketch_add(&row->durations, (uint64_t)duration / NS_PER_US, 1);
}

/* ---- writing ----------------------------------------------------------------------------------------- */

static int add_stored(struct hours *hours, struct hour_row *row)
{
	struct slice bytes;
	int more, err;

	(void)sqlite3_bind_int64(hours->read, 1, row->hour);
	(void)sqlite3_bind_int64(hours->read, 2, row->series);
	more = database_row(hours->read);
	if (more <= 0)
		return more;
	for (int i = 0; i < SUM_MAX; i++)
		hour_add(&row->sums[i], sqlite3_column_int64(hours->read, i));
	bytes.ptr = sqlite3_column_blob(hours->read, SUM_MAX);
	bytes.len = (size_t)sqlite3_column_bytes(hours->read, SUM_MAX);
	err = sketch_read(&row->durations, bytes);
	(void)sqlite3_reset(hours->read);
	return err;
}

static int write_row(struct hours *hours, struct hour_row *row)
{
	int err = add_stored(hours, row), parameter = 1;

	hours->bytes.len = 0;
	if (err == 0)
		err = sketch_write(&row->durations, &hours->bytes);
	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(hours->write, parameter++, row->hour);
	(void)sqlite3_bind_int64(hours->write, parameter++, row->series);
	for (int i = 0; i < SUM_MAX; i++)
		(void)sqlite3_bind_int64(hours->write, parameter++, row->sums[i]);
	/* Null bytes would be NULL. */
	(void)sqlite3_bind_blob(hours->write, parameter, hours->bytes.len > 0 ? hours->bytes.data : "",
				(int)hours->bytes.len, SQLITE_STATIC);
	hours->written++;
	return database_run(hours->write);
}

int hours_flush(struct hours *hours)
{
	int err = 0;

	for (size_t i = 0; i < hours->count && err == 0; i++)
		err = write_row(hours, &hours->rows[i]);
	if (err == 0)
		hours_forget(hours);
	return err;
}
