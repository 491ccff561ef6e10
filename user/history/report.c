/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the hours, ordered so that what belongs together comes
 * together; quantiles are of the sum of the sketches of a group.
 */
#include "history/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "history/database.h"
#include "history/sketch.h"
#include "history/store.h"
#include "llm/text.h"

#define SQL_BYTES_MAX 4096

const char *const report_key_words[KEY_MAX] = {
#define X(id, word, sql) [id] = (word),
	REPORT_KEYS(X)
#undef X
};

static const char *const key_sql[KEY_MAX] = {
#define X(id, word, sql) [id] = (sql),
	REPORT_KEYS(X)
#undef X
};

/* The group at hand, and all of them. */
struct gathering {
	struct report *report;
	sqlite3_stmt *hours;
	struct report_row *row;	/* null: before the first */
	struct sketch durations, all;
};

/* ---- words ------------------------------------------------------------------------------------------- */

static bool has_key(const struct report *report, enum report_key key)
{
	for (size_t i = 0; i < report->by_count; i++)
		if (report->by[i] == key)
			return true;
	return false;
}

static int add_key(struct report *report, struct slice word)
{
	for (unsigned key = 0; key < KEY_MAX; key++) {
		if (!slice_eq(word, slice_of(report_key_words[key])))
			continue;
		if (has_key(report, key))
			return -EINVAL;
		report->by[report->by_count++] = key;
		return 0;
	}
	return -EINVAL;
}

static int read_keys(struct report *report, const char *by)
{
	int err = 0;

	while (*by && err == 0) {
		size_t len = strcspn(by, ",");

		err = add_key(report, (struct slice){ by, len });
		by += len + (by[len] == ',');
	}
	return err;
}

/* ---- sums -------------------------------------------------------------------------------------------- */

static bool is_money(int sum)
{
	return sum == SUM_PRICED || sum == SUM_COST || sum == SUM_ESTIMATED || sum == SUM_ESTIMATED_COST || sum == SUM_UNPRICED;
}

static void set_times(struct report_row *row, const struct sketch *durations)
{
	row->timed = durations->total > 0;
	row->p50_us = sketch_quantile(durations, 0.50);
	row->p95_us = sketch_quantile(durations, 0.95);
	row->p99_us = sketch_quantile(durations, 0.99);
}

static void end_row(struct gathering *gathering)
{
	if (gathering->row)
		set_times(gathering->row, &gathering->durations);
	gathering->durations.count = 0;
	gathering->durations.total = 0;
}

static int begin_row(struct gathering *gathering, const struct report_row *texts)
{
	struct report *report = gathering->report;
	size_t capacity = report->capacity ? 2 * report->capacity : 64;
	struct report_row *rows;

	end_row(gathering);
	if (report->count == REPORT_ROWS_MAX)
		return -E2BIG;
	if (report->count == report->capacity) {
		rows = reallocarray(report->rows, capacity, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		report->rows = rows;
		report->capacity = capacity;
	}
	gathering->row = &report->rows[report->count++];
	*gathering->row = *texts;
	return 0;
}

/* Columns: the texts of the keys, the hop, the sums, the durations. */
static void read_texts(const struct gathering *gathering, struct report_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < gathering->report->by_count; i++) {
		const char *text = (const char *)sqlite3_column_text(gathering->hours, (int)i);

		text_copy(ret->texts[i], REPORT_TEXT_BYTES, slice_of(text));
	}
}

static int add_durations(struct gathering *gathering, int column)
{
	struct slice bytes = { .ptr = sqlite3_column_blob(gathering->hours, column) };
	int err;

	bytes.len = (size_t)sqlite3_column_bytes(gathering->hours, column);
	err = sketch_read(&gathering->durations, bytes);
	return err < 0 ? err : sketch_read(&gathering->all, bytes);
}

static int add_hour(struct gathering *gathering)
{
	struct report *report = gathering->report;
	const char *hop = (const char *)sqlite3_column_text(gathering->hours, (int)report->by_count);
	struct call_share share = call_share_of(hour_hop(hop), report->money);
	int first = (int)report->by_count + 1;
	struct report_row texts;

	if (!share.figures && !share.money)
		return 0;
	read_texts(gathering, &texts);
	if (!gathering->row || memcmp(gathering->row->texts, texts.texts, sizeof(texts.texts)) != 0) {
		int err = begin_row(gathering, &texts);

		if (err < 0)
			return err;
	}
	for (int sum = 0; sum < SUM_MAX; sum++) {
		int64_t n = sqlite3_column_int64(gathering->hours, first + sum);

		if (n < 0 || !(is_money(sum) ? share.money : share.figures))
			continue;
		hour_add(&gathering->row->sums[sum], n);
		hour_add(&report->total.sums[sum], n);
	}
	return share.figures ? add_durations(gathering, first + SUM_MAX) : 0;
}

/* ---- the pass ---------------------------------------------------------------------------------------- */

static int hours_sql(const struct report *report, struct buffer *sql)
{
	int err = buffer_printf(sql, "SELECT ");

	for (size_t i = 0; i < report->by_count && err == 0; i++)
		err = buffer_printf(sql, "%s, ", key_sql[report->by[i]]);
	if (err == 0)
		err = buffer_printf(sql, "s.hop, ");
	for (size_t i = 0; i < SUM_MAX && err == 0; i++)
		err = buffer_printf(sql, "h.%s, ", hour_columns[i]);
	if (err == 0)
		err = buffer_printf(sql, "h.durations FROM hours h JOIN series s ON s.id = h.series WHERE h.hour >= ?1 "
				       "AND h.hour <= ?2");
	for (size_t i = 0; i < report->by_count && err == 0; i++)
		err = buffer_printf(sql, "%s%zu", i == 0 ? " ORDER BY " : ", ", i + 1);
	return err;
}

static int gather(struct gathering *gathering, sqlite3 *db)
{
	struct buffer sql = { .limit = SQL_BYTES_MAX };
	int err = hours_sql(gathering->report, &sql), more = 0;

	if (err == 0)
		err = database_prepare(db, sql.data, &gathering->hours);
	buffer_done(&sql);
	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(gathering->hours, 1, gathering->report->since_hour);
	(void)sqlite3_bind_int64(gathering->hours, 2, (gathering->report->until_unix_ns + STORE_AHEAD_NS) / HOUR_NS);
	while (err == 0 && (more = database_row(gathering->hours)) == 1)
		err = add_hour(gathering);
	end_row(gathering);
	set_times(&gathering->report->total, &gathering->all);
	return err < 0 ? err : more;
}

static int fill(struct report *report, int folder)
{
	struct gathering gathering = { .report = report };
	sqlite3 *db = NULL;
	int err = database_open(folder, false, &db);

	if (err == 0)
		err = gather(&gathering, db);
	(void)sqlite3_finalize(gathering.hours);
	sketch_done(&gathering.durations);
	sketch_done(&gathering.all);
	database_close(db);
	return err;
}

static int show(const struct report *report, enum report_format format, FILE *out)
{
	switch (format) {
	case REPORT_JSON:
		return report_print_json(report, out);
	case REPORT_CSV:
		return report_print_csv(report, out);
	default:
		return report_print_table(report, out);
	}
}

static int make(struct report *report, int folder, enum report_format format, FILE *out)
{
	int err = fill(report, folder);

	if (err == -E2BIG)
		log_error("the report has more than %d rows; choose fewer words for --by, or a shorter --since", REPORT_ROWS_MAX);
	else if (err < 0)
		(void)history_explain(err);
	if (err < 0)
		return err;
	err = show(report, format, out);
	if (err < 0)
		log_error("cannot write the report: %s", strerror(-err));
	return err;
}

int history_report(int folder, int64_t since_unix_ns, int64_t now_unix_ns, const char *by, enum money_place place,
		   enum report_format format, FILE *out)
{
	struct report report = {
		.since_hour = since_unix_ns / HOUR_NS,
		.until_unix_ns = now_unix_ns,
		.money = place,
	};
	int err = read_keys(&report, by);

	if (err < 0)
		log_error("--by %.64s: write some of service,model,provider,day,hour, each once", by);
	else
		err = make(&report, folder, format, out);
	free(report.rows);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
