/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts stream in; each is cut into windows. A window whose hash (of all of the
 * text up to its end) was seen before for this service brings its matches out
 * of memory; another is matched as it stands, then what its encoded runs decode
 * to, then what those decode to. At the end of a text its place is known, and
 * its matches are judged.
 */
#include "detect/detect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "detect/compiled.h"
#include "detect/flood.h"
#include "detect/follow.h"
#include "detect/judge.h"
#include "detect/match.h"
#include "detect/seen.h"

#define LAYERS 2
#define NS_PER_S 1000000000

struct text {
	uint32_t number;
	uint32_t generation;	/* of the set that its matches are of */
	enum text_where where;	/* as far as it is known */
	uint64_t used;		/* by the detector's count of views */
	struct buffer raw;	/* what is to be matched, with the overlap before it */
	uint64_t base;		/* where raw begins in the text */
	size_t done;		/* bytes of raw that were matched */
	uint64_t chain;		/* hash of all windows so far, and of the service */
	struct decode_budget budget;
	struct hits hits;
	uint32_t *state;	/* of the rules' checks; null: no window was matched yet */
	bool fresh;		/* some window was not judged before */
	struct follow_text follow;
};

/* Texts of one call. */
struct detect_call {
	struct text *texts[DETECT_TEXTS_OPEN];
	struct follow follow;
	struct call_finding findings[CALL_FINDINGS_MAX];
	uint32_t finding_count;
	enum risk risk;
	bool hedged, declined;
};

struct detect {
	struct detect_setup setup;
	struct matcher *matcher;
	struct decode *decode[LAYERS];
	struct seen *seen;
	struct text *spare;	/* of one that ended */
	uint64_t views;
	uint32_t calls, open;	/* in flight; of their texts */
	uint32_t generation;	/* counts sets of rules */
	int64_t now_unix_ns;

	/* Of the window at hand. */
	struct text *text;
	struct hits window;	/* its hits, before they become one with those of others */
	size_t len;
	size_t carried;		/* bytes of overlap */
	size_t owned_from, owned_to;	/* matches that end behind the one and up to the other are its own */
	size_t next;		/* where the next window begins; its end: there is none */
	bool follows;
	uint8_t via[2];
	uint32_t run_start, run_end;	/* of the outer encoded run */
};

/* ---- life ---- */

struct detect *detect_new(const struct detect_setup *setup)
{
	struct detect *detect = calloc(1, sizeof(*detect));
	bool ready;

	if (!detect)
		return NULL;
	detect->setup = *setup;
	detect->setup.rules = rules_ref(setup->rules);
	detect->matcher = matcher_new(setup->rules);
	ready = detect->matcher;
	for (size_t i = 0; i < LAYERS; i++) {
		detect->decode[i] = decode_new();
		ready &= detect->decode[i] != NULL;
	}
	if (setup->seen_bytes > 0) {
		detect->seen = seen_new(setup->seen_bytes);
		ready &= detect->seen != NULL;
	}
	if (ready)
		return detect;
	detect_free(detect);
	return NULL;
}

static void free_text(struct text *text)
{
	if (!text)
		return;
	buffer_done(&text->raw);
	hits_done(&text->hits);
	free(text->state);
	free(text);
}

void detect_set_time(struct detect *detect, int64_t now_unix_ns)
{
	detect->now_unix_ns = now_unix_ns;
}

void detect_free(struct detect *detect)
{
	if (!detect)
		return;
	matcher_free(detect->matcher);
	for (size_t i = 0; i < LAYERS; i++)
		decode_free(detect->decode[i]);
	seen_free(detect->seen);
	free_text(detect->spare);
	hits_done(&detect->window);
	rules_unref(detect->setup.rules);
	free(detect);
}

int detect_use(struct detect *detect, struct rules *rules)
{
	struct matcher *matcher = matcher_new(rules);

	if (!matcher)
		return -ENOMEM;
	matcher_free(detect->matcher);
	detect->matcher = matcher;
	rules_unref(detect->setup.rules);
	detect->setup.rules = rules_ref(rules);
	if (detect->seen)
		seen_clear(detect->seen);
	free_text(detect->spare);
	detect->spare = NULL;
	detect->generation++;
	return 0;
}

/* ---- one window ---- */

/* Of a match in the window at hand; where that is not wanted, or not there: none. */
static struct context *context_of(const struct detect *detect, uint64_t start, uint64_t end)
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
		.context = context_of(detect, start, end),
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

static void add_signal(struct detect *detect, struct hits *hits, enum signal_id signal, uint64_t start, uint64_t end)
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
	add_signal(detect, &detect->window, signal, start, start + 1);
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
		.now_unix_s = detect->now_unix_ns / NS_PER_S,
		.state = detect->text->state,
	};

	matcher_run(detect->matcher, &input, fn, detect);
}

static void take_decoded(struct detect *detect, const struct decoded *decoded, size_t layer)
{
	bool precedes = detect->text->base > 0 && detect->run_start == 0;
	bool follows = detect->follows && detect->run_end == detect->len;

	stats_add(STAT_DETECT_BYTES_DECODED, decoded->text.len);
	detect->via[layer] = (uint8_t)decoded->decoder;
	run(detect, decoded->text, precedes, follows, on_decoded_match);
	add_signal(detect, &detect->window, layer == 0 ? SIGNAL_DECODED : SIGNAL_DECODED_TWICE,
		   detect->text->base + detect->run_start, detect->text->base + detect->run_end);
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
	decode_text(detect->decode[1], decoded->text, &detect->text->budget, on_inner, detect);
	detect->via[0] = detect->via[1] = DECODER_NONE;
}

static void add_flood(struct detect *detect, struct slice window)
{
	uint32_t start, end;

	if (flood_find(window, &start, &end) && end > detect->carried)
		add_signal(detect, &detect->window, SIGNAL_FLOODING, detect->text->base + start,
			   detect->text->base + end);
}

static void match_window(struct detect *detect, struct slice window)
{
	uint32_t over = detect->text->budget.over;

	stats_add(STAT_DETECT_BYTES_SCANNED, window.len - detect->carried);
	run(detect, window, detect->text->base > 0, detect->follows, on_match);
	add_facts(detect);
	add_flood(detect, window);
	decode_text(detect->decode[0], window, &detect->text->budget, on_outer, detect);
	stats_add(STAT_DETECT_OVER_LIMIT, detect->text->budget.over - over);
}

/* ---- windows that were seen ---- */

static bool have_state(struct detect *detect, struct text *text)
{
	if (!text->state)
		text->state = calloc(detect->setup.rules->set.rule_count + 1, sizeof(*text->state));
	return text->state;
}

#define FLAG_FOLDED 1
#define FLAG_WEAK 2
#define FLAG_STATE 4	/* no hit: what the rule's check keeps is `start` behind this window */

static size_t keep_states(const struct detect *detect, struct seen_hit *kept, size_t count)
{
	for (uint32_t rule = 0; rule < detect->setup.rules->set.rule_count && count < SEEN_HITS_MAX; rule++)
		if (detect->text->state[rule])
			kept[count++] = (struct seen_hit){
				.start = detect->text->state[rule], .rule = rule, .flags = FLAG_STATE,
			};
	return count;
}

static void remember(struct detect *detect, const struct decode_budget *before)
{
	const struct decode_budget *budget = &detect->text->budget;
	const struct seen_cost cost = { before->bytes - budget->bytes, (uint16_t)(before->candidates - budget->candidates) };
	struct seen_hit kept[SEEN_HITS_MAX];
	size_t count = detect->window.count;

	for (size_t i = 0; i < count; i++) {
		const struct hit *hit = &detect->window.hits[i];

		kept[i] = (struct seen_hit){
			.start = hit->start,
			.end = hit->end,
			.rule = hit->rule,
			.via = { hit->via[0], hit->via[1] },
			.flags = (uint8_t)((hit->folded ? FLAG_FOLDED : 0) | (hit->weak ? FLAG_WEAK : 0)),
		};
	}
	count = keep_states(detect, kept, count);
	seen_put(detect->seen, detect->text->chain, detect->now_unix_ns, &cost, kept, count);
}

static void recall_hit(struct detect *detect, const struct seen_hit *kept, int64_t first_unix_ns)
{
	struct hit hit = {
		.start = kept->start,
		.end = kept->end,
		.rule = kept->rule,
		.via = { kept->via[0], kept->via[1] },
		.folded = kept->flags & FLAG_FOLDED,
		.weak = kept->flags & FLAG_WEAK,
		.repeated = true,
		.first_unix_ns = first_unix_ns,
	};

	if (kept->flags & FLAG_STATE) {
		if (have_state(detect, detect->text))
			detect->text->state[kept->rule] = (uint32_t)kept->start;
		return;
	}
	hit.context = context_of(detect, kept->start, kept->end);
	hits_add(detect->setup.rules, &detect->text->hits, &hit);
}

/* As if it had been scanned: matches, what checks keep, and what decoding cost. */
static bool recall(struct detect *detect, size_t bytes)
{
	struct decode_budget *budget = &detect->text->budget;
	const struct seen_window *window = seen_get(detect->seen, detect->text->chain);

	if (!window)
		return false;
	for (uint32_t i = 0; i < window->hit_count; i++)
		recall_hit(detect, &window->hits[i], window->first_unix_ns);
	budget->candidates -= window->cost.candidates;
	budget->bytes -= window->cost.bytes;
	stats_add(STAT_DETECT_BYTES_SEEN, bytes);
	return true;
}

/* Bytes at the end that may be the beginning of a character. */
static size_t cut_character(struct slice text)
{
	size_t back = 0;

	while (back < 3 && back < text.len && ((unsigned char)text.ptr[text.len - 1 - back] & 0xc0) == 0x80)
		back++;
	return back < text.len && (unsigned char)text.ptr[text.len - 1 - back] >= 0xc0 ? back + 1 : 0;
}

/* Another set is in force since its first window: what the old one matched has no meaning any more. */
static void renew(struct detect *detect, struct text *text)
{
	if (text->generation == detect->generation)
		return;
	text->generation = detect->generation;
	hits_clear(&text->hits);
	free(text->state);
	text->state = NULL;
}

/* The bytes before `end` that the next window has, too. */
static size_t overlap_of(const struct text *text, size_t end)
{
	size_t overlap = end < DETECT_OVERLAP_BYTES ? end : DETECT_OVERLAP_BYTES;

	while (overlap > 0 && ((unsigned char)text->raw.data[end - overlap] & 0xc0) == 0x80)
		overlap--;
	return overlap;
}

static size_t margin_of(size_t overlap)
{
	return overlap < DETECT_MARGIN_BYTES ? overlap : DETECT_MARGIN_BYTES;
}

static void scan_window(struct detect *detect, struct text *text)
{
	const struct decode_budget before = text->budget;

	hits_clear(&detect->window);
	match_window(detect, (struct slice){ text->raw.data, detect->len });
	for (size_t i = 0; i < detect->window.count; i++)
		hits_add(detect->setup.rules, &text->hits, &detect->window.hits[i]);
	text->hits.over += detect->window.over;
	if (detect->seen)
		remember(detect, &before);
	detect->window.count = 0;	/* their contexts are the text's */
}

/* Matches what is new in raw up to `end`, and keeps the overlap. */
static void take_window(struct detect *detect, struct text *text, size_t end, bool follows)
{
	size_t fresh = end - text->done, overlap = overlap_of(text, end);
	bool new = true;

	detect->text = text;
	detect->len = end;
	detect->carried = text->done;
	detect->owned_from = text->done - margin_of(text->done);
	detect->owned_to = follows ? end - margin_of(overlap) : end;
	detect->next = follows ? end - overlap : end;
	detect->follows = follows;
	if (detect->seen) {
		/* A text that ends here is another one than a text that goes on. */
		text->chain = seen_chain(detect->seen, text->chain + follows, text->raw.data + text->done, fresh);
		new = !recall(detect, fresh);
	}
	text->fresh |= new;
	if (new && have_state(detect, text))
		scan_window(detect, text);
	buffer_consume(&text->raw, end - overlap);
	text->base += end - overlap;
	text->done = overlap;
}

static void feed(struct detect *detect, struct text *text, struct slice bytes)
{
	while (bytes.len > 0) {
		size_t room = text->done + DETECT_WINDOW_BYTES - text->raw.len;
		size_t n = bytes.len < room ? bytes.len : room;

		if (buffer_append(&text->raw, bytes.ptr, n) < 0) {
			stats_add(STAT_DETECT_OVER_LIMIT, 1);
			return;
		}
		bytes.ptr += n;
		bytes.len -= n;
		if (text->raw.len == text->done + DETECT_WINDOW_BYTES && bytes.len > 0)
			take_window(detect, text, text->raw.len - cut_character(buffer_slice(&text->raw)), true);
	}
}

/* ---- findings ---- */

static struct call_finding *finding_of(struct detect_call *call, const struct pack_rule *rule, enum text_where where,
				       enum severity severity)
{
	struct call_finding *mildest = NULL;

	for (uint32_t i = 0; i < call->finding_count; i++) {
		struct call_finding *finding = &call->findings[i];

		if (finding->where == where && strcmp(finding->rule, rule->id) == 0)
			return finding;
		if (!mildest || finding->severity < mildest->severity)
			mildest = finding;
	}
	if (call->finding_count < CALL_FINDINGS_MAX)
		mildest = &call->findings[call->finding_count++];
	else if (mildest->severity >= severity)
		return NULL;
	*mildest = (struct call_finding){
		.severity = (uint8_t)severity,
		.where = (uint8_t)where,
		.rule_version = rule->version,
		.first_seen_unix_ns = CALL_UNKNOWN,
	};
	(void)slice_copy(mildest->rule, sizeof(mildest->rule), slice_of(rule->id));
	(void)slice_copy(mildest->category, sizeof(mildest->category), slice_of(families[rule->family].name));
	return mildest;
}

/* `repeated`: all of the text was judged before, whatever the hit itself says. */
static void add_finding(struct detect_call *call, const struct pack_rule *rule, enum text_where where,
			enum severity severity, const struct hit *hit, bool repeated)
{
	struct call_finding *finding = finding_of(call, rule, where, severity);

	if (!finding) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	if (severity > finding->severity)
		finding->severity = (uint8_t)severity;
	if (!hit->repeated && !repeated) {
		finding->count++;
		return;
	}
	stats_add(STAT_DETECT_REPEATED, 1);
	finding->repeats++;
	if (!hit->repeated)
		return;
	if (finding->first_seen_unix_ns == CALL_UNKNOWN || hit->first_unix_ns < finding->first_seen_unix_ns)
		finding->first_seen_unix_ns = hit->first_unix_ns;
}

/* Credentials and personal data of the whole text, whichever rule found them. */
static void mask(const struct detect *detect, const struct hits *hits, struct context *context)
{
	for (size_t i = 0; i < hits->count; i++) {
		enum family family = detect->setup.rules->set.rules[hits->hits[i].rule].family;

		if (family == FAMILY_SECRET || family == FAMILY_PERSONAL_DATA)
			context_mask(context, hits->hits[i].start, hits->hits[i].end);
	}
}

static void show(const struct detect *detect, const struct text *text, enum text_where where, enum severity severity,
		 const struct hit *hit)
{
	struct detect_hit shown = {
		.rule = &detect->setup.rules->set.rules[hit->rule],
		.where = where,
		.severity = severity,
		.text = text->number,
		.start = hit->start,
		.end = hit->end,
		.via = { (enum decoder_id)hit->via[0], (enum decoder_id)hit->via[1] },
		.was_folded = hit->folded,
		.weak = hit->weak,
		.repeated = hit->repeated,
	};

	/* A secret that found no room is not masked. */
	if (hit->context && text->hits.over == 0) {
		mask(detect, &text->hits, hit->context);
		shown.context = (struct slice){ hit->context->text, hit->context->len };
	}
	detect->setup.on_hit(detect->setup.ctx, &shown);
}

static void judge(struct detect *detect, struct detect_call *call, struct text *text, enum text_where where)
{
	const struct rules *rules = detect->setup.rules;

	judge_combine(rules, where, &text->hits);
	stats_add(STAT_DETECT_OVER_LIMIT, text->hits.over);
	for (size_t i = 0; i < text->hits.count; i++) {
		const struct hit *hit = &text->hits.hits[i];
		const struct pack_rule *rule = &rules->set.rules[hit->rule];
		enum severity severity = judge_severity(rules, hit, where);

		if (detect->setup.on_hit)
			show(detect, text, where, severity, hit);
		if (severity == SEVERITY_NONE)
			continue;
		if (rule->risk > call->risk)
			call->risk = rule->risk;
		call->hedged |= rule->family == FAMILY_HEDGING;
		call->declined |= rule->family == FAMILY_REFUSAL;
		add_finding(call, rule, where, severity, hit, !text->fresh);
	}
}

/* ---- texts of a call ---- */

/* Answers trickle in, and many are open at a time: only what begins with a long piece gets the memory of a long text. */
#define LONG_PIECE_BYTES 1024

static struct text *new_text(struct detect *detect, const struct text_view *first, uint64_t service)
{
	bool is_long = first->bytes.len >= LONG_PIECE_BYTES;
	struct text *text = is_long ? detect->spare : NULL;
	struct buffer raw = { .limit = DETECT_WINDOW_BYTES + DETECT_OVERLAP_BYTES };
	struct hits hits;
	uint32_t *state;

	if (is_long)
		detect->spare = NULL;
	if (!text)
		text = calloc(1, sizeof(*text));
	if (!text)
		return NULL;
	if (text->raw.limit)
		raw = text->raw;
	raw.len = 0;
	hits_clear(&text->hits);
	hits = text->hits;
	state = text->state;
	if (state)
		memset(state, 0, (detect->setup.rules->set.rule_count + 1) * sizeof(*state));
	*text = (struct text){
		.number = first->text,
		.generation = detect->generation,
		.raw = raw,
		.state = state,
		.hits = hits,
		.chain = service,
		.budget = DECODE_BUDGET,
	};
	return text;
}

/* Something like an order stands in it. */
static bool instructs(const struct detect *detect, const struct text *text)
{
	for (size_t i = 0; i < text->hits.count; i++)
		if (families[detect->setup.rules->set.rules[text->hits.hits[i].rule].family].attack)
			return true;
	return false;
}

/* Of several texts: no window remembers it. */
static void on_signal(void *ctx, enum signal_id signal, uint64_t start, uint64_t end)
{
	struct detect *detect = ctx;

	detect->via[0] = detect->via[1] = DECODER_NONE;
	add_signal(detect, &detect->text->hits, signal, start, end);
}

static void end_text(struct detect *detect, struct detect_call *call, size_t slot, enum text_where where)
{
	struct text *text = call->texts[slot];

	renew(detect, text);
	if (text->raw.len > text->done)
		take_window(detect, text, text->raw.len, false);
	detect->text = text;
	follow_end(&call->follow, &text->follow, instructs(detect, text));
	judge(detect, call, text, where);
	call->texts[slot] = NULL;
	detect->open--;
	if (detect->spare)
		free_text(text);
	else
		detect->spare = text;
}

static size_t slot_of(const struct detect_call *call, uint32_t number)
{
	size_t slot = 0;

	while (slot < DETECT_TEXTS_OPEN && !(call->texts[slot] && call->texts[slot]->number == number))
		slot++;
	return slot;
}

static size_t free_slot(struct detect *detect, struct detect_call *call)
{
	size_t oldest = 0;

	for (size_t i = 0; i < DETECT_TEXTS_OPEN; i++) {
		if (!call->texts[i])
			return i;
		if (call->texts[i]->used < call->texts[oldest]->used)
			oldest = i;
	}
	stats_add(STAT_DETECT_OVER_LIMIT, 1);
	end_text(detect, call, oldest, call->texts[oldest]->where);
	return oldest;
}

static struct text *open_text(struct detect *detect, struct detect_call *call, const struct text_view *view,
			      uint64_t service)
{
	size_t slot = slot_of(call, view->text);

	if (slot < DETECT_TEXTS_OPEN)
		return call->texts[slot];
	if (detect->open >= DETECT_OPEN_MAX) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return NULL;
	}
	slot = free_slot(detect, call);
	call->texts[slot] = new_text(detect, view, service);
	if (!call->texts[slot])
		return NULL;
	stats_add(STAT_DETECT_TEXTS, 1);
	detect->open++;
	return call->texts[slot];
}

/* Null: out of memory, or so many are in flight that this one is not looked into. */
static struct detect_call *new_call(struct detect *detect)
{
	struct detect_call *call = detect->calls < DETECT_CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;

	if (!call) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return NULL;
	}
	detect->calls++;
	call->follow = (struct follow){ .fn = on_signal, .ctx = detect };
	return call;
}

static void free_call(struct detect *detect, struct detect_call *call)
{
	detect->calls--;
	stats_add(STAT_DETECT_OVER_LIMIT, follow_over(&call->follow));
	follow_done(&call->follow);
	free(call);
}

void detect_on_text(struct detect *detect, void **user, uint64_t service, const struct text_view *view)
{
	struct detect_call *call = *user;
	struct text *text;
	size_t slot;

	if (!call) {
		if (view->event == TEXT_END)
			return;
		call = new_call(detect);
		if (!call)
			return;
		*user = call;
	}
	if (view->event == TEXT_END) {
		slot = slot_of(call, view->text);
		if (slot < DETECT_TEXTS_OPEN)
			end_text(detect, call, slot, view->where);
		return;
	}
	text = open_text(detect, call, view, service);
	if (!text)
		return;
	renew(detect, text);
	text->where = view->where;
	text->used = ++detect->views;
	detect->text = text;
	follow_feed(&call->follow, &text->follow, view->where, view->bytes);
	feed(detect, text, view->bytes);
}

static void end_all(struct detect *detect, struct detect_call *call)
{
	for (size_t i = 0; i < DETECT_TEXTS_OPEN; i++)
		if (call->texts[i])
			end_text(detect, call, i, call->texts[i]->where);
}

static int by_gravity(const void *a, const void *b)
{
	const struct call_finding *x = a, *y = b;
	int order = strcmp(x->rule, y->rule);

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return order != 0 ? order : x->where - y->where;
}

void detect_finish(struct detect *detect, void *user, struct call *ret)
{
	struct detect_call *call = user;

	if (!call)
		return;
	end_all(detect, call);
	if (call->finding_count > 1)
		qsort(call->findings, call->finding_count, sizeof(*call->findings), by_gravity);
	memcpy(ret->findings, call->findings, sizeof(call->findings));
	ret->finding_count = call->finding_count;
	ret->risk = call->risk;
	ret->looked_into = true;
	ret->hedged = call->hedged;
	ret->declined = call->declined;
	free_call(detect, call);
}

void detect_drop(struct detect *detect, void *user)
{
	struct detect_call *call = user;

	if (!call)
		return;
	for (size_t i = 0; i < DETECT_TEXTS_OPEN; i++) {
		detect->open -= call->texts[i] != NULL;
		free_text(call->texts[i]);
	}
	free_call(detect, call);
}
