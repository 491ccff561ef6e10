/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https://prometheus.io/docs/instrumenting/exposition_formats/, text format.
 * The labels of a series are written once and copied into each of its lines.
 */
#include "export/prometheus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define NUMBER_BYTES 40

static const char *const type_names[METRIC_TYPE_MAX] = { "untyped", "counter", "gauge", "histogram" };

/* Errors stick: the writers below are called in sequence and `err` is looked at
 * once a series. */
struct writer {
	struct buffer *out;
	struct buffer labels;	/* of the series at hand, with a comma behind each */
	int err;
};

static void put(struct writer *writer, struct slice text)
{
	if (writer->err == 0)
		writer->err = buffer_append(writer->out, text.ptr, text.len);
}

static void put_text(struct writer *writer, const char *text)
{
	put(writer, slice_of(text));
}

static struct slice escape_of(char c, bool quotes)
{
	switch (c) {
	case '\\':
		return SLICE("\\\\");
	case '\n':
		return SLICE("\\n");
	case '"':
		return quotes ? SLICE("\\\"") : (struct slice){ NULL, 0 };
	default:
		return (struct slice){ NULL, 0 };
	}
}

/* Escapes into `out`; in help texts a quote stands for itself. */
static int append_escaped(struct buffer *out, const char *text, bool quotes)
{
	int err = 0;

	for (; *text && err == 0; text++) {
		struct slice escape = escape_of(*text, quotes);

		err = escape.len > 0 ? buffer_append(out, escape.ptr, escape.len) : buffer_append(out, text, 1);
	}
	return err;
}

/* ---- numbers ---- */

/* The shortest decimal that reads back as the same double. */
static void format_double(double value, char ret[NUMBER_BYTES])
{
	if (isnan(value)) {
		(void)strcpy(ret, "NaN");
		return;
	}
	if (isinf(value)) {
		(void)strcpy(ret, value > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(ret, NUMBER_BYTES, "%.*g", digits, value);
		if (strtod(ret, NULL) == value)
			return;
	}
}

static void put_double(struct writer *writer, double value)
{
	char text[NUMBER_BYTES];

	format_double(value, text);
	put_text(writer, text);
}

/* Whole numbers are most of what is written, and quicker so. */
static void format_bound(const struct metric_desc *desc, uint64_t bound, char ret[NUMBER_BYTES])
{
	uint64_t scale = desc->scale ? desc->scale : 1;

	if (bound % scale == 0)
		(void)snprintf(ret, NUMBER_BYTES, "%llu", (unsigned long long)(bound / scale));
	else
		format_double((double)bound / (double)scale, ret);
}

static void put_integer(struct writer *writer, uint64_t value)
{
	char text[NUMBER_BYTES], *at = text + sizeof(text);

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(writer, (struct slice){ at, (size_t)(text + sizeof(text) - at) });
}

static void put_scaled(struct writer *writer, const struct metric_desc *desc, uint64_t value)
{
	if (desc->scale <= 1)
		put_integer(writer, value);
	else if (value % desc->scale == 0)
		put_integer(writer, value / desc->scale);
	else
		put_double(writer, (double)value / (double)desc->scale);
}

/* ---- lines ---- */

static void take_labels(struct writer *writer, const struct metric_desc *desc, const struct metric_series *series)
{
	size_t count = metric_label_count(desc);
	struct buffer *labels = &writer->labels;

	labels->len = 0;
	for (size_t i = 0; i < count && writer->err == 0; i++) {
		writer->err = buffer_printf(labels, "%s=\"", desc->labels[i].name);
		if (writer->err == 0)
			writer->err = append_escaped(labels, metric_series_label(series, i), true);
		if (writer->err == 0)
			writer->err = buffer_append(labels, "\",", 2);
	}
}

/* "name_suffix{labels,extra} ", where any of these may be empty. */
static void put_name(struct writer *writer, const char *name, const char *suffix, const char *extra)
{
	struct slice labels = buffer_slice(&writer->labels);

	put_text(writer, name);
	put_text(writer, suffix);
	if (*extra == '\0' && labels.len > 0)
		labels.len--;
	if (*extra || labels.len > 0) {
		put(writer, SLICE("{"));
		put(writer, labels);
		put_text(writer, extra);
		put(writer, SLICE("}"));
	}
	put(writer, SLICE(" "));
}

static void put_histogram(struct writer *writer, const struct metric_desc *desc, const struct metric_value *value)
{
	uint64_t below = 0;

	for (unsigned i = 0; i <= desc->bound_count; i++) {
		char bound[NUMBER_BYTES] = "+Inf", le[NUMBER_BYTES + sizeof("le=\"\"")];

		if (i < desc->bound_count)
			format_bound(desc, desc->bounds[i], bound);
		(void)snprintf(le, sizeof(le), "le=\"%s\"", bound);
		below += value->buckets[i];
		put_name(writer, desc->name, "_bucket", le);
		put_integer(writer, below);
		put(writer, SLICE("\n"));
	}
	put_name(writer, desc->name, "_sum", "");
	put_scaled(writer, desc, value->sum);
	put(writer, SLICE("\n"));
	put_name(writer, desc->name, "_count", "");
	put_integer(writer, value->count);
	put(writer, SLICE("\n"));
}

static void put_series(struct writer *writer, const struct metric_desc *desc, const struct metric_series *series)
{
	struct metric_value value;

	metric_read(series, &value);
	if (value.unset)
		return;
	take_labels(writer, desc, series);
	if (desc->type == METRIC_HISTOGRAM) {
		put_histogram(writer, desc, &value);
		return;
	}
	put_name(writer, desc->name, "", "");
	if (desc->type == METRIC_GAUGE)
		put_double(writer, value.number);
	else
		put_scaled(writer, desc, value.count);
	put(writer, SLICE("\n"));
}

static void put_head(struct writer *writer, const struct metric_desc *desc)
{
	put(writer, SLICE("# HELP "));
	put_text(writer, desc->name);
	put(writer, SLICE(" "));
	if (writer->err == 0)
		writer->err = append_escaped(writer->out, desc->help, false);
	put(writer, SLICE("\n# TYPE "));
	put_text(writer, desc->name);
	put(writer, SLICE(" "));
	put_text(writer, type_names[desc->type]);
	put(writer, SLICE("\n"));
}

static void put_family(struct writer *writer, const struct metric_family *family)
{
	const struct metric_desc *desc = metric_family_desc(family);
	const struct metric_series *series = metric_series_at(family, 0);

	if (series)
		put_head(writer, desc);
	for (size_t i = 1; series && writer->err == 0; i++) {
		put_series(writer, desc, series);
		series = metric_series_at(family, i);
	}
}

int prometheus_render(const struct metrics *metrics, struct buffer *out)
{
	struct writer writer = { .out = out };
	const struct metric_family *family;

	for (size_t i = 0; writer.err == 0 && (family = metrics_family_at(metrics, i)); i++)
		put_family(&writer, family);
	buffer_done(&writer.labels);
	return writer.err;
}
