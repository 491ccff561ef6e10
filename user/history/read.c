/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The past, read back. The file is not trusted: what is not a call after
 * call_check() is left out, counted in the log.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "history/database.h"
#include "history/history.h"
#include "history/packed.h"

#define SQL_BYTES_MAX 8192

/* Columns of the call statement, before the kind's and the figures. */
enum {
	COLUMN_END = 0,
	COLUMN_RUN_NUMBER,
	COLUMN_NUMBER,
	COLUMN_RUN,
	COLUMN_PID,
	COLUMN_STREAMING,
	COLUMN_REFUSED,
	COLUMN_LOOKED_INTO,
	COLUMN_HEDGED,
	COLUMN_DECLINED,
	COLUMN_KIND,
	COLUMN_FIGURE = COLUMN_KIND + KIND_COLUMNS,
};

struct call_reader {
	sqlite3 *db;
	sqlite3_stmt *calls, *findings;
	struct call call;
	int64_t given, refused;
};

int history_explain(int err)
{
	if (err == -ENOENT)
		log_error("there is no history in the state folder");
	else if (err == -ENOTSUP)
		log_error("the history is of another version of promtap and cannot be read; promtap run of this version brings "
			  "an older one up to date");
	else if (err == -EBADMSG)
		log_error("the history is damaged; promtap run puts it aside and begins a new one");
	else
		log_error("cannot read the history: %s", strerror(-err));
	return err;
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static int64_t known_at(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ? CALL_UNKNOWN : sqlite3_column_int64(statement, column);
}

/* ---- calls ------------------------------------------------------------------------------------------- */

static int calls_sql(struct buffer *sql)
{
	const char *columns[KIND_COLUMNS];
	int err = buffer_printf(sql, "SELECT c.end_ns, c.run, c.number, r.run, c.pid, c.streaming, c.refused, "
				     "c.looked_into, c.hedged, c.declined");

	kind_columns(columns);
	for (size_t i = 0; i < KIND_COLUMNS && err == 0; i++)
		err = buffer_printf(sql, ", k.%s", columns[i]);
	for (size_t i = 0; i < FIGURE_MAX && err == 0; i++)
		err = buffer_printf(sql, ", c.%s", figure_columns[i]);
	if (err == 0)
		err = buffer_printf(sql, " FROM calls c JOIN runs r ON r.id = c.run JOIN kinds k ON k.id = c.kind "
					 "WHERE (c.end_ns, c.run, c.number) >= (?1, ?2, ?3) "
					 "ORDER BY c.end_ns, c.run, c.number");
	return err;
}

static int prepare_calls(struct call_reader *reader)
{
	struct buffer sql = { .limit = SQL_BYTES_MAX };
	int err = calls_sql(&sql);

	if (err == 0)
		err = database_prepare(reader->db, sql.data, &reader->calls);
	buffer_done(&sql);
	return err < 0 ? err :
			 database_prepare(reader->db, "SELECT d.rule, d.category, d.severity, d.place, f.count, f.repeats, "
						      "f.rule_version, f.first_seen_ns "
						      "FROM findings f JOIN rules d ON d.id = f.rule "
						      "WHERE f.end_ns = ?1 AND f.run = ?2 AND f.number = ?3 ORDER BY f.position",
					  &reader->findings);
}

/* `count`: it is none of the words. */
static unsigned word_at(sqlite3_stmt *statement, int column, const char *const *words, size_t count)
{
	const char *text = text_at(statement, column);
	unsigned i = 0;

	while (i < count && !(words[i] && strcmp(words[i], text) == 0))
		i++;
	return i;
}

static void read_finding(sqlite3_stmt *row, struct call_finding *finding)
{
	*finding = (struct call_finding){
		.severity = (uint8_t)word_at(row, 2, severity_names, SEVERITY_MAX),
		.where = (uint8_t)word_at(row, 3, text_where_names, WHERE_MAX),
		.count = (uint32_t)sqlite3_column_int64(row, 4),
		.repeats = (uint32_t)sqlite3_column_int64(row, 5),
		.rule_version = (uint32_t)sqlite3_column_int64(row, 6),
		.first_seen_unix_ns = known_at(row, 7),
	};
	(void)slice_copy(finding->rule, sizeof(finding->rule), slice_of(text_at(row, 0)));
	(void)slice_copy(finding->category, sizeof(finding->category), slice_of(text_at(row, 1)));
}

static int read_findings(struct call_reader *reader)
{
	struct call *call = &reader->call;
	int more;

	for (int i = 0; i < 3; i++)
		(void)sqlite3_bind_int64(reader->findings, i + 1, sqlite3_column_int64(reader->calls, COLUMN_END + i));
	while ((more = database_row(reader->findings)) == 1) {
		if (call->finding_count < CALL_FINDINGS_MAX)
			read_finding(reader->findings, &call->findings[call->finding_count++]);
	}
	return more;
}

static void read_row(struct call_reader *reader)
{
	sqlite3_stmt *row = reader->calls;
	struct call *call = &reader->call;

	call_init(call);
	for (int i = 0; i < KIND_COLUMNS; i++)
		unpack_kind(call, (size_t)i, text_at(row, COLUMN_KIND + i));
	for (int i = 0; i < FIGURE_MAX; i++)
		unpack_figure(call, (enum figure)i, known_at(row, COLUMN_FIGURE + i));
	unpack_place(call, text_at(row, COLUMN_RUN), sqlite3_column_int64(row, COLUMN_NUMBER),
		     sqlite3_column_int64(row, COLUMN_END));
	call->workload.tgid = (uint32_t)sqlite3_column_int64(row, COLUMN_PID);
	call->streaming = sqlite3_column_int64(row, COLUMN_STREAMING) != 0;
	call->refused = sqlite3_column_int64(row, COLUMN_REFUSED) != 0;
	call->looked_into = sqlite3_column_int64(row, COLUMN_LOOKED_INTO) != 0;
	call->hedged = sqlite3_column_int64(row, COLUMN_HEDGED) != 0;
	call->declined = sqlite3_column_int64(row, COLUMN_DECLINED) != 0;
}

static int read_calls(struct call_reader *reader, call_fn fn, void *ctx)
{
	int more;

	while ((more = database_row(reader->calls)) == 1) {
		int err;

		read_row(reader);
		err = read_findings(reader);
		if (err < 0)
			return err;
		if (call_check(&reader->call, sizeof(reader->call)) < 0) {
			reader->refused++;
			continue;
		}
		reader->given++;
		fn(ctx, &reader->call);
	}
	return more;
}

/* Where the last `max` calls begin, and not before `since`. */
static int find_begin(struct call_reader *reader, int64_t since_unix_ns, size_t max)
{
	int64_t begin[3] = { since_unix_ns, INT64_MIN, INT64_MIN };
	sqlite3_stmt *statement = NULL;
	int err = database_prepare(reader->db, "SELECT end_ns, run, number FROM calls WHERE end_ns >= ?1 "
					       "ORDER BY end_ns DESC, run DESC, number DESC LIMIT 1 OFFSET ?2",
				   &statement);
	int more;

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(statement, 1, since_unix_ns);
	(void)sqlite3_bind_int64(statement, 2, max - 1 < INT64_MAX ? (int64_t)(max - 1) : INT64_MAX);
	more = database_row(statement);
	for (int i = 0; i < 3 && more == 1; i++)
		begin[i] = sqlite3_column_int64(statement, i);
	(void)sqlite3_finalize(statement);
	for (int i = 0; i < 3; i++)
		(void)sqlite3_bind_int64(reader->calls, i + 1, begin[i]);
	return more < 0 ? more : 0;
}

int64_t history_calls(int folder, int64_t since_unix_ns, size_t max, call_fn fn, void *ctx)
{
	struct call_reader *reader = max > 0 ? calloc(1, sizeof(*reader)) : NULL;
	int64_t given;
	int err;

	if (!reader)
		return max > 0 ? history_explain(-ENOMEM) : 0;
	err = database_open(folder, false, &reader->db);
	if (err == 0)
		err = prepare_calls(reader);
	if (err == 0)
		err = find_begin(reader, since_unix_ns, max);
	if (err == 0)
		err = read_calls(reader, fn, ctx);
	if (reader->refused > 0)
		log_warn("%lld calls of the history make no sense and are left out", (long long)reader->refused);
	(void)sqlite3_finalize(reader->calls);
	(void)sqlite3_finalize(reader->findings);
	database_close(reader->db);
	given = reader->given;
	free(reader);
	return err < 0 ? history_explain(err) : given;
}

/* ---- alerts ------------------------------------------------------------------------------------------ */

#define COPY_TEXT(array, statement, column) \
	(void)slice_copy((array), sizeof(array), slice_of(text_at((statement), (column))))

static double double_at(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, column);
}

/* False: of another version, which had other names. */
static bool read_alert(sqlite3_stmt *row, struct alert *alert)
{
	*alert = (struct alert){
		.changed_unix_ns = sqlite3_column_int64(row, 0),
		.state = word_at(row, 2, alert_state_names, ALERT_STATE_MAX),
		.kind = word_at(row, 3, reading_names, READING_MAX),
		.severity = word_at(row, 4, alert_severity_names, ALERT_SEVERITY_MAX),
		.value = double_at(row, 10),
		.threshold = double_at(row, 11),
		.worst = double_at(row, 12),
		.samples = (uint64_t)sqlite3_column_int64(row, 13),
		.readings = (uint64_t)sqlite3_column_int64(row, 14),
		.since_unix_ns = sqlite3_column_int64(row, 15),
		.silenced = sqlite3_column_int64(row, 16) != 0,
	};
	COPY_TEXT(alert->id, row, 1);
	COPY_TEXT(alert->service, row, 5);
	COPY_TEXT(alert->model, row, 6);
	COPY_TEXT(alert->detail, row, 7);
	COPY_TEXT(alert->note, row, 8);
	COPY_TEXT(alert->by, row, 9);
	return alert->state < ALERT_STATE_MAX && alert->kind < READING_MAX && alert->severity < ALERT_SEVERITY_MAX;
}

/* The last `max`, oldest first. */
static const char alerts_sql[] =
	"SELECT * FROM (SELECT changed_ns, firing, state, condition, severity, service, model, detail, note, by, value, "
	"threshold, worst, samples, readings, since_ns, silenced FROM alerts WHERE changed_ns >= ?1 "
	"ORDER BY changed_ns DESC LIMIT ?2) ORDER BY changed_ns, firing, state";

static int read_alerts(sqlite3 *db, int64_t since_unix_ns, size_t max, void (*fn)(void *ctx, const struct alert *alert),
		       void *ctx, int64_t *ret_given)
{
	sqlite3_stmt *statement = NULL;
	int err = database_prepare(db, alerts_sql, &statement), more;
	struct alert alert;

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(statement, 1, since_unix_ns);
	(void)sqlite3_bind_int64(statement, 2, max < INT64_MAX ? (int64_t)max : INT64_MAX);
	while ((more = database_row(statement)) == 1) {
		if (!read_alert(statement, &alert))
			continue;
		*ret_given += 1;
		fn(ctx, &alert);
	}
	(void)sqlite3_finalize(statement);
	return more;
}

int64_t history_alerts(int folder, int64_t since_unix_ns, size_t max,
		       void (*fn)(void *ctx, const struct alert *alert), void *ctx)
{
	sqlite3 *db = NULL;
	int64_t given = 0;
	int err = database_open(folder, false, &db);

	if (err == 0)
		err = read_alerts(db, since_unix_ns, max, fn, ctx, &given);
	database_close(db);
	return err < 0 ? history_explain(err) : given;
}
