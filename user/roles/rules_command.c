/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap rules list`, `rules explain` and `rules test`: for people who write rules, or wonder about a finding. */
#include "roles/rules_command.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/nearest.h"
#include "roles/plain_text.h"
#include "roles/roles.h"
#include "roles/rule_files.h"

#define EXIT_USAGE 2
#define MATCH_CHARACTERS 200

/* The set alone, not compiled: enough to show what is there. */
static int read_set(const struct options *options, struct rule_files *files, struct pack_set *ret)
{
	char error[PACK_ERROR_BYTES] = "";
	int err = rule_files_read(files, options->rules);

	if (err < 0)
		return err;
	err = pack_set_from_sources(files->sources, files->count, ret, error);
	if (err < 0)
		log_error("%s", *error ? error : strerror(-err));
	return err;
}

/* ---- list ---- */

static void print_json_where(unsigned int places)
{
	const char *between = "";

	printf(",\"where\":[");
	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++) {
		if (!(places & WHERE_BIT(where)))
			continue;
		printf("%s\"%s\"", between, text_where_names[where]);
		between = ",";
	}
	printf("]");
}

static void print_json(const struct pack_rule *rule)
{
	printf("{\"id\":\"%s\",\"version\":%u,\"family\":\"%s\",\"severity\":\"%s\"", rule->id, rule->version,
	       families[rule->family].name, severity_names[rule->severity]);
	print_json_where(rule->where);
	printf(",\"kind\":\"%s\",\"weight\":%d,\"pack\":\"%s\",\"about\":", rule_kind_names[rule->kind], rule->weight,
	       rule->pack);
	plain_text_print_json(stdout, rule->about);
	printf("}\n");
}

static void print_line(const struct pack_rule *rule, int width)
{
	printf("%-*s  v%-3u %-20s %-8s  %s [", width, rule->id, rule->version, families[rule->family].name,
	       severity_names[rule->severity], rule->about);
	rules_print_where(stdout, rule->where, ",");
	printf("]\n");
}

static void print_list(const struct pack_set *set, bool json)
{
	size_t width = 0;

	for (size_t i = 0; i < set->rule_count; i++)
		if (strlen(set->rules[i].id) > width)
			width = strlen(set->rules[i].id);
	for (size_t i = 0; i < set->rule_count; i++) {
		if (json)
			print_json(&set->rules[i]);
		else
			print_line(&set->rules[i], (int)width);
	}
}

int rules_list_run(const struct options *options)
{
	struct rule_files files;
	struct pack_set set = { 0 };
	int err = read_set(options, &files, &set);

	if (err == 0)
		print_list(&set, options->json);
	pack_set_done(&set);
	rule_files_done(&files);
	return err < 0 ? EXIT_USAGE : EXIT_SUCCESS;
}

/* ---- explain a rule ---- */

static int print_rule(const struct pack_set *set, const char *id)
{
	const struct pack_rule *rule = pack_set_rule(set, slice_of(id));
	const char *nearest;

	if (rule) {
		rules_print_rule(stdout, set, rule);
		return 0;
	}
	if (pack_set_is_disabled(set, slice_of(id))) {
		log_error("rule %s is disabled by a file of --rules", id);
		return -ENOENT;
	}
	nearest = set->rule_count == 0 ? NULL : nearest_name(id, (const char *const *)&set->rules[0].id,
							     set->rule_count, sizeof(set->rules[0]));
	if (nearest)
		log_error("there is no rule %s; did you mean %s?", id, nearest);
	else
		log_error("there is no rule %s; see promtap rules list", id);
	return -ENOENT;
}

static int explain_rule(const char *id, const struct options *options)
{
	struct rule_files files;
	struct pack_set set = { 0 };
	int err = read_set(options, &files, &set);

	if (err == 0)
		err = print_rule(&set, id);
	pack_set_done(&set);
	rule_files_done(&files);
	return err < 0 ? EXIT_USAGE : EXIT_SUCCESS;
}

/* ---- play a text ---- */

static const struct detect_from nowhere;

static void play_piece(struct detect *detect, void **user, uint32_t number, struct slice bytes, enum text_where where)
{
	struct text_view view = { .event = TEXT_PIECE, .text = number, .where = where, .bytes = bytes };

	detect_on_text(detect, user, &nowhere, &view);
	view.event = TEXT_END;
	view.bytes = (struct slice){ 0 };
	detect_on_text(detect, user, &nowhere, &view);
}

void rules_play(struct detect *detect, const struct rules_text *text)
{
	static struct call call;	/* only for what detect_finish() fills in */
	void *user = NULL;

	call_init(&call);
	for (size_t i = 0; i < text->before_count; i++)
		play_piece(detect, &user, (uint32_t)i,
			   (struct slice){ text->before[i].text, text->before[i].len }, text->before[i].where);
	play_piece(detect, &user, (uint32_t)text->before_count, text->text, text->where);
	detect_finish(detect, user, &call);
}

/* ---- explain a text ---- */

struct explanation {
	struct slice text;
	size_t matches;
	enum severity worst;
};

static void print_ways(const struct detect_hit *hit)
{
	for (size_t i = 0; i < ARRAY_SIZE(hit->via); i++)
		if (hit->via[i] != DECODER_NONE)
			printf(", decoded from %s", decoder_names[hit->via[i]]);
	if (hit->was_folded)
		printf(", behind a disguise that folding took away");
	if (hit->weak)
		printf(", a specimen");
}

static void print_match(const struct explanation *explanation, const struct detect_hit *hit)
{
	struct slice match = { explanation->text.ptr + hit->start, hit->end - hit->start };

	if (hit->end > explanation->text.len || hit->start >= hit->end)
		return;
	printf("    ");
	if (hit->rule->family == FAMILY_SECRET)
		plain_text_print_masked(stdout, match);
	else
		plain_text_print(stdout, match, MATCH_CHARACTERS);
	printf("\n");
}

static void print_why(const struct pack_rule *rule)
{
	printf("    by its %s", rule_kind_names[rule->kind]);
	if (rule->kind == RULE_SCORE)
		printf(" of %d", rule->score);
	else
		printf(" %s", rule->body);
	printf("\n");
}

static void explain_hit(void *ctx, const struct detect_hit *hit)
{
	struct explanation *explanation = ctx;
	bool is_signal = hit->severity == SEVERITY_NONE;

	explanation->matches += !is_signal;
	if (hit->severity > explanation->worst)
		explanation->worst = hit->severity;
	printf("%s (%s, %s): %s\n", hit->rule->id, families[hit->rule->family].name,
	       is_signal ? "no finding here by itself" : severity_names[hit->severity], hit->rule->about);
	printf("    bytes %llu to %llu", (unsigned long long)hit->start, (unsigned long long)hit->end);
	print_ways(hit);
	printf("\n");
	print_match(explanation, hit);
	print_why(hit->rule);
}

static int read_input(struct buffer *text)
{
	size_t n = 1;

	text->limit = RULES_TEXT_BYTES_MAX + 65536;
	if (isatty(STDIN_FILENO))
		log_info("type or paste the text, then press Ctrl-D on a line of its own");
	while (n > 0) {
		int err = buffer_reserve(text, 65536);

		if (err < 0)
			return err;
		n = fread(text->data + text->len, 1, 65536, stdin);
		text->len += n;
	}
	return ferror(stdin) ? -EIO : 0;
}

static int play_text(struct rules *rules, struct slice text, enum text_where where)
{
	struct explanation explanation = { .text = text };
	struct detect_setup setup = { .rules = rules, .on_hit = explain_hit, .ctx = &explanation };
	struct detect *detect = detect_new(&setup);

	if (!detect)
		return -ENOMEM;
	rules_play(detect, &(struct rules_text){ .text = text, .where = where });
	detect_free(detect);
	if (explanation.matches > 0)
		printf("%zu findings in %s, the worst is %s\n", explanation.matches, text_where_names[where],
		       severity_names[explanation.worst]);
	else
		printf("no findings in %s\n", text_where_names[where]);
	return 0;
}

static int explain_text(enum text_where where, const struct options *options)
{
	struct buffer text = { 0 };
	struct rules *rules = NULL;
	int err = rules_load(options, &rules);

	if (err < 0)
		return EXIT_USAGE;
	err = read_input(&text);
	if (err == -E2BIG)
		log_error("the text is over 16 MiB; give a part of it");
	else if (err < 0)
		log_error("cannot read the text: %s", strerror(-err));
	else
		err = play_text(rules, buffer_slice(&text), where);
	buffer_done(&text);
	rules_unref(rules);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static enum text_where place_of(const char *name)
{
	enum text_where where = WHERE_UNKNOWN;

	while (where < WHERE_MAX && strcmp(name, text_where_names[where]) != 0)
		where++;
	return where;
}

int rules_explain_run(const char *id, const struct options *options)
{
	enum text_where where = place_of(options->where);

	if (id)
		return explain_rule(id, options);
	if (where < WHERE_MAX)
		return explain_text(where, options);
	log_error("--where: '%s' is no place; use system, user, assistant, tool_result, completion or tool_args",
		  options->where);
	return EXIT_USAGE;
}
