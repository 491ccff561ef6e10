/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chained hash tables over one set of entries. Both hashes are seeded, since
 * object addresses and process ids are in the hands of the observed. The
 * number of entries is bounded by the caller.
 */
#include "stream/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

#define BUCKETS_MIN 64
#define BUCKETS_MAX 65536

static size_t bucket_count(size_t expected)
{
	size_t count = BUCKETS_MIN;

	while (count < expected / 2 && count < BUCKETS_MAX)
		count *= 2;
	return count;
}

static bool key_eq(const struct conn_key *a, const struct conn_key *b)
{
	return a->object == b->object && a->generation == b->generation && a->tgid == b->tgid;
}

static struct conn_entry **key_bucket(const struct conn_table *table, const struct conn_key *key)
{
	uint64_t words[] = { key->object, key->generation, key->tgid };

	return &table->by_key[hash_bytes(words, sizeof(words), table->seed) & (table->bucket_count - 1)];
}

static struct conn_entry **tgid_bucket(const struct conn_table *table, uint32_t tgid)
{
	return &table->by_tgid[hash_bytes(&tgid, sizeof(tgid), table->seed) & (table->bucket_count - 1)];
}

int conn_table_init(struct conn_table *table, size_t expected)
{
	*table = (struct conn_table){ .bucket_count = bucket_count(expected), .seed = hash_seed() };
	table->by_key = calloc(table->bucket_count, sizeof(*table->by_key));
	table->by_tgid = calloc(table->bucket_count, sizeof(*table->by_tgid));
	if (table->by_key && table->by_tgid)
		return 0;
	conn_table_done(table);
	return -ENOMEM;
}

void conn_table_done(struct conn_table *table)
{
	assert(table->count == 0);
	free(table->by_key);
	free(table->by_tgid);
	*table = (struct conn_table){ 0 };
}

struct conn_entry *conn_table_get(const struct conn_table *table, const struct conn_key *key)
{
	struct conn_entry *entry = *key_bucket(table, key);

	while (entry && !key_eq(&entry->conn.key, key))
		entry = entry->hash_next;
	return entry;
}

static void age_append(struct conn_table *table, struct conn_entry *entry)
{
	entry->age = (struct conn_links){ .prev = table->newest };
	if (table->newest)
		table->newest->age.next = entry;
	else
		table->oldest = entry;
	table->newest = entry;
}

static void age_unlink(struct conn_table *table, struct conn_entry *entry)
{
	if (entry->age.prev)
		entry->age.prev->age.next = entry->age.next;
	else
		table->oldest = entry->age.next;
	if (entry->age.next)
		entry->age.next->age.prev = entry->age.prev;
	else
		table->newest = entry->age.prev;
}

static void process_link(struct conn_table *table, struct conn_entry *entry)
{
	struct conn_entry **head = tgid_bucket(table, entry->conn.key.tgid);

	entry->process = (struct conn_links){ .next = *head };
	if (*head)
		(*head)->process.prev = entry;
	*head = entry;
}

static void process_unlink(struct conn_table *table, struct conn_entry *entry)
{
	if (entry->process.prev)
		entry->process.prev->process.next = entry->process.next;
	else
		*tgid_bucket(table, entry->conn.key.tgid) = entry->process.next;
	if (entry->process.next)
		entry->process.next->process.prev = entry->process.prev;
}

struct conn_entry *conn_table_add(struct conn_table *table, const struct conn_key *key)
{
	struct conn_entry **bucket = key_bucket(table, key);
	struct conn_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->conn.key = *key;
	entry->hash_next = *bucket;
	*bucket = entry;
	age_append(table, entry);
	process_link(table, entry);
	table->count++;
	return entry;
}

void conn_table_touch(struct conn_table *table, struct conn_entry *entry)
{
	if (table->newest == entry)
		return;
	age_unlink(table, entry);
	age_append(table, entry);
}

void conn_table_remove(struct conn_table *table, struct conn_entry *entry)
{
	struct conn_entry **place = key_bucket(table, &entry->conn.key);

	while (*place != entry)
		place = &(*place)->hash_next;
	*place = entry->hash_next;
	age_unlink(table, entry);
	process_unlink(table, entry);
	table->count--;
	free(entry);
}

struct conn_entry *conn_table_of_process(const struct conn_table *table, uint32_t tgid)
{
	struct conn_entry *entry = *tgid_bucket(table, tgid);

	while (entry && entry->conn.key.tgid != tgid)
		entry = entry->process.next;
	return entry;
}
