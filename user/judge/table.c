/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int table_init(struct table *table, size_t capacity, size_t item_bytes, size_t key_bytes)
{
	*table = (struct table){ .capacity = capacity, .item_bytes = item_bytes, .key_bytes = key_bytes };
	table->items = calloc(capacity, item_bytes);
	table->sorted = calloc(capacity, sizeof(*table->sorted));
	if (table->items && table->sorted)
		return 0;
	table_done(table);
	return -ENOMEM;
}

void table_done(struct table *table)
{
	free(table->items);
	free(table->sorted);
	*table = (struct table){ 0 };
}

size_t table_bytes(size_t capacity, size_t item_bytes)
{
	return capacity * (item_bytes + sizeof(struct table_node *));
}

static void *key_of(struct table_node *node)
{
	return node + 1;
}

/* Index of the first that is not below the key. */
static size_t position(const struct table *table, const void *key, bool *ret_found)
{
	size_t low = 0, high = table->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(key_of(table->sorted[middle]), key, table->key_bytes);

		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
			*ret_found |= order == 0;
		}
	}
	return low;
}

void *table_find(const struct table *table, const void *key)
{
	bool found;
	size_t at = position(table, key, &found);

	return found ? table->sorted[at] : NULL;
}

void *table_at(const struct table *table, size_t index)
{
	return table->sorted[index];
}

void table_clear(struct table *table)
{
	table->count = 0;
	table->oldest = table->newest = NULL;
}

/* ---- the order of use ----------------------------------------------------------------------------------- */

static void unlink_node(struct table *table, struct table_node *node)
{
	if (node->older)
		node->older->newer = node->newer;
	else
		table->oldest = node->newer;
	if (node->newer)
		node->newer->older = node->older;
	else
		table->newest = node->older;
}

static void link_newest(struct table *table, struct table_node *node)
{
	node->older = table->newest;
	node->newer = NULL;
	if (table->newest)
		table->newest->newer = node;
	else
		table->oldest = node;
	table->newest = node;
}

/* ---- use ------------------------------------------------------------------------------------------------- */

static void take_out(struct table *table, struct table_node *node)
{
	bool found;
	size_t at = position(table, key_of(node), &found);

	table->count--;
	memmove(&table->sorted[at], &table->sorted[at + 1], (table->count - at) * sizeof(*table->sorted));
	unlink_node(table, node);
}

static void put_in(struct table *table, struct table_node *node, const void *key)
{
	bool found;
	size_t at = position(table, key, &found);

	memmove(&table->sorted[at + 1], &table->sorted[at], (table->count - at) * sizeof(*table->sorted));
	table->sorted[at] = node;
	table->count++;
	memcpy(key_of(node), key, table->key_bytes);
	link_newest(table, node);
}

void *table_use(struct table *table, const void *key, enum table_state *ret_state)
{
	struct table_node *node = table_find(table, key);

	if (node) {
		unlink_node(table, node);
		link_newest(table, node);
		*ret_state = TABLE_FOUND;
		return node;
	}
	if (table->count < table->capacity) {
		node = (struct table_node *)(table->items + table->count * table->item_bytes);
		*ret_state = TABLE_NEW;
	} else {
		node = table->oldest;
		take_out(table, node);
		*ret_state = TABLE_RECYCLED;
	}
	put_in(table, node, key);
	return node;
}
