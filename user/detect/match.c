/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "detect/compiled.h"
#include "detect/leet.h"
#include "detect/number_runs.h"
#include "detect/respell.h"
#include "detect/suspect.h"
#include "detect/tokens.h"
#include "detect/tokens_mend.h"

#define EDGE_BYTES 4		/* that borders of a match are told by */

/* What a database that waits has to look at: around what its matches hold. */
struct look {
	uint32_t from, to;	/* of its text, united of what overlaps; equal: nothing */
	bool listed;
	bool open;		/* something is there: all of the text is scanned */
};

struct matcher {
	const struct rules *rules;
	hs_scratch_t *scratch;
	hs_scratch_t *look_scratch;	/* of looks, which are taken while a scan goes on */
	struct fold *fold;
	struct fold_facts facts;
	struct tokens tokens;
	struct gate_run gate;
	uint64_t *tried;	/* by rule: it was tried at the words before this one, counted from `stretch` */
	uint64_t stretch;	/* words of all stretches before */
	char *second;		/* the text with leetspeak and its like undone */
	size_t second_capacity;
	struct leet_words leet_words;
	uint64_t scanned_bytes;	/* by Hyperscan so far, each time again */

	/* Of the run at hand. */
	const struct match_input *input;
	const struct expressions *scanned;
	struct look *looks;	/* by database; owned */
	uint32_t *listed;	/* databases that have something to look at; owned */
	uint32_t listed_count;
	struct slice folded;
	bool again;		/* it is read for the second time */
	bool unfolded;		/* what is being looked at differs from the original in more than case and blanks */
	match_fn fn;
	void *ctx;
};

static bool alloc_scratch(struct matcher *matcher, const struct expressions *expressions)
{
	if (!expressions->database)
		return true;
	return hs_alloc_scratch(expressions->database, &matcher->scratch) == HS_SUCCESS &&
	       (!expressions->waits || hs_alloc_scratch(expressions->database, &matcher->look_scratch) == HS_SUCCESS);
}

struct matcher *matcher_new(const struct rules *rules)
{
	struct matcher *matcher = calloc(1, sizeof(*matcher));
	bool ready;

	if (!matcher)
		return NULL;
	matcher->rules = rules;
	matcher->fold = fold_new();
	ready = matcher->fold && tokens_init(&matcher->tokens, rules->dictionary) == 0 &&
		gate_run_init(&matcher->gate, TOKENS_MAX) == 0;
	matcher->tried = calloc(rules->set.rule_count + 1, sizeof(*matcher->tried));
	matcher->looks = calloc(rules->database_count + 1, sizeof(*matcher->looks));
	matcher->listed = calloc(rules->database_count + 1, sizeof(*matcher->listed));
	ready = ready && matcher->tried && matcher->looks && matcher->listed;
	for (size_t i = 0; ready && i < rules->database_count; i++)
		ready = alloc_scratch(matcher, &rules->databases[i]);
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
	(void)hs_free_scratch(matcher->look_scratch);
	fold_free(matcher->fold);
	tokens_done(&matcher->tokens);
	gate_run_done(&matcher->gate);
	free(matcher->tried);
	free(matcher->looks);
	free(matcher->listed);
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

uint64_t matcher_steps(const struct matcher *matcher)
{
	return matcher->tokens.steps + matcher->gate.steps + matcher->scanned_bytes;
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

/* ---- databases that wait ---- */

static int on_some(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	bool *some = ctx;

	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	*some = true;
	return 1;
}

static struct slice text_of(const struct matcher *matcher, const struct expressions *expressions)
{
	return expressions->folded ? matcher->folded : matcher->input->text;
}

/* At the ends of what is looked at there may seem to be a match that is none, so this says only where there is none. */
static void look_at_it(struct matcher *matcher, const struct expressions *expressions, struct look *look)
{
	struct slice text = text_of(matcher, expressions), window = { text.ptr + look->from, look->to - look->from };
	bool some = false;

	if (look->open || window.len == 0)
		return;
	matcher->scanned_bytes += window.len;
	look->open = database_scan(expressions->database, true, window, matcher->look_scratch, on_some, &some) != HS_SUCCESS ||
		     some;
	look->from = look->to = 0;
}

/* Whether some of its rules count in the text. */
static bool counts(const struct matcher *matcher, const struct expressions *expressions)
{
	return matcher->input->places == 0 || (expressions->places & matcher->input->places);
}

/* A match would hold bytes from `from` to `to`. Looks that overlap become one, so that no byte is looked at again and
 * again where such bytes stand all over the text. */
static void look_around(struct matcher *matcher, uint32_t number, uint32_t from, uint32_t to)
{
	const struct expressions *expressions = &matcher->rules->databases[number];
	size_t len = text_of(matcher, expressions).len, reach = (size_t)expressions->width_max + EDGE_BYTES;
	struct look *look = &matcher->looks[number];

	if (!counts(matcher, expressions) || (expressions->anchored && from > expressions->width_max))
		return;
	if (!look->listed)
		matcher->listed[matcher->listed_count++] = number;
	look->listed = true;
	look->open |= expressions->width_max == WIDTH_UNBOUNDED;
	if (look->open)
		return;
	from = from > reach ? from - (uint32_t)reach : 0;
	to = (uint32_t)(to + reach < len ? to + reach : len);
	if (from > look->to || to < look->from) {
		look_at_it(matcher, expressions, look);
		look->from = from;
		look->to = to;
		return;
	}
	look->from = from < look->from ? from : look->from;
	look->to = to > look->to ? to : look->to;
}

static uint32_t before(uint32_t at, uint32_t count)
{
	return at > count ? at - count : 0;
}

static void on_trigger(struct matcher *matcher, const struct trigger *trigger, uint32_t end)
{
	const uint32_t *databases = &matcher->rules->trigger_databases[trigger->first];

	for (uint32_t i = 0; i < trigger->count; i++)
		look_around(matcher, databases[i], before(end, trigger->bytes), end);
}

/* ---- scanning ---- */

static int on_expression(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct matcher *matcher = ctx;
	const struct expressions *scanned = matcher->scanned;
	uint32_t rule;

	(void)from;
	(void)flags;
	if (id >= scanned->count) {
		if (id - scanned->count < scanned->trigger_count)
			on_trigger(matcher, &scanned->triggers[id - scanned->count], (uint32_t)to);
		return 0;
	}
	rule = scanned->rules[id];
	if (scanned->folded)
		take_folded(matcher, rule, (uint32_t)to);
	else
		take_original(matcher, rule, (uint32_t)to);
	return 0;
}

static void scan_one(struct matcher *matcher, const struct expressions *expressions, struct slice text)
{
	matcher->scanned = expressions;
	matcher->scanned_bytes += text.len;
	if (expressions->database && text.len > 0)
		(void)database_scan(expressions->database, expressions->waits, text, matcher->scratch, on_expression, matcher);
}

static void scan_always(struct matcher *matcher, bool folded, struct slice text)
{
	for (uint32_t i = folded; i < DATABASES_FIXED; i += 2)
		if (counts(matcher, &matcher->rules->databases[i]))
			scan_one(matcher, &matcher->rules->databases[i], text);
}

/* Those that wait for what stands in the original, or in folded text. */
static void scan_waiting(struct matcher *matcher, bool folded)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < matcher->listed_count; i++) {
		uint32_t number = matcher->listed[i];
		const struct expressions *expressions = &matcher->rules->databases[number];
		struct look *look = &matcher->looks[number];

		if (expressions->folded != folded) {
			matcher->listed[left++] = number;
			continue;
		}
		look_at_it(matcher, expressions, look);
		if (look->open)
			scan_one(matcher, expressions, text_of(matcher, expressions));
		*look = (struct look){ 0 };
	}
	matcher->listed_count = left;
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

/* A rule, with a phrase of its anchor that begins at `at`. */
static void try_rule(struct matcher *matcher, uint32_t rule, uint32_t at, struct token_phrase phrase)
{
	struct tokens *tokens = &matcher->tokens;
	uint32_t first, last;

	if (sequence_try(matcher->rules->compiled[rule].sequence, tokens, at, phrase, &first, &last))
		give_folded(matcher, rule, tokens->tokens[first].start, tokens->tokens[last].end, false);
}

/* All phrases of its anchor that begin at `at`. */
static void try_phrases(struct matcher *matcher, uint32_t rule, uint32_t at)
{
	const struct sequence *sequence = matcher->rules->compiled[rule].sequence;
	const struct term *anchor = &sequence->terms[sequence->anchor];
	struct tokens *tokens = &matcher->tokens;

	/* A try may make room for its own phrases: they are asked for each time. */
	for (uint32_t i = 0; i < tokens_phrases(tokens, at)->count; i++) {
		struct token_phrase phrase = tokens->phrases[tokens->found[at].first + i];

		if (term_has(anchor, phrase.concept))
			try_rule(matcher, rule, at, phrase);
	}
}

/* Whether a phrase of the term begins there. */
static bool begins(struct matcher *matcher, const struct term *term, uint32_t at)
{
	const struct token_found *found;

	if (!(tokens_concepts(&matcher->tokens, at) & term->bits))
		return false;
	found = tokens_phrases(&matcher->tokens, at);
	for (uint32_t i = 0; i < found->count; i++)
		if (term_has(term, matcher->tokens.phrases[found->first + i].concept))
			return true;
	return false;
}

/* Whether phrases of all of its terms may begin in words from `from` to before `to`: dear to find out, cheap to
 * rule out. */
static bool may_begin_all(struct matcher *matcher, const struct sequence *sequence, uint32_t from, uint32_t to)
{
	uint64_t openings = 0;
	bool all = true;

	matcher->tokens.steps += to - from;
	for (uint32_t at = from; at < to; at++)
		openings |= tokens_concepts(&matcher->tokens, at);
	for (uint32_t i = 0; i < sequence->required_count; i++)
		all &= (sequence->terms[sequence->required[i]].bits & openings) != 0;
	return all;
}

static uint32_t behind(const struct matcher *matcher, uint32_t at, uint32_t words)
{
	return at + words < matcher->tokens.count ? at + words : matcher->tokens.count;
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t sooner(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A match lies within these words. */
struct stretch {
	uint32_t from, to;	/* before that one */
};

/* A phrase of the rule's anchor begins there: the others may stand near. */
static void try_at(struct matcher *matcher, uint32_t rule, uint32_t at, const struct stretch *stretch)
{
	const struct compiled_rule *compiled = &matcher->rules->compiled[rule];
	struct sequence_reach reach = compiled->reach;
	uint32_t excepts = sequence_excepts(compiled->sequence);

	if (!may_begin_all(matcher, compiled->sequence, later(stretch->from, before(at, reach.back)),
			   sooner(stretch->to, behind(matcher, at + 1, reach.ahead))))
		return;
	tokens_ready(&matcher->tokens, before(at, reach.back + excepts), behind(matcher, at + 1, reach.ahead + excepts));
	try_phrases(matcher, rule, at);
}

/* Some anchor may stand near the key. Keys come in order: what was tried for one before is not again. */
static void try_near(struct matcher *matcher, uint32_t rule, uint32_t from, uint32_t to, const struct stretch *stretch)
{
	const struct sequence *sequence = matcher->rules->compiled[rule].sequence;

	from = later(from, stretch->from);
	to = sooner(to, stretch->to);
	if (matcher->tried[rule] > matcher->stretch + from)
		from = (uint32_t)(matcher->tried[rule] - matcher->stretch);
	if (from >= to)
		return;
	matcher->tried[rule] = matcher->stretch + to;
	matcher->tokens.steps += to - from;
	for (uint32_t at = from; at < to; at++)
		if (begins(matcher, &sequence->terms[sequence->anchor], at))
			try_at(matcher, rule, at, stretch);
}

/* Bit n of what is returned: a phrase of the term begins n words before the key. */
static uint64_t phrases_of_key(struct matcher *matcher, const struct term *term, uint32_t key, uint64_t offsets)
{
	uint64_t begun = 0;

	for (; offsets; offsets &= offsets - 1) {
		uint32_t offset = (uint32_t)__builtin_ctzll(offsets);

		if (offset <= key && begins(matcher, term, key - offset))
			begun |= UINT64_C(1) << offset;
	}
	return begun;
}

/* The key of a term of the rule, which may match there: if the key's phrase stands there. */
static void try_rule_near(struct matcher *matcher, const struct gate_item *item, uint32_t key, uint64_t offsets)
{
	uint32_t rule = item->what;
	const struct compiled_rule *compiled = &matcher->rules->compiled[rule];
	const struct sequence *sequence = compiled->sequence;
	uint32_t from = before(key, item->back), to = behind(matcher, key + 1, item->ahead);
	struct stretch stretch = { before(from, compiled->reach.back), behind(matcher, to, compiled->reach.ahead) };
	uint64_t begun = phrases_of_key(matcher, &sequence->terms[compiled->key], key, offsets);

	if (!begun)
		return;
	if (!sequence->across)
		tokens_sentence(&matcher->tokens, key, &stretch.from, &stretch.to);
	if (compiled->key != sequence->anchor) {
		try_near(matcher, rule, from, to, &stretch);
		return;
	}
	for (; begun; begun &= begun - 1)
		try_at(matcher, rule, key - (uint32_t)__builtin_ctzll(begun), &stretch);
}

/* A phrase that a database waits for stands there. What the second reading makes of a text does not stand in the
 * original. */
static void look_around_phrase(struct matcher *matcher, uint32_t number, uint32_t first, uint32_t last)
{
	const struct expressions *expressions = &matcher->rules->databases[number];
	uint32_t from = matcher->tokens.tokens[first].start, to = matcher->tokens.tokens[last].end;

	if (!expressions->database || (matcher->again && !expressions->folded))
		return;
	if (!expressions->folded) {
		from = fold_original(matcher->fold, from);
		to = fold_original(matcher->fold, to);
	}
	look_around(matcher, number, from, to);
}

/* It stands at that word. */
static void open_at(struct matcher *matcher, uint32_t number, uint32_t concept, uint32_t at)
{
	struct tokens *tokens = &matcher->tokens;

	for (uint32_t i = 0; i < tokens_phrases(tokens, at)->count; i++) {
		struct token_phrase phrase = tokens->phrases[tokens->found[at].first + i];

		if (phrase.concept == concept)
			look_around_phrase(matcher, number, at, at + phrase.words - 1);
	}
}

/* The key of a phrase that a database waits for, and phrases of its other lists may stand near. */
static void open_near(struct matcher *matcher, uint32_t number, uint32_t key, uint64_t offsets)
{
	uint32_t concept = matcher->rules->databases[number].anchor;
	const struct term term = { .bits = concept_bit(concept), .concepts = { concept }, .concept_count = 1 };
	uint64_t begun = matcher->looks[number].open ? 0 : phrases_of_key(matcher, &term, key, offsets);

	for (; begun; begun &= begun - 1)
		open_at(matcher, number, concept, key - (uint32_t)__builtin_ctzll(begun));
}

static void on_gate(void *ctx, uint32_t key, uint64_t offsets, const struct gate_item *item)
{
	struct matcher *matcher = ctx;

	matcher->tokens.steps += 1 + (uint64_t)__builtin_popcountll(offsets);
	if (item->what & GATE_NEED)
		open_near(matcher, DATABASES_FIXED + (item->what & ~GATE_NEED), key, offsets);
	else
		try_rule_near(matcher, item, key, offsets);
}

/* `cut`: the words are all that the text has. */
static void look_at_words(struct matcher *matcher, bool cut)
{
	struct tokens *tokens = &matcher->tokens;
	enum rule_part part = where_is_made(matcher->input->places) ? PART_MADE : PART_ALL;

	if (cut && part == PART_ALL)
		tokens_mend(tokens);
	gate_run_begin(&matcher->gate, matcher->rules->gates[part], tokens->words,
		       tokens->count);
	gate_open(&matcher->gate, tokens->marked, tokens->marked_count, on_gate, matcher);
	matcher->stretch += tokens->count;
}

static void scan_folded(struct matcher *matcher, struct slice text, bool unfolded)
{
	matcher->folded = text;
	matcher->unfolded = unfolded;
	scan_always(matcher, true, text);
	for (uint32_t from = 0; from < text.len;) {
		from = tokens_cut(&matcher->tokens, text, from, from == 0 && !matcher->input->precedes);
		look_at_words(matcher, from == text.len);
	}
	scan_waiting(matcher, true);
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
	struct suspicion suspicion = suspect(folded, &matcher->facts);
	struct slice text = folded;
	bool again = false;

	if ((!suspicion.leet && !suspicion.split) || !have_second(matcher, folded.len))
		return;
	if (suspicion.leet) {
		matcher->leet_words = leet_undo(dictionary, folded, matcher->second);
		again = matcher->leet_words.signs + matcher->leet_words.letters >= LEET_WORDS_MIN;
		text.ptr = matcher->leet_words.undone > 0 ? matcher->second : folded.ptr;
	}
	if (suspicion.split && respell(dictionary, text, matcher->second).close > 0)
		again = true;
	if (again)
		scan_folded(matcher, (struct slice){ matcher->second, folded.len }, true);
}

void matcher_run(struct matcher *matcher, const struct match_input *input, match_fn fn, void *ctx)
{
	struct slice text = input->text, folded;

	matcher->input = input;
	matcher->fn = fn;
	matcher->ctx = ctx;
	matcher->leet_words = (struct leet_words){ 0 };
	memset(&matcher->facts, 0, sizeof(matcher->facts));
	if (text.len == 0)
		return;
	matcher->again = false;
	scan_always(matcher, false, text);
	if (matcher->rules->digits_count > 0)
		number_runs_find(text, matcher->rules->digits_min, on_number, matcher);
	if (fold_text(matcher->fold, text, &folded, &matcher->facts) < 0) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	scan_folded(matcher, folded, !fold_is_plain(matcher->fold));
	scan_waiting(matcher, false);
	matcher->again = true;
	/* A model spells well and disguises nothing: what it wrote is read as it stands. */
	if (!where_is_made(input->places))
		scan_second(matcher, folded);
}
