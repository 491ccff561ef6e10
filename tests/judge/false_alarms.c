/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a drift is told where there is none, and how often one that is there
 * is found: traffic of known distributions through the code that judges live
 * traffic. The same in every run. `false_alarms` prints the tables of
 * docs/judgement.md; `false_alarms RUNS` makes fewer runs, for a quick look.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/chance.h"
#include "judge/drift.h"
#include "random.h"

#define WINDOW_MAX 1000
#define LOOKS 1000			/* of a run without a shift, after the windows are full */
#define CALLS_MAX (2 * WINDOW_MAX + LOOKS)

static size_t window = 100;

/* One kind of traffic: samples around 1 second, in ns. */
struct traffic {
	const char *name;
	double (*sample)(uint64_t *seed, double *state, double parameter, double likeness);
	double parameter;
	double likeness;	/* of one call with the next: of their normal scores */
};

/* A normal score that is like the one before. */
static double next_score(uint64_t *seed, double *state, double likeness)
{
	*state = likeness * *state + sqrt(1 - likeness * likeness) * random_normal(seed);
	return *state;
}

static double lognormal(uint64_t *seed, double *state, double sigma, double likeness)
{
	return 1e9 * exp(sigma * next_score(seed, state, likeness));
}

/* Of shape k: a sum of squares is enough for k in halves. */
static double gamma_like(uint64_t *seed, double *state, double shape, double likeness)
{
	double sum = 0;

	(void)likeness;
	(void)state;
	for (int i = 0; i < (int)(2 * shape); i++) {
		double score = random_normal(seed);

		sum += score * score;
	}
	return 1e9 * sum / (2 * shape);
}

/* Answers from a cache in a twentieth of the time; `share` of the calls. */
static double cached(uint64_t *seed, double *state, double share, double likeness)
{
	bool hit = random_uniform(seed) < share;

	return lognormal(seed, state, 0.4, likeness) * (hit ? 0.05 : 1);
}

/* Heavier than any lognormal: one in fifty waits for a timeout of 30 s. */
static double timeouts(uint64_t *seed, double *state, double share, double likeness)
{
	double sample = lognormal(seed, state, 0.5, likeness);

	return random_uniform(seed) < share ? 30e9 : sample;
}

static const struct traffic all[] = {
	{ "lognormal, sigma 0.3", lognormal, 0.3, 0 },
	{ "lognormal, sigma 0.5", lognormal, 0.5, 0 },
	{ "lognormal, sigma 0.7", lognormal, 0.7, 0 },
	{ "lognormal, sigma 1.0", lognormal, 1.0, 0 },
	{ "gamma, shape 2", gamma_like, 2, 0 },
	{ "gamma, shape 8", gamma_like, 8, 0 },
	{ "cache hits 30 %", cached, 0.3, 0 },
	{ "cache hits 70 %", cached, 0.7, 0 },
	{ "2 % timeouts of 30 s", timeouts, 0.02, 0 },
	{ "lognormal 0.5, likeness 0.3", lognormal, 0.5, 0.3 },
	{ "lognormal 0.5, likeness 0.6", lognormal, 0.5, 0.6 },
	{ "lognormal 0.5, likeness 0.9", lognormal, 0.5, 0.9 },
	{ "lognormal 1.0, likeness 0.6", lognormal, 1.0, 0.6 },
};
#define TRAFFICS (sizeof(all) / sizeof(all[0]))

static struct drift_rules rules = { 0, 5, 10, 15, 0 };	/* the defaults; the others: main() */

/* Of one run, by level: whether, and how often, it was told; alone and if significant. */
struct tally {
	unsigned looks;
	unsigned told[DRIFT_LEVEL_MAX], told_significant[DRIFT_LEVEL_MAX];
	bool ever[DRIFT_LEVEL_MAX], ever_significant[DRIFT_LEVEL_MAX];
};

/* A level is told where that or a higher one stands. */
static void count(struct tally *tally, const struct drift_figure *figure)
{
	tally->looks++;
	for (int level = DRIFT_MINOR; level <= (int)figure->level; level++) {
		tally->told[level]++;
		tally->ever[level] = true;
		tally->told_significant[level] += figure->significant;
		tally->ever_significant[level] |= figure->significant;
	}
}

static double samples[CALLS_MAX];

static void fill(const struct traffic *traffic, uint64_t *seed, size_t calls, size_t from, double factor)
{
	double state = random_normal(seed);

	for (size_t i = 0; i < calls; i++)
		samples[i] = traffic->sample(seed, &state, traffic->parameter, traffic->likeness) * (i >= from ? factor : 1);
}

static void look(size_t first, size_t last, struct chance *chance, struct tally *tally)
{
	struct drift_figure figure;

	for (size_t end = first; end <= last; end++) {
		drift_of_numbers(samples + end - 2 * window, window, samples + end - window, window, BINS_LATENCY, 1e6,
				 &rules, chance, &figure);
		count(tally, &figure);
	}
}

static void add(struct tally *sum, const struct tally *run, unsigned *ever, unsigned *ever_significant)
{
	sum->looks += run->looks;
	for (int level = DRIFT_MINOR; level < DRIFT_LEVEL_MAX; level++) {
		sum->told[level] += run->told[level];
		sum->told_significant[level] += run->told_significant[level];
		ever[level] += run->ever[level];
		ever_significant[level] += run->ever_significant[level];
	}
}

static double percent(double part, double whole)
{
	return 100 * part / whole;
}

/* A thousand looks, one after each call, at traffic that does not change. */
static void false_alarms(const struct traffic *traffic, unsigned runs, struct chance *chance)
{
	unsigned ever[DRIFT_LEVEL_MAX] = { 0 }, significant[DRIFT_LEVEL_MAX] = { 0 };
	struct tally sum = { 0 };
	uint64_t seed = 1;

	for (unsigned run = 0; run < runs; run++) {
		struct tally tally = { 0 };

		fill(traffic, &seed, 2 * window + LOOKS, SIZE_MAX, 1);
		look(2 * window, 2 * window + LOOKS - 1, chance, &tally);
		add(&sum, &tally, ever, significant);
	}
	printf("| %s |", traffic->name);
	for (int level = DRIFT_MINOR; level < DRIFT_LEVEL_MAX; level++)
		printf(" %.1f / %.2f |", percent(sum.told[level], sum.looks), percent(sum.told_significant[level], sum.looks));
	for (int level = DRIFT_MINOR; level < DRIFT_LEVEL_MAX; level++)
		printf(" %.0f / %.0f |", percent(ever[level], runs), percent(significant[level], runs));
	printf("\n");
}

/* A shift by a factor, when the windows have just been filled. Looked at after each call, from where half of the last
 * ones are new to where half of those before are. */
static void detections(const struct traffic *traffic, double shift, unsigned runs, struct chance *chance)
{
	unsigned ever[DRIFT_LEVEL_MAX] = { 0 }, significant[DRIFT_LEVEL_MAX] = { 0 };
	struct tally sum = { 0 };
	uint64_t seed = 2;

	for (unsigned run = 0; run < runs; run++) {
		struct tally tally = { 0 };

		fill(traffic, &seed, 2 * window + 3 * window / 2, 2 * window, 1 + shift);
		look(2 * window + window / 2, 2 * window + 3 * window / 2, chance, &tally);
		add(&sum, &tally, ever, significant);
	}
	printf(" %.0f / %.0f |", percent(ever[DRIFT_MINOR], runs), percent(significant[DRIFT_MINOR], runs));
}

static void print_false_alarms(unsigned runs, struct chance *chance)
{
	printf("| traffic | minor, %% of looks | moderate | significant | minor, %% of 1,000 calls | moderate | significant |\n");
	printf("| --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < TRAFFICS; i++)
		false_alarms(&all[i], runs, chance);
}

static void print_detections(unsigned runs, struct chance *chance)
{
	static const double shifts[] = { 0.05, 0.10, 0.15, 0.30, 0.50, 1.00 };

	printf("\n| traffic | +5 %% | +10 %% | +15 %% | +30 %% | +50 %% | +100 %% |\n| --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < TRAFFICS; i++) {
		printf("| %s |", all[i].name);
		for (size_t j = 0; j < sizeof(shifts) / sizeof(shifts[0]); j++)
			detections(&all[i], shifts[j], runs, chance);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	unsigned runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 400;
	struct chance *chance;

	window = argc > 2 ? strtoul(argv[2], NULL, 10) : window;
	if (runs == 0 || window < 20 || window > WINDOW_MAX) {
		(void)fprintf(stderr, "false_alarms [RUNS [WINDOW]]: runs of %u calls, windows of 20 to %u\n", LOOKS, WINDOW_MAX);
		return EXIT_FAILURE;
	}
	chance = chance_new(window);
	if (!chance)
		return EXIT_FAILURE;
	rules.window = window;
	rules.p_limit = chance_limit(0.01, LOOKS, window);
	print_false_alarms(runs, chance);
	print_detections(runs, chance);
	chance_free(chance);
	return EXIT_SUCCESS;
}
