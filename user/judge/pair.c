/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/pair.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The dimensions whose samples stand in a window. */
static const struct {
	enum drift_dimension dimension;
	enum series series;
	enum drift_bins bins;
} number_dimensions[] = {
	{ DRIFT_CONFIDENCE, SERIES_CONFIDENCE, BINS_CONFIDENCE },
	{ DRIFT_LATENCY, SERIES_LATENCY, BINS_LATENCY },
	{ DRIFT_OUTPUT_TOKENS, SERIES_OUTPUT_TOKENS, BINS_TOKENS },
	{ DRIFT_COST, SERIES_COST, BINS_COST },
};

static const enum drift_dimension share_dimensions[] = { DRIFT_REFUSALS, DRIFT_ERRORS, DRIFT_FINISH };

int pairs_init(struct pairs *pairs, size_t count, size_t window)
{
	int err = table_init(&pairs->table, count, sizeof(struct pair), sizeof(struct pair_key));

	pairs->window = window;
	pairs->evicted = 0;
	pairs->samples = calloc(count * SERIES_MAX, window * sizeof(*pairs->samples));
	pairs->marks = calloc(count, window);
	if (err == 0 && pairs->samples && pairs->marks)
		return 0;
	pairs_done(pairs);
	return -ENOMEM;
}

void pairs_done(struct pairs *pairs)
{
	table_done(&pairs->table);
	free(pairs->samples);
	free(pairs->marks);
	*pairs = (struct pairs){ 0 };
}

size_t pairs_bytes(size_t count, size_t window)
{
	return table_bytes(count, sizeof(struct pair)) + count * window * (SERIES_MAX * sizeof(double) + 1);
}

static void figures_unknown(struct judge_pair *figures)
{
	static const uint64_t none[DRIFT_CATEGORIES_MAX];
	static const struct drift_rules no_rules;
	static const struct window empty;

	for (size_t i = 0; i < SERIES_MAX; i++)
		window_summarise(&empty, 1, NULL, &figures->series[i]);
	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++)
		drift_of_counts(none, none, 0, &no_rules, &figures->drift.dimensions[i]);
	figures->error_rate = figures->refusal_rate = NAN;
	drift_score(&figures->drift);
}

/* Its gauges are left as they are. */
static void pair_reset(struct pair *pair, const struct pairs *pairs)
{
	size_t index = (size_t)((char *)pair - pairs->table.items) / sizeof(*pair);
	double *samples = pairs->samples + index * SERIES_MAX * pairs->window;

	for (size_t i = 0; i < SERIES_MAX; i++)
		pair->windows[i] = (struct window){ samples + i * pairs->window, pairs->window, 0, 0 };
	pair->marks = (struct marks){ pairs->marks + index * pairs->window, pairs->window, 0, 0 };
	pair->answered_by[0] = '\0';
	pair->figures = (struct judge_pair){
		.model = pair->key.model,
		.service = pair->key.service,
		.answered_by = pair->answered_by,
		.input_tokens = CALL_UNKNOWN,
		.output_tokens = CALL_UNKNOWN,
		.cost_pico_usd = CALL_UNKNOWN,
	};
	figures_unknown(&pair->figures);
	pair->changed = false;
	pair->begun = false;
	pair->unexported = false;
}

struct pair *pairs_use(struct pairs *pairs, const struct pair_key *key, bool *ret_recycled)
{
	enum table_state state;
	struct pair *pair = table_use(&pairs->table, key, &state);

	*ret_recycled = state == TABLE_RECYCLED;
	pairs->evicted += state == TABLE_RECYCLED;
	if (state == TABLE_NEW)
		memset(pair->gauges, 0, sizeof(pair->gauges));
	if (state != TABLE_FOUND)
		pair_reset(pair, pairs);
	return pair;
}

/* `number` is negative where it is not known. */
static void add_known(int64_t *sum, int64_t number)
{
	if (number < 0)
		return;
	if (__builtin_add_overflow(*sum == CALL_UNKNOWN ? 0 : *sum, number, sum))
		*sum = INT64_MAX;
}

static int64_t whole_of(double sample)
{
	return sample >= 0 ? (int64_t)sample : CALL_UNKNOWN;
}

void pair_add_cost(struct pair *pair, const struct held *held)
{
	struct judge_pair *figures = &pair->figures;

	window_add(&pair->windows[SERIES_COST], held->samples[SERIES_COST]);
	add_known(&figures->cost_pico_usd, held->cost_pico_usd);
	if (!pair->begun)
		figures->first_unix_ns = held->end_unix_ns;
	figures->last_unix_ns = held->end_unix_ns;
	pair->begun = pair->changed = true;
}

void pair_add(struct pair *pair, const struct held *held, const char *answered_by)
{
	struct judge_pair *figures = &pair->figures;

	for (size_t i = 0; i < SERIES_MAX; i++)
		if (i != SERIES_COST)
			window_add(&pair->windows[i], held->samples[i]);
	marks_add(&pair->marks, held->mark);
	if (*answered_by)
		(void)slice_copy(pair->answered_by, sizeof(pair->answered_by), slice_of(answered_by));
	figures->calls++;
	figures->errors += held->failed;
	add_known(&figures->input_tokens, whole_of(held->samples[SERIES_INPUT_TOKENS]));
	add_known(&figures->output_tokens, whole_of(held->samples[SERIES_OUTPUT_TOKENS]));
	pair_add_cost(pair, held);
}

/* ---- figures --------------------------------------------------------------------------------------------- */

static double share_of(const struct marks *marks, enum drift_dimension dimension)
{
	uint64_t counts[DRIFT_CATEGORIES_MAX], all = 0, bad = 0;
	uint32_t mask = marks_bad(dimension);

	marks_count(marks, dimension, 0, marks->capacity, counts);
	for (size_t i = 0; i < DRIFT_CATEGORIES_MAX; i++) {
		all += counts[i];
		bad += mask >> i & 1 ? counts[i] : 0;
	}
	return all > 0 ? (double)bad / (double)all : NAN;
}

static void judge_numbers(struct pair *pair, const struct pair_workshop *workshop)
{
	size_t length = workshop->rules.window;
	double *before = workshop->scratch, *after = before + length;

	for (size_t i = 0; i < sizeof(number_dimensions) / sizeof(number_dimensions[0]); i++) {
		enum series series = number_dimensions[i].series;
		const struct window *window = &pair->windows[series];
		size_t m = window_take(window, 0, length, after);
		size_t n = window_take(window, m, length, before);

		drift_of_numbers(before, n, after, m, number_dimensions[i].bins, series_scales[series],
				 &workshop->rules, workshop->chance,
				 &pair->figures.drift.dimensions[number_dimensions[i].dimension]);
	}
}

static void judge_shares(struct pair *pair, const struct pair_workshop *workshop)
{
	size_t length = workshop->rules.window;

	for (size_t i = 0; i < sizeof(share_dimensions) / sizeof(share_dimensions[0]); i++) {
		enum drift_dimension dimension = share_dimensions[i];
		uint64_t before[DRIFT_CATEGORIES_MAX], after[DRIFT_CATEGORIES_MAX];

		marks_count(&pair->marks, dimension, 0, length, after);
		marks_count(&pair->marks, dimension, length, length, before);
		drift_of_counts(before, after, marks_bad(dimension), &workshop->rules,
				&pair->figures.drift.dimensions[dimension]);
	}
}

void pair_judge(struct pair *pair, const struct pair_workshop *workshop)
{
	struct judge_pair *figures = &pair->figures;

	for (size_t i = 0; i < SERIES_MAX; i++)
		window_summarise(&pair->windows[i], series_scales[i], workshop->scratch, &figures->series[i]);
	figures->error_rate = share_of(&pair->marks, DRIFT_ERRORS);
	figures->refusal_rate = share_of(&pair->marks, DRIFT_REFUSALS);
	judge_numbers(pair, workshop);
	judge_shares(pair, workshop);
	drift_score(&figures->drift);
	pair->changed = false;
}
