/* SPDX-License-Identifier: Apache-2.0 */
#include "history/trim.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "history/database.h"
#include "history/hours.h"
#include "history/store.h"

#define TEXT_OF(number) #number
#define ROWS_OF(number) TEXT_OF(number)
#define LIMIT " LIMIT " ROWS_OF(TRIM_ROWS)

static const char *const texts[TRIM_STATEMENT_MAX] = {
	[TRIM_OLDEST_CALL] = "SELECT end_ns FROM calls ORDER BY end_ns, run, number LIMIT 1",
	[TRIM_BOUND_CALL] = "SELECT end_ns, run, number FROM calls ORDER BY end_ns, run, number LIMIT 1 OFFSET " ROWS_OF(TRIM_ROWS),
	[TRIM_DELETE_CALLS] = "DELETE FROM calls WHERE (end_ns, run, number) < (?1, ?2, ?3)",
	[TRIM_DELETE_FINDINGS] = "DELETE FROM findings WHERE (end_ns, run, number) < (?1, ?2, ?3)",
	[TRIM_DELETE_HOURS] = "DELETE FROM hours WHERE (hour, series) IN "
			      "(SELECT hour, series FROM hours WHERE hour < ?1 ORDER BY hour, series" LIMIT ")",
	[TRIM_DELETE_ALERTS] = "DELETE FROM alerts WHERE (changed_ns, firing) IN (SELECT changed_ns, firing "
			       "FROM alerts WHERE changed_ns < ?1 ORDER BY changed_ns, firing" LIMIT ")",
	[TRIM_OLDEST_HOUR] = "SELECT hour FROM hours ORDER BY hour, series LIMIT 1",
	[TRIM_OLDEST_ALERT] = "SELECT changed_ns FROM alerts ORDER BY changed_ns, firing LIMIT 1",
	[TRIM_DELETE_RUNS] = "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE last_hour < ?1" LIMIT ")",
	[TRIM_DELETE_KINDS] = "DELETE FROM kinds WHERE id IN (SELECT id FROM kinds WHERE last_hour < ?1" LIMIT ")",
	[TRIM_DELETE_RULES] = "DELETE FROM rules WHERE id IN (SELECT id FROM rules WHERE last_hour < ?1" LIMIT ")",
	[TRIM_DELETE_SERIES] = "DELETE FROM series WHERE id IN (SELECT id FROM series WHERE last_hour < ?1" LIMIT ")",
	[TRIM_PAGE_COUNT] = "PRAGMA page_count",
	[TRIM_FREE_COUNT] = "PRAGMA freelist_count",
	[TRIM_PAGE_SIZE] = "PRAGMA page_size",
	[TRIM_VACUUM] = "PRAGMA incremental_vacuum(" ROWS_OF(TRIM_PAGES) ")",
};

int trim_init(struct trim *trim, sqlite3 *db)
{
	int err = 0;

	*trim = (struct trim){ .db = db };
	for (size_t i = 0; i < TRIM_STATEMENT_MAX && err == 0; i++)
		err = database_prepare(db, texts[i], &trim->statements[i]);
	return err;
}

void trim_done(struct trim *trim)
{
	for (size_t i = 0; i < TRIM_STATEMENT_MAX; i++)
		(void)sqlite3_finalize(trim->statements[i]);
	*trim = (struct trim){ 0 };
}

/* ---- rows -------------------------------------------------------------------------------------------- */

/* The key of a call. All calls before it are older, and no more than TRIM_ROWS. */
struct bound {
	int64_t end_ns, run, number;
};

static int find_bound(struct trim *trim, int64_t before_ns, struct bound *ret)
{
	sqlite3_stmt *statement = trim->statements[TRIM_BOUND_CALL];
	int more = database_row(statement);

	*ret = (struct bound){ before_ns, INT64_MIN, INT64_MIN };
	if (more <= 0)
		return more;
	if (sqlite3_column_int64(statement, 0) < before_ns)
		*ret = (struct bound){ sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
				       sqlite3_column_int64(statement, 2) };
	(void)sqlite3_reset(statement);
	return 0;
}

static int delete_below(struct trim *trim, enum trim_statement which, const struct bound *bound, int *ret_rows)
{
	sqlite3_stmt *statement = trim->statements[which];
	int err;

	(void)sqlite3_bind_int64(statement, 1, bound->end_ns);
	(void)sqlite3_bind_int64(statement, 2, bound->run);
	(void)sqlite3_bind_int64(statement, 3, bound->number);
	err = database_run(statement);
	*ret_rows = err < 0 ? 0 : sqlite3_changes(trim->db);
	return err;
}

/* Each: 1: rows that are older were deleted; 0: there were none; or -errno. */
static int delete_calls(struct trim *trim, int64_t before_ns)
{
	struct bound bound;
	int calls = 0, findings = 0;
	int err = find_bound(trim, before_ns, &bound);

	if (err == 0)
		err = delete_below(trim, TRIM_DELETE_CALLS, &bound, &calls);
	if (err == 0)
		err = delete_below(trim, TRIM_DELETE_FINDINGS, &bound, &findings);
	return err < 0 ? err : calls > 0 || findings > 0;
}

static int delete_rows(struct trim *trim, enum trim_statement which, int64_t before)
{
	sqlite3_stmt *statement = trim->statements[which];
	int err;

	(void)sqlite3_bind_int64(statement, 1, before);
	err = database_run(statement);
	return err < 0 ? err : sqlite3_changes(trim->db) > 0;
}

/* What only rows that are gone referred to. Without rows at all, everything. */
static int drop_unused(struct trim *trim, bool *ret_dropped)
{
	static const enum trim_statement of_calls[] = { TRIM_DELETE_RUNS, TRIM_DELETE_KINDS, TRIM_DELETE_RULES };
	int64_t oldest_ns = 0, oldest_hour = INT64_MAX;
	int err = database_number(trim->statements[TRIM_OLDEST_CALL], &oldest_ns), done = 0;

	if (err < 0 && err != -ENOENT)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(of_calls) && done >= 0; i++) {
		done = delete_rows(trim, of_calls[i], err == -ENOENT ? INT64_MAX : oldest_ns / HOUR_NS);
		*ret_dropped |= done > 0;
	}
	if (done < 0)
		return done;
	err = database_number(trim->statements[TRIM_OLDEST_HOUR], &oldest_hour);
	if (err < 0 && err != -ENOENT)
		return err;
	done = delete_rows(trim, TRIM_DELETE_SERIES, oldest_hour);
	*ret_dropped |= done > 0;
	return done < 0 ? done : *ret_dropped;
}

/* ---- bytes ------------------------------------------------------------------------------------------- */

static int over_limit(struct trim *trim, uint64_t bytes_max, bool *ret_used, bool *ret_file)
{
	uint64_t limit = bytes_max - STORE_RESERVE_BYTES;
	int64_t pages = 0, unused = 0, size = 0;
	int err = database_number(trim->statements[TRIM_PAGE_COUNT], &pages);

	if (err == 0)
		err = database_number(trim->statements[TRIM_FREE_COUNT], &unused);
	if (err == 0)
		err = database_number(trim->statements[TRIM_PAGE_SIZE], &size);
	*ret_used = (uint64_t)(pages - unused) * (uint64_t)size > limit;
	*ret_file = (uint64_t)pages * (uint64_t)size > limit && unused > 0;
	return err;
}

static int shrink(struct trim *trim, uint64_t bytes_max)
{
	bool used = false, file = false;
	int done = over_limit(trim, bytes_max, &used, &file);

	if (done == 0 && used)
		done = delete_calls(trim, INT64_MAX);
	if (done == 0 && used)
		done = delete_rows(trim, TRIM_DELETE_HOURS, INT64_MAX);
	if (done == 0 && used)
		done = delete_rows(trim, TRIM_DELETE_ALERTS, INT64_MAX);
	if (done < 0 || !file)
		return done;
	done = database_run(trim->statements[TRIM_VACUUM]);
	return done < 0 ? done : 1;
}

/* ---- a step ------------------------------------------------------------------------------------------ */

static int64_t before(int64_t now_unix_ns, uint64_t age_ns)
{
	return age_ns < (uint64_t)now_unix_ns ? now_unix_ns - (int64_t)age_ns : 0;
}

/* The file may say anything. */
static int64_t hour_to_ns(int64_t hour)
{
	int64_t ns;

	if (!__builtin_mul_overflow(hour, HOUR_NS, &ns))
		return ns;
	return hour < 0 ? INT64_MIN : INT64_MAX;
}

/* Whether what is older than `before_ns` may go; `oldest_ns` is. */
static bool is_believed(struct trim *trim, enum store_table table, int64_t oldest_ns, int64_t before_ns, int64_t steady_ns)
{
	struct trim_doubt *doubt = &trim->doubts[table];
	int64_t over_ns;

	if (__builtin_sub_overflow(before_ns, oldest_ns, &over_ns))
		over_ns = oldest_ns < 0 ? INT64_MAX : INT64_MIN;
	if (over_ns <= TRIM_DOUBT_NS) {
		doubt->stands = false;
		return true;
	}
	if (!doubt->stands) {
		*doubt = (struct trim_doubt){ .stands = true, .since_steady_ns = steady_ns };
		log_warn("history: %s are %lld days over their age: was the clock set? none goes for its age within a day",
			 store_table_names[table], (long long)(over_ns / TRIM_DOUBT_NS));
	}
	return steady_ns - doubt->since_steady_ns >= TRIM_DOUBT_NS;
}

/* As delete_calls(). */
static int expire_table(struct trim *trim, enum store_table table, int64_t before_ns, int64_t steady_ns)
{
	static const enum trim_statement oldest[STORE_TABLE_MAX] = {
		[STORE_CALLS] = TRIM_OLDEST_CALL, [STORE_HOURS] = TRIM_OLDEST_HOUR, [STORE_ALERTS] = TRIM_OLDEST_ALERT,
	};
	int64_t oldest_ns = 0;
	int err = database_number(trim->statements[oldest[table]], &oldest_ns);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	if (table == STORE_HOURS)
		oldest_ns = hour_to_ns(oldest_ns);
	if (!is_believed(trim, table, oldest_ns, before_ns, steady_ns) || oldest_ns >= before_ns)
		return 0;
	if (table == STORE_CALLS)
		return delete_calls(trim, before_ns);
	return table == STORE_HOURS ? delete_rows(trim, TRIM_DELETE_HOURS, before_ns / HOUR_NS) :
				      delete_rows(trim, TRIM_DELETE_ALERTS, before_ns);
}

static int expire(struct trim *trim, const struct history_config *config, const struct store_time *now)
{
	const uint64_t ages[STORE_TABLE_MAX] = {
		[STORE_CALLS] = config->calls_age, [STORE_HOURS] = config->hours_age, [STORE_ALERTS] = config->alerts_age,
	};
	int done = 0;

	for (unsigned table = 0; now->unix_ns > 0 && done >= 0 && table < STORE_TABLE_MAX; table++) {
		int more = expire_table(trim, table, before(now->unix_ns, ages[table]), now->steady_ns);

		done = more < 0 ? more : done | more;
	}
	return done;
}

int trim_step(struct trim *trim, const struct history_config *config, const struct store_time *now, bool *ret_dropped)
{
	int expired = expire(trim, config, now), shrunk, dropped;

	if (expired < 0)
		return expired;
	shrunk = shrink(trim, config->bytes_max);
	if (shrunk < 0)
		return shrunk;
	dropped = drop_unused(trim, ret_dropped);
	return dropped < 0 ? dropped : expired | shrunk | dropped;
}
