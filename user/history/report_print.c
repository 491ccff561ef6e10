/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report for people (a table), for programs (JSON) and for spreadsheets (CSV).
 * Sums of money are whole pico-dollars until they are shown. What is not known
 * is "-", null or empty. Names come from the wire: they hold no controls, and
 * none of them is a formula for a spreadsheet.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json_out.h"
#include "history/report.h"

#define CELL_BYTES 136		/* a name, or a number with its separators */
#define COLUMNS_MAX (KEY_MAX + 11)
#define PICO 1000000000000ll
#define PICO_DIGITS 12
#define NS_PER_S 1000000000ll
#define JSON_BYTES_MAX (256u << 20)

static int written(FILE *out)
{
	return fflush(out) != 0 || ferror(out) ? (errno > 0 ? -errno : -EIO) : 0;
}

/* ---- cells ------------------------------------------------------------------------------------------- */

typedef char cell[CELL_BYTES];

static void put_unknown(cell ret)
{
	(void)strcpy(ret, "-");
}

/* 1234567 as 1,234,567. */
static void put_count(int64_t number, cell ret)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, number), n = 0;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			ret[n++] = ',';
		ret[n++] = digits[i];
	}
	ret[n] = '\0';
}

static void put_known(bool known, int64_t number, cell ret)
{
	if (known)
		put_count(number, ret);
	else
		put_unknown(ret);
}

/* Rounded half up to cents, or to hundredths of them where sums are small. */
static void put_dollars(int64_t pico, bool fine, cell ret)
{
	int64_t unit = fine ? PICO / 10000 : PICO / 100, parts = fine ? 10000 : 100;
	int64_t units = pico / unit + (pico % unit >= unit / 2);
	cell dollars;

	put_count(units / parts, dollars);
	(void)snprintf(ret, CELL_BYTES, "$%.40s.%0*" PRId64, dollars, fine ? 4 : 2, units % parts);
}

static void put_time(bool known, uint64_t us, cell ret)
{
	if (!known)
		put_unknown(ret);
	else if (us < 9950)
		(void)snprintf(ret, CELL_BYTES, "%.1f ms", (double)us / 1e3);
	else if (us < 999500)
		(void)snprintf(ret, CELL_BYTES, "%.0f ms", (double)us / 1e3);
	else
		(void)snprintf(ret, CELL_BYTES, "%.2f s", (double)us / 1e6);
}

static void put_share(int64_t part, int64_t all, cell ret)
{
	if (all > 0)
		(void)snprintf(ret, CELL_BYTES, "%.1f %%", 100.0 * (double)part / (double)all);
	else
		put_unknown(ret);
}

/* ---- the table --------------------------------------------------------------------------------------- */

static const char *const headings[] = { "calls", "errors", "share", "input", "cached", "output", "cost", "unpriced",
					"p50", "p95", "p99" };
#define FIGURE_COLUMNS ARRAY_SIZE(headings)

struct table {
	const struct report *report;
	size_t columns, widths[COLUMNS_MAX];
	bool fine;
};

static void figure_cells(const struct table *table, const struct report_row *row, cell ret[FIGURE_COLUMNS])
{
	const int64_t *sums = row->sums;
	bool counted = sums[SUM_COUNTED] > 0;

	put_count(sums[SUM_CALLS], ret[0]);
	put_count(sums[SUM_ERRORS], ret[1]);
	put_share(sums[SUM_ERRORS], sums[SUM_CALLS], ret[2]);
	put_known(counted, sums[SUM_INPUT], ret[3]);
	put_known(counted, sums[SUM_CACHE_READ], ret[4]);
	put_known(counted, sums[SUM_OUTPUT], ret[5]);
	if (report_has_cost(row))
		put_dollars(sums[SUM_COST], table->fine, ret[6]);
	else
		put_unknown(ret[6]);
	put_known(sums[SUM_UNPRICED] > 0, sums[SUM_UNPRICED], ret[7]);
	put_time(row->timed, row->p50_us, ret[8]);
	put_time(row->timed, row->p95_us, ret[9]);
	put_time(row->timed, row->p99_us, ret[10]);
}

static void row_cells(const struct table *table, const struct report_row *row, cell ret[COLUMNS_MAX])
{
	size_t keys = table->report->by_count;

	for (size_t i = 0; i < keys; i++)
		(void)snprintf(ret[i], CELL_BYTES, "%s", row->texts[i][0] ? row->texts[i] : "-");
	if (row == &table->report->total && keys > 0)
		(void)snprintf(ret[0], CELL_BYTES, "total");
	for (size_t i = 1; row == &table->report->total && i < keys; i++)
		ret[i][0] = '\0';
	figure_cells(table, row, ret + keys);
}

static void heading_cells(const struct table *table, cell ret[COLUMNS_MAX])
{
	size_t keys = table->report->by_count;

	for (size_t i = 0; i < keys; i++)
		(void)snprintf(ret[i], CELL_BYTES, "%s", report_key_words[table->report->by[i]]);
	for (size_t i = 0; i < FIGURE_COLUMNS; i++)
		(void)snprintf(ret[keys + i], CELL_BYTES, "%s", headings[i]);
}

/* Characters, not bytes, of UTF-8. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void widen(struct table *table, cell cells[COLUMNS_MAX])
{
	for (size_t i = 0; i < table->columns; i++) {
		size_t width = width_of(cells[i]);

		table->widths[i] = width > table->widths[i] ? width : table->widths[i];
	}
}

/* Names to the left, figures to the right. */
static void print_cells(const struct table *table, cell cells[COLUMNS_MAX], FILE *out)
{
	for (size_t i = 0; i < table->columns; i++) {
		int blanks = (int)(table->widths[i] - width_of(cells[i]));

		if (i < table->report->by_count)
			(void)fprintf(out, "%s%*s", cells[i], blanks, "");
		else
			(void)fprintf(out, "%*s%s", blanks, "", cells[i]);
		(void)fputs(i + 1 < table->columns ? "  " : "\n", out);
	}
}

static void print_rule(const struct table *table, FILE *out)
{
	size_t width = 2 * (table->columns - 1);

	for (size_t i = 0; i < table->columns; i++)
		width += table->widths[i];
	while (width-- > 0)
		(void)fputc('-', out);
	(void)fputc('\n', out);
}

static void print_span(const struct report *report, FILE *out)
{
	time_t from = (time_t)(report->since_hour * 3600), to = (time_t)(report->until_unix_ns / NS_PER_S);
	char begin[32] = "", end[32] = "";
	struct tm utc;

	if (gmtime_r(&from, &utc))
		(void)strftime(begin, sizeof(begin), "%Y-%m-%d %H:%M", &utc);
	if (gmtime_r(&to, &utc))
		(void)strftime(end, sizeof(end), "%Y-%m-%d %H:%M", &utc);
	(void)fprintf(out, "LLM calls from %s to %s UTC\n\n", begin, end);
}

/* What the figures leave out. */
static void print_notes(const struct table *table, FILE *out)
{
	const int64_t *sums = table->report->total.sums;
	int64_t uncounted = sums[SUM_CALLS] - sums[SUM_COUNTED] - sums[SUM_GUESSED];
	cell number, money;

	if (sums[SUM_UNPRICED] > 0) {
		put_count(sums[SUM_UNPRICED], number);
		(void)fprintf(out, "\n%s calls have no known cost: it comes on top.", number);
	}
	if (sums[SUM_ESTIMATED] > 0) {
		put_count(sums[SUM_ESTIMATED], number);
		put_dollars(sums[SUM_ESTIMATED_COST], table->fine, money);
		(void)fprintf(out, "\n%s calls have guessed tokens, which would cost %s: not part of the cost.", number, money);
	}
	if (uncounted > 0) {
		put_count(uncounted, number);
		(void)fprintf(out, "\n%s calls, failed ones among them, report no tokens.", number);
	}
	if (sums[SUM_UNPRICED] > 0 || sums[SUM_ESTIMATED] > 0 || uncounted > 0)
		(void)fputc('\n', out);
}

int report_print_table(const struct report *report, FILE *out)
{
	struct table table = { .report = report, .columns = report->by_count + FIGURE_COLUMNS };
	cell cells[COLUMNS_MAX];

	table.fine = report->total.sums[SUM_COST] < 100 * PICO;
	print_span(report, out);
	heading_cells(&table, cells);
	widen(&table, cells);
	row_cells(&table, &report->total, cells);
	widen(&table, cells);
	for (size_t i = 0; i < report->count; i++) {
		row_cells(&table, &report->rows[i], cells);
		widen(&table, cells);
	}
	heading_cells(&table, cells);
	print_cells(&table, cells, out);
	print_rule(&table, out);
	for (size_t i = 0; i < report->count && report->by_count > 0; i++) {
		row_cells(&table, &report->rows[i], cells);
		print_cells(&table, cells, out);
	}
	if (report->by_count > 0)
		print_rule(&table, out);
	row_cells(&table, &report->total, cells);
	print_cells(&table, cells, out);
	print_notes(&table, out);
	return written(out);
}

/* ---- JSON and CSV: the same fields ------------------------------------------------------------------- */

/* Of sums: which one says whether it is known. */
static const struct {
	const char *name;
	enum hour_sum sum, known_by;
} counts[] = {
	{ "calls", SUM_CALLS, SUM_MAX },
	{ "errors", SUM_ERRORS, SUM_MAX },
	{ "priced_calls", SUM_PRICED, SUM_MAX },
	{ "unpriced_calls", SUM_UNPRICED, SUM_MAX },
	{ "counted_calls", SUM_COUNTED, SUM_MAX },
	{ "input_tokens", SUM_INPUT, SUM_COUNTED },
	{ "cache_read_tokens", SUM_CACHE_READ, SUM_COUNTED },
	{ "cache_write_tokens", SUM_CACHE_WRITE, SUM_COUNTED },
	{ "output_tokens", SUM_OUTPUT, SUM_COUNTED },
	{ "reasoning_tokens", SUM_REASONING, SUM_COUNTED },
	{ "audio_input_tokens", SUM_AUDIO_INPUT, SUM_COUNTED },
	{ "audio_output_tokens", SUM_AUDIO_OUTPUT, SUM_COUNTED },
	{ "image_input_tokens", SUM_IMAGE_INPUT, SUM_COUNTED },
	{ "image_output_tokens", SUM_IMAGE_OUTPUT, SUM_COUNTED },
	{ "estimated_calls", SUM_GUESSED, SUM_MAX },
	{ "estimated_input_tokens", SUM_GUESSED_INPUT, SUM_GUESSED },
	{ "estimated_output_tokens", SUM_GUESSED_OUTPUT, SUM_GUESSED },
};

/* Of a row: INT64_MIN is unknown. */
struct values {
	int64_t counts[ARRAY_SIZE(counts)];
	int64_t cost_pico, estimated_cost_pico;
	int64_t times_us[3];
};

static const char *const time_names[] = { "p50_ms", "p95_ms", "p99_ms" };

static struct values values_of(const struct report_row *row)
{
	const uint64_t times[] = { row->p50_us, row->p95_us, row->p99_us };
	struct values values = {
		.cost_pico = report_has_cost(row) ? row->sums[SUM_COST] : INT64_MIN,
		.estimated_cost_pico = row->sums[SUM_ESTIMATED] > 0 ? row->sums[SUM_ESTIMATED_COST] : INT64_MIN,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		bool known = counts[i].known_by == SUM_MAX || row->sums[counts[i].known_by] > 0;

		values.counts[i] = known ? row->sums[counts[i].sum] : INT64_MIN;
	}
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		values.times_us[i] = row->timed ? (int64_t)times[i] : INT64_MIN;
	return values;
}

static void json_row(struct json_out *json, const char *name, const struct report *report, const struct report_row *row)
{
	struct values values = values_of(row);

	json_out_open(json, name, '{');
	for (size_t i = 0; i < report->by_count && row != &report->total; i++)
		json_out_string(json, report_key_words[report->by[i]], row->texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		json_out_int(json, counts[i].name, values.counts[i]);
	json_out_decimal(json, "cost_usd", values.cost_pico, PICO_DIGITS);
	json_out_decimal(json, "estimated_cost_usd", values.estimated_cost_pico, PICO_DIGITS);
	for (size_t i = 0; i < ARRAY_SIZE(time_names); i++)
		json_out_decimal(json, time_names[i], values.times_us[i], 3);
	json_out_close(json, '}');
}

int report_print_json(const struct report *report, FILE *out)
{
	struct buffer text = { .limit = JSON_BYTES_MAX };
	struct json_out json = { .out = &text };

	json_out_open(&json, NULL, '{');
	json_out_time(&json, "since", report->since_hour * HOUR_NS);
	json_out_time(&json, "until", report->until_unix_ns);
	json_out_string(&json, "money", report->money == MONEY_AT_GATEWAY ? "gateway" : "application");
	json_out_open(&json, "by", '[');
	for (size_t i = 0; i < report->by_count; i++)
		json_out_string(&json, NULL, report_key_words[report->by[i]]);
	json_out_close(&json, ']');
	json_out_open(&json, "rows", '[');
	for (size_t i = 0; i < report->count && report->by_count > 0; i++)
		json_row(&json, NULL, report, &report->rows[i]);
	json_out_close(&json, ']');
	json_row(&json, "total", report, &report->total);
	json_out_close(&json, '}');
	if (json.error == 0)
		(void)(fwrite(text.data, 1, text.len, out) == text.len && fputc('\n', out));
	buffer_done(&text);
	return json.error < 0 ? json.error : written(out);
}

/* RFC 4180; and what a spreadsheet would take for a formula gets an apostrophe. */
static void csv_text(const char *text, FILE *out)
{
	(void)fputc('"', out);
	if (*text && strchr("=+-@", *text))
		(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void csv_decimal(int64_t value, int64_t one, int digits, FILE *out)
{
	if (value == INT64_MIN)
		(void)fputc(',', out);
	else
		(void)fprintf(out, ",%" PRId64 ".%0*" PRId64, value / one, digits, value % one);
}

static void csv_row(const struct report *report, const struct report_row *row, FILE *out)
{
	struct values values = values_of(row);

	for (size_t i = 0; i < report->by_count; i++) {
		csv_text(row->texts[i], out);
		(void)fputc(',', out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (i > 0)
			(void)fputc(',', out);
		if (values.counts[i] != INT64_MIN)
			(void)fprintf(out, "%" PRId64, values.counts[i]);
	}
	csv_decimal(values.cost_pico, PICO, PICO_DIGITS, out);
	csv_decimal(values.estimated_cost_pico, PICO, PICO_DIGITS, out);
	for (size_t i = 0; i < ARRAY_SIZE(time_names); i++)
		csv_decimal(values.times_us[i], 1000, 3, out);
	(void)fputs("\r\n", out);
}

int report_print_csv(const struct report *report, FILE *out)
{
	for (size_t i = 0; i < report->by_count; i++)
		(void)fprintf(out, "%s,", report_key_words[report->by[i]]);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		(void)fprintf(out, "%s%s", i > 0 ? "," : "", counts[i].name);
	(void)fputs(",cost_usd,estimated_cost_usd", out);
	for (size_t i = 0; i < ARRAY_SIZE(time_names); i++)
		(void)fprintf(out, ",%s", time_names[i]);
	(void)fputs("\r\n", out);
	/* Without words one row: the total, which else a spreadsheet makes. */
	for (size_t i = 0; i < report->count && report->by_count > 0; i++)
		csv_row(report, &report->rows[i], out);
	if (report->by_count == 0)
		csv_row(report, &report->total, out);
	return written(out);
}
