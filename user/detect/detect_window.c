/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window is matched as it stands, then what its encoded runs decode to, then
 * what those decode to. Where a match may go on behind the window, the next one
 * decides.
 */
#include "base/stats.h"
#include "detect/detect_impl.h"
#include "detect/flood.h"

#define NS_PER_S 1000000000

struct context *window_context(const struct detect *detect, uint64_t start, uint64_t end)
{
	const struct text *text = detect->text;

	return detect->setup.contexts ? context_new(buffer_slice(&text->raw), text->base, start, end) : NULL;
}

static void add_hit(struct detect *detect, struct hits *hits, uint32_t rule, uint64_t start, uint64_t end, bool folded,
		    bool weak)
{
	struct hit hit = {
		.start = start,
		.end = end,
		.rule = rule,
		.via = { detect->via[0], detect->via[1] },
		.folded = folded,
		.weak = weak,
		.context = window_context(detect, start, end),
	};

	hits_add(detect->setup.rules, hits, &hit);
}

static void on_match(void *ctx, const struct match *match)
{
	struct detect *detect = ctx;
	uint64_t base = detect->text->base;

	if (match->end <= detect->owned_from)
		return;
	/* The next window knows better, if it has all of it. */
	if (match->end > detect->owned_to && match->start >= detect->next)
		return;
	add_hit(detect, &detect->window, match->rule, base + match->start, base + match->end, match->folded, match->weak);
}

/* What was decoded stands where its run stands. */
static void on_decoded_match(void *ctx, const struct match *match)
{
	struct detect *detect = ctx;
	uint64_t base = detect->text->base;

	add_hit(detect, &detect->window, match->rule, base + detect->run_start, base + detect->run_end, match->folded,
		match->weak);
}

void window_signal(struct detect *detect, struct hits *hits, enum signal_id signal, uint64_t start, uint64_t end)
{
	const struct rules *rules = detect->setup.rules;

	for (size_t i = 0; i < rules->signal_count; i++)
		if (rules->compiled[rules->signals[i]].signal == signal)
			add_hit(detect, hits, rules->signals[i], start, end, true, false);
}

static bool was_said(const struct detect *detect, enum signal_id signal)
{
	const struct hits *hits = &detect->text->hits;

	for (size_t i = 0; i < hits->count; i++) {
		const struct compiled_rule *compiled = &detect->setup.rules->compiled[hits->hits[i].rule];

		if (compiled->rule->kind == RULE_SIGNAL && compiled->signal == signal)
			return true;
	}
	return false;
}

#define INVISIBLE_MIN 8
#define HIDDEN_WORDS_MIN 1
#define MIXED_WORDS_MIN 3
#define COMPAT_LETTERS_MIN 8
#define SPACED_WORDS_MIN 2

static void add_fact(struct detect *detect, enum signal_id signal, uint32_t count, uint32_t min, uint32_t at)
{
	uint64_t start = detect->text->base + at;

	/* What begins in the overlap was said of the window before, if it was enough there. */
	if (count < min || (at < detect->carried && was_said(detect, signal)))
		return;
	window_signal(detect, &detect->window, signal, start, start + 1);
}

static void add_facts(struct detect *detect)
{
	const struct fold_facts *facts = matcher_facts(detect->matcher);

	add_fact(detect, SIGNAL_HIDDEN_WORDS, facts->hidden_words, HIDDEN_WORDS_MIN, facts->first[FOLD_FIRST_TAGS]);
	add_fact(detect, SIGNAL_INVISIBLE, facts->invisible, INVISIBLE_MIN, facts->first[FOLD_FIRST_INVISIBLE]);
	add_fact(detect, SIGNAL_BIDI, facts->bidi, 1, facts->first[FOLD_FIRST_BIDI]);
	add_fact(detect, SIGNAL_MIXED_SCRIPTS, facts->mixed_words, MIXED_WORDS_MIN, facts->first[FOLD_FIRST_MIXED]);
	add_fact(detect, SIGNAL_COMPAT_LETTERS, facts->compat, COMPAT_LETTERS_MIN, facts->first[FOLD_FIRST_COMPAT]);
	add_fact(detect, SIGNAL_SPACED_LETTERS, facts->spaced_words, SPACED_WORDS_MIN, facts->first[FOLD_FIRST_SPACED]);
	add_fact(detect, SIGNAL_LEETSPEAK, matcher_leet_words(detect->matcher), LEET_WORDS_MIN, 0);
}

static void run(struct detect *detect, struct slice text, bool precedes, bool follows, match_fn fn)
{
	struct match_input input = {
		.text = text,
		.precedes = precedes,
		.follows = follows,
		.places = detect->places,
		.now_unix_s = detect->now_unix_ns / NS_PER_S,
		.state = detect->text->state,
	};

	matcher_run(detect->matcher, &input, fn, detect);
}

/* Programs put strings together every day, and words are read from behind wherever something speaks of "backwards".
 * What letters stand parted or in other forms for is said by the layer below. */
static bool is_disguise(enum decoder_id decoder)
{
	return decoder != DECODER_CONCAT && decoder != DECODER_REVERSED && decoder != DECODER_SPACED &&
	       decoder != DECODER_FORMS;
}

static void take_decoded(struct detect *detect, const struct decoded *decoded, size_t layer)
{
	bool precedes = detect->text->base > 0 && detect->run_start == 0;
	bool follows = detect->follows && detect->run_end == detect->len;
	bool twice = layer > 0 && is_disguise((enum decoder_id)detect->via[0]);

	stats_add(STAT_DETECT_BYTES_DECODED, decoded->text.len);
	detect->via[layer] = (uint8_t)decoded->decoder;
	run(detect, decoded->text, precedes, follows, on_decoded_match);
	if (is_disguise((enum decoder_id)decoded->decoder))
		window_signal(detect, &detect->window, twice ? SIGNAL_DECODED_TWICE : SIGNAL_DECODED,
			      detect->text->base + detect->run_start, detect->text->base + detect->run_end);
}

/* A model plays no letter games with who reads its answers. */
static bool plays(const struct detect *detect)
{
	return !where_is_answer(detect->places);
}

static void on_inner(void *ctx, const struct decoded *decoded)
{
	take_decoded(ctx, decoded, 1);
}

static void on_outer(void *ctx, const struct decoded *decoded)
{
	struct detect *detect = ctx;

	if (decoded->end <= detect->carried)
		return;
	detect->run_start = decoded->start;
	detect->run_end = decoded->end;
	take_decoded(detect, decoded, 0);
	decode_text(detect->decode[1], decoded->text, plays(detect), &detect->text->budget, on_inner, detect);
	detect->via[0] = detect->via[1] = DECODER_NONE;
}

static void add_flood(struct detect *detect, struct slice window)
{
	uint32_t start, end;

	/* It counts in what a model is given. */
	if (where_is_made(detect->places))
		return;
	if (flood_find(window, &start, &end) && end > detect->carried)
		window_signal(detect, &detect->window, SIGNAL_FLOODING, detect->text->base + start,
			   detect->text->base + end);
}

static void match_window(struct detect *detect, struct slice window)
{
	uint32_t over = detect->text->budget.over;

	stats_add(STAT_DETECT_BYTES_SCANNED, window.len - detect->carried);
	run(detect, window, detect->text->base > 0, detect->follows, on_match);
	add_facts(detect);
	add_flood(detect, window);
	decode_text(detect->decode[0], window, plays(detect), &detect->text->budget, on_outer, detect);
	stats_add(STAT_DETECT_OVER_LIMIT, detect->text->budget.over - over);
}

void window_scan(struct detect *detect)
{
	struct text *text = detect->text;
	const struct decode_budget before = text->budget;

	hits_clear(&detect->window);
	match_window(detect, (struct slice){ text->raw.data, detect->len });
	for (size_t i = 0; i < detect->window.count; i++)
		hits_add(detect->setup.rules, &text->hits, &detect->window.hits[i]);
	text->hits.over += detect->window.over;
	if (detect->seen)
		remember_window(detect, &before);
	detect->window.count = 0;	/* their contexts are the text's */
}
