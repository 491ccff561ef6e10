/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive descent, one level of recursion for each '(' or '!', which are counted. */
#include "detect/combine.h"

#include <errno.h>
#include <string.h>

#define FAMILY_PREFIX "family:"

/* Steps below these are numbers of terms. */
enum step {
	STEP_AND = COMBINE_TERMS_MAX,
	STEP_OR,
	STEP_NOT,
};

struct parser {
	const char *text, *at;
	struct combine *out;
	const char *problem;
	unsigned int depth;
	bool negated;	/* an odd number of '!' stands around */
};

static int parse_or(struct parser *parser);
static int parse_factor(struct parser *parser);

static int fail(struct parser *parser, const char *problem)
{
	parser->problem = problem;
	return -EINVAL;
}

static char peek(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t\n");
	return *parser->at;
}

static int add_step(struct parser *parser, uint8_t step)
{
	if (parser->out->step_count == COMBINE_STEPS_MAX)
		return fail(parser, "is too long; make two rules of it");
	parser->out->steps[parser->out->step_count++] = step;
	return 0;
}

static bool same_term(const struct combine_term *a, const struct combine_term *b)
{
	return a->family == b->family && (a->family != FAMILY_UNKNOWN || slice_eq(a->id, b->id));
}

static int add_term(struct parser *parser, const struct combine_term *term)
{
	struct combine *out = parser->out;
	uint8_t i = 0;

	while (i < out->term_count && !same_term(&out->terms[i], term))
		i++;
	if (i == COMBINE_TERMS_MAX)
		return fail(parser, "names over 64 rules; name families, or make two rules of it");
	if (i == out->term_count)
		out->terms[out->term_count++] = *term;
	if (!parser->negated)
		out->wanted |= UINT64_C(1) << i;
	return add_step(parser, i);
}

static int parse_name(struct parser *parser)
{
	static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";
	bool is_family = strncmp(parser->at, FAMILY_PREFIX, strlen(FAMILY_PREFIX)) == 0;
	const char *name = parser->at + (is_family ? strlen(FAMILY_PREFIX) : 0);
	struct combine_term term = { .id = { name, strspn(name, name_bytes) } };

	if (term.id.len == 0)
		return fail(parser, "lacks a rule; write an id, family:NAME, '!' or '('");
	if (is_family) {
		term.family = family_of(term.id);
		if (term.family == FAMILY_UNKNOWN)
			return fail(parser, "names no family; see docs/rules.md");
	}
	parser->at = name + term.id.len;
	return add_term(parser, &term);
}

static int parse_not(struct parser *parser)
{
	int err;

	parser->at++;
	parser->negated = !parser->negated;
	err = parse_factor(parser);
	parser->negated = !parser->negated;
	return err < 0 ? err : add_step(parser, STEP_NOT);
}

static int parse_group(struct parser *parser)
{
	int err;

	parser->at++;
	err = parse_or(parser);
	if (err < 0)
		return err;
	if (peek(parser) != ')')
		return fail(parser, "lacks a ')' or an operator; write '&', '|' or ')' here");
	parser->at++;
	return 0;
}

static int parse_factor(struct parser *parser)
{
	char first = peek(parser);
	int err;

	if (first != '(' && first != '!')
		return parse_name(parser);
	if (parser->depth == COMBINE_DEPTH_MAX)
		return fail(parser, "is nested too deep; write it flatter");
	parser->depth++;
	err = first == '(' ? parse_group(parser) : parse_not(parser);
	parser->depth--;
	return err;
}

static int parse_and(struct parser *parser)
{
	int err = parse_factor(parser);

	while (err == 0 && peek(parser) == '&') {
		parser->at++;
		err = parse_factor(parser);
		if (err == 0)
			err = add_step(parser, STEP_AND);
	}
	return err;
}

static int parse_or(struct parser *parser)
{
	int err = parse_and(parser);

	while (err == 0 && peek(parser) == '|') {
		parser->at++;
		err = parse_and(parser);
		if (err == 0)
			err = add_step(parser, STEP_OR);
	}
	return err;
}

static int parse_all(struct parser *parser)
{
	int err = parse_or(parser);

	if (err < 0)
		return err;
	if (peek(parser) != '\0')
		return fail(parser, "goes on where an operator is due; write '&' or '|' here");
	parser->at = parser->text;
	if (combine_holds(parser->out, 0))
		return fail(parser, "holds where nothing is found; name what must be there");
	return 0;
}

int combine_parse(const char *text, struct combine *ret, const char **ret_problem, size_t *ret_at)
{
	struct parser parser = { .text = text, .at = text, .out = ret };
	int err;

	*ret = (struct combine){ 0 };
	err = parse_all(&parser);
	if (err < 0) {
		*ret_problem = parser.problem;
		*ret_at = (size_t)(parser.at - text);
	}
	return err;
}

/* The stack is the bits of one word: each level of nesting leaves at most two
 * operands waiting, and 2 * COMBINE_DEPTH_MAX + 3 are less than 64. */
bool combine_holds(const struct combine *combine, uint64_t terms)
{
	uint64_t stack = 0;

	for (uint8_t i = 0; i < combine->step_count; i++) {
		uint8_t step = combine->steps[i];

		if (step < COMBINE_TERMS_MAX)
			stack = stack << 1 | (terms >> step & 1);
		else if (step == STEP_NOT)
			stack ^= 1;
		else if (step == STEP_AND)
			stack = stack >> 1 & (stack | ~UINT64_C(1));
		else
			stack = stack >> 1 | (stack & 1);
	}
	return stack & 1;
}
