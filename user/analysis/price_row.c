/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the lines of a price file. Each refusal names the line, the column and
 * what to write instead: the file is kept by people who do not read C.
 */
#include "analysis/price_row.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* The dearest model known asks 150 and 600 USD per million tokens. What is far
 * above is a price per 1000 or per 100000 tokens in the wrong column. */
#define INPUT_USD_MAX 300
#define OUTPUT_USD_MAX 700
#define UNIT_USD_MAX 100
#define FACTOR_MAX 100

#define DECIMALS_MILLION 6	/* USD per million to pico-dollars for one */
#define DECIMALS_ONE 12		/* USD for one */
#define DIGITS_MAX 18		/* that any number of has room in 64 bits */

#define MILLION_TOKENS "USD per million tokens, such as 2.5"

struct column {
	const char *name;
	const char *write;	/* what to write into it */
	int decimals;
	int max;
};

static const struct column columns[COLUMN_MAX] = {
	[PRICE_INPUT] = { "input", MILLION_TOKENS, DECIMALS_MILLION, INPUT_USD_MAX },
	[PRICE_OUTPUT] = { "output", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_CACHE_READ] = { "cache_read", MILLION_TOKENS, DECIMALS_MILLION, INPUT_USD_MAX },
	[PRICE_CACHE_WRITE_5M] = { "cache_write_5m", MILLION_TOKENS, DECIMALS_MILLION, 2 * INPUT_USD_MAX },
	[PRICE_CACHE_WRITE_1H] = { "cache_write_1h", MILLION_TOKENS, DECIMALS_MILLION, 2 * INPUT_USD_MAX },
	[PRICE_REASONING] = { "reasoning", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_AUDIO_INPUT] = { "audio_input", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_AUDIO_OUTPUT] = { "audio_output", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_AUDIO_CACHE_READ] = { "audio_cache_read", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_IMAGE_INPUT] = { "image_input", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_IMAGE_OUTPUT] = { "image_output", MILLION_TOKENS, DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_CHARACTER] = { "character", "USD per million characters, such as 15", DECIMALS_MILLION, OUTPUT_USD_MAX },
	[PRICE_SEARCH_UNIT] = { "search_unit", "USD for one search unit, such as 0.002", DECIMALS_ONE, UNIT_USD_MAX },
	[PRICE_IMAGE] = { "image", "USD for one image, such as 0.04", DECIMALS_ONE, UNIT_USD_MAX },
	[PRICE_AUDIO_SECOND] = { "audio_second", "USD for one second, such as 0.0001", DECIMALS_ONE, UNIT_USD_MAX },
	[PRICE_WEB_SEARCH] = { "web_search", "USD for one search, such as 0.01", DECIMALS_ONE, UNIT_USD_MAX },
	[PRICE_SEARCHING_CALL] = { "searching_call", "USD for one call, such as 0.035", DECIMALS_ONE, UNIT_USD_MAX },
	[PRICE_CALL] = { "call", "USD for one call, such as 0.005", DECIMALS_ONE, UNIT_USD_MAX },
	[COLUMN_PROVIDER] = { .name = "provider" },
	[COLUMN_MODEL] = { .name = "model" },
	[COLUMN_ALIAS_OF] = { .name = "alias_of" },
	[COLUMN_TIER] = { .name = "tier" },
	[COLUMN_FACTOR] = { "factor", "how many times dearer it is, such as 1.1", DECIMALS_MILLION, FACTOR_MAX },
	[COLUMN_ABOVE] = { .name = "above" },
	[COLUMN_VARIANT] = { .name = "variant" },
	[COLUMN_VALID_FROM] = { .name = "valid_from" },
	[COLUMN_VALID_UNTIL] = { .name = "valid_until" },
};

const char *price_class_name(enum price_class class)
{
	return columns[class].name;
}

double price_in_file(int64_t pico_usd, enum price_class class)
{
	return (double)pico_usd / (columns[class].decimals == DECIMALS_MILLION ? 1e6 : 1e12);
}

/* ---- messages ---- */

static void __attribute__((format(printf, 3, 0))) vfail(struct price_reader *reader, const char *column,
							const char *format, va_list args)
{
	size_t n = (size_t)snprintf(reader->error, PRICE_ERROR_BYTES, "%.200s:%u: %s%s%s", reader->name,
				    reader->csv.line, column ? "column " : "", column ? column : "",
				    column ? ": " : "");

	(void)vsnprintf(reader->error + n, PRICE_ERROR_BYTES - n, format, args);
}

int price_fail(struct price_reader *reader, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfail(reader, NULL, format, args);
	va_end(args);
	return err;
}

int price_fail_field(struct price_reader *reader, int column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfail(reader, columns[column].name, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- fields ---- */

static const char *field(const struct price_reader *reader, int column)
{
	int position = reader->positions[column];

	return position < 0 ? "" : reader->csv.fields[position];
}

/* "12.5" to 12500000 with 6 decimals; -1: no such number; -2: more decimals. */
static int64_t parse_decimal(const char *text, int decimals_max)
{
	int64_t value = 0;
	int digits = 0, decimals = -1;

	for (; *text; text++) {
		if (*text == '.' && decimals < 0 && digits > 0) {
			decimals = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return -1;
		if (decimals < 0 && ++digits > DIGITS_MAX - decimals_max)
			return -1;
		if (decimals >= 0 && ++decimals > decimals_max)
			return -2;
		value = value * 10 + (*text - '0');
	}
	if (digits == 0 || decimals == 0)
		return -1;
	for (int i = decimals < 0 ? 0 : decimals; i < decimals_max; i++)
		value *= 10;
	return value;
}

static int bad_number(struct price_reader *reader, int column, const char *text)
{
	const char *comma = strchr(text, ',');

	if (comma && strspn(text, "0123456789,") == strlen(text) && !strchr(comma + 1, ','))
		return price_fail_field(reader, column, "'%.40s' is not a number; write %.*s.%.20s", text,
					(int)(comma - text < 20 ? comma - text : 20), text, comma + 1);
	if (strpbrk(text, "eE") && strspn(text, "0123456789.eE+-") == strlen(text))
		return price_fail_field(reader, column, "'%.40s' has an exponent; write %s", text,
					columns[column].write);
	return price_fail_field(reader, column, "'%.40s' is not a number; write %s", text, columns[column].write);
}

static int read_number(struct price_reader *reader, int column, int64_t *ret)
{
	const struct column *desc = &columns[column];
	const char *text = field(reader, column);
	int64_t value, limit = desc->max;

	*ret = PRICE_NOT_STATED;
	if (*text == '\0')
		return 0;
	value = parse_decimal(text, desc->decimals);
	if (value == -1)
		return bad_number(reader, column, text);
	if (value == -2)
		return price_fail_field(reader, column, "'%.40s' has more than %d decimals; round it", text,
					desc->decimals);
	for (int i = 0; i < desc->decimals; i++)
		limit *= 10;
	if (value > limit)
		return price_fail_field(reader, column, "'%.40s' is above %d; write %s", text, desc->max, desc->write);
	*ret = value;
	return 0;
}

static int read_above(struct price_reader *reader, uint64_t *ret)
{
	const char *text = field(reader, COLUMN_ABOVE);

	*ret = 0;
	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)
		return price_fail_field(reader, COLUMN_ABOVE,
					"'%.40s' is not a count of tokens; write such as 200000", text);
	if (*text)
		*ret = strtoull(text, NULL, 10);
	return 0;
}

static int read_name(struct price_reader *reader, int column, const char **ret)
{
	*ret = field(reader, column);
	if (strlen(*ret) >= MODEL_BYTES)
		return price_fail_field(reader, column, "'%.20s...' is longer than %d characters", *ret,
					MODEL_BYTES - 1);
	return 0;
}

static int required_name(struct price_reader *reader, int column, const char **ret)
{
	int err = read_name(reader, column, ret);

	if (err == 0 && **ret == '\0')
		return price_fail_field(reader, column, "is empty; name the %s", columns[column].name);
	return err;
}

/* ---- days ---- */

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Whole years before this one, in days since 1970. Years from 1970 to 9999. */
static int64_t days_before(int year)
{
	int last = year - 1;

	return (year - 1970) * 365LL + (last / 4 - 1969 / 4) - (last / 100 - 1969 / 100) + (last / 400 - 1969 / 400);
}

int64_t price_day(const char *text)
{
	static const char shape[] = "0000-00-00";
	int year, month, day;
	int64_t days;

	if (strlen(text) != sizeof(shape) - 1)
		return -1;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
			return -1;
	}
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return -1;
	days = days_before(year) + day - 1;
	for (int i = 1; i < month; i++)
		days += days_in(year, i);
	return days;
}

static int read_day(struct price_reader *reader, int column, int64_t absent, int64_t *ret)
{
	const char *text = field(reader, column);

	*ret = *text ? price_day(text) : absent;
	if (*text && *ret < 0)
		return price_fail_field(reader, column, "'%.40s' is not a day; write such as 2026-09-01", text);
	return 0;
}

static int read_days(struct price_reader *reader, struct price_row *row)
{
	int err = read_day(reader, COLUMN_VALID_FROM, INT64_MIN, &row->first_day);

	if (err == 0)
		err = read_day(reader, COLUMN_VALID_UNTIL, INT64_MAX, &row->last_day);
	if (err == 0 && row->last_day < row->first_day)
		return price_fail_field(reader, COLUMN_VALID_UNTIL,
					"'%.10s' is before valid_from, %.10s; it is the last day of the price",
					field(reader, COLUMN_VALID_UNTIL), field(reader, COLUMN_VALID_FROM));
	return err;
}

/* ---- rows ---- */

static bool states_price(const struct price_row *row)
{
	for (int class = 0; class < PRICE_CLASS_MAX; class++) {
		if (row->pico_usd[class] != PRICE_NOT_STATED)
			return true;
	}
	return false;
}

/* An alias, a factor, or prices. */
static int check_kind(struct price_reader *reader, const struct price_row *row)
{
	bool prices = states_price(row), factor = row->factor_micro != PRICE_NOT_STATED;
	bool dated = row->first_day != INT64_MIN || row->last_day != INT64_MAX;

	if (*row->alias_of && (prices || factor || dated || *row->tier || *row->variant || row->above > 0))
		return price_fail_field(reader, COLUMN_ALIAS_OF, "'%.80s' gives the prices; leave the other columns empty",
					row->alias_of);
	if (factor && (prices || *row->variant || row->above > 0))
		return price_fail_field(reader, COLUMN_FACTOR,
					"stands beside %s; give it a row with a tier and nothing else",
					prices ? "prices" : *row->variant ? "a variant" : "a threshold");
	if (factor && (!*row->tier || row->factor_micro == 0))
		return price_fail_field(reader, *row->tier ? COLUMN_FACTOR : COLUMN_TIER, "is %s; write %s",
					*row->tier ? "zero" : "empty",
					*row->tier ? "such as 1.1" : "the tier that the factor is for");
	if (!*row->alias_of && !factor && !prices)
		return price_fail_field(reader, PRICE_INPUT, "is empty; state a price, or name a model in alias_of");
	return 0;
}

static int read_row(struct price_reader *reader, struct price_row *row)
{
	int err;

	row->line = reader->csv.line;
	if ((err = required_name(reader, COLUMN_PROVIDER, &row->provider)) < 0 ||
	    (err = required_name(reader, COLUMN_MODEL, &row->model)) < 0 ||
	    (err = read_name(reader, COLUMN_ALIAS_OF, &row->alias_of)) < 0 ||
	    (err = read_name(reader, COLUMN_TIER, &row->tier)) < 0 ||
	    (err = read_name(reader, COLUMN_VARIANT, &row->variant)) < 0 ||
	    (err = read_number(reader, COLUMN_FACTOR, &row->factor_micro)) < 0 ||
	    (err = read_above(reader, &row->above)) < 0 || (err = read_days(reader, row)) < 0)
		return err;
	for (int class = 0; class < PRICE_CLASS_MAX; class++) {
		if ((err = read_number(reader, class, &row->pico_usd[class])) < 0)
			return err;
	}
	return check_kind(reader, row);
}

static int next_line(struct price_reader *reader)
{
	int got = csv_next(&reader->csv);

	if (got == -EBADMSG)
		return price_fail(reader, -EINVAL, "a quoted field does not end; close it with '\"' before the comma");
	if (got == -EILSEQ)
		return price_fail(reader, -EINVAL, "holds a character that is not printable ASCII; remove it");
	if (got == -E2BIG)
		return price_fail(reader, -EINVAL, "has more than %d fields", CSV_FIELDS_MAX);
	return got;
}

int price_read_row(struct price_reader *reader, struct price_row *ret)
{
	size_t wanted = 0;
	int got = next_line(reader);

	if (got <= 0)
		return got;
	for (int i = 0; i < COLUMN_MAX; i++)
		wanted += reader->positions[i] >= 0;
	if (reader->csv.count != wanted)
		return price_fail(reader, -EINVAL,
				  "has %zu fields, the header names %zu; write decimals as 1.5, not 1,5, "
				  "and leave unknown fields empty",
				  reader->csv.count, wanted);
	got = read_row(reader, ret);
	return got < 0 ? got : 1;
}

/* ---- header ---- */

static int column_of(const char *name)
{
	for (int i = 0; i < COLUMN_MAX; i++) {
		if (strcmp(columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

static int place_columns(struct price_reader *reader)
{
	for (size_t i = 0; i < reader->csv.count; i++) {
		const char *name = reader->csv.fields[i];
		int column = column_of(name);

		if (column < 0)
			return price_fail(reader, -EINVAL,
					  "column '%.40s' is not known; the header names columns such as "
					  "provider,model,input,output,cache_read",
					  name);
		if (reader->positions[column] >= 0)
			return price_fail(reader, -EINVAL, "column %s stands twice; remove one", name);
		reader->positions[column] = (int)i;
	}
	return 0;
}

int price_read_header(struct price_reader *reader)
{
	static const int required[] = { COLUMN_PROVIDER, COLUMN_MODEL, PRICE_INPUT, PRICE_OUTPUT };
	int got = next_line(reader), err;

	if (got < 0)
		return got;
	if (got == 0)
		return price_fail(reader, -EINVAL, "no header; begin with provider,model,input,output");
	for (int i = 0; i < COLUMN_MAX; i++)
		reader->positions[i] = -1;
	err = place_columns(reader);
	for (size_t i = 0; i < ARRAY_SIZE(required) && err == 0; i++) {
		if (reader->positions[required[i]] < 0)
			err = price_fail(reader, -EINVAL, "the header lacks column %s; add it",
					 columns[required[i]].name);
	}
	return err;
}
