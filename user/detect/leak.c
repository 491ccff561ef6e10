/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each text is followed through the words of another one: the answer through
 * the system's, and known texts too, which mark what they share. System texts
 * are followed through what was known before them, to the same end.
 */
#include "detect/leak.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/word_index.h"

/* Of a long run only the first words are looked at for what kind of words they are. */
#define JUDGED_WORDS 64
#define INSTRUCTING_MAX 64

_Static_assert(WORD_INDEX_BYTES(LEAK_SYSTEM_WORDS) + WORD_INDEX_BYTES(LEAK_KNOWN_WORDS) + 1024 <= LEAK_BYTES_MAX,
	       "what is held fits its bound");
_Static_assert(WORD_GRAM + WORD_STRIDE - 1 <= LEAK_WORDS, "every run holds a noted place");
_Static_assert(WORD_GRAM + WORD_STRIDE - 1 <= LEAK_HELD_WORDS, "a run is followed back to its beginning");

struct leak {
	struct word_index system, known;
	uint32_t age;		/* counts how often the system texts were forgotten */
	bool inherited;		/* they are of an earlier call */
	uint64_t over;
	leak_fn on_run;
	void *ctx;
};

/* Words with which models are told what to do, and which what they know about the world seldom has. */
static const char *const instructing[] = {
	"assistant", "chatbot", "user", "users", "respond", "reply", "prompt", "instructions", "instructed",
	"never", "always", "must", "confidential",
	"assistent", "nutzer", "benutzer", "antworte", "anweisungen", "niemals", "immer",
	"utilisateur", "réponds", "répondez", "jamais", "toujours",
	"asistente", "usuario", "responde", "instrucciones", "nunca", "siempre",
	"assistente", "usuário", "responda", "instruções", "sempre", "utente", "rispondi", "istruzioni", "mai",
	"пользователь", "пользователя", "отвечай", "никогда", "всегда", "你", "您", "あなた",
};
_Static_assert(ARRAY_SIZE(instructing) <= INSTRUCTING_MAX, "they have room");

/* Their hashes: the same for all calls, and too dear to be made for each. */
static uint16_t instructing_hashes[INSTRUCTING_MAX];
static pthread_once_t instructing_once = PTHREAD_ONCE_INIT;

static void hash_instructing(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructing); i++)
		instructing_hashes[i] = leak_word_hash(slice_of(instructing[i]));
}

struct leak *leak_new(leak_fn on_run, void *ctx)
{
	struct leak *leak = calloc(1, sizeof(*leak));

	if (!leak)
		return NULL;
	leak->system.limit = LEAK_SYSTEM_WORDS;
	leak->known.limit = LEAK_KNOWN_WORDS;
	leak_reset(leak, on_run, ctx);
	(void)pthread_once(&instructing_once, hash_instructing);
	return leak;
}

void leak_reset(struct leak *leak, leak_fn on_run, void *ctx)
{
	word_index_clear(&leak->system);
	word_index_clear(&leak->known);
	leak->age = 0;
	leak->inherited = false;
	leak->over = 0;
	leak->on_run = on_run;
	leak->ctx = ctx;
}

void leak_tell(struct leak *leak, void *ctx)
{
	leak->ctx = ctx;
}

bool leak_has_system(const struct leak *leak)
{
	return leak->system.count >= LEAK_WORDS;
}

void leak_inherit(struct leak *leak)
{
	word_index_clear(&leak->known);
	leak->inherited = true;
}

void leak_free(struct leak *leak)
{
	if (!leak)
		return;
	word_index_done(&leak->system);
	word_index_done(&leak->known);
	free(leak);
}

uint64_t leak_take_over(struct leak *leak)
{
	uint64_t over = leak->over;

	leak->over = 0;
	return over;
}

size_t leak_bytes(const struct leak *leak)
{
	return sizeof(*leak) + WORD_INDEX_BYTES((size_t)leak->system.room) + WORD_INDEX_BYTES((size_t)leak->known.room);
}

/* ---- what a run is worth ---- */

static bool enough_distinct(const uint16_t *words, uint32_t count)
{
	uint32_t distinct = 0;

	for (uint32_t i = 0; i < count && distinct < LEAK_DISTINCT_WORDS; i++) {
		uint32_t before = 0;

		while (before < i && words[before] != words[i])
			before++;
		distinct += before == i;
	}
	return distinct >= LEAK_DISTINCT_WORDS;
}

static bool has_instructing(const uint16_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(instructing); k++)
			if (words[i] == instructing_hashes[k])
				return true;
	return false;
}

/* The words that nobody else said end here; they are the last ones before `at`. */
static bool end_fresh(const struct leak *leak, struct leak_text *text)
{
	const uint16_t *words = leak->system.words + text->at - text->fresh;
	uint32_t count = text->fresh, judged = count < JUDGED_WORDS ? count : JUDGED_WORDS;
	bool leaked = 2 * count - text->fresh_alone >= 2 * LEAK_WORDS && enough_distinct(words, judged);

	text->fresh = text->fresh_alone = 0;
	if (leaked)
		leak->on_run(leak->ctx, text,
			     &(struct leak_run){ text->start, text->end, count, has_instructing(words, judged) });
	return leaked;
}

/* ---- runs ---- */

static void mark_shared(struct word_index *system, uint32_t first, uint32_t end)
{
	for (uint32_t at = first; at < end; at++)
		word_index_mark(system, at);
}

/* `next`: the first word behind it. */
static void end_run(struct leak *leak, struct leak_text *text, enum leak_part part, uint32_t next)
{
	uint32_t run = text->run;

	text->run = 0;
	if (run == 0)
		return;
	switch (part) {
	case LEAK_SYSTEM:	/* its words so far are the last ones of the index */
		mark_shared(&leak->system, leak->system.count - run, leak->system.count);
		break;
	case LEAK_KNOWN:
		mark_shared(&leak->system, text->at - run, text->at);
		break;
	case LEAK_ANSWER:
		if (end_fresh(leak, text))
			text->floor = next;	/* no word is in two runs */
		break;
	case LEAK_PART_MAX:
		break;
	}
}

/* The run has one word more. */
static void extend_run(struct leak *leak, struct leak_text *text, enum leak_part part, const struct leak_span *word)
{
	if (part == LEAK_ANSWER) {
		if (word_index_marked(&leak->system, text->at)) {
			(void)end_fresh(leak, text);
		} else {
			if (text->fresh++ == 0)
				text->start = word->start;
			text->fresh_alone += word->alone;
			text->end = word->start + word->len;
		}
	}
	text->at++;
	text->run++;
}

/* The eight words up to `last` stand at `at` of the other text: a run, from as far back as they are equal. */
static void begin_run(struct leak *leak, struct leak_text *text, enum leak_part part, const struct word_index *other,
		      uint32_t last, uint32_t at)
{
	const struct leak_words *words = &text->words;
	uint32_t first = last + 1 - WORD_GRAM;

	while (first > text->floor && last + 2 - first <= LEAK_HELD_WORDS && at > 0 &&
	       words->hashes[first - 1] == other->words[at - 1]) {
		first--;
		at--;
	}
	text->at = at;
	for (; first <= last; first++)
		extend_run(leak, text, part, &words->spans[first]);
}

/* The first of the words from `from` to `end` with which eight end that stand in the other text as well, or `end`. */
static uint32_t find_run(const struct leak_text *text, const struct word_index *other, uint32_t from, uint32_t end,
			 uint32_t *ret_at)
{
	const uint16_t *hashes = text->words.hashes;
	uint32_t last = from < text->floor + WORD_GRAM - 1 ? text->floor + WORD_GRAM - 1 : from;

	if (other->count < WORD_GRAM)
		return end;
	for (; last < end; last++) {
		const uint16_t *gram = hashes + last + 1 - WORD_GRAM;

		if (!word_index_may_have(other, word_index_hash(other, gram)))
			continue;
		*ret_at = word_index_find(other, gram);
		if (*ret_at != WORD_NOWHERE)
			return last;
	}
	return end;
}

/* Words that later texts are compared with. False: there is no room for them, and this text is followed no further. */
static bool keep_words(struct leak *leak, struct leak_text *text, enum leak_part part, uint32_t from, uint32_t end)
{
	const uint16_t *words = text->words.hashes + from;

	if (part == LEAK_KNOWN)
		(void)word_index_add(&leak->known, words, end - from);
	if (part != LEAK_SYSTEM || word_index_add(&leak->system, words, end - from) == end - from)
		return true;
	/* Runs are of words that the index has. */
	text->run = 0;
	text->floor = text->words.count;
	return false;
}

/* The run goes on with the words from `from` on. Returns the first one that is not in it. */
static uint32_t follow_run(struct leak *leak, struct leak_text *text, enum leak_part part, const struct word_index *other,
			   uint32_t from, uint32_t end)
{
	uint32_t next = from;

	for (; next < end && text->at < other->count && other->words[text->at] == text->words.hashes[next]; next++)
		extend_run(leak, text, part, &text->words.spans[next]);
	return next;
}

/* The words from `from` on, up to the end of a run or of the words. Returns the first that is behind it. */
static uint32_t follow_some(struct leak *leak, struct leak_text *text, enum leak_part part, const struct word_index *other,
			    uint32_t from, uint32_t end)
{
	uint32_t next = from, at = 0;

	if (text->run == 0) {
		next = find_run(text, other, from, end, &at);
		if (!keep_words(leak, text, part, from, next) || next == end)
			return end;
		begin_run(leak, text, part, other, next, at);
		from = next++;
	}
	next = follow_run(leak, text, part, other, next, end);
	if (!keep_words(leak, text, part, from, next))
		return end;
	if (next < end)
		end_run(leak, text, part, next);
	return next;
}

static void follow_words(struct leak *leak, struct leak_text *text, enum leak_part part)
{
	struct word_index *other = part == LEAK_SYSTEM ? &leak->known : &leak->system;
	uint32_t next = text->taken, end = text->words.count;

	text->taken = end;
	if (other->count >= WORD_GRAM && next < end)
		word_index_ready(other);
	while (next < end)
		next = follow_some(leak, text, part, other, next, end);
}

/* Nothing to compare with, and nothing to keep. */
static bool is_idle(const struct leak *leak, enum leak_part part)
{
	switch (part) {
	case LEAK_SYSTEM:
		return leak->system.count == LEAK_SYSTEM_WORDS;
	case LEAK_KNOWN:
		return leak->known.count == LEAK_KNOWN_WORDS && leak->system.count < WORD_GRAM;
	case LEAK_ANSWER:
	case LEAK_PART_MAX:
		break;
	}
	return !leak_has_system(leak);
}

/* What the cutter's callback needs. */
struct visit {
	struct leak *leak;
	struct leak_text *text;
	enum leak_part part;
};

/* Keeps the words that a run may still go back to. */
static void make_room(void *ctx, struct leak_words *words)
{
	const struct visit *visit = ctx;
	struct leak_text *text = visit->text;
	uint32_t gone;

	follow_words(visit->leak, text, visit->part);
	gone = words->count - LEAK_HELD_WORDS;
	memmove(words->hashes, words->hashes + gone, LEAK_HELD_WORDS * sizeof(*words->hashes));
	memmove(words->spans, words->spans + gone, LEAK_HELD_WORDS * sizeof(*words->spans));
	words->count = text->taken = LEAK_HELD_WORDS;
	text->floor = text->floor > gone ? text->floor - gone : 0;
}

void leak_text_init(struct leak_text *text)
{
	memset(text, 0, offsetof(struct leak_text, words.hashes));
}

/* The call has system texts of its own. */
static void forget_inherited(struct leak *leak)
{
	word_index_clear(&leak->system);
	leak->inherited = false;
	leak->age++;
}

/* A run through system texts that are forgotten leads nowhere. */
static void keep_up(const struct leak *leak, struct leak_text *text)
{
	if (text->age == leak->age)
		return;
	text->age = leak->age;
	text->run = text->fresh = text->fresh_alone = 0;
	text->floor = text->words.count;
}

void leak_feed(struct leak *leak, struct leak_text *text, enum leak_part part, struct slice bytes)
{
	struct visit visit = { leak, text, part };

	if (part == LEAK_SYSTEM && leak->inherited)
		forget_inherited(leak);
	keep_up(leak, text);
	if (!is_idle(leak, part)) {
		leak_words_feed(&text->cutter, bytes, &text->words, make_room, &visit);
		follow_words(leak, text, part);
	} else if (part == LEAK_SYSTEM) {
		leak->over += bytes.len;
	}
}

void leak_end(struct leak *leak, struct leak_text *text, enum leak_part part)
{
	keep_up(leak, text);
	leak_words_end(&text->cutter, &text->words);
	follow_words(leak, text, part);
	end_run(leak, text, part, text->words.count);
	leak_text_init(text);
}
