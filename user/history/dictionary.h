/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table whose rows are texts that repeat, each with a number that other rows
 * refer to it by; `last_hour` is the latest hour in which one did. What is in
 * use is remembered, so that most look-ups ask nobody: bounded, and when it is
 * full it begins anew.
 */
#ifndef PROMTAP_HISTORY_DICTIONARY_H
#define PROMTAP_HISTORY_DICTIONARY_H

#include <stdint.h>
#include <sqlite3.h>

#include "base/buffer.h"

#define DICTIONARY_SLOTS 8192	/* a power of two, half of them used at most */
#define DICTIONARY_BYTES (2u << 20)	/* of keys */

struct dictionary {
	sqlite3 *db;
	size_t columns;
	sqlite3_stmt *find, *add, *touch;
	struct dictionary_slot *slots;
	size_t used;
	struct buffer keys;
};

/* The column names; 0 or -errno, and dictionary_done() in every case. */
int dictionary_init(struct dictionary *dictionary, sqlite3 *db, const char *table, const char *const *columns,
		    size_t count);
void dictionary_done(struct dictionary *dictionary);

/* The number of the row with these texts (packed.h), which is made where there is none. 0 or -errno. */
int dictionary_number(struct dictionary *dictionary, struct slice key, int64_t hour, int64_t *ret);

/* After a rollback, and after rows were deleted. */
void dictionary_forget(struct dictionary *dictionary);

#endif
