/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The score: PSI of independent dimensions adds up to that of all of them
 * together (Kullback, "Information Theory and Statistics", 1959, chapter 2).
 * So what each has beyond chance is added, and the sum x becomes 1 - exp(-x /
 * 0.25): 0.25 is where PSI has long been called a major shift (Siddiqi, "Credit
 * Risk Scorecards", 2006), and is 0.63 here. Dimensions that move together
 * count more than once; the score says how much moved, not how many causes.
 */
#include "judge/drift.h"

#include <math.h>
#include <stdio.h>

#include "judge/chance.h"
#include "judge/distance.h"
#include "judge/window.h"

#define MAJOR_SHIFT 0.25

#define X(id, name, unit) [id] = name,
const char *const drift_dimension_names[DRIFT_DIMENSION_MAX] = { DRIFT_DIMENSIONS(X) };
#undef X

const char *const drift_level_names[DRIFT_LEVEL_MAX] = {
	[DRIFT_NONE] = "none",
	[DRIFT_MINOR] = "minor",
	[DRIFT_MODERATE] = "moderate",
	[DRIFT_SIGNIFICANT] = "significant",
};

static void figure_unknown(struct drift_figure *figure, uint64_t before, uint64_t after)
{
	*figure = (struct drift_figure){
		.before_samples = before,
		.after_samples = after,
		.before_mean = NAN,
		.after_mean = NAN,
		.change_percent = NAN,
		.p_value = NAN,
		.kl = NAN,
		.psi = NAN,
		.psi_chance = NAN,
	};
}

/* The division comes last: what is exactly 5 % of whole numbers is 5. */
static double change_percent(double before, double after)
{
	if (before == after)
		return 0;
	return 100 * (after - before) / before;
}

static enum drift_level level_of(double percent, const struct drift_rules *rules)
{
	double size = fabs(percent);

	if (size >= rules->significant)
		return DRIFT_SIGNIFICANT;
	if (size >= rules->moderate)
		return DRIFT_MODERATE;
	return size >= rules->minor ? DRIFT_MINOR : DRIFT_NONE;
}

static bool enough(const struct drift_figure *figure, const struct drift_rules *rules)
{
	return rules->window > 0 && figure->before_samples >= rules->window && figure->after_samples >= rules->window;
}

static void set_change(struct drift_figure *figure, double percent, const struct drift_rules *rules)
{
	figure->change_percent = percent;
	figure->level = level_of(percent, rules);
}

static void set_distance(struct drift_figure *figure, const uint64_t *before, const uint64_t *after, size_t bins)
{
	struct distance distance;

	distance_of(before, after, bins, &distance);
	figure->kl = distance.kl;
	figure->psi = distance.psi;
	figure->psi_chance = distance.psi_chance;
}

static void fill_bins(const double *samples, size_t n, enum drift_bins bins, uint64_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[distance_bin(bins, samples[i])]++;
}

void drift_of_numbers(const double *before, size_t n, const double *after, size_t m, enum drift_bins bins,
		      double scale, const struct drift_rules *rules, struct chance *chance, struct drift_figure *ret)
{
	uint64_t bins_before[DISTANCE_BINS_MAX] = { 0 }, bins_after[DISTANCE_BINS_MAX] = { 0 };
	int direction;

	figure_unknown(ret, n, m);
	ret->before_mean = window_mean(before, n);
	ret->after_mean = window_mean(after, m);
	if (enough(ret, rules)) {
		set_change(ret, change_percent(ret->before_mean, ret->after_mean), rules);
		ret->p_value = chance_of_numbers(chance, before, n, after, m, &direction);
		ret->significant = ret->p_value < rules->p_limit && direction * ret->change_percent > 0;
		fill_bins(before, n, bins, bins_before);
		fill_bins(after, m, bins, bins_after);
		set_distance(ret, bins_before, bins_after, DISTANCE_BINS_MAX);
	}
	ret->before_mean /= scale;
	ret->after_mean /= scale;
}

static void count(const uint64_t categories[DRIFT_CATEGORIES_MAX], uint32_t bad, uint64_t *ret_all, uint64_t *ret_bad)
{
	*ret_all = *ret_bad = 0;
	for (size_t i = 0; i < DRIFT_CATEGORIES_MAX; i++) {
		*ret_all += categories[i];
		*ret_bad += bad >> i & 1 ? categories[i] : 0;
	}
}

static double share(uint64_t part, uint64_t all)
{
	return all > 0 ? (double)part / (double)all : NAN;
}

/* Shares of sides that are equally long are compared as counts, which are whole. */
static double percent_of_shares(uint64_t bad_before, uint64_t before, uint64_t bad_after, uint64_t after)
{
	if (before == after)
		return change_percent((double)bad_before, (double)bad_after);
	return change_percent(share(bad_before, before), share(bad_after, after));
}

void drift_of_counts(const uint64_t before[DRIFT_CATEGORIES_MAX], const uint64_t after[DRIFT_CATEGORIES_MAX],
		     uint32_t bad, const struct drift_rules *rules, struct drift_figure *ret)
{
	uint64_t all_before, all_after, bad_before, bad_after;

	count(before, bad, &all_before, &bad_before);
	count(after, bad, &all_after, &bad_after);
	figure_unknown(ret, all_before, all_after);
	ret->before_mean = share(bad_before, all_before);
	ret->after_mean = share(bad_after, all_after);
	if (!enough(ret, rules))
		return;
	set_change(ret, percent_of_shares(bad_before, all_before, bad_after, all_after), rules);
	ret->p_value = chance_of_shares(bad_before, all_before, bad_after, all_after);
	ret->significant = ret->p_value < rules->p_limit;
	set_distance(ret, before, after, DRIFT_CATEGORIES_MAX);
}

void drift_score(struct drift_report *report)
{
	double sum = 0, most = 0;
	bool known = false;

	report->driven_by = 0;
	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++) {
		double beyond = report->dimensions[i].psi - report->dimensions[i].psi_chance;

		known |= !isnan(beyond);
		if (!(beyond > 0))
			continue;
		sum += beyond;
		if (beyond > most) {
			most = beyond;
			report->driven_by = (enum drift_dimension)i;
		}
	}
	report->score = known ? 1 - exp(-sum / MAJOR_SHIFT) : NAN;
}

const char *drift_spell(const struct drift_figure *figure, char ret[DRIFT_SPELLING_BYTES])
{
	double percent = figure->change_percent;

	if (isnan(percent))
		return "unknown";
	if (figure->level == DRIFT_NONE)
		return "no_drift";
	percent = fmin(fmax(percent, -DRIFT_PERCENT_MAX), DRIFT_PERCENT_MAX);
	(void)snprintf(ret, DRIFT_SPELLING_BYTES, "%s_drift_%+.1f%%", drift_level_names[figure->level], percent);
	return ret;
}
