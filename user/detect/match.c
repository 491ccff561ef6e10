/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "detect/compiled.h"
#include "detect/leet.h"
#include "detect/nearby.h"
#include "detect/tokens.h"
#include "detect/words.h"

#define SPANS_MAX 256		/* of one text; the last one takes in what would be more */
#define LEET_WORDS_MIN 2	/* in a text: one may be a name */
#define JOINED_BYTES 14		/* letters in a row that may be several words */

struct span {
	uint32_t from, to;
};

struct matcher {
	const struct rules *rules;
	hs_scratch_t *scratch;
	struct fold *fold;
	struct fold_facts facts;
	struct tokens tokens;
	struct nearby nearby;
	struct span spans[SPANS_MAX];
	size_t span_count;
	char *leet;		/* the text with leetspeak undone */
	size_t leet_capacity;
	uint32_t leet_words;

	/* Of the run at hand. */
	const struct match_input *input;
	struct slice folded;
	bool unfolded;		/* what is being looked at differs from the original in more than case and blanks */
	match_fn fn;
	void *ctx;
};

struct matcher *matcher_new(const struct rules *rules)
{
	struct matcher *matcher = calloc(1, sizeof(*matcher));
	bool ready;

	if (!matcher)
		return NULL;
	matcher->rules = rules;
	matcher->fold = fold_new();
	ready = matcher->fold && tokens_init(&matcher->tokens) == 0 &&
		nearby_init(&matcher->nearby, rules) == 0;
	if (ready && rules->original)
		ready = hs_alloc_scratch(rules->original, &matcher->scratch) == HS_SUCCESS;
	if (ready && rules->folded)
		ready = hs_alloc_scratch(rules->folded, &matcher->scratch) == HS_SUCCESS;
	if (ready)
		return matcher;
	matcher_free(matcher);
	return NULL;
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	(void)hs_free_scratch(matcher->scratch);
	fold_free(matcher->fold);
	tokens_done(&matcher->tokens);
	nearby_done(&matcher->nearby);
	free(matcher->leet);
	free(matcher);
}

const struct fold_facts *matcher_facts(const struct matcher *matcher)
{
	return &matcher->facts;
}

uint32_t matcher_leet_words(const struct matcher *matcher)
{
	return matcher->leet_words;
}

/* ---- expressions ---- */

/* A match in `text`; of a rule's own check, if it has one. */
static bool accept_match(const struct matcher *matcher, uint32_t rule, struct slice text, struct match *match)
{
	const struct compiled_rule *compiled = &matcher->rules->compiled[rule];
	struct check_match check = {
		.text = text,
		.start = match->start,
		.end = match->end,
		.args = compiled->rule->check_args ? compiled->rule->check_args : "",
		.state = &matcher->input->state[rule],
		.precedes = matcher->input->precedes,
		.follows = matcher->input->follows,
		.now_unix_s = matcher->input->now_unix_s,
	};
	enum check_result result;

	if (!compiled->check)
		return true;
	result = compiled->check->accept(&check);
	match->start = check.start;
	match->end = check.end;
	match->weak = result == CHECK_WEAK;
	return result != CHECK_NO;
}

/* Hyperscan tells only the end; the start is exact where all matches are of one width. */
static uint32_t start_of(const struct matcher *matcher, uint32_t rule, uint32_t end)
{
	uint32_t width = matcher->rules->compiled[rule].width;

	return end > width ? end - width : 0;
}

static int on_original(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct matcher *matcher = ctx;
	uint32_t rule = matcher->rules->original_rules[id];
	struct match match = { .rule = rule, .start = start_of(matcher, rule, (uint32_t)to), .end = (uint32_t)to };

	(void)from;
	(void)flags;
	if (accept_match(matcher, rule, matcher->input->text, &match))
		matcher->fn(matcher->ctx, &match);
	return 0;
}

static void give_folded(struct matcher *matcher, uint32_t rule, uint32_t start, uint32_t end, bool weak)
{
	struct match match = {
		.rule = rule,
		.start = fold_original(matcher->fold, start),
		.end = fold_original(matcher->fold, end),
		.folded = matcher->unfolded,
		.weak = weak,
	};

	matcher->fn(matcher->ctx, &match);
}

static void take_expression(struct matcher *matcher, uint32_t rule, uint32_t end)
{
	struct match match = { .rule = rule, .start = start_of(matcher, rule, end), .end = end };

	if (accept_match(matcher, rule, matcher->folded, &match))
		give_folded(matcher, rule, match.start, match.end, match.weak);
}

/* ---- where words have to be looked at ---- */

/* Hyperscan reports in the order of ends. */
static void add_span(struct matcher *matcher, uint32_t at, uint32_t back, uint32_t ahead)
{
	uint32_t from = at > back ? at - back : 0;
	uint32_t to = at + ahead < matcher->folded.len ? at + ahead : (uint32_t)matcher->folded.len;
	struct span *last = matcher->span_count > 0 ? &matcher->spans[matcher->span_count - 1] : NULL;

	if (!last || (from > last->to && matcher->span_count < SPANS_MAX)) {
		matcher->spans[matcher->span_count++] = (struct span){ from, to };
		return;
	}
	last->from = from < last->from ? from : last->from;
	last->to = to > last->to ? to : last->to;
}

static bool is_letter(char byte)
{
	return (unsigned char)(byte - 'a') < 26;
}

/* Within a word of ASCII a literal is no word of its own, unless so many letters
 * stand in a row that they are words run together. */
static bool may_be_word(struct slice text, uint32_t end, const struct literal *literal)
{
	uint32_t start = end - literal->bytes, from = start, to = end;

	while (from > 0 && start - from < JOINED_BYTES && is_letter(text.ptr[from - 1]))
		from--;
	if (from == start && (!literal->whole || to == text.len || !is_letter(text.ptr[to])))
		return true;
	while (to < text.len && to - from < JOINED_BYTES && is_letter(text.ptr[to]))
		to++;
	return to - from >= JOINED_BYTES;
}

static void take_literal(struct matcher *matcher, unsigned int literal, uint32_t at)
{
	uint32_t back, ahead;

	if (nearby_take(&matcher->nearby, &matcher->rules->literals[literal], at, &back, &ahead))
		add_span(matcher, at, back, ahead);
}

static int on_folded(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct matcher *matcher = ctx;
	const struct rules *rules = matcher->rules;
	uint32_t end = (uint32_t)to;

	(void)from;
	(void)flags;
	if (id >= rules->literal_count)
		take_expression(matcher, rules->folded_rules[id - rules->literal_count], end);
	else if (may_be_word(matcher->folded, end, &rules->literals[id]))
		take_literal(matcher, id, end);
	return 0;
}

/* ---- sequences ---- */

static void try_phrase(struct matcher *matcher, uint32_t at, const struct token_phrase *phrase)
{
	const struct rules *rules = matcher->rules;
	const struct tokens *tokens = &matcher->tokens;
	uint32_t first, last;

	for (uint32_t i = rules->anchor_index[phrase->concept]; i < rules->anchor_index[phrase->concept + 1]; i++) {
		uint32_t rule = rules->anchored[i].rule;

		if (sequence_try(rules->compiled[rule].sequence, tokens, at, phrase, &first, &last))
			give_folded(matcher, rule, tokens->tokens[first].start, tokens->tokens[last].end, false);
	}
}

static void try_sequences(struct matcher *matcher)
{
	const struct tokens *tokens = &matcher->tokens;

	for (uint32_t at = 0; at < tokens->count; at++) {
		const struct token *token = &tokens->tokens[at];

		for (uint32_t i = 0; i < token->phrase_count; i++)
			try_phrase(matcher, at, &tokens->phrases[token->first_phrase + i]);
	}
}

/* A span begins and ends between words. */
static uint32_t to_border(struct slice text, uint32_t at)
{
	uint32_t limit = at + WORD_BYTES_MAX;

	while (at > 0 && at < text.len && at < limit &&
	       (word_is_ascii((unsigned char)text.ptr[at]) || (unsigned char)text.ptr[at] >= 0x80) &&
	       (word_is_ascii((unsigned char)text.ptr[at - 1]) || (unsigned char)text.ptr[at - 1] >= 0x80))
		at++;
	/* Of a run without blanks: between characters. */
	while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void look_at_words(struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->span_count; i++) {
		uint32_t from = to_border(matcher->folded, matcher->spans[i].from);
		uint32_t to = to_border(matcher->folded, matcher->spans[i].to);

		stats_add(STAT_DETECT_BYTES_WORDS, to - from);
		while (from < to) {
			from = tokens_cut(&matcher->tokens, matcher->rules->dictionary, matcher->folded, from, to);
			try_sequences(matcher);
		}
	}
}

static void scan_folded(struct matcher *matcher, struct slice text, bool unfolded)
{
	matcher->folded = text;
	matcher->unfolded = unfolded;
	matcher->span_count = 0;
	nearby_reset(&matcher->nearby);
	if (!matcher->rules->folded || text.len == 0)
		return;
	(void)hs_scan(matcher->rules->folded, text.ptr, (unsigned int)text.len, 0, matcher->scratch, on_folded, matcher);
	look_at_words(matcher);
}

static void scan_leet(struct matcher *matcher, struct slice folded)
{
	if (!leet_suspected(folded))
		return;
	if (matcher->leet_capacity < folded.len) {
		char *larger = realloc(matcher->leet, folded.len);

		if (!larger)
			return;
		matcher->leet = larger;
		matcher->leet_capacity = folded.len;
	}
	matcher->leet_words = leet_undo(matcher->rules->dictionary, folded, matcher->leet);
	if (matcher->leet_words >= LEET_WORDS_MIN)
		scan_folded(matcher, (struct slice){ matcher->leet, folded.len }, true);
}

void matcher_run(struct matcher *matcher, const struct match_input *input, match_fn fn, void *ctx)
{
	struct slice text = input->text, folded;

	matcher->input = input;
	matcher->fn = fn;
	matcher->ctx = ctx;
	matcher->leet_words = 0;
	memset(&matcher->facts, 0, sizeof(matcher->facts));
	if (text.len == 0)
		return;
	if (matcher->rules->original)
		(void)hs_scan(matcher->rules->original, text.ptr, (unsigned int)text.len, 0, matcher->scratch, on_original,
			      matcher);
	if (fold_text(matcher->fold, text, &folded, &matcher->facts) < 0) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	scan_folded(matcher, folded, !fold_is_plain(matcher->fold));
	scan_leet(matcher, folded);
}
