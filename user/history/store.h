/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's connection: records in, transactions out; and the limits of age
 * and bytes, kept a little at a time. One thread owns it.
 */
#ifndef PROMTAP_HISTORY_STORE_H
#define PROMTAP_HISTORY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "history/history.h"

/*
 * The journal is emptied whenever it is some 4 MiB long, and grows by what one
 * transaction changes, which STORE_BATCH_BYTES bounds. While somebody reads it
 * cannot be emptied: over STORE_JOURNAL_BYTES nothing is written until it can.
 * So files stay below bytes_max if STORE_RESERVE_BYTES of it are kept free.
 */
#define STORE_BATCH_BYTES (1u << 20)	/* of records */
#define STORE_JOURNAL_BYTES (8u << 20)
#define STORE_RESERVE_BYTES (24u << 20)
#define STORE_BYTES_MIN (64u << 20)
#define STORE_AHEAD_NS (24 * 3600 * 1000000000ll)	/* calls that end later than this after now are refused */

enum store_table {
	STORE_CALLS = 0,
	STORE_HOURS,
	STORE_ALERTS,
	STORE_TABLE_MAX
};
extern const char *const store_table_names[STORE_TABLE_MAX];

struct store_written {
	uint64_t rows[STORE_TABLE_MAX];	/* of hours: rows that grew */
	uint64_t refused;		/* records */
};

/* What the wall clock says, and one that nobody sets. */
struct store_time {
	int64_t unix_ns, steady_ns;
};

struct store;
/* As database_open(). */
int store_open(int folder, struct store **ret);
void store_close(struct store *store);
/* Without writing anything more: the file is to be kept as it is. Takes null. */
void store_abandon(struct store *store);
/* As database_is_there(). */
bool store_is_there(struct store *store);
/* As database_check(). */
int store_check(struct store *store, unsigned budget_ms);

/* Records (packed.h) as one transaction. A call that is there already is left out: a batch may be written again.
 * 0, and what was written is added to *ret; or -errno: nothing is written. */
int store_write(struct store *store, struct slice records, int64_t now_unix_ns, struct store_written *ret);

/* One step, a transaction of a few milliseconds. 1: there is more to do; 0; or -errno. */
int store_trim(struct store *store, const struct history_config *config, const struct store_time *now);

#endif
