/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a price file into sorted rows. A file is taken whole or not at all:
 * a table with a hole would silently price calls as unknown.
 */
#include "analysis/price_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_row.h"
#include "analysis/price_verify.h"

struct price_table {
	char *text;			/* owned: the file, cut into fields */
	struct price_row *rows;		/* owned, sorted */
	size_t count, capacity;
	int64_t day;			/* that the file is of; -1: not known */
};

static struct price_row *new_row(struct price_table *table)
{
	if (table->count == table->capacity) {
		size_t wanted = table->capacity ? table->capacity * 2 : 256;
		struct price_row *rows = realloc(table->rows, wanted * sizeof(*rows));

		if (!rows)
			return NULL;
		table->rows = rows;
		table->capacity = wanted;
	}
	return &table->rows[table->count++];
}

static int read_rows(struct price_reader *reader, struct price_table *table)
{
	struct price_row row;
	int got;

	while ((got = price_read_row(reader, &row)) > 0) {
		struct price_row *room;

		if (table->count == PRICE_ROWS_MAX)
			return price_fail(reader, -E2BIG, "is over the limit of %d rows", PRICE_ROWS_MAX);
		room = new_row(table);
		if (!room)
			return price_fail(reader, -ENOMEM, "out of memory");
		*room = row;
	}
	return got;
}

/* ---- order ---- */

static int compare_models(const struct price_row *a, const char *provider, const char *model)
{
	int order = strcmp(a->provider, provider);

	if (order == 0)
		order = strcasecmp(a->model, model);
	return order;
}

/* All that tells rows apart but their days. */
static int compare_terms(const struct price_row *a, const struct price_row *b)
{
	int order = compare_models(a, b->provider, b->model);

	if (order == 0)
		order = strcmp(a->model, b->model);
	if (order == 0)
		order = strcmp(a->tier, b->tier);
	if (order == 0)
		order = strcmp(a->variant, b->variant);
	if (order == 0)
		order = a->above < b->above ? -1 : a->above > b->above;
	return order;
}

static int compare_rows(const void *left, const void *right)
{
	const struct price_row *a = left, *b = right;
	int order = compare_terms(a, b);

	if (order == 0)
		order = a->first_day < b->first_day ? -1 : a->first_day > b->first_day;
	return order;
}

/* First row that is not below, letter case aside. */
static size_t lower_bound(const struct price_table *table, const char *provider, const char *model)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_models(&table->rows[middle], provider, model) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct price_rows same_model(const struct price_table *table, size_t first)
{
	size_t end = first;

	while (end < table->count && strcmp(table->rows[end].model, table->rows[first].model) == 0 &&
	       strcmp(table->rows[end].provider, table->rows[first].provider) == 0)
		end++;
	return (struct price_rows){ &table->rows[first], end - first };
}

static struct price_rows find_direct(const struct price_table *table, const char *provider, const char *model)
{
	size_t first = lower_bound(table, provider, model);

	for (size_t i = first; i < table->count && compare_models(&table->rows[i], provider, model) == 0; i++) {
		if (strcmp(table->rows[i].model, model) == 0)
			return same_model(table, i);
	}
	if (first < table->count && compare_models(&table->rows[first], provider, model) == 0)
		return same_model(table, first);
	return (struct price_rows){ NULL, 0 };
}

struct price_rows price_table_find(const struct price_table *table, const char *provider, const char *model)
{
	struct price_rows found = find_direct(table, provider, model);

	if (found.count > 0 && *found.rows[0].alias_of)
		return find_direct(table, provider, found.rows[0].alias_of);
	return found;
}

/* ---- the whole ---- */

static int check_alias(struct price_reader *reader, const struct price_table *table, const struct price_row *row)
{
	struct price_rows target = find_direct(table, row->provider, row->alias_of);

	reader->csv.line = row->line;
	if (target.count == 0)
		return price_fail_field(reader, COLUMN_ALIAS_OF, "provider %.40s has no model '%.80s'; add its row",
					row->provider, row->alias_of);
	if (*target.rows[0].alias_of)
		return price_fail_field(reader, COLUMN_ALIAS_OF,
					"'%.80s' is an alias too; name the model that has prices", row->alias_of);
	return 0;
}

/* An alias cannot have rows of its own beside it, whatever their tier. Of
 * rows for the same the days of one end before those of the next begin. */
static bool rows_clash(const struct price_row *a, const struct price_row *b)
{
	if (*a->alias_of || *b->alias_of)
		return strcmp(a->provider, b->provider) == 0 && strcmp(a->model, b->model) == 0;
	return compare_terms(a, b) == 0 && a->last_day >= b->first_day;
}

static int clash(struct price_reader *reader, const struct price_row *a, const struct price_row *b)
{
	const struct price_row *later = a->line > b->line ? a : b, *earlier = later == a ? b : a;

	reader->csv.line = later->line;
	if (a->first_day == b->first_day && a->last_day == b->last_day)
		return price_fail_field(reader, COLUMN_MODEL, "'%.80s' of %.40s stands in line %u already; remove one",
					later->model, later->provider, earlier->line);
	return price_fail_field(reader, later == b ? COLUMN_VALID_FROM : COLUMN_VALID_UNTIL,
				"overlaps the days of line %u, which has another price for '%.80s'; end one with "
				"valid_until before the other begins",
				earlier->line, later->model);
}

static int check_rows(struct price_reader *reader, const struct price_table *table)
{
	int err = 0;

	for (size_t i = 0; i < table->count && err == 0; i++) {
		const struct price_row *row = &table->rows[i];

		if (i > 0 && rows_clash(&row[-1], row))
			err = clash(reader, &row[-1], row);
		else if (*row->alias_of)
			err = check_alias(reader, table, row);
	}
	return err;
}

static int parse(struct price_reader *reader, struct price_table *table, struct slice text)
{
	int err;

	if (text.len > PRICE_FILE_BYTES_MAX)
		return price_fail(reader, -E2BIG, "is over the limit of %u bytes", PRICE_FILE_BYTES_MAX);
	if (text.len > 0 && memchr(text.ptr, '\0', text.len))
		return price_fail(reader, -EINVAL, "holds a zero byte; this is no text file");
	table->text = malloc(text.len + 1);
	if (!table->text)
		return price_fail(reader, -ENOMEM, "out of memory");
	(void)slice_copy(table->text, text.len + 1, text);
	table->day = price_text_day(text);
	csv_init(&reader->csv, table->text, text.len);
	err = price_read_header(reader);
	if (err == 0)
		err = read_rows(reader, table);
	if (err < 0)
		return err;
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_rows);
	return check_rows(reader, table);
}

int price_table_parse(const char *name, struct slice text, struct price_table **ret,
		      char ret_error[PRICE_ERROR_BYTES])
{
	struct price_reader reader = { .name = name, .error = ret_error };
	struct price_table *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return price_fail(&reader, -ENOMEM, "out of memory");
	err = parse(&reader, table, text);
	if (err < 0) {
		price_table_free(table);
		return err;
	}
	*ret = table;
	return 0;
}

void price_table_free(struct price_table *table)
{
	if (!table)
		return;
	free(table->rows);
	free(table->text);
	free(table);
}

size_t price_table_rows(const struct price_table *table)
{
	return table->count;
}

const struct price_row *price_table_row(const struct price_table *table, size_t index)
{
	return &table->rows[index];
}

int64_t price_table_day(const struct price_table *table)
{
	return table->day;
}
