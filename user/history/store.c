/* SPDX-License-Identifier: Apache-2.0 */
#include "history/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "history/database.h"
#include "history/dictionary.h"
#include "history/hours.h"
#include "history/packed.h"
#include "history/trim.h"

#define SQL_BYTES_MAX 4096

const char *const store_table_names[STORE_TABLE_MAX] = { "calls", "hours", "alerts" };

static const char *const run_columns[] = { "run" };
static const char *const rule_columns[] = { "rule", "category", "severity", "place" };
static const char *const series_columns[] = { "service", "model", "provider", "hop" };

struct store {
	int folder;
	struct database_file file;
	sqlite3 *db;
	struct dictionary runs, kinds, rules, series;
	struct hours hours;
	struct trim trim;
	sqlite3_stmt *add_call, *add_finding, *add_alert;
};

/* ---- begin and end ----------------------------------------------------------------------------------- */

#define FIXED_COLUMNS "end_ns, run, number, kind, pid, streaming, refused, looked_into, hedged, declined"
#define FIXED_PARAMETERS "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"

static int prepare_call(struct store *store)
{
	struct buffer sql = { .limit = SQL_BYTES_MAX };
	int err = buffer_printf(&sql, "INSERT INTO calls(" FIXED_COLUMNS);

	for (size_t i = 0; i < FIGURE_MAX && err == 0; i++)
		err = buffer_printf(&sql, ", %s", figure_columns[i]);
	if (err == 0)
		err = buffer_printf(&sql, ") VALUES (" FIXED_PARAMETERS);
	for (size_t i = 0; i < FIGURE_MAX && err == 0; i++)
		err = buffer_printf(&sql, ", ?");
	if (err == 0)
		err = buffer_printf(&sql, ") ON CONFLICT DO NOTHING");
	if (err == 0)
		err = database_prepare(store->db, sql.data, &store->add_call);
	buffer_done(&sql);
	return err;
}

static int prepare_others(struct store *store)
{
	int err = database_prepare(store->db, "INSERT INTO findings(end_ns, run, number, position, rule, count, repeats, "
					      "rule_version, first_seen_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
				   &store->add_finding);

	return err < 0 ? err :
			 database_prepare(store->db, "INSERT INTO alerts(changed_ns, firing, state, condition, severity, "
						     "service, model, detail, note, by, value, threshold, worst, samples, "
						     "readings, since_ns, silenced) "
						     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
						     "ON CONFLICT DO NOTHING",
					  &store->add_alert);
}

static int prepare_dictionaries(struct store *store)
{
	const char *columns[KIND_COLUMNS];
	int err = dictionary_init(&store->runs, store->db, "runs", run_columns, ARRAY_SIZE(run_columns));

	kind_columns(columns);
	if (err == 0)
		err = dictionary_init(&store->kinds, store->db, "kinds", columns, ARRAY_SIZE(columns));
	if (err == 0)
		err = dictionary_init(&store->rules, store->db, "rules", rule_columns, ARRAY_SIZE(rule_columns));
	return err < 0 ? err :
			 dictionary_init(&store->series, store->db, "series", series_columns, ARRAY_SIZE(series_columns));
}

static int prepare(struct store *store)
{
	int err = prepare_dictionaries(store);

	if (err == 0)
		err = hours_init(&store->hours, store->db);
	if (err == 0)
		err = trim_init(&store->trim, store->db);
	if (err == 0)
		err = prepare_call(store);
	return err < 0 ? err : prepare_others(store);
}

int store_open(int folder, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));
	int err;

	if (!store)
		return -ENOMEM;
	store->folder = folder;
	err = database_open(folder, true, &store->db);
	if (err == 0)
		err = prepare(store);
	if (err < 0) {
		store_close(store);
		return err;
	}
	(void)database_is_there(folder, &store->file);
	*ret = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	dictionary_done(&store->runs);
	dictionary_done(&store->kinds);
	dictionary_done(&store->rules);
	dictionary_done(&store->series);
	hours_done(&store->hours);
	trim_done(&store->trim);
	(void)sqlite3_finalize(store->add_call);
	(void)sqlite3_finalize(store->add_finding);
	(void)sqlite3_finalize(store->add_alert);
	database_close(store->db);
	free(store);
}

void store_abandon(struct store *store)
{
	if (store)
		(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	store_close(store);
}

bool store_is_there(struct store *store)
{
	return database_is_there(store->folder, &store->file);
}

int store_check(struct store *store, unsigned budget_ms)
{
	return database_check(store->db, budget_ms);
}

/* ---- rows -------------------------------------------------------------------------------------------- */

static void bind_known(sqlite3_stmt *statement, int parameter, int64_t number)
{
	if (number == CALL_UNKNOWN)
		(void)sqlite3_bind_null(statement, parameter);
	else
		(void)sqlite3_bind_int64(statement, parameter, number);
}

/* As FIXED_COLUMNS and figure_columns have them. */
static void bind_call(sqlite3_stmt *statement, const struct packed_call *call, int64_t run, int64_t kind)
{
	const int64_t fixed[] = { call->end_ns,	   run,		  call->number,	     kind,	   call->pid,
				  call->streaming, call->refused, call->looked_into, call->hedged, call->declined };
	int parameter = 1;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		(void)sqlite3_bind_int64(statement, parameter++, fixed[i]);
	for (size_t i = 0; i < FIGURE_MAX; i++)
		bind_known(statement, parameter++, call->figures[i]);
}

static int write_finding(struct store *store, const struct packed_call *call, int64_t run, uint32_t position,
			 const struct packed_finding *finding, struct slice key)
{
	sqlite3_stmt *statement = store->add_finding;
	int64_t rule = 0;
	int err = dictionary_number(&store->rules, key, call->end_ns / HOUR_NS, &rule);
	const int64_t numbers[] = { call->end_ns,   run,	      call->number,	    position, rule,
				    finding->count, finding->repeats, finding->rule_version };

	if (err < 0)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		(void)sqlite3_bind_int64(statement, (int)i + 1, numbers[i]);
	bind_known(statement, ARRAY_SIZE(numbers) + 1, finding->first_seen_ns);
	return database_run(statement);
}

static int write_findings(struct store *store, const struct packed_call *call, int64_t run, const char *bytes)
{
	int err = 0;

	for (uint32_t i = 0; i < call->findings && err == 0; i++) {
		struct packed_finding finding;

		memcpy(&finding, bytes, sizeof(finding));
		bytes += sizeof(finding);
		err = write_finding(store, call, run, i, &finding, (struct slice){ bytes, finding.key_bytes });
		bytes += finding.key_bytes;
	}
	return err;
}

static int add_to_hours(struct store *store, const struct packed_call *call, struct slice series)
{
	int64_t number = 0;
	int err = dictionary_number(&store->series, series, call->end_ns / HOUR_NS, &number);

	return err < 0 ? err : hours_call(&store->hours, number, call);
}

static int write_call(struct store *store, const struct packed_call *call, struct store_written *written)
{
	const char *bytes = (const char *)(call + 1);
	struct slice run_key = { bytes, call->run_bytes };
	struct slice kind_key = { run_key.ptr + run_key.len, call->kind_bytes };
	struct slice series_key = { kind_key.ptr + kind_key.len, call->series_bytes };
	int64_t hour = call->end_ns / HOUR_NS, run = 0, kind = 0;
	int err = dictionary_number(&store->runs, run_key, hour, &run);

	if (err == 0)
		err = dictionary_number(&store->kinds, kind_key, hour, &kind);
	if (err < 0)
		return err;
	bind_call(store->add_call, call, run, kind);
	err = database_run(store->add_call);
	if (err < 0 || sqlite3_changes(store->db) == 0)
		return err;
	written->rows[STORE_CALLS]++;
	err = write_findings(store, call, run, series_key.ptr + series_key.len);
	return err < 0 || !call->in_hours ? err : add_to_hours(store, call, series_key);
}

static void bind_text(sqlite3_stmt *statement, int parameter, const char *text, size_t size)
{
	(void)sqlite3_bind_text(statement, parameter, text, (int)strnlen(text, size), SQLITE_STATIC);
}

#define BIND_TEXT(statement, parameter, array) bind_text((statement), (parameter), (array), sizeof(array))

static int write_alert(struct store *store, const struct alert *alert, struct store_written *written)
{
	const char *words[] = { alert_state_names[alert->state], reading_names[alert->kind],
				alert_severity_names[alert->severity] };
	sqlite3_stmt *statement = store->add_alert;
	int err;

	(void)sqlite3_bind_int64(statement, 1, alert->changed_unix_ns);
	BIND_TEXT(statement, 2, alert->id);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		(void)sqlite3_bind_text(statement, (int)i + 3, words[i], -1, SQLITE_STATIC);
	BIND_TEXT(statement, 6, alert->service);
	BIND_TEXT(statement, 7, alert->model);
	BIND_TEXT(statement, 8, alert->detail);
	BIND_TEXT(statement, 9, alert->note);
	BIND_TEXT(statement, 10, alert->by);
	/* NAN becomes NULL. */
	(void)sqlite3_bind_double(statement, 11, alert->value);
	(void)sqlite3_bind_double(statement, 12, alert->threshold);
	(void)sqlite3_bind_double(statement, 13, alert->worst);
	(void)sqlite3_bind_int64(statement, 14, (int64_t)alert->samples);
	(void)sqlite3_bind_int64(statement, 15, (int64_t)alert->readings);
	(void)sqlite3_bind_int64(statement, 16, alert->since_unix_ns);
	(void)sqlite3_bind_int64(statement, 17, alert->silenced);
	err = database_run(statement);
	if (err == 0)
		written->rows[STORE_ALERTS] += (uint64_t)sqlite3_changes(store->db);
	return err;
}

/* ---- transactions ------------------------------------------------------------------------------------ */

static int write_record(struct store *store, const char *record, int64_t now_unix_ns, struct store_written *written)
{
	const struct packed_head *head = (const struct packed_head *)record;
	const struct packed_call *call = (const struct packed_call *)record;

	if (head->type == PACKED_ALERT)
		return write_alert(store, &((const struct packed_alert *)record)->alert, written);
	if (now_unix_ns > 0 && call->end_ns - now_unix_ns > STORE_AHEAD_NS) {
		written->refused++;
		return 0;
	}
	return write_call(store, call, written);
}

static int write_records(struct store *store, struct slice records, int64_t now_unix_ns, struct store_written *written)
{
	int err = 0;

	store->hours.written = 0;
	for (size_t at = 0; at < records.len && err == 0;) {
		const char *record = records.ptr + at;

		err = write_record(store, record, now_unix_ns, written);
		at += ((const struct packed_head *)record)->bytes;
	}
	if (err == 0)
		err = hours_flush(&store->hours);
	written->rows[STORE_HOURS] += store->hours.written;
	return err;
}

/* Numbers of rows that are gone. */
static void forget(struct store *store)
{
	dictionary_forget(&store->runs);
	dictionary_forget(&store->kinds);
	dictionary_forget(&store->rules);
	dictionary_forget(&store->series);
}

static void roll_back(struct store *store)
{
	(void)database_exec(store->db, "ROLLBACK");
	forget(store);
	hours_forget(&store->hours);
}

/* A reader that stands still keeps the journal from being used anew. */
static int check_journal(struct store *store)
{
	if (database_journal_bytes(store->folder) <= STORE_JOURNAL_BYTES)
		return 0;
	(void)database_exec(store->db, "PRAGMA wal_checkpoint(TRUNCATE)");
	return database_journal_bytes(store->folder) <= STORE_JOURNAL_BYTES ? 0 : -EAGAIN;
}

int store_write(struct store *store, struct slice records, int64_t now_unix_ns, struct store_written *ret)
{
	struct store_written written = *ret;
	int err = check_journal(store);

	if (err < 0)
		return err;
	err = database_exec(store->db, "BEGIN IMMEDIATE");
	if (err == 0)
		err = write_records(store, records, now_unix_ns, &written);
	if (err == 0)
		err = database_exec(store->db, "COMMIT");
	if (err < 0)
		roll_back(store);
	else
		*ret = written;
	return err;
}

int store_trim(struct store *store, const struct history_config *config, const struct store_time *now)
{
	bool dropped = false;
	int err = database_exec(store->db, "BEGIN"), more = 0;

	if (err == 0)
		more = trim_step(&store->trim, config, now, &dropped);
	if (err == 0 && more >= 0)
		err = database_exec(store->db, "COMMIT");
	if (err < 0 || more < 0)
		roll_back(store);
	else if (dropped)
		forget(store);
	return err < 0 ? err : more;
}
