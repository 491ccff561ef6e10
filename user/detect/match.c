/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "detect/compiled.h"
#include "detect/leet.h"
#include "detect/number_runs.h"
#include "detect/respell.h"
#include "detect/tokens.h"
#include "detect/words.h"

#define PHRASE_MARGIN_WORDS 4

struct matcher {
	const struct rules *rules;
	hs_scratch_t *scratch;
	struct fold *fold;
	struct fold_facts facts;
	struct tokens tokens;
	struct gate_run gate;
	uint64_t candidates[PACK_RULES_MAX / 64];	/* of the block at hand */
	uint32_t candidate_blocks;	/* how far back the farthest of them looks */
	uint32_t candidate_ahead;	/* words */
	uint32_t *tried;		/* by rule: it was tried at the words before this one, which is final */
	char *second;		/* the text with leetspeak and its like undone */
	size_t second_capacity;
	struct leet_words leet_words;

	/* Of the run at hand. */
	const struct match_input *input;
	const struct expressions *scanned;
	uint32_t opened;	/* databases that wait: a phrase that they need stands there */
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
	ready = matcher->fold && tokens_init(&matcher->tokens, rules->dictionary) == 0 &&
		gate_run_init(&matcher->gate, rules->gate) == 0;
	matcher->tried = calloc(rules->set.rule_count + 1, sizeof(*matcher->tried));
	ready = ready && matcher->tried;
	for (size_t i = 0; ready && i < rules->database_count; i++)
		if (rules->databases[i].database)
			ready = hs_alloc_scratch(rules->databases[i].database, &matcher->scratch) == HS_SUCCESS;
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
	gate_run_done(&matcher->gate);
	free(matcher->tried);
	free(matcher->second);
	free(matcher);
}

const struct fold_facts *matcher_facts(const struct matcher *matcher)
{
	return &matcher->facts;
}

uint32_t matcher_leet_words(const struct matcher *matcher)
{
	return matcher->leet_words.signs;
}

/* ---- expressions and numbers ---- */

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

static void take_original(struct matcher *matcher, uint32_t rule, uint32_t end)
{
	struct match match = { .rule = rule, .start = start_of(matcher, rule, end), .end = end };

	if (accept_match(matcher, rule, matcher->input->text, &match))
		matcher->fn(matcher->ctx, &match);
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

static void take_folded(struct matcher *matcher, uint32_t rule, uint32_t end)
{
	struct match match = { .rule = rule, .start = start_of(matcher, rule, end), .end = end };

	if (accept_match(matcher, rule, matcher->folded, &match))
		give_folded(matcher, rule, match.start, match.end, match.weak);
}

static int on_expression(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct matcher *matcher = ctx;
	uint32_t rule = matcher->scanned->rules[id];

	(void)from;
	(void)flags;
	if (matcher->scanned->folded)
		take_folded(matcher, rule, (uint32_t)to);
	else
		take_original(matcher, rule, (uint32_t)to);
	return 0;
}

static void scan_one(struct matcher *matcher, const struct expressions *expressions, struct slice text)
{
	matcher->scanned = expressions;
	if (expressions->database && text.len > 0)
		(void)hs_scan(expressions->database, text.ptr, (unsigned int)text.len, 0, matcher->scratch, on_expression,
			      matcher);
}

/* The databases that wait, and of which a phrase was seen that they need. */
static void scan_waiting(struct matcher *matcher, bool folded, struct slice text)
{
	const struct expressions *databases = matcher->rules->databases;

	for (uint32_t opened = matcher->opened; opened; opened &= opened - 1) {
		const struct expressions *expressions = &databases[__builtin_ctz(opened)];

		if (expressions->folded == folded)
			scan_one(matcher, expressions, text);
	}
}

/* An end as an expression has it: of the digits, and of one sign that is none. */
static void on_number(void *ctx, uint32_t digits, uint32_t end)
{
	struct matcher *matcher = ctx;
	const struct rules *rules = matcher->rules;

	end += end < matcher->input->text.len;
	for (size_t i = 0; i < rules->digits_count; i++)
		if (digits >= rules->set.rules[rules->digits[i]].digits)
			take_original(matcher, rules->digits[i], end);
}

/* ---- words ---- */

static bool is_candidate(const struct matcher *matcher, uint32_t rule)
{
	return matcher->candidates[rule / 64] >> (rule % 64) & 1;
}

/* The candidates that a phrase of this concept anchors. */
static void try_phrase(struct matcher *matcher, uint32_t at, const struct token_phrase *phrase)
{
	const struct rules *rules = matcher->rules;
	const struct tokens *tokens = &matcher->tokens;
	uint32_t first, last;

	for (uint32_t i = rules->anchor_index[phrase->concept]; i < rules->anchor_index[phrase->concept + 1]; i++) {
		uint32_t rule = rules->anchored[i].rule;

		if (is_candidate(matcher, rule) && at >= matcher->tried[rule] &&
		    sequence_try(rules->compiled[rule].sequence, tokens, at, phrase, &first, &last))
			give_folded(matcher, rule, tokens->tokens[first].start, tokens->tokens[last].end, false);
	}
}

static void on_gate(void *ctx, uint32_t rule, uint32_t blocks)
{
	struct matcher *matcher = ctx;
	uint32_t ahead = matcher->rules->compiled[rule].words_ahead;

	matcher->candidates[rule / 64] |= UINT64_C(1) << (rule % 64);
	if (blocks > matcher->candidate_blocks)
		matcher->candidate_blocks = blocks;
	if (ahead > matcher->candidate_ahead)
		matcher->candidate_ahead = ahead;
}

/* The words before `end` that have all behind them that a rule looks at need no second try. */
static void note_tried(struct matcher *matcher, uint32_t end)
{
	const struct tokens *tokens = &matcher->tokens;

	for (size_t i = 0; i < PACK_RULES_MAX / 64; i++) {
		for (uint64_t left = matcher->candidates[i]; left; left &= left - 1) {
			size_t rule = 64 * i + (size_t)__builtin_ctzll(left);
			uint32_t ahead = matcher->rules->compiled[rule].words_ahead;
			uint32_t final = tokens->ready_to > ahead ? tokens->ready_to - ahead : 0;

			matcher->tried[rule] = tokens->ready_to == tokens->count || final > end ? end : final;
		}
	}
}

/* Words of this block and of those before it may be a match. A phrase may begin
 * before, and end behind, the word that opened the gate. */
static void try_candidates(struct matcher *matcher, uint32_t block)
{
	const struct tokens *tokens = &matcher->tokens;
	uint32_t end = (block + 1) * GATE_BLOCK_WORDS;
	uint32_t words = matcher->candidate_blocks * GATE_BLOCK_WORDS + PHRASE_MARGIN_WORDS;
	uint32_t from = end > words ? end - words : 0;

	tokens_ready(&matcher->tokens, from, end + matcher->candidate_ahead);
	for (uint32_t at = from; at < end && at < tokens->ready_to; at++)
		for (uint32_t i = 0; i < tokens->tokens[at].phrase_count; i++)
			try_phrase(matcher, at, &tokens->phrases[tokens->tokens[at].first_phrase + i]);
	note_tried(matcher, end);
	memset(matcher->candidates, 0, sizeof(matcher->candidates));
	matcher->candidate_blocks = matcher->candidate_ahead = 0;
}

static void turn(struct matcher *matcher)
{
	uint32_t block = matcher->gate.block;

	gate_turn(&matcher->gate, on_gate, matcher);
	if (matcher->candidate_blocks > 0)
		try_candidates(matcher, block);
}

/* Rules that ask for nothing but a phrase of `node`, which is the words from `first` to `last`. */
static void give_alone(struct matcher *matcher, uint32_t node, uint32_t first, uint32_t last)
{
	const struct rules *rules = matcher->rules;
	const struct token *tokens = matcher->tokens.tokens;
	size_t count;
	const uint32_t *concepts = dictionary_concepts(rules->dictionary, node, &count);

	for (size_t k = 0; k < count; k++) {
		if (concepts[k] >= rules->first_need)
			matcher->opened |= 1u << (DATABASES_FIXED + concepts[k] - rules->first_need);
		for (uint32_t i = rules->anchor_index[concepts[k]]; i < rules->anchor_index[concepts[k] + 1]; i++)
			if (rules->anchored[i].alone)
				give_folded(matcher, rules->anchored[i].rule, tokens[first].start, tokens[last].end, false);
	}
}

/* Phrases that begin with the word at `first`; `node` is that of the words up to
 * and with the one at `last`. */
static void take_phrases(struct matcher *matcher, uint32_t node, uint32_t first, uint32_t last)
{
	const struct tokens *tokens = &matcher->tokens;
	const struct token *next = &tokens->tokens[last + 1];
	const struct gate_key *key = &matcher->rules->gate->keys[node];

	gate_take(&matcher->gate, node);
	if (key->alone)
		give_alone(matcher, node, first, last);
	if (!key->goes_on || last + 1 == tokens->count || last - first + 1 == PHRASE_WORDS_MAX)
		return;
	for (uint32_t i = 0; i < next->id_count; i++) {
		uint32_t step = dictionary_step(tokens->dictionary, node, tokens->ids[next->first_id + i]);

		if (step && !tokens_part(tokens, last + 1))
			take_phrases(matcher, step, first, last + 1);
	}
}

static void take_word(struct matcher *matcher, uint32_t at)
{
	const struct tokens *tokens = &matcher->tokens;
	const struct token *token = &tokens->tokens[at];

	for (uint32_t i = 0; i < token->id_count; i++) {
		uint32_t node = dictionary_begin(tokens->dictionary, tokens->ids[token->first_id + i]);

		if (node)
			take_phrases(matcher, node, at, at);
	}
}

static void look_at_words(struct matcher *matcher)
{
	const struct tokens *tokens = &matcher->tokens;

	gate_run_reset(&matcher->gate);
	memset(matcher->tried, 0, matcher->rules->set.rule_count * sizeof(*matcher->tried));
	for (uint32_t at = 0; at < tokens->count; at++) {
		take_word(matcher, at);
		if (at % GATE_BLOCK_WORDS == GATE_BLOCK_WORDS - 1 || at + 1 == tokens->count)
			turn(matcher);
	}
}

static void scan_folded(struct matcher *matcher, struct slice text, bool unfolded)
{
	const struct expressions *databases = matcher->rules->databases;

	matcher->folded = text;
	matcher->unfolded = unfolded;
	scan_one(matcher, &databases[DATABASE_FOLDED], text);
	for (uint32_t from = 0; from < text.len;) {
		from = tokens_cut(&matcher->tokens, text, from, from == 0 && !matcher->input->precedes);
		look_at_words(matcher);
	}
	scan_waiting(matcher, true, text);
}

static bool have_second(struct matcher *matcher, size_t bytes)
{
	char *larger;

	if (matcher->second_capacity >= bytes)
		return true;
	larger = realloc(matcher->second, bytes);
	if (!larger)
		return false;
	matcher->second = larger;
	matcher->second_capacity = bytes;
	return true;
}

/* What is written in leetspeak, look-alikes, pieces, or repeated letters, is read once more as it is meant. */
static void scan_second(struct matcher *matcher, struct slice folded)
{
	const struct dictionary *dictionary = matcher->rules->dictionary;
	bool leet = leet_suspected(folded, &matcher->facts), split = respell_suspected(folded);
	bool again = false;

	if ((!leet && !split) || !have_second(matcher, folded.len))
		return;
	if (leet) {
		matcher->leet_words = leet_undo(dictionary, folded, matcher->second);
		again = matcher->leet_words.signs + matcher->leet_words.letters >= LEET_WORDS_MIN;
	} else {
		memcpy(matcher->second, folded.ptr, folded.len);
	}
	if (split)
		again |= respell(dictionary, matcher->second, folded.len) > 0;
	if (again)
		scan_folded(matcher, (struct slice){ matcher->second, folded.len }, true);
}

void matcher_run(struct matcher *matcher, const struct match_input *input, match_fn fn, void *ctx)
{
	struct slice text = input->text, folded;

	matcher->input = input;
	matcher->fn = fn;
	matcher->ctx = ctx;
	matcher->leet_words = (struct leet_words){ 0, 0 };
	memset(&matcher->facts, 0, sizeof(matcher->facts));
	if (text.len == 0)
		return;
	matcher->opened = 0;
	scan_one(matcher, &matcher->rules->databases[DATABASE_ORIGINAL], text);
	if (matcher->rules->digits_count > 0)
		number_runs_find(text, matcher->rules->digits_min, on_number, matcher);
	if (fold_text(matcher->fold, text, &folded, &matcher->facts) < 0) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	scan_folded(matcher, folded, !fold_is_plain(matcher->fold));
	scan_waiting(matcher, false, text);
	scan_second(matcher, folded);
}
