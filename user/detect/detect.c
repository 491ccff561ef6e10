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
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "detect/detect_impl.h"

/* ---- life ---- */

/* Few checks keep anything: only theirs is wiped and remembered. */
static bool list_keeping(struct detect *detect, const struct rules *rules)
{
	uint32_t *keeping = malloc((rules->set.rule_count + 1) * sizeof(*keeping));

	if (!keeping)
		return false;
	free(detect->keeping);
	detect->keeping = keeping;
	detect->keeping_count = 0;
	for (uint32_t i = 0; i < rules->set.rule_count; i++)
		if (rules->compiled[i].check && rules->compiled[i].check->keeps)
			keeping[detect->keeping_count++] = i;
	return true;
}

struct detect *detect_new(const struct detect_setup *setup)
{
	struct detect *detect = calloc(1, sizeof(*detect));
	bool ready;

	if (!detect)
		return NULL;
	detect->setup = *setup;
	if (detect->setup.open_bytes == 0)
		detect->setup.open_bytes = DETECT_OPEN_BYTES;
	detect->setup.rules = rules_ref(setup->rules);
	detect->matcher = matcher_new(setup->rules);
	ready = detect->matcher && list_keeping(detect, setup->rules);
	for (size_t i = 0; i < DETECT_LAYERS; i++) {
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

uint64_t detect_steps(const struct detect *detect)
{
	uint64_t steps = matcher_steps(detect->matcher);

	for (size_t i = 0; i < DETECT_LAYERS; i++)
		steps += decode_steps(detect->decode[i]);
	return steps;
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
	for (size_t i = 0; i < DETECT_LAYERS; i++)
		decode_free(detect->decode[i]);
	seen_free(detect->seen);
	text_pool_done(&detect->pool);
	follow_memory_done(&detect->follow_memory);
	free(detect->spare_call);
	free(detect->keeping);
	hits_done(&detect->window);
	rules_unref(detect->setup.rules);
	free(detect);
}

int detect_use(struct detect *detect, struct rules *rules)
{
	struct matcher *matcher = matcher_new(rules);

	if (!matcher || !list_keeping(detect, rules)) {
		matcher_free(matcher);
		return -ENOMEM;
	}
	matcher_free(detect->matcher);
	detect->matcher = matcher;
	rules_unref(detect->setup.rules);
	detect->setup.rules = rules_ref(rules);
	if (detect->seen)
		seen_clear(detect->seen);
	text_pool_done(&detect->pool);
	detect->generation++;
	return 0;
}

/* ---- windows ---- */

/* Bytes at the end that may be the beginning of a character. */
static size_t cut_character(struct slice text)
{
	size_t back = 0;

	while (back < 3 && back < text.len && ((unsigned char)text.ptr[text.len - 1 - back] & 0xc0) == 0x80)
		back++;
	return back < text.len && (unsigned char)text.ptr[text.len - 1 - back] >= 0xc0 ? back + 1 : 0;
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
	/* Whoever wants to see all matches sees those that count nowhere, too. */
	detect->places = detect->setup.on_hit ? 0 : where_alike(text->where);
	if (detect->seen) {
		/* A text that ends here is another one than a text that goes on, and so is one that was read for other rules. */
		text->chain = seen_chain(detect->seen, text->chain + follows + 2u * detect->places, text->raw.data + text->done,
					 fresh);
		new = !recall_window(detect, fresh);
	}
	text->fresh |= new;
	if (new && text_have_state(detect, text))
		window_scan(detect);
	buffer_consume(&text->raw, end - overlap);
	text->base += end - overlap;
	text->done = overlap;
}

/* Arguments of tools are often JSON within JSON, whose commands would be words like "ncurl": white space stands for its
 * escape, at the same place. `from`: the first byte that is new. */
static void unescape_white(struct text *text, size_t from)
{
	char *raw = text->raw.data;

	for (size_t at = from; at < text->raw.len; at++) {
		if (!text->escaped) {
			text->escaped = raw[at] == '\\';
			continue;
		}
		text->escaped = false;
		if (raw[at] != 'n' && raw[at] != 'r' && raw[at] != 't')
			continue;
		raw[at] = raw[at] == 'n' ? '\n' : raw[at] == 'r' ? '\r' : '\t';
		if (at > 0)
			raw[at - 1] = ' ';
	}
}

static void begin_text(struct text *text, enum text_where where, char first)
{
	text->begun = true;
	text->escapes = where == WHERE_TOOL_ARGS && (first == '{' || first == '[');
}

static void feed(struct detect *detect, struct text *text, struct slice bytes)
{
	if (!text->begun && bytes.len > 0)
		begin_text(text, text->where, *bytes.ptr);
	while (bytes.len > 0) {
		size_t room = text->done + DETECT_WINDOW_BYTES - text->raw.len;
		size_t n = bytes.len < room ? bytes.len : room;

		if (buffer_append(&text->raw, bytes.ptr, n) < 0) {
			stats_add(STAT_DETECT_OVER_LIMIT, 1);
			return;
		}
		if (text->escapes)
			unescape_white(text, text->raw.len - n);
		bytes.ptr += n;
		bytes.len -= n;
		if (text->raw.len == text->done + DETECT_WINDOW_BYTES && bytes.len > 0)
			take_window(detect, text, text->raw.len - cut_character(buffer_slice(&text->raw)), true);
	}
}

/* ---- texts of a call ---- */

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
	window_signal(detect, &detect->text->hits, signal, start, end);
}

static void end_text(struct detect *detect, struct detect_call *call, size_t slot, enum text_where where)
{
	struct text *text = call->texts[slot];

	text_renew(detect, text);
	text->where = where;
	if (text->raw.len > text->done)
		take_window(detect, text, text->raw.len, false);
	detect->text = text;
	follow_end(&call->follow, &text->follow, instructs(detect, text));
	findings_judge(detect, call, text, where);
	call->texts[slot] = NULL;
	text_give(detect, text);
}

static size_t slot_of(const struct detect_call *call, uint32_t number)
{
	size_t slot = 0;

	while (slot < DETECT_TEXTS_OPEN && !(call->texts[slot] && call->texts[slot]->number == number))
		slot++;
	return slot;
}

static void end_early(struct detect *detect, struct text *text)
{
	stats_add(STAT_DETECT_OVER_LIMIT, 1);
	end_text(detect, text->call, slot_of(text->call, text->number), text->where);
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
	end_early(detect, call->texts[oldest]);
	return oldest;
}

static struct text *open_text(struct detect *detect, struct detect_call *call, const struct text_view *view,
			      uint64_t service)
{
	size_t slot = slot_of(call, view->text);

	if (slot < DETECT_TEXTS_OPEN)
		return call->texts[slot];
	slot = free_slot(detect, call);
	call->texts[slot] = text_take(detect, view, service);
	if (!call->texts[slot])
		return NULL;
	call->texts[slot]->call = call;
	stats_add(STAT_DETECT_TEXTS, 1);
	return call->texts[slot];
}

/* Null: out of memory, or so many are in flight that this one is not looked into. */
static struct detect_call *new_call(struct detect *detect, const struct detect_from *from)
{
	struct detect_call *call = NULL;

	if (detect->calls < DETECT_CALLS_MAX)
		call = detect->spare_call ? take_ptr(detect->spare_call) : malloc(sizeof(*call));
	if (!call) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return NULL;
	}
	detect->calls++;
	memset(call, 0, offsetof(struct detect_call, findings));
	follow_begin(&call->follow, &detect->follow_memory, from->connection, from->session, on_signal, detect);
	return call;
}

static void free_call(struct detect *detect, struct detect_call *call)
{
	detect->calls--;
	stats_add(STAT_DETECT_OVER_LIMIT, follow_done(&call->follow));
	free(detect->spare_call);
	detect->spare_call = call;
}

void detect_on_text(struct detect *detect, void **user, const struct detect_from *from, const struct text_view *view)
{
	struct detect_call *call = *user;
	struct text *text;
	size_t slot;

	if (!call) {
		if (view->event == TEXT_END)
			return;
		call = new_call(detect, from);
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
	text = open_text(detect, call, view, from->service);
	if (!text)
		return;
	text_renew(detect, text);
	text->where = view->where;
	text_touch(detect, text);
	detect->text = text;
	follow_feed(&call->follow, &text->follow, view->where, view->bytes);
	feed(detect, text, view->bytes);
	text_count(detect, text);
	while (detect->open_bytes > detect->setup.open_bytes && detect->oldest != text)
		end_early(detect, detect->oldest);
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
	memcpy(ret->findings, call->findings, call->finding_count * sizeof(*call->findings));
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
	for (size_t i = 0; i < DETECT_TEXTS_OPEN; i++)
		text_give(detect, call->texts[i]);
	free_call(detect, call);
}
