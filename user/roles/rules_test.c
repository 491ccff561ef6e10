/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap rules test`: each example through the detector, with all rules at work. */
#include <stdlib.h>

#include "base/log.h"
#include "roles/plain_text.h"
#include "roles/roles.h"
#include "roles/rule_files.h"
#include "roles/rules_command.h"

#define EXIT_USAGE 2
#define EXAMPLE_CHARACTERS 160

struct trial {
	const struct pack_rule *rule;
	const struct pack_example *example;
	bool found;
};

struct tally {
	size_t passed, failed;
};

/* A match in another text or place, or one that counts for nothing there, is none. */
static void on_hit(void *ctx, const struct detect_hit *hit)
{
	struct trial *trial = ctx;
	const struct pack_rule *rule = trial->rule;

	if (!rule || hit->rule != rule || hit->text != trial->example->before_count)
		return;
	if ((rule->where & WHERE_BIT(hit->where)) &&
	    (hit->severity != SEVERITY_NONE || rule->severity == SEVERITY_NONE))
		trial->found = true;
}

static bool is_found(struct detect *detect, struct trial *trial, const struct pack_example *example)
{
	trial->example = example;
	trial->found = false;
	rules_play(detect, &(struct rules_text){
				   .text = { example->text, example->len },
				   .where = example->where,
				   .before = example->before,
				   .before_count = example->before_count,
			   });
	return trial->found;
}

static bool run_examples(struct detect *detect, struct trial *trial, const struct pack_example *examples, size_t count,
			 bool must_match)
{
	bool passed = true;

	for (size_t i = 0; i < count; i++) {
		if (is_found(detect, trial, &examples[i]) == must_match)
			continue;
		printf("FAIL  %s (%s:%u): %s in %s: ", trial->rule->id, trial->rule->file, trial->rule->line,
		       must_match ? "does not match" : "matches what it must not", text_where_names[examples[i].where]);
		plain_text_print(stdout, (struct slice){ examples[i].text, examples[i].len }, EXAMPLE_CHARACTERS);
		printf("\n");
		passed = false;
	}
	return passed;
}

static void test_rule(struct detect *detect, struct trial *trial, struct tally *tally)
{
	const struct pack_rule *rule = trial->rule;
	bool passed = run_examples(detect, trial, rule->match, rule->match_count, true);

	passed &= run_examples(detect, trial, rule->clean, rule->clean_count, false);
	if (passed)
		printf("pass  %s\n", rule->id);
	tally->passed += passed;
	tally->failed += !passed;
}

/* Those of `file`; of all files if it is null. */
static int test_rules(struct rules *rules, const char *file, struct tally *tally)
{
	const struct pack_set *set = rules_set(rules);
	struct trial trial = { 0 };
	struct detect_setup setup = { .rules = rules, .on_hit = on_hit, .ctx = &trial };
	struct detect *detect = detect_new(&setup);

	if (!detect)
		return -1;
	for (size_t i = 0; i < set->rule_count; i++) {
		if (file && strcmp(set->rules[i].file, file) != 0)
			continue;
		trial.rule = &set->rules[i];
		test_rule(detect, &trial, tally);
	}
	detect_free(detect);
	return 0;
}

static int test_files(const struct rule_files *files, const char *file, const struct rule_load *load)
{
	struct tally tally = { 0 };
	struct rules *rules = NULL;
	enum rule_origin origin;
	int err;

	if (rule_files_load(files, load, &rules, &origin) < 0)
		return EXIT_USAGE;
	err = test_rules(rules, file, &tally);
	rules_unref(rules);
	if (err < 0)
		return EXIT_FAILURE;
	printf("%zu rules passed, %zu failed\n", tally.passed, tally.failed);
	return tally.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int rules_test_run(const char *file, const struct options *options)
{
	/* What is being written is not worth keeping, and would push out what is in use. */
	const struct rule_load load = { .cache = rule_cache_of(options), .keep = !file };
	struct rule_files files;
	int status = EXIT_USAGE;
	int err = rule_files_read(&files, options->rules);

	if (err == 0 && file)
		err = rule_files_add(&files, file);
	if (err == 0)
		status = test_files(&files, file, &load);
	rule_files_done(&files);
	return status;
}
