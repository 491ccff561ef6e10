/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge knows of each (model, service), and added up for either. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "api/answers.h"
#include "base/cleanup.h"
#include "judge/judge_json.h"

/* ---- sums ------------------------------------------------------------------------------------------- */

struct sum {
	const char *name, *other;	/* lent: what is added up for, and the other half of the pair */
	uint64_t of, calls, errors;
	int64_t input_tokens, output_tokens, cost_pico_usd;	/* CALL_UNKNOWN: no call has one */
	int64_t first_unix_ns, last_unix_ns;
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int64_t add_known(int64_t a, int64_t b)
{
	if (a == CALL_UNKNOWN || b == CALL_UNKNOWN)
		return a == CALL_UNKNOWN ? b : a;
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static struct sum sum_of(const struct judge_pair *pair, bool by_model)
{
	return (struct sum){
		.name = by_model ? pair->model : pair->service,
		.other = by_model ? pair->service : pair->model,
		.of = 1,
		.calls = pair->calls,
		.errors = pair->errors,
		.input_tokens = pair->input_tokens,
		.output_tokens = pair->output_tokens,
		.cost_pico_usd = pair->cost_pico_usd,
		.first_unix_ns = pair->first_unix_ns,
		.last_unix_ns = pair->last_unix_ns,
	};
}

static void sum_add(struct sum *sum, const struct sum *more)
{
	sum->of += more->of;
	sum->calls = add(sum->calls, more->calls);
	sum->errors = add(sum->errors, more->errors);
	sum->input_tokens = add_known(sum->input_tokens, more->input_tokens);
	sum->output_tokens = add_known(sum->output_tokens, more->output_tokens);
	sum->cost_pico_usd = add_known(sum->cost_pico_usd, more->cost_pico_usd);
	sum->first_unix_ns = more->first_unix_ns < sum->first_unix_ns ? more->first_unix_ns : sum->first_unix_ns;
	sum->last_unix_ns = more->last_unix_ns > sum->last_unix_ns ? more->last_unix_ns : sum->last_unix_ns;
}

static int compare_sums(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->other, b->other);
}

/* One for each name, in order. Returns how many. */
static size_t sums_merge(struct sum *sums, size_t count)
{
	size_t kept = 0;

	qsort(sums, count, sizeof(*sums), compare_sums);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && strcmp(sums[kept - 1].name, sums[i].name) == 0)
			sum_add(&sums[kept - 1], &sums[i]);
		else
			sums[kept++] = sums[i];
	}
	return kept;
}

static void put_sum(struct request *request, const struct sum *sum, bool by_model)
{
	struct json_out *json = &request->json;
	double today = NAN;

	json_out_open(json, NULL, '{');
	json_out_string(json, by_model ? "model" : "service", sum->name);
	json_out_count(json, by_model ? "services" : "models", sum->of);
	json_out_count(json, "calls", sum->calls);
	json_out_count(json, "errors", sum->errors);
	json_out_int(json, "input_tokens", sum->input_tokens);
	json_out_int(json, "output_tokens", sum->output_tokens);
	json_out_decimal(json, "cost_usd", sum->cost_pico_usd, 12);
	if (!by_model) {
		(void)judge_cost_today(request->view->judge, sum->name, &today);
		json_out_number(json, "cost_today_usd", today);
	}
	json_out_time(json, "first", sum->first_unix_ns);
	json_out_time(json, "last", sum->last_unix_ns);
	json_out_close(json, '}');
}

static int answer_sums(struct request *request, bool by_model)
{
	const struct judge *judge = request->view->judge;
	size_t count = judge_pair_count(judge), kept = 0;
	auto_free struct sum *sums = calloc(count + 1, sizeof(*sums));
	struct judge_pair pair;
	struct page page;

	if (!sums)
		return request_problem(request, 500, "out of memory");
	for (size_t i = 0; i < count; i++) {
		judge_pair_at(judge, i, &pair);
		if (request_wants(request, pair.service, pair.model))
			sums[kept++] = sum_of(&pair, by_model);
	}
	kept = sums_merge(sums, kept);
	page_open(&page, request);
	for (size_t i = 0; i < kept; i++) {
		if (page_takes(&page))
			put_sum(request, &sums[i], by_model);
	}
	return page_close(&page);
}

int answer_services(struct request *request)
{
	return answer_sums(request, false);
}

int answer_models(struct request *request)
{
	return answer_sums(request, true);
}

/* ---- windows and drift ------------------------------------------------------------------------------- */

static void put_window(struct json_out *json, const struct judge_pair *pair)
{
	json_out_string(json, "answered_by", pair->answered_by);
	json_out_count(json, "calls", pair->calls);
	json_out_time(json, "first", pair->first_unix_ns);
	json_out_time(json, "last", pair->last_unix_ns);
	json_out_number(json, "error_rate", pair->error_rate);
	json_out_number(json, "refusal_rate", pair->refusal_rate);
	judge_put_series(json, pair);
}

static void put_drift(struct json_out *json, const struct judge_pair *pair)
{
	judge_put_drift(json, &pair->drift);
}

static int answer_pairs(struct request *request, void (*put)(struct json_out *json, const struct judge_pair *pair))
{
	const struct judge *judge = request->view->judge;
	struct judge_pair pair;
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; i < judge_pair_count(judge); i++) {
		judge_pair_at(judge, i, &pair);
		if (!request_wants(request, pair.service, pair.model) || !page_takes(&page))
			continue;
		json_out_open(&request->json, NULL, '{');
		json_out_string(&request->json, "service", pair.service);
		json_out_string(&request->json, "model", pair.model);
		put(&request->json, &pair);
		json_out_close(&request->json, '}');
	}
	return page_close(&page);
}

int answer_windows(struct request *request)
{
	return answer_pairs(request, put_window);
}

int answer_drift(struct request *request)
{
	return answer_pairs(request, put_drift);
}
