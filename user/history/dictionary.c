/* SPDX-License-Identifier: Apache-2.0 */
#include "history/dictionary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "history/database.h"

#define SQL_BYTES_MAX 8192

struct dictionary_slot {
	uint64_t hash;
	size_t offset, len;	/* of the key, in `keys`; len 0: the slot is free */
	int64_t number, last_hour;
};

static int find_sql(struct buffer *sql, const char *table, const char *const *columns, size_t count)
{
	int err = buffer_printf(sql, "SELECT id, last_hour FROM %s WHERE ", table);

	for (size_t i = 0; i < count && err == 0; i++)
		err = buffer_printf(sql, "%s%s = ?", i > 0 ? " AND " : "", columns[i]);
	return err < 0 ? err : buffer_append(sql, "", 1);
}

static int add_sql(struct buffer *sql, const char *table, const char *const *columns, size_t count)
{
	int err = buffer_printf(sql, "INSERT INTO %s(", table);

	for (size_t i = 0; i < count && err == 0; i++)
		err = buffer_printf(sql, "%s, ", columns[i]);
	if (err == 0)
		err = buffer_printf(sql, "last_hour) VALUES (");
	for (size_t i = 0; i < count && err == 0; i++)
		err = buffer_printf(sql, "?, ");
	return err < 0 ? err : buffer_append(sql, "?)", 3);
}

static int touch_sql(struct buffer *sql, const char *table, const char *const *columns, size_t count)
{
	int err = buffer_printf(sql, "UPDATE %s SET last_hour = ?1 WHERE id = ?2", table);

	(void)columns;
	(void)count;
	return err < 0 ? err : buffer_append(sql, "", 1);
}

static int prepare(struct dictionary *dictionary, sqlite3_stmt **ret, const char *table, const char *const *columns,
		   int (*make)(struct buffer *, const char *, const char *const *, size_t))
{
	struct buffer sql = { .limit = SQL_BYTES_MAX };
	int err = make(&sql, table, columns, dictionary->columns);

	if (err == 0)
		err = database_prepare(dictionary->db, sql.data, ret);
	buffer_done(&sql);
	return err;
}

int dictionary_init(struct dictionary *dictionary, sqlite3 *db, const char *table, const char *const *columns,
		    size_t count)
{
	int err;

	*dictionary = (struct dictionary){ .db = db, .columns = count, .keys = { .limit = DICTIONARY_BYTES } };
	dictionary->slots = calloc(DICTIONARY_SLOTS, sizeof(*dictionary->slots));
	if (!dictionary->slots)
		return -ENOMEM;
	err = prepare(dictionary, &dictionary->find, table, columns, find_sql);
	if (err == 0)
		err = prepare(dictionary, &dictionary->add, table, columns, add_sql);
	return err < 0 ? err : prepare(dictionary, &dictionary->touch, table, columns, touch_sql);
}

void dictionary_done(struct dictionary *dictionary)
{
	(void)sqlite3_finalize(dictionary->find);
	(void)sqlite3_finalize(dictionary->add);
	(void)sqlite3_finalize(dictionary->touch);
	free(dictionary->slots);
	buffer_done(&dictionary->keys);
	*dictionary = (struct dictionary){ 0 };
}

void dictionary_forget(struct dictionary *dictionary)
{
	memset(dictionary->slots, 0, DICTIONARY_SLOTS * sizeof(*dictionary->slots));
	dictionary->used = 0;
	dictionary->keys.len = 0;
}

/* ---- what is remembered ------------------------------------------------------------------------------ */

/* The slot of the key, or the free one where it belongs. */
static struct dictionary_slot *slot_of(struct dictionary *dictionary, struct slice key, uint64_t hash)
{
	size_t i = hash & (DICTIONARY_SLOTS - 1);

	for (;; i = (i + 1) & (DICTIONARY_SLOTS - 1)) {
		struct dictionary_slot *slot = &dictionary->slots[i];

		if (slot->len == 0)
			return slot;
		if (slot->hash == hash && slice_eq((struct slice){ dictionary->keys.data + slot->offset, slot->len }, key))
			return slot;
	}
}

static void remember(struct dictionary *dictionary, struct slice key, uint64_t hash, int64_t number, int64_t last_hour)
{
	struct dictionary_slot *slot;

	if (dictionary->used >= DICTIONARY_SLOTS / 2 || dictionary->keys.len + key.len > DICTIONARY_BYTES)
		dictionary_forget(dictionary);
	slot = slot_of(dictionary, key, hash);
	if (buffer_append(&dictionary->keys, key.ptr, key.len) < 0)
		return;
	*slot = (struct dictionary_slot){ hash, dictionary->keys.len - key.len, key.len, number, last_hour };
	dictionary->used++;
}

/* ---- the table --------------------------------------------------------------------------------------- */

/* Binds the texts of the key, lent until the statement is reset. Returns the next parameter. */
static int bind_key(const struct dictionary *dictionary, sqlite3_stmt *statement, struct slice key)
{
	int parameter = 1;

	for (size_t i = 0; i < dictionary->columns && key.len > 0; i++) {
		size_t len = strnlen(key.ptr, key.len);

		(void)sqlite3_bind_text(statement, parameter++, key.ptr, (int)len, SQLITE_STATIC);
		key = (struct slice){ key.ptr + len + 1, key.len - len - 1 };
	}
	return parameter;
}

static int add(struct dictionary *dictionary, struct slice key, int64_t hour, int64_t *ret)
{
	int parameter = bind_key(dictionary, dictionary->add, key);
	int err;

	(void)sqlite3_bind_int64(dictionary->add, parameter, hour);
	err = database_run(dictionary->add);
	if (err == 0)
		*ret = sqlite3_last_insert_rowid(dictionary->db);
	return err;
}

static int touch(struct dictionary *dictionary, int64_t number, int64_t hour)
{
	(void)sqlite3_bind_int64(dictionary->touch, 1, hour);
	(void)sqlite3_bind_int64(dictionary->touch, 2, number);
	return database_run(dictionary->touch);
}

static int look_up(struct dictionary *dictionary, struct slice key, int64_t hour, int64_t *ret, int64_t *ret_last_hour)
{
	int more;

	(void)bind_key(dictionary, dictionary->find, key);
	more = database_row(dictionary->find);
	if (more < 0)
		return more;
	*ret_last_hour = hour;
	if (more == 0)
		return add(dictionary, key, hour, ret);
	*ret = sqlite3_column_int64(dictionary->find, 0);
	*ret_last_hour = sqlite3_column_int64(dictionary->find, 1);
	(void)sqlite3_reset(dictionary->find);
	return 0;
}

int dictionary_number(struct dictionary *dictionary, struct slice key, int64_t hour, int64_t *ret)
{
	uint64_t hash = hash_bytes(key.ptr, key.len, hash_seed());
	struct dictionary_slot *slot = slot_of(dictionary, key, hash);
	int64_t number = slot->number, last_hour = slot->last_hour;
	bool known = slot->len > 0;
	int err = known ? 0 : look_up(dictionary, key, hour, &number, &last_hour);

	if (err == 0 && last_hour < hour) {
		err = touch(dictionary, number, hour);
		last_hour = hour;
	}
	if (err < 0)
		return err;
	if (known)
		slot->last_hour = last_hour;
	else
		remember(dictionary, key, hash, number, last_hour);
	*ret = number;
	return 0;
}
