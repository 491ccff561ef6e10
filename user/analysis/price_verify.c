/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/price_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_row.h"

/* ---- age ------------------------------------------------------------------------------------------ */

int64_t price_text_day(struct slice text)
{
	static const char words[] = "state of ";
	const char *end = text.ptr + text.len;

	for (const char *line = text.ptr; line < end && *line == '#';) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline ? newline : end;
		const char *found = memmem(line, (size_t)(line_end - line), words, sizeof(words) - 1);
		char day[11];

		if (found && line_end - found >= (ptrdiff_t)(sizeof(words) - 1 + sizeof(day) - 1)) {
			(void)slice_copy(day, sizeof(day),
					 (struct slice){ found + sizeof(words) - 1, sizeof(day) - 1 });
			return price_day(day);
		}
		line = newline ? newline + 1 : end;
	}
	return -1;
}

/* ---- jumps ---------------------------------------------------------------------------------------- */

static bool is_jump(int64_t now, int64_t before)
{
	return now > 0 && before > 0 && (now / PRICE_JUMP >= before || before / PRICE_JUMP >= now);
}

static size_t jumps_of_row(const struct price_row *row, const struct price_row *before, price_jump_fn fn, void *ctx)
{
	size_t jumps = 0;

	for (enum price_class class = 0; class < PRICE_CLASS_MAX; class++) {
		if (!is_jump(row->pico_usd[class], before->pico_usd[class]))
			continue;
		fn(ctx, &(struct price_jump){ row, before, class });
		jumps++;
	}
	return jumps;
}

/* The last one of these terms: that is the one in force, or announced. */
static const struct price_row *same_terms(const struct price_table *table, const struct price_row *row)
{
	struct price_rows rows = price_table_find(table, row->provider, row->model);

	for (size_t i = rows.count; i > 0; i--) {
		const struct price_row *other = &rows.rows[i - 1];

		if (strcmp(other->tier, row->tier) == 0 && strcmp(other->variant, row->variant) == 0 &&
		    other->above == row->above)
			return other;
	}
	return NULL;
}

size_t price_jumps(const struct price_table *table, const struct price_table *before, price_jump_fn fn, void *ctx)
{
	size_t jumps = 0;

	for (size_t i = 0; i < price_table_rows(table); i++) {
		const struct price_row *row = price_table_row(table, i);
		const struct price_row *other = *row->alias_of ? NULL : same_terms(before, row);

		if (other)
			jumps += jumps_of_row(row, other, fn, ctx);
	}
	return jumps;
}

/* ---- what is lacking ------------------------------------------------------------------------------- */

struct seen {
	char provider[sizeof(((struct call *)0)->provider)], model[MODEL_BYTES];
	double calls;
};

struct price_lacks {
	const struct price_table *const *tables;
	size_t table_count, count;
	struct seen seen[PRICE_SEEN_MAX];
};

struct price_lacks *price_lacks_new(const struct price_table *const *tables, size_t count)
{
	struct price_lacks *lacks = calloc(1, sizeof(*lacks));

	if (!lacks)
		return NULL;
	lacks->tables = tables;
	lacks->table_count = count;
	return lacks;
}

void price_lacks_free(struct price_lacks *lacks)
{
	free(lacks);
}

bool price_lacks_at(const struct price_lacks *lacks, size_t index, struct price_lack *ret)
{
	if (index >= lacks->count)
		return false;
	*ret = (struct price_lack){ lacks->seen[index].provider, lacks->seen[index].model, lacks->seen[index].calls };
	return true;
}

static bool lacks_price(const struct price_lacks *lacks, const struct call *call)
{
	struct price_quote quote;

	return price_call(lacks->tables, lacks->table_count, call, &quote) == PRICE_NO_MODEL;
}

/* The value of a label in the text between the braces, its escapes undone; false: not there, or too long. */
static bool label_value(struct slice labels, const char *name, char *ret, size_t size)
{
	char key[32];
	int len = snprintf(key, sizeof(key), "%s=\"", name);
	const char *end = labels.ptr + labels.len;
	const char *at = memmem(labels.ptr, labels.len, key, (size_t)len);
	size_t n = 0;

	if (!at || (at != labels.ptr && at[-1] != ','))
		return false;
	for (at += len; at < end && *at != '"'; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		if (n + 1 >= size)
			return false;
		ret[n++] = *at;
	}
	ret[n] = '\0';
	return at < end;
}

static void add_seen(struct price_lacks *lacks, const char *provider, const char *model, double calls)
{
	struct seen *seen = lacks->seen;
	size_t i = 0;

	while (i < lacks->count && (strcmp(seen[i].provider, provider) != 0 || strcmp(seen[i].model, model) != 0))
		i++;
	if (i == PRICE_SEEN_MAX)
		return;
	if (i == lacks->count) {
		(void)slice_copy(seen[i].provider, sizeof(seen[i].provider), slice_of(provider));
		(void)slice_copy(seen[i].model, sizeof(seen[i].model), slice_of(model));
		lacks->count++;
	}
	seen[i].calls += calls;
}

/* Names that stand for more than one model, or none. */
static bool is_no_model(const char *model)
{
	return *model == '\0' || strcmp(model, "other") == 0 || strcmp(model, "unknown") == 0;
}

/* A call such as was counted. */
static void add_counted(struct price_lacks *lacks, const char *provider, const char *model, double calls,
			int64_t now_unix_ns)
{
	struct call call;

	if (!(calls > 0) || is_no_model(model))
		return;
	call_init(&call);
	call.time_unix_ns = now_unix_ns;
	call.tokens.input = call.tokens.output = 1;
	(void)slice_copy(call.provider, sizeof(call.provider), slice_of(provider));
	(void)slice_copy(call.response_model, sizeof(call.response_model), slice_of(model));
	if (lacks_price(lacks, &call))
		add_seen(lacks, provider, model, calls);
}

static void take_line(struct price_lacks *lacks, struct slice line, int64_t now_unix_ns)
{
	static const char name[] = "ai_unpriced_requests_total{";
	char provider[sizeof(lacks->seen->provider)], model[MODEL_BYTES], reason[16], number[32];
	const char *close;
	struct slice labels;

	if (!slice_starts(line, SLICE(name)))
		return;
	close = memrchr(line.ptr, '}', line.len);
	labels = (struct slice){ line.ptr + sizeof(name) - 1,
				 close ? (size_t)(close - line.ptr) - (sizeof(name) - 1) : 0 };
	if (!close || close < labels.ptr || !label_value(labels, "reason", reason, sizeof(reason)) ||
	    strcmp(reason, "no_price") != 0 || !label_value(labels, "provider", provider, sizeof(provider)) ||
	    !label_value(labels, "model", model, sizeof(model)))
		return;
	(void)slice_copy(number, sizeof(number),
			 (struct slice){ close + 1, (size_t)(line.ptr + line.len - close - 1) });
	add_counted(lacks, provider, model, strtod(number, NULL), now_unix_ns);
}

void price_lacks_metrics(struct price_lacks *lacks, struct slice metrics, int64_t now_unix_ns)
{
	while (metrics.len > 0) {
		const char *newline = memchr(metrics.ptr, '\n', metrics.len);
		size_t len = newline ? (size_t)(newline - metrics.ptr) : metrics.len;

		take_line(lacks, (struct slice){ metrics.ptr, len }, now_unix_ns);
		len += newline != NULL;
		metrics = (struct slice){ metrics.ptr + len, metrics.len - len };
	}
}

void price_lacks_call(struct price_lacks *lacks, const struct call *call)
{
	const char *model = *call->response_model ? call->response_model : call->request_model;

	/* The history has both ends of a call, where both are on this machine. */
	if (call->role != ROLE_CLIENT || call_was_rejected(call))
		return;
	if (call->cost_pico_usd == CALL_UNKNOWN && !is_no_model(model) && lacks_price(lacks, call))
		add_seen(lacks, call->provider, model, 1);
}
