/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of age and bytes, kept by small steps: each deletes some hundred of
 * the oldest rows, or gives some pages back to the file system. Over the limit
 * of bytes the oldest calls go, then hours, then alerts. Within the limit free
 * pages stay in the file, for the rows to come.
 *
 * Rows go as they come of age, so the oldest of a table is hardly older than its
 * limit. Where it is, by more than TRIM_DOUBT_NS, the clock may have been set, or
 * the agent was down, or the limit is a new one: then none of that table goes
 * for its age until that has been so for TRIM_DOUBT_NS of a clock that nobody
 * sets. A clock that is set years ahead and back costs a day of rows at most.
 */
#ifndef PROMTAP_HISTORY_TRIM_H
#define PROMTAP_HISTORY_TRIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sqlite3.h>

#include "history/history.h"
#include "history/store.h"

#define TRIM_ROWS 500		/* of a table in a step */
#define TRIM_PAGES 128		/* given back in a step */
#define TRIM_DOUBT_NS (24 * 3600 * 1000000000ll)

enum trim_statement {
	TRIM_OLDEST_CALL = 0,
	TRIM_BOUND_CALL,
	TRIM_DELETE_CALLS,
	TRIM_DELETE_FINDINGS,
	TRIM_DELETE_HOURS,
	TRIM_DELETE_ALERTS,
	TRIM_OLDEST_HOUR,
	TRIM_OLDEST_ALERT,
	TRIM_DELETE_RUNS,
	TRIM_DELETE_KINDS,
	TRIM_DELETE_RULES,
	TRIM_DELETE_SERIES,
	TRIM_PAGE_COUNT,
	TRIM_FREE_COUNT,
	TRIM_PAGE_SIZE,
	TRIM_VACUUM,
	TRIM_STATEMENT_MAX
};

struct trim_doubt {
	bool stands;
	int64_t since_steady_ns;
};

struct trim {
	sqlite3 *db;
	struct trim_doubt doubts[STORE_TABLE_MAX];
	sqlite3_stmt *statements[TRIM_STATEMENT_MAX];
};

/* 0 or -errno, and trim_done() in every case. */
int trim_init(struct trim *trim, sqlite3 *db);
void trim_done(struct trim *trim);

/* Within a transaction. 1: something was done, ask again; 0; or -errno. *ret_dropped: rows of dictionaries are gone. */
int trim_step(struct trim *trim, const struct history_config *config, const struct store_time *now, bool *ret_dropped);

#endif
