/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: what a call costs, and what a tick costs for each pair of model
 * and service that had calls in it, with all windows full and metrics on.
 *
 * Method: calls of the case's pairs in turn, so many a tick, five rounds of
 * about 0.3 s each in one process; the median counts. The baseline is writing
 * the call record of the same calls (call_to_json), which each call pays for
 * where there is an output. Prints nanoseconds and the ratio to the baseline.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../judge/random.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "judge/judge.h"

#define ROUNDS 5
#define ROUND_NS (300 * NSEC_PER_MSEC)
#define CALLS 4096

static const struct bench_case {
	const char *name;
	unsigned pairs, calls_a_tick;
} cases[] = {
	{ "1 pair, 1 call a tick", 1, 1 },
	{ "1 pair, 1000 calls a tick", 1, 1000 },
	{ "10 pairs, 100 calls a tick", 10, 100 },
	{ "256 pairs, 256 calls a tick", 256, 256 },
	{ "256 pairs, 2000 calls a tick", 256, 2000 },
};

static struct call *calls;
static const struct judge_config config = { 1000, 256, 100, 5, 10, 15, 0.01 };

static void make_calls(unsigned pairs)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < CALLS; i++) {
		struct call *call = &calls[i];

		call_init(call);
		(void)snprintf(call->id, sizeof(call->id), "bench-%u", i);
		(void)snprintf(call->workload.service, sizeof(call->workload.service), "service-%u", i % pairs);
		(void)snprintf(call->request_model, sizeof(call->request_model), "gpt-4o");
		(void)snprintf(call->response_model, sizeof(call->response_model), "gpt-4o-2024-08-06");
		(void)snprintf(call->dialect, sizeof(call->dialect), "openai.chat");
		(void)snprintf(call->finish_reasons[0], FINISH_REASON_BYTES, "stop");
		call->finish_reason_count = 1;
		call->time_unix_ns = 1715594400 * (int64_t)NSEC_PER_SEC;
		call->duration_ns = (int64_t)(1e9 * exp(0.5 * random_normal(&seed)));
		call->tokens.input = (int64_t)(random_next(&seed) % 4000);
		call->tokens.output = (int64_t)(random_next(&seed) % 500);
		call->cost_pico_usd = (int64_t)(random_next(&seed) % 20000000000);
		call->cost_source = COST_REPORTED;
		call->confidence_ppm = (int64_t)(random_next(&seed) % 1000000);
		call->confidence_source = CONFIDENCE_LOGPROBS;
	}
}

static uint64_t readings;

static void on_reading(void *ctx, const struct reading *reading)
{
	(void)ctx;
	(void)reading;
	readings++;
}

/* Nanoseconds a call. */
static double run_records(void)
{
	struct buffer out = { 0 };
	uint64_t start = clock_monotonic_ns(), n = 0, now;

	do {
		out.len = 0;
		if (call_to_json(&calls[n++ % CALLS], "node", &out) < 0)
			abort();
		now = clock_monotonic_ns();
	} while (now - start < ROUND_NS);
	buffer_done(&out);
	return (double)(now - start) / (double)n;
}

static double run_judge(struct judge *judge, const struct bench_case *c, uint64_t *next)
{
	uint64_t start = clock_monotonic_ns(), n = 0, now;

	do {
		for (unsigned i = 0; i < c->calls_a_tick; i++)
			judge_call(judge, &calls[(*next)++ % CALLS]);
		judge_tick(judge, calls[0].time_unix_ns, on_reading, NULL);
		n += c->calls_a_tick;
		now = clock_monotonic_ns();
	} while (now - start < ROUND_NS);
	return (double)(now - start) / (double)n;
}

static struct judge *full_judge(struct metrics *metrics)
{
	struct judge *judge = judge_new(&config, MONEY_AT_APPLICATION, metrics);

	if (!judge)
		abort();
	for (unsigned i = 0; i < 1000 * 256; i++)
		judge_call(judge, &calls[i % CALLS]);
	judge_tick(judge, calls[0].time_unix_ns, on_reading, NULL);
	return judge;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *rounds)
{
	qsort(rounds, ROUNDS, sizeof(*rounds), compare);
	return rounds[ROUNDS / 2];
}

static void bench(const struct bench_case *c)
{
	struct metrics *metrics = metrics_new(64u << 20);
	double records[ROUNDS], judged[ROUNDS], record, call;
	struct judge *judge;
	uint64_t next = 0;

	make_calls(c->pairs);
	judge = full_judge(metrics);
	for (int i = 0; i < ROUNDS; i++) {
		records[i] = run_records();
		judged[i] = run_judge(judge, c, &next);
	}
	record = median(records);
	call = median(judged);
	printf("%-30s %9.0f ns a call  %6.2f of a record  %9.0f ns a tick and pair\n", c->name, call, call / record,
	       call * c->calls_a_tick / c->pairs);
	judge_free(judge);
	metrics_free(metrics);
}

static void print_memory(void)
{
	struct judge_config one = config;
	struct judge *many = judge_new(&config, MONEY_AT_APPLICATION, NULL), *few;

	one.pairs = 1;
	few = judge_new(&one, MONEY_AT_APPLICATION, NULL);
	if (!many || !few)
		abort();
	printf("memory: %zu bytes a pair, %zu KiB for %u pairs and all else, at most\n",
	       (judge_bytes(many) - judge_bytes(few)) / 255, judge_bytes(many) / 1024, 256);
	judge_free(many);
	judge_free(few);
}

int main(void)
{
	calls = calloc(CALLS, sizeof(*calls));
	if (!calls)
		return EXIT_FAILURE;
	print_memory();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		bench(&cases[i]);
	free(calls);
	return EXIT_SUCCESS;
}
