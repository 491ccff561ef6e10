/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table behind the stream stage: connections by key, in order of last
 * activity, and by process. Finding, adding and removing take constant time;
 * all of one process are found without a walk over the table.
 */
#ifndef PROMTAP_STREAM_CONN_H
#define PROMTAP_STREAM_CONN_H

#include "stream/segment.h"

struct conn_links {
	struct conn_entry *prev, *next;
};

struct conn_entry {
	struct conn conn;
	uint64_t expected[DIRECTION_MAX];	/* position of the next byte */
	bool begun[DIRECTION_MAX];		/* `expected` is known */
	uint64_t active_ns;			/* last data */
	struct conn_entry *hash_next;
	struct conn_links age;			/* next: used more recently */
	struct conn_links process;		/* others whose tgid has the same hash */
};

struct conn_table {
	struct conn_entry **by_key, **by_tgid;	/* owned; bucket_count each */
	size_t bucket_count;			/* power of two */
	size_t count;
	struct conn_entry *oldest, *newest;
	uint64_t seed;
};

/* Room for `expected` entries at a good load; more only make it slower. */
int conn_table_init(struct conn_table *table, size_t expected);
/* Entries must have been removed. */
void conn_table_done(struct conn_table *table);

struct conn_entry *conn_table_get(const struct conn_table *table, const struct conn_key *key);
/* The key must not be there. Null: no memory. */
struct conn_entry *conn_table_add(struct conn_table *table, const struct conn_key *key);
/* Makes it the newest. */
void conn_table_touch(struct conn_table *table, struct conn_entry *entry);
/* Frees the entry. */
void conn_table_remove(struct conn_table *table, struct conn_entry *entry);
/* Some connection of that process; null: none. */
struct conn_entry *conn_table_of_process(const struct conn_table *table, uint32_t tgid);

#endif
