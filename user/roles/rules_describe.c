/* SPDX-License-Identifier: Apache-2.0 */
/* A rule in words, for people who wonder what it matches and what it is worth. */
#include <ctype.h>

#include "base/cleanup.h"
#include "detect/checks.h"
#include "detect/signals.h"
#include "roles/plain_text.h"
#include "roles/rules_command.h"

#define LABEL "  %-12s"
#define COLUMNS 110
#define EXAMPLE_CHARACTERS 300

static const char *const signal_abouts[SIGNAL_MAX] = {
#define X(id, name, about) [id] = about,
	SIGNALS(X)
#undef X
};

void rules_print_where(FILE *out, unsigned int places, const char *between)
{
	bool first = true;

	/* What stands in no known place counts as the family says; nobody asks for it by name. */
	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++) {
		if (!(places & WHERE_BIT(where)))
			continue;
		(void)fprintf(out, "%s%s", first ? "" : between, text_where_names[where]);
		first = false;
	}
}

/* ---- terms of sequences ---- */

static struct slice take_token(struct slice *rest)
{
	struct slice token;
	size_t i = 0;

	while (rest->len > 0 && isspace((unsigned char)*rest->ptr))
		*rest = (struct slice){ rest->ptr + 1, rest->len - 1 };
	while (i < rest->len && !isspace((unsigned char)rest->ptr[i]))
		i++;
	token = (struct slice){ rest->ptr, i };
	*rest = (struct slice){ rest->ptr + i, rest->len - i };
	return token;
}

static bool is_number(struct slice token)
{
	for (size_t i = 0; i < token.len; i++)
		if (!isdigit((unsigned char)token.ptr[i]))
			return false;
	return token.len > 0;
}

static void print_plain(FILE *out, struct slice term)
{
	(void)fprintf(out, "%.*s", (int)term.len, term.ptr);
}

/* "{a|b}?", "word*", "word". */
static void print_term(FILE *out, struct slice term)
{
	bool optional = term.len > 1 && term.ptr[term.len - 1] == '?';
	bool begins;

	term.len -= optional;
	begins = term.len > 1 && term.ptr[term.len - 1] == '*';
	if (term.len > 0 && term.ptr[0] == '{') {
		(void)fputs("a phrase of ", out);
		print_plain(out, term);
	} else if (begins) {
		term.len--;
		(void)fputs("a word that begins with ", out);
		plain_text_print(out, term, EXAMPLE_CHARACTERS);
	} else {
		(void)fputs("the word ", out);
		plain_text_print(out, term, EXAMPLE_CHARACTERS);
	}
	(void)fputs(optional ? ", which may be absent\n" : "\n", out);
}

/* A '^', alone or in front of the term. */
static bool take_start(struct slice *term)
{
	if (term->len == 0 || term->ptr[0] != '^')
		return false;
	*term = (struct slice){ term->ptr + 1, term->len - 1 };
	return true;
}

static void print_sequence(FILE *out, struct slice body)
{
	struct slice gap = { 0 };
	bool first = true, starts = false;

	for (struct slice token; (token = take_token(&body)).len > 0;) {
		starts |= take_start(&token);
		if (is_number(token))
			gap = token;
		if (token.len == 0 || is_number(token))
			continue;
		(void)fputs("              ", out);
		if (starts)
			(void)fputs("at the start of a sentence ", out);
		else if (gap.len > 0)
			(void)fprintf(out, "after at most %.*s words ", (int)gap.len, gap.ptr);
		else if (!first)
			(void)fputs("next to it ", out);
		print_term(out, token);
		gap.len = 0;
		first = starts = false;
	}
}

static void print_near(FILE *out, struct slice body)
{
	for (struct slice token; (token = take_token(&body)).len > 0;) {
		(void)fputs("              ", out);
		print_term(out, token);
	}
}

/* ---- bodies ---- */

static void print_words(FILE *out, const struct pack_rule *rule)
{
	const char *within = rule->across ? "also over the end of a sentence" : "in one sentence";

	if (rule->kind == RULE_SEQUENCE) {
		(void)fprintf(out, "words in order, %s:\n", within);
		print_sequence(out, slice_of(rule->body));
	} else {
		(void)fprintf(out, "words in any order, at most %u between the first and the last, %s:\n", rule->within,
			      within);
		print_near(out, slice_of(rule->body));
	}
	if (rule->unless)
		(void)fprintf(out, LABEL "one of these within %u words: %s\n", "unless", rule->unless_within,
			      rule->unless);
}

static void print_check(FILE *out, const struct pack_rule *rule)
{
	const struct check *check = rule->check ? check_of(slice_of(rule->check)) : NULL;

	if (rule->check)
		(void)fprintf(out, LABEL "%s %s%s%s%s\n", "if accepted by", rule->check, rule->check_args,
			      check && check->args ? " (" : "", check && check->args ? check->args : "",
			      check && check->args ? ")" : "");
}

static void print_need(FILE *out, const struct pack_need *need)
{
	for (size_t i = 0; i < need->count; i++) {
		(void)fputs(i > 0 ? ", " : "", out);
		plain_text_print(out, slice_of(need->phrases[i]), EXAMPLE_CHARACTERS);
	}
	(void)fputc('\n', out);
}

static void print_needs(FILE *out, const struct pack_rule *rule)
{
	for (size_t i = 0; i < rule->needs_count; i++) {
		(void)fprintf(out, LABEL, i == 0 ? "needs" : "and near it");
		print_need(out, &rule->needs[i]);
	}
}

static void print_expression(FILE *out, const struct pack_rule *rule)
{
	(void)fprintf(out, "%s in the %s text%s%s:\n              ", rule->literal ? "the bytes" : "the expression",
		      rule->folded ? "folded" : "original", rule->caseless ? ", in any case" : "",
		      rule->dotall ? ", '.' is also a line feed" : "");
	plain_text_print(out, slice_of(rule->body), SIZE_MAX);
	(void)fputc('\n', out);
	print_needs(out, rule);
	print_check(out, rule);
}

static void print_digits(FILE *out, const struct pack_rule *rule)
{
	(void)fprintf(out, "a number of %u digits or more in the original text, with single signs between or none\n",
		      rule->digits);
	print_check(out, rule);
}

static void print_apart(FILE *out, const struct pack_rule *rule)
{
	if (rule->within > 0)
		(void)fprintf(out, " within %u bytes", rule->within);
	else
		(void)fputs(" anywhere in one text", out);
}

static const char *about_signal(const char *name)
{
	for (size_t i = 0; i < SIGNAL_MAX; i++)
		if (strcmp(signal_names[i], name) == 0)
			return signal_abouts[i];
	return "";
}

static void print_body(FILE *out, const struct pack_rule *rule)
{
	(void)fprintf(out, LABEL, "looks for");
	switch (rule->kind) {
	case RULE_SEQUENCE:
	case RULE_NEAR:
		print_words(out, rule);
		return;
	case RULE_EXPRESSION:
		print_expression(out, rule);
		return;
	case RULE_DIGITS:
		print_digits(out, rule);
		return;
	case RULE_COMBINE:
		(void)fputs("matches of rules", out);
		print_apart(out, rule);
		(void)fprintf(out, ": %s\n", rule->body);
		return;
	case RULE_SCORE:
		(void)fprintf(out, "rules whose weights add up to %d", rule->score);
		print_apart(out, rule);
		(void)fprintf(out, ", at most %d of one family\n", rule->family_max);
		return;
	case RULE_SIGNAL:
		(void)fprintf(out, "the signal %s: %s\n", rule->body, about_signal(rule->body));
		return;
	case RULE_KIND_MAX:
		break;
	}
}

/* ---- concepts ---- */

static void print_phrases(FILE *out, const struct pack_concept *concept)
{
	int column = fprintf(out, "    {%s}%s:", concept->name, concept->common ? " (common)" : "");

	for (size_t i = 0; i < concept->phrase_count; i++) {
		int len = (int)strlen(concept->phrases[i]) + 2;

		if (column + len > COLUMNS)
			column = fprintf(out, "\n     ") - 1;
		column += fprintf(out, " %s%s", concept->phrases[i], i + 1 < concept->phrase_count ? "," : "");
	}
	(void)fputc('\n', out);
}

/* Whether "{name}" or "{...|name|...}" stands in a body. */
static bool names_concept(const char *body, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = body; at && (at = strstr(at, name)); at += len) {
		char before = at > body ? at[-1] : '\0', after = at[len];

		if ((before == '{' || before == '|') && (after == '}' || after == '|'))
			return true;
	}
	return false;
}

static void print_concepts(FILE *out, const struct pack_set *set, const struct pack_rule *rule)
{
	bool first = true;

	if (rule->kind != RULE_SEQUENCE && rule->kind != RULE_NEAR)
		return;
	for (size_t i = 0; i < set->concept_count; i++) {
		const struct pack_concept *concept = &set->concepts[i];

		if (!names_concept(rule->body, concept->name) && !names_concept(rule->unless, concept->name))
			continue;
		if (first)
			(void)fputs("  concepts\n", out);
		first = false;
		print_phrases(out, concept);
	}
}

/* ---- all of it ---- */

static void print_severities(FILE *out, const struct pack_rule *rule)
{
	bool first = true;

	(void)fprintf(out, LABEL, "severity");
	if (rule->severity == SEVERITY_NONE) {
		(void)fputs("none: a signal for combinations and scores, looked for in ", out);
		rules_print_where(out, rule->where, ", ");
		(void)fputc('\n', out);
		return;
	}
	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++) {
		enum severity severity = family_severity(rule->family, rule->severity, (enum text_where)where);

		if (!(rule->where & WHERE_BIT(where)) || severity == SEVERITY_NONE)
			continue;
		(void)fprintf(out, "%s%s in %s", first ? "" : ", ", severity_names[severity], text_where_names[where]);
		first = false;
	}
	(void)fputc('\n', out);
}

static void print_examples(FILE *out, const char *label, const struct pack_example *examples, size_t count)
{
	(void)fprintf(out, "  %s\n", label);
	for (size_t i = 0; i < count; i++) {
		(void)fputs("    ", out);
		plain_text_print(out, (struct slice){ examples[i].text, examples[i].len }, EXAMPLE_CHARACTERS);
		(void)fprintf(out, " in %s", text_where_names[examples[i].where]);
		(void)fputs(examples[i].before_count > 0 ? ", after other texts\n" : "\n", out);
	}
}

static const char *or_none(const char *text)
{
	return *text ? text : "none";
}

void rules_print_rule(FILE *out, const struct pack_set *set, const struct pack_rule *rule)
{
	(void)fprintf(out, "%s: %s\n", rule->id, rule->about);
	(void)fprintf(out, LABEL "%s, version %u, %s:%u\n", "pack", rule->pack, rule->version, rule->file, rule->line);
	(void)fprintf(out, LABEL "%s\n", "family", families[rule->family].name);
	(void)fprintf(out, LABEL "OWASP LLM 2025: %s; MITRE ATLAS: %s\n", "taxonomy", or_none(rule->owasp),
		      or_none(rule->atlas));
	print_severities(out, rule);
	(void)fprintf(out, LABEL "%d%s\n", "weight", rule->weight,
		      families[rule->family].attack ? "" : " (its family is no attack: not added up)");
	if (rule->risk != RISK_NONE)
		(void)fprintf(out, LABEL "%s: the confidence of an answer is multiplied with %.2f\n", "risk",
			      risk_names[rule->risk], risk_confidence[rule->risk]);
	print_body(out, rule);
	print_concepts(out, set, rule);
	print_examples(out, "matches", rule->match, rule->match_count);
	print_examples(out, "does not match", rule->clean, rule->clean_count);
}
