/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a price file into sorted rows. A file is taken whole or not at all:
 * a table with a hole would silently price calls as unknown.
 */
#include "analysis/price_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/csv.h"
#include "base/cleanup.h"

/* The dearest model known asks 150 and 600 USD per million tokens. What is far
 * above is a price per 1000 or per 100000 tokens in the wrong column. */
#define INPUT_USD_MAX 300
#define OUTPUT_USD_MAX 700
#define PICO_PER_TOKEN 1000000	/* of one USD per million tokens */
#define DIGITS_MAX 12		/* with six more decimals it still fits in 64 bits */

enum column {
	COLUMN_PROVIDER = PRICE_CLASS_MAX,	/* the price classes come first */
	COLUMN_MODEL,
	COLUMN_ALIAS_OF,
	COLUMN_TIER,
	COLUMN_ABOVE,
	COLUMN_MAX
};

static const char *const column_names[COLUMN_MAX] = {
	[PRICE_INPUT] = "input",
	[PRICE_OUTPUT] = "output",
	[PRICE_CACHE_READ] = "cache_read",
	[PRICE_CACHE_WRITE_5M] = "cache_write_5m",
	[PRICE_CACHE_WRITE_1H] = "cache_write_1h",
	[PRICE_REASONING] = "reasoning",
	[PRICE_AUDIO_INPUT] = "audio_input",
	[PRICE_AUDIO_OUTPUT] = "audio_output",
	[COLUMN_PROVIDER] = "provider",
	[COLUMN_MODEL] = "model",
	[COLUMN_ALIAS_OF] = "alias_of",
	[COLUMN_TIER] = "tier",
	[COLUMN_ABOVE] = "above",
};

static const int usd_max[PRICE_CLASS_MAX] = {
	[PRICE_INPUT] = INPUT_USD_MAX,
	[PRICE_OUTPUT] = OUTPUT_USD_MAX,
	[PRICE_CACHE_READ] = INPUT_USD_MAX,
	[PRICE_CACHE_WRITE_5M] = 2 * INPUT_USD_MAX,
	[PRICE_CACHE_WRITE_1H] = 2 * INPUT_USD_MAX,
	[PRICE_REASONING] = OUTPUT_USD_MAX,
	[PRICE_AUDIO_INPUT] = OUTPUT_USD_MAX,
	[PRICE_AUDIO_OUTPUT] = OUTPUT_USD_MAX,
};

struct price_table {
	char *text;			/* owned: the file, cut into fields */
	struct price_row *rows;		/* owned, sorted */
	size_t count, capacity;
};

struct parser {
	const char *name;
	struct csv csv;
	int positions[COLUMN_MAX];	/* of a column in a line; -1: the file has none */
	size_t columns;
	struct price_table *table;
	char *error;
};

/* ---- messages ---- */

static int __attribute__((format(printf, 3, 4))) fail(struct parser *parser, int err, const char *format, ...)
{
	int n = snprintf(parser->error, PRICE_ERROR_BYTES, "%.200s:%u: ", parser->name, parser->csv.line);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(parser->error + n, PRICE_ERROR_BYTES - (size_t)n, format, args);
	va_end(args);
	return err;
}

#define fail_field(parser, column, format, ...) \
	fail((parser), -EINVAL, "column %s: " format, column_names[column], __VA_ARGS__)

/* ---- fields ---- */

static const char *field(const struct parser *parser, int column)
{
	int position = parser->positions[column];

	return position < 0 ? "" : parser->csv.fields[position];
}

/* "12.5" to 12500000; -1: no such number; -2: more than 6 decimals. */
static int64_t parse_decimal(const char *text)
{
	int64_t value = 0;
	int digits = 0, decimals = -1;

	for (; *text; text++) {
		if (*text == '.' && decimals < 0 && digits > 0) {
			decimals = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text) || ++digits > DIGITS_MAX)
			return -1;
		if (decimals >= 0 && ++decimals > 6)
			return -2;
		value = value * 10 + (*text - '0');
	}
	if (digits == 0 || decimals == 0)
		return -1;
	for (int i = decimals < 0 ? 0 : decimals; i < 6; i++)
		value *= 10;
	return value;
}

static int bad_number(struct parser *parser, int column, const char *text)
{
	const char *comma = strchr(text, ',');

	if (comma && strspn(text, "0123456789,") == strlen(text) && !strchr(comma + 1, ','))
		return fail_field(parser, column, "'%.40s' is not a number; write %.*s.%.20s", text,
				  (int)(comma - text < 20 ? comma - text : 20), text, comma + 1);
	if (strpbrk(text, "eE") && strspn(text, "0123456789.eE+-") == strlen(text))
		return fail_field(parser, column,
				  "'%.40s' has an exponent; write USD per million tokens, such as 2.5", text);
	return fail_field(parser, column, "'%.40s' is not a number; write USD per million tokens, such as 2.5", text);
}

static int read_price(struct parser *parser, int column, int64_t *ret)
{
	const char *text = field(parser, column);
	int64_t value;

	*ret = PRICE_NOT_STATED;
	if (*text == '\0')
		return 0;
	value = parse_decimal(text);
	if (value == -1)
		return bad_number(parser, column, text);
	if (value == -2)
		return fail_field(parser, column, "'%.40s' has more than 6 decimals; round it", text);
	if (value > (int64_t)usd_max[column] * PICO_PER_TOKEN)
		return fail_field(parser, column,
				  "'%.40s' is above %d; write USD per million tokens, not per thousand or less", text,
				  usd_max[column]);
	*ret = value;
	return 0;
}

static int read_above(struct parser *parser, uint64_t *ret)
{
	const char *text = field(parser, COLUMN_ABOVE);

	*ret = 0;
	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)
		return fail_field(parser, COLUMN_ABOVE, "'%.40s' is not a count of tokens; write such as 200000", text);
	if (*text)
		*ret = strtoull(text, NULL, 10);
	return 0;
}

static int read_name(struct parser *parser, int column, const char **ret)
{
	*ret = field(parser, column);
	if (strlen(*ret) >= MODEL_BYTES)
		return fail_field(parser, column, "'%.20s...' is longer than %d characters", *ret, MODEL_BYTES - 1);
	return 0;
}

static int required_name(struct parser *parser, int column, const char **ret)
{
	int err = read_name(parser, column, ret);

	if (err == 0 && **ret == '\0')
		return fail_field(parser, column, "is empty; name the %s", column_names[column]);
	return err;
}

static bool states_price(const struct price_row *row)
{
	for (int class = 0; class < PRICE_CLASS_MAX; class++) {
		if (row->pico_usd[class] != PRICE_NOT_STATED)
			return true;
	}
	return false;
}

/* ---- lines ---- */

static int read_row(struct parser *parser, struct price_row *row)
{
	int err;

	row->line = parser->csv.line;
	if ((err = required_name(parser, COLUMN_PROVIDER, &row->provider)) < 0 ||
	    (err = required_name(parser, COLUMN_MODEL, &row->model)) < 0 ||
	    (err = read_name(parser, COLUMN_ALIAS_OF, &row->alias_of)) < 0 ||
	    (err = read_name(parser, COLUMN_TIER, &row->tier)) < 0 ||
	    (err = read_above(parser, &row->above)) < 0)
		return err;
	for (int class = 0; class < PRICE_CLASS_MAX; class++) {
		if ((err = read_price(parser, class, &row->pico_usd[class])) < 0)
			return err;
	}
	if (*row->alias_of && (states_price(row) || *row->tier || row->above > 0))
		return fail_field(parser, COLUMN_ALIAS_OF, "'%.80s' gives the prices; leave the other columns empty",
				  row->alias_of);
	if (!*row->alias_of && !states_price(row))
		return fail_field(parser, PRICE_INPUT, "is %s; state a price, or name a model in alias_of", "empty");
	return 0;
}

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

static int next_line(struct parser *parser)
{
	int got = csv_next(&parser->csv);

	if (got == -EBADMSG)
		return fail(parser, -EINVAL, "a quoted field does not end; close it with '\"' before the comma");
	if (got == -EILSEQ)
		return fail(parser, -EINVAL, "holds a character that is not printable ASCII; remove it");
	if (got == -E2BIG)
		return fail(parser, -EINVAL, "has more than %d fields", CSV_FIELDS_MAX);
	return got;
}

static int read_rows(struct parser *parser)
{
	int got;

	while ((got = next_line(parser)) > 0) {
		struct price_row *row;
		int err;

		if (parser->csv.count != parser->columns)
			return fail(parser, -EINVAL,
				    "has %zu fields, the header names %zu; write decimals as 1.5, not 1,5, "
				    "and leave unknown fields empty",
				    parser->csv.count, parser->columns);
		if (parser->table->count == PRICE_ROWS_MAX)
			return fail(parser, -E2BIG, "is over the limit of %d rows", PRICE_ROWS_MAX);
		row = new_row(parser->table);
		if (!row)
			return fail(parser, -ENOMEM, "out of memory");
		err = read_row(parser, row);
		if (err < 0)
			return err;
	}
	return got;
}

static int column_of(const char *name)
{
	for (int i = 0; i < COLUMN_MAX; i++) {
		if (strcmp(column_names[i], name) == 0)
			return i;
	}
	return -1;
}

static int read_header(struct parser *parser)
{
	static const int required[] = { COLUMN_PROVIDER, COLUMN_MODEL, PRICE_INPUT, PRICE_OUTPUT };
	int got = next_line(parser);

	if (got <= 0)
		return got < 0 ? got : fail(parser, -EINVAL, "no header; begin with provider,model,input,output");
	for (int i = 0; i < COLUMN_MAX; i++)
		parser->positions[i] = -1;
	parser->columns = parser->csv.count;
	for (size_t i = 0; i < parser->csv.count; i++) {
		int column = column_of(parser->csv.fields[i]);

		if (column < 0)
			return fail(parser, -EINVAL,
				    "column '%.40s' is not known; the header names columns such as "
				    "provider,model,input,output,cache_read",
				    parser->csv.fields[i]);
		if (parser->positions[column] >= 0)
			return fail(parser, -EINVAL, "column %s stands twice; remove one", column_names[column]);
		parser->positions[column] = (int)i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		if (parser->positions[required[i]] < 0)
			return fail(parser, -EINVAL, "the header lacks column %s; add it",
				    column_names[required[i]]);
	}
	return 0;
}

/* ---- order ---- */

static int compare_models(const struct price_row *a, const char *provider, const char *model)
{
	int order = strcmp(a->provider, provider);

	if (order == 0)
		order = strcasecmp(a->model, model);
	return order;
}

static int compare_rows(const void *left, const void *right)
{
	const struct price_row *a = left, *b = right;
	int order = compare_models(a, b->provider, b->model);

	if (order == 0)
		order = strcmp(a->model, b->model);
	if (order == 0)
		order = strcmp(a->tier, b->tier);
	if (order == 0)
		order = a->above < b->above ? -1 : a->above > b->above;
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

static int check_alias(struct parser *parser, const struct price_row *row)
{
	struct price_rows target = find_direct(parser->table, row->provider, row->alias_of);

	parser->csv.line = row->line;
	if (target.count == 0)
		return fail_field(parser, COLUMN_ALIAS_OF, "provider %.40s has no model '%.80s'; add its row",
				  row->provider, row->alias_of);
	if (*target.rows[0].alias_of)
		return fail_field(parser, COLUMN_ALIAS_OF, "'%.80s' is an alias too; name the model that has prices",
				  row->alias_of);
	return 0;
}

/* An alias cannot have rows of its own beside it, whatever their tier. */
static bool rows_clash(const struct price_row *a, const struct price_row *b)
{
	return compare_rows(a, b) == 0 ||
	       (strcmp(a->provider, b->provider) == 0 && strcmp(a->model, b->model) == 0 && *a->alias_of);
}

static int check_rows(struct parser *parser)
{
	const struct price_table *table = parser->table;

	for (size_t i = 0; i < table->count; i++) {
		const struct price_row *row = &table->rows[i];

		if (i > 0 && rows_clash(&row[-1], row)) {
			bool later = row->line > row[-1].line;

			parser->csv.line = later ? row->line : row[-1].line;
			return fail_field(parser, COLUMN_MODEL, "'%.80s' of %.40s stands in line %u already; remove one",
					  row->model, row->provider, later ? row[-1].line : row->line);
		}
		if (*row->alias_of) {
			int err = check_alias(parser, row);

			if (err < 0)
				return err;
		}
	}
	return 0;
}

static int parse(struct parser *parser, struct slice text)
{
	struct price_table *table = parser->table;
	int err;

	if (text.len > PRICE_FILE_BYTES_MAX)
		return fail(parser, -E2BIG, "is over the limit of %u bytes", PRICE_FILE_BYTES_MAX);
	if (text.len > 0 && memchr(text.ptr, '\0', text.len))
		return fail(parser, -EINVAL, "holds a zero byte; this is no text file");
	table->text = malloc(text.len + 1);
	if (!table->text)
		return fail(parser, -ENOMEM, "out of memory");
	(void)slice_copy(table->text, text.len + 1, text);
	csv_init(&parser->csv, table->text, text.len);
	err = read_header(parser);
	if (err == 0)
		err = read_rows(parser);
	if (err < 0)
		return err;
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_rows);
	return check_rows(parser);
}

int price_table_parse(const char *name, struct slice text, struct price_table **ret,
		      char ret_error[PRICE_ERROR_BYTES])
{
	struct parser parser = { .name = name, .error = ret_error };
	int err;

	parser.table = calloc(1, sizeof(*parser.table));
	if (!parser.table)
		return fail(&parser, -ENOMEM, "out of memory");
	err = parse(&parser, text);
	if (err < 0) {
		price_table_free(parser.table);
		return err;
	}
	*ret = parser.table;
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
