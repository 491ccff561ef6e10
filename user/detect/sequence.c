/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/sequence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 4096	/* of one try */
#define UNLESS_WITHIN_DEFAULT 4
#define NEAR_WITHIN_DEFAULT 8

/* ---- compiling ---- */

struct compiler {
	const struct concept_source *source;
	char *error;
};

static int problem(const struct compiler *compiler, const char *what, struct slice where)
{
	(void)snprintf(compiler->error, PACK_ERROR_BYTES, "%s at \"%.*s\"", what, (int)(where.len < 60 ? where.len : 60),
		       where.ptr);
	return -EINVAL;
}

static int add_concept(const struct compiler *compiler, struct term *term, int concept, struct slice name)
{
	uint8_t longest;

	if (concept < 0)
		return problem(compiler, concept == -ENOENT ? "no such concept" : "it cannot be used", name);
	if (term->concept_count == TERM_CONCEPTS_MAX)
		return problem(compiler, "too many concepts in one term", name);
	term->concepts[term->concept_count++] = (uint32_t)concept;
	term->bits |= concept_bit((uint32_t)concept);
	longest = compiler->source->longest(compiler->source->ctx, (uint32_t)concept);
	term->longest = longest > term->longest ? longest : term->longest;
	return 0;
}

/* "{a|b}" without its braces. */
static int read_concepts(const struct compiler *compiler, struct slice list, struct term *term)
{
	while (list.len > 0) {
		const char *bar = memchr(list.ptr, '|', list.len);
		struct slice name = { list.ptr, bar ? (size_t)(bar - list.ptr) : list.len };
		int err = add_concept(compiler, term, compiler->source->named(compiler->source->ctx, name), name);

		if (err < 0)
			return err;
		list.ptr += name.len + (bar != NULL);
		list.len -= name.len + (bar != NULL);
	}
	return term->concept_count > 0 ? 0 : problem(compiler, "empty braces", list);
}

static int read_term(const struct compiler *compiler, struct slice text, struct term *term)
{
	if (text.len > 1 && text.ptr[text.len - 1] == '?') {
		term->optional = true;
		text.len--;
	}
	if (text.ptr[0] != '{')
		return add_concept(compiler, term, compiler->source->word(compiler->source->ctx, text), text);
	if (text.ptr[text.len - 1] != '}')
		return problem(compiler, "a brace is not closed; write {name} or {name}?", text);
	return read_concepts(compiler, (struct slice){ text.ptr + 1, text.len - 2 }, term);
}

static bool next_piece(const char **at, struct slice *ret)
{
	*at += strspn(*at, " \t\r\n");
	*ret = (struct slice){ *at, strcspn(*at, " \t\r\n") };
	*at += ret->len;
	return ret->len > 0;
}

static bool is_number(struct slice text)
{
	return strspn(text.ptr, "0123456789") >= text.len;
}

static int read_gap(const struct compiler *compiler, struct slice text, unsigned int *ret)
{
	unsigned long gap = strtoul(text.ptr, NULL, 10);

	if (text.len > 3 || gap > GAP_WORDS_MAX)
		return problem(compiler, "a gap is 60 words at most", text);
	*ret = (unsigned int)gap;
	return 0;
}

static int read_terms(const struct compiler *compiler, const char *body, struct term *terms, uint32_t *ret_count,
		      bool *ret_beginning)
{
	unsigned int gap = 0;
	struct slice text;
	uint32_t count = 0;
	int err;

	while (next_piece(&body, &text)) {
		if (count == 0 && text.ptr[0] == '^' && ret_beginning) {
			*ret_beginning = true;
			text.ptr++;
			text.len--;
			if (text.len == 0)
				continue;
		}
		if (is_number(text)) {
			err = read_gap(compiler, text, &gap);
			if (err < 0)
				return err;
			continue;
		}
		if (count == TERMS_MAX)
			return problem(compiler, "a rule has 12 terms at most", text);
		terms[count] = (struct term){ .gap = (uint8_t)gap };
		err = read_term(compiler, text, &terms[count]);
		if (err < 0)
			return err;
		count++;
		gap = 0;
	}
	*ret_count = count;
	return 0;
}

static size_t term_cost(const struct compiler *compiler, const struct term *term)
{
	size_t cost = 0;

	for (uint32_t i = 0; i < term->concept_count; i++)
		cost += compiler->source->cost(compiler->source->ctx, term->concepts[i]);
	return cost;
}

struct sequence_reach sequence_reach(const struct sequence *sequence, uint32_t term)
{
	uint32_t itself = sequence->terms[term].longest - 1u;
	struct sequence_reach reach = { itself, itself };

	if (sequence->within > 0)
		return (struct sequence_reach){ itself + sequence->within, itself + sequence->within };
	for (uint32_t i = 0; i < sequence->term_count; i++) {
		if (i < term)
			reach.back += sequence->terms[i].longest + sequence->terms[i + 1].gap;
		if (i > term)
			reach.ahead += sequence->terms[i].longest + sequence->terms[i].gap;
	}
	return reach;
}

uint32_t sequence_excepts(const struct sequence *sequence)
{
	return sequence->unless_count > 0 ? sequence->unless_within : 0;
}

static int choose_anchor(const struct compiler *compiler, struct sequence *sequence)
{
	size_t costs[TERMS_MAX];

	for (uint32_t i = 0; i < sequence->term_count; i++) {
		uint32_t at = sequence->required_count;

		costs[i] = term_cost(compiler, &sequence->terms[i]);
		if (sequence->terms[i].optional)
			continue;
		for (; at > 0 && costs[sequence->required[at - 1]] > costs[i]; at--)
			sequence->required[at] = sequence->required[at - 1];
		sequence->required[at] = i;
		sequence->required_count++;
	}
	if (sequence->required_count == 0)
		return problem(compiler, "each term is optional; one has to be required", (struct slice){ "", 0 });
	sequence->anchor = sequence->required[0];
	return 0;
}

/* Most have a few terms of the many that they may have. */
static int keep_terms(struct sequence *sequence)
{
	struct term *terms = calloc(sequence->term_count + sequence->unless_count, sizeof(*terms));

	if (!terms)
		return -ENOMEM;
	memcpy(terms, sequence->terms, sequence->term_count * sizeof(*terms));
	memcpy(terms + sequence->term_count, sequence->unless, sequence->unless_count * sizeof(*terms));
	sequence->terms = terms;
	sequence->unless = terms + sequence->term_count;
	return 0;
}

int sequence_compile(const struct pack_rule *rule, const struct concept_source *source, struct sequence *ret,
		     char ret_error[PACK_ERROR_BYTES])
{
	struct compiler compiler = { .source = source, .error = ret_error };
	struct term terms[TERMS_MAX], unless[TERMS_MAX];
	struct sequence sequence = {
		.terms = terms,
		.unless = unless,
		.across = rule->across,
		.within = rule->kind != RULE_NEAR ? 0 : rule->within ? rule->within : NEAR_WITHIN_DEFAULT,
		.unless_within = rule->unless_within ? rule->unless_within : UNLESS_WITHIN_DEFAULT,
	};
	int err;

	err = rule->unless ? read_terms(&compiler, rule->unless, unless, &sequence.unless_count, NULL) : 0;
	if (err == 0)
		err = read_terms(&compiler, rule->body, terms, &sequence.term_count, &sequence.at_beginning);
	if (err == 0)
		err = choose_anchor(&compiler, &sequence);
	if (err == 0)
		err = keep_terms(&sequence);
	if (err == 0)
		*ret = sequence;
	return err;
}

void sequence_done(struct sequence *sequence)
{
	free((void *)sequence->terms);
}

/* ---- matching ---- */

#define FAILED_WORDS 128	/* behind the anchor */

struct attempt {
	const struct sequence *sequence;
	struct tokens *tokens;
	uint32_t sentence;	/* of the anchor */
	uint32_t steps;
	uint32_t behind;	/* the anchor */
	uint64_t failed[TERMS_MAX][FAILED_WORDS / 64];	/* by word behind the anchor: terms from that one on do not
							 * match there. Many ways lead to the same word */
};

static bool is_within_sentence(const struct attempt *attempt, uint32_t at)
{
	return attempt->sequence->across || attempt->tokens->facts[at].sentence == attempt->sentence;
}

/* Phrases of `term` that begin at a word, one after the other: the words of the
 * next from *i on, 0: there is none. */
static uint32_t next_phrase(const struct attempt *attempt, const struct term *term, uint32_t at, uint32_t *i)
{
	struct tokens *tokens = attempt->tokens;
	const struct token_found *found;

	if (!(tokens->facts[at].concepts & term->bits))
		return 0;
	found = tokens_phrases(tokens, at);
	while (*i < found->count) {
		const struct token_phrase *phrase = &tokens->phrases[found->first + (*i)++];

		if (term_has(term, phrase->concept))
			return phrase->words;
	}
	return 0;
}

static bool spent(struct attempt *attempt)
{
	attempt->tokens->steps++;
	return ++attempt->steps > STEPS_MAX;
}

static bool match_forward(struct attempt *attempt, uint32_t term, uint32_t at, uint32_t *last);

/* The same without a look at what is known to fail. */
static bool find_forward(struct attempt *attempt, uint32_t term, uint32_t at, uint32_t *last)
{
	const struct term *next = &attempt->sequence->terms[term];

	for (uint32_t gap = 0; gap <= next->gap && at + gap < attempt->tokens->ready_to; gap++) {
		uint32_t i = 0, words;

		if (spent(attempt) || !is_within_sentence(attempt, at + gap))
			break;
		while ((words = next_phrase(attempt, next, at + gap, &i)) > 0) {
			uint32_t end = at + gap + words - 1;

			if (match_forward(attempt, term + 1, end + 1, last)) {
				*last = end > *last ? end : *last;
				return true;
			}
		}
	}
	return next->optional && match_forward(attempt, term + 1, at, last);
}

/* Terms from `term` on, the first of which begins at `at` or up to its gap later. *last: where the match ends so far. */
static bool match_forward(struct attempt *attempt, uint32_t term, uint32_t at, uint32_t *last)
{
	uint32_t word = at - attempt->behind;

	if (term == attempt->sequence->term_count)
		return true;
	if (word >= FAILED_WORDS)
		return find_forward(attempt, term, at, last);
	if (attempt->failed[term][word / 64] >> (word % 64) & 1)
		return false;
	if (find_forward(attempt, term, at, last))
		return true;
	attempt->failed[term][word / 64] |= UINT64_C(1) << (word % 64);
	return false;
}

static bool may_begin_at(const struct attempt *attempt, uint32_t at)
{
	return !attempt->sequence->at_beginning || attempt->tokens->facts[at].begins;
}

/* Terms before `term`, the last of which ends at `before` - 1 or up to the gap of `term` earlier. */
static bool match_backward(struct attempt *attempt, uint32_t term, uint32_t before, uint32_t gap_max, uint32_t *first)
{
	const struct term *previous;

	if (term == 0)
		return may_begin_at(attempt, before);
	previous = &attempt->sequence->terms[term - 1];
	for (uint32_t back = 1; back <= gap_max + previous->longest && back <= before - attempt->tokens->ready_from; back++) {
		uint32_t at = before - back, i = 0, words;

		if (spent(attempt) || !is_within_sentence(attempt, at))
			break;
		while ((words = next_phrase(attempt, previous, at, &i)) > 0) {
			if (words > back || back - words > gap_max)
				continue;
			if (match_backward(attempt, term - 1, at, previous->gap, first)) {
				*first = at < *first ? at : *first;
				return true;
			}
		}
	}
	/* Without it the next one keeps the wider of the two gaps. */
	return previous->optional &&
	       match_backward(attempt, term - 1, before, gap_max > previous->gap ? gap_max : previous->gap, first);
}

static bool match_in_order(struct attempt *attempt, uint32_t at, uint32_t words, uint32_t *first, uint32_t *last)
{
	const struct sequence *sequence = attempt->sequence;

	return match_backward(attempt, sequence->anchor, at, sequence->terms[sequence->anchor].gap, first) &&
	       match_forward(attempt, sequence->anchor + 1, at + words, last);
}

/* The nearest phrase of a term within [from, to] that does not lie on the anchor. */
static bool find_near(struct attempt *attempt, const struct term *term, uint32_t from, uint32_t to, uint32_t anchor_first,
		      uint32_t anchor_last, uint32_t *first, uint32_t *last)
{
	for (uint32_t at = from; at <= to; at++) {
		uint32_t i = 0, words;

		if (spent(attempt))
			return false;
		if (!is_within_sentence(attempt, at))
			continue;
		while ((words = next_phrase(attempt, term, at, &i)) > 0) {
			uint32_t end = at + words - 1;

			if (end > to || (at <= anchor_last && end >= anchor_first))
				continue;
			*first = at < *first ? at : *first;
			*last = end > *last ? end : *last;
			return true;
		}
	}
	return false;
}

/* All terms within one stretch of `within` words that the anchor is in. */
static bool match_stretch(struct attempt *attempt, uint32_t from, uint32_t to, uint32_t *first, uint32_t *last)
{
	const struct sequence *sequence = attempt->sequence;
	uint32_t anchor_first = *first, anchor_last = *last;

	for (uint32_t i = 0; i < sequence->term_count; i++) {
		if (i == sequence->anchor || sequence->terms[i].optional)
			continue;
		if (!find_near(attempt, &sequence->terms[i], from, to, anchor_first, anchor_last, first, last))
			return false;
	}
	return may_begin_at(attempt, *first);
}

/* Whether all terms may stand from `from` to before `to`. */
static bool may_have_all(const struct attempt *attempt, uint32_t from, uint32_t to)
{
	const struct sequence *sequence = attempt->sequence;
	uint64_t concepts = 0;
	bool all = true;

	to = to < attempt->tokens->ready_to ? to : attempt->tokens->ready_to;
	attempt->tokens->steps += to - from;
	for (uint32_t at = from; at < to; at++)
		concepts |= attempt->tokens->facts[at].concepts;
	for (uint32_t i = 0; i < sequence->required_count; i++)
		all &= (sequence->terms[sequence->required[i]].bits & concepts) != 0;
	return all;
}

static bool match_any_order(struct attempt *attempt, uint32_t at, uint32_t words, uint32_t *first, uint32_t *last)
{
	uint32_t within = attempt->sequence->within > words ? attempt->sequence->within : words;
	uint32_t ready = attempt->tokens->ready_from;
	uint32_t from = at + words > within + ready ? at + words - within : ready;

	if (!may_have_all(attempt, from, at + within))
		return false;
	for (; from <= at; from++) {
		uint32_t to = from + within - 1, start = at, end = at + words - 1;

		if (to >= attempt->tokens->ready_to)
			to = attempt->tokens->ready_to - 1;
		if (match_stretch(attempt, from, to, &start, &end)) {
			*first = start;
			*last = end;
			return true;
		}
		if (to + 1 == attempt->tokens->ready_to)
			break;	/* later stretches are part of this one */
	}
	return false;
}

static bool is_excepted(struct attempt *attempt, uint32_t first, uint32_t last)
{
	const struct sequence *sequence = attempt->sequence;
	uint32_t ready = attempt->tokens->ready_from;
	uint32_t from = first > sequence->unless_within + ready ? first - sequence->unless_within : ready;
	uint32_t to = last + sequence->unless_within;

	for (uint32_t i = 0; i < sequence->unless_count; i++) {
		for (uint32_t at = from; at <= to && at < attempt->tokens->ready_to; at++) {
			uint32_t phrase = 0;

			attempt->tokens->steps++;
			if (is_within_sentence(attempt, at) &&
			    next_phrase(attempt, &sequence->unless[i], at, &phrase) > 0)
				return true;
		}
	}
	return false;
}

bool sequence_try(const struct sequence *sequence, struct tokens *tokens, uint32_t at,
		  struct token_phrase phrase, uint32_t *ret_first, uint32_t *ret_last)
{
	struct attempt attempt = {
		.sequence = sequence,
		.tokens = tokens,
		.sentence = tokens->facts[at].sentence,
		.behind = at + phrase.words,
	};
	uint32_t first = at, last = at + phrase.words - 1;

	if (sequence->within > 0 ? !match_any_order(&attempt, at, phrase.words, &first, &last) :
				   !match_in_order(&attempt, at, phrase.words, &first, &last))
		return false;
	if (is_excepted(&attempt, first, last))
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}
