/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded table of things of one size: found by key, walked in the order of
 * keys, and when it is full the one used longest ago makes room. All memory is
 * taken at start; pages that are never used stay untouched.
 *
 * A thing begins with a struct table_node, and its key follows at once: bytes
 * that are compared as they are, zero behind the end of texts.
 */
#ifndef PROMTAP_JUDGE_TABLE_H
#define PROMTAP_JUDGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_node {
	struct table_node *older, *newer;
};

struct table {
	size_t capacity, count, item_bytes, key_bytes;
	char *items;			/* owned */
	struct table_node **sorted;	/* owned */
	struct table_node *oldest, *newest;
};

enum table_state {
	TABLE_FOUND = 0,
	TABLE_NEW,		/* its place was free. Nothing but its key is set */
	TABLE_RECYCLED,		/* the place was another's, and all but the key is still as that left it */
};

/* 0 or -ENOMEM. */
int table_init(struct table *table, size_t capacity, size_t item_bytes, size_t key_bytes);
void table_done(struct table *table);
size_t table_bytes(size_t capacity, size_t item_bytes);

/* Null: not there. Changes no order. */
void *table_find(const struct table *table, const void *key);
/* Finds it or makes it; it is the one used last from now on. Never null. */
void *table_use(struct table *table, const void *key, enum table_state *ret_state);
/* In the order of keys; index < count. */
void *table_at(const struct table *table, size_t index);
/* Forgets all. */
void table_clear(struct table *table);

#endif
