/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted, the prices in use, and how the agent is. */
#include <strings.h>
#include <time.h>

#include "analysis/price_row.h"
#include "analysis/price_table.h"
#include "analysis/price_verify.h"
#include "api/answers.h"
#include "base/cleanup.h"

/* Null: nothing has been counted by that name. */
static const struct metric_family *find_family(const struct request *request, const char *name)
{
	const struct metrics *metrics = analysis_metrics(request->view->analysis);
	const struct metric_family *family;

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		if (strcmp(metric_family_desc(family)->name, name) == 0)
			return family;
	}
	return NULL;
}

/* ---- findings ---------------------------------------------------------------------------------------- */

static const char *label_of(const struct metric_family *family, const struct metric_series *series, const char *name)
{
	const struct metric_desc *desc = metric_family_desc(family);

	for (size_t i = 0; i < metric_label_count(desc); i++) {
		if (strcmp(desc->labels[i].name, name) == 0)
			return metric_series_label(series, i);
	}
	return "";
}

static void put_series(struct json_out *json, const struct metric_family *family, const struct metric_series *series)
{
	const struct metric_desc *desc = metric_family_desc(family);
	struct metric_value value;

	metric_read(series, &value);
	json_out_open(json, NULL, '{');
	for (size_t i = 0; i < metric_label_count(desc); i++)
		json_out_string(json, desc->labels[i].name, metric_series_label(series, i));
	json_out_count(json, "count", value.count);
	json_out_close(json, '}');
}

int answer_findings(struct request *request)
{
	const struct metric_family *family = find_family(request, "ai_findings_total");
	const struct metric_series *series;
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; family && (series = metric_series_at(family, i)); i++) {
		if (request_wants(request, label_of(family, series, "service"), label_of(family, series, "model")) &&
		    page_takes(&page))
			put_series(&request->json, family, series);
	}
	return page_close(&page);
}

/* ---- coverage ---------------------------------------------------------------------------------------- */

static int64_t processes(const struct metric_family *family, const char *stack, const char *covered)
{
	const struct metric_series *series;
	struct metric_value value;

	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		if (strcmp(label_of(family, series, "stack"), stack) != 0 ||
		    strcmp(label_of(family, series, "covered"), covered) != 0)
			continue;
		metric_read(series, &value);
		return (int64_t)value.number;
	}
	return 0;
}

int answer_coverage(struct request *request)
{
	const struct metric_family *family = find_family(request, "promtap_processes");
	const struct metric_series *series;
	const char *last = "", *stack;
	struct page page;

	page_open(&page, request);
	/* Sorted by stack: the series of one stand together. */
	for (size_t i = 0; family && (series = metric_series_at(family, i)); i++, last = stack) {
		stack = label_of(family, series, "stack");
		if (strcmp(stack, last) == 0 || !page_takes(&page))
			continue;
		json_out_open(&request->json, NULL, '{');
		json_out_string(&request->json, "stack", stack);
		json_out_int(&request->json, "covered", processes(family, stack, "true"));
		json_out_int(&request->json, "uncovered", processes(family, stack, "false"));
		json_out_close(&request->json, '}');
	}
	return page_close(&page);
}

/* ---- prices ------------------------------------------------------------------------------------------- */

#define TABLES 2
#define SECONDS_A_DAY 86400
#define DAY_MAX 2932896	/* 9999-12-31 */

struct named_table {
	const char *source;
	const struct price_table *table;
};

/* In the order in which they are asked. Returns how many. */
static size_t tables_of(const struct request *request, struct named_table ret[TABLES])
{
	struct analysis_tables tables;
	size_t count = 0;

	analysis_tables(request->view->analysis, &tables);
	if (tables.given)
		ret[count++] = (struct named_table){ tables.given_name, tables.given };
	ret[count++] = (struct named_table){ "built-in", tables.builtin };
	return count;
}

/* Days before 1970 and after 9999 say that there is none. */
static void put_day(struct json_out *json, const char *name, int64_t day)
{
	bool stated = day >= 0 && day <= DAY_MAX;
	time_t seconds = stated ? (time_t)(day * SECONDS_A_DAY) : 0;
	char text[16] = "";
	struct tm date;

	if (stated && gmtime_r(&seconds, &date))
		(void)strftime(text, sizeof(text), "%Y-%m-%d", &date);
	json_out_string(json, name, text);
}

static void put_tables(struct json_out *json, const struct named_table *tables, size_t count)
{
	json_out_open(json, "tables", '[');
	for (size_t i = 0; i < count; i++) {
		json_out_open(json, NULL, '{');
		json_out_string(json, "source", tables[i].source);
		put_day(json, "state_of", price_table_day(tables[i].table));
		json_out_count(json, "rows", price_table_rows(tables[i].table));
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void put_row(struct json_out *json, const char *source, const struct price_row *row)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "source", source);
	json_out_string(json, "provider", row->provider);
	json_out_string(json, "model", row->model);
	json_out_string(json, "alias_of", row->alias_of);
	json_out_string(json, "tier", row->tier);
	json_out_string(json, "variant", row->variant);
	json_out_count(json, "above_tokens", row->above);
	put_day(json, "valid_from", row->first_day);
	put_day(json, "valid_until", row->last_day);
	json_out_decimal(json, "factor", row->factor_micro == PRICE_NOT_STATED ? INT64_MIN : row->factor_micro, 6);
	json_out_open(json, "prices", '{');
	for (enum price_class class = 0; class < PRICE_CLASS_MAX; class++) {
		if (row->pico_usd[class] != PRICE_NOT_STATED)
			json_out_number(json, price_class_name(class), price_in_file(row->pico_usd[class], class));
	}
	json_out_close(json, '}');
	json_out_close(json, '}');
}

static bool row_is_wanted(const struct request *request, const struct price_row *row)
{
	const struct query *query = &request->query;

	return (*query->model == '\0' || strcasecmp(query->model, row->model) == 0) &&
	       (*query->provider == '\0' || strcmp(query->provider, row->provider) == 0);
}

int answer_prices(struct request *request)
{
	struct named_table tables[TABLES];
	size_t count = tables_of(request, tables);
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; i < count; i++) {
		for (size_t row = 0; row < price_table_rows(tables[i].table); row++) {
			const struct price_row *at = price_table_row(tables[i].table, row);

			if (row_is_wanted(request, at) && page_takes(&page))
				put_row(&request->json, tables[i].source, at);
		}
	}
	page_end_items(&page);
	put_tables(&request->json, tables, count);
	return page_close(&page);
}

/* ---- the agent ---------------------------------------------------------------------------------------- */

static void put_tokens(struct request *request)
{
	struct json_out *json = &request->json;
	struct token_state token;

	json_out_open(json, "tokens", '[');
	for (size_t i = 0; access_token_at(request->view->access, i, &token); i++) {
		json_out_open(json, NULL, '{');
		json_out_string(json, "name", token.name);
		json_out_string(json, "scope", scope_names[token.scope]);
		json_out_time(json, "expires", token.expires_unix_ns);
		json_out_time(json, "last_used", token.used_unix_ns);
		json_out_close(json, '}');
	}
	json_out_close(json, ']');
}

static void put_judge(struct request *request)
{
	const struct api_view *view = request->view;
	struct json_out *json = &request->json;

	json_out_open(json, "judge", '{');
	json_out_count(json, "pairs", judge_pair_count(view->judge));
	json_out_count(json, "pairs_max", view->judge_config->pairs);
	json_out_count(json, "window", view->judge_config->window);
	json_out_count(json, "drift_window", view->judge_config->drift_window);
	json_out_count(json, "memory_bytes", judge_bytes(view->judge));
	json_out_close(json, '}');
}

int answer_status(struct request *request)
{
	const struct api_view *view = request->view;
	const struct api_status *status = &view->status;
	struct json_out *json = &request->json;

	json_out_open(json, NULL, '{');
	json_out_string(json, "version", status->version);
	json_out_time(json, "time", view->now_unix_ns);
	json_out_time(json, "started", status->started_unix_ns);
	json_out_bool(json, "ready", true, status->ready);
	json_out_open(json, "heard", '{');
	json_out_bool(json, "tracer", true, status->tracer);
	json_out_bool(json, "decoder", true, status->decoder);
	json_out_close(json, '}');
	json_out_bool(json, "state_folder", true, status->state_folder);
	json_out_bool(json, "history", true, status->history);
	json_out_bool(json, "notify", true, status->notify);
	json_out_count(json, "metrics_bytes", metrics_bytes(analysis_metrics(view->analysis)));
	put_judge(request);
	put_tokens(request);
	json_out_close(json, '}');
	return 200;
}
