/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of age and bytes, kept by small steps: each deletes some hundred of
 * the oldest rows, or gives some pages back to the file system. Over the limit
 * of bytes the oldest calls go, then hours, then alerts. Within the limit free
 * pages stay in the file, for the rows to come.
 */
#ifndef PROMTAP_HISTORY_TRIM_H
#define PROMTAP_HISTORY_TRIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sqlite3.h>

#include "history/history.h"

#define TRIM_ROWS 500		/* of a table in a step */
#define TRIM_PAGES 128		/* given back in a step */

enum trim_statement {
	TRIM_OLDEST_CALL = 0,
	TRIM_BOUND_CALL,
	TRIM_DELETE_CALLS,
	TRIM_DELETE_FINDINGS,
	TRIM_DELETE_HOURS,
	TRIM_DELETE_ALERTS,
	TRIM_OLDEST_HOUR,
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

struct trim {
	sqlite3 *db;
	sqlite3_stmt *statements[TRIM_STATEMENT_MAX];
};

/* 0 or -errno, and trim_done() in every case. */
int trim_init(struct trim *trim, sqlite3 *db);
void trim_done(struct trim *trim);

/* Within a transaction. 1: something was done, ask again; 0; or -errno. *ret_dropped: rows of dictionaries are gone. */
int trim_step(struct trim *trim, const struct history_config *config, int64_t now_unix_ns, bool *ret_dropped);

#endif
