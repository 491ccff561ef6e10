/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of texts: most are short, and what one leaves the next one takes. */
#include <stdlib.h>
#include <string.h>

#include "detect/detect_impl.h"

/* Answers trickle in, and many are open at a time: only what begins with a long piece gets the memory of a long text,
 * and only one of those is kept. */
#define LONG_PIECE_BYTES 1024
#define SHORT_TEXT_BYTES 4096

static void free_text(struct text *text)
{
	if (!text)
		return;
	buffer_done(&text->raw);
	hits_done(&text->hits);
	free(text->state);
	free(text);
}

static struct text *new_text(void)
{
	struct text *text = calloc(1, sizeof(*text));

	if (text)
		text->raw.limit = DETECT_WINDOW_BYTES + DETECT_OVERLAP_BYTES;
	return text;
}

static struct text *take_spare(struct text_pool *pool, bool is_long)
{
	struct text *text = is_long ? pool->long_one : NULL;

	if (text) {
		pool->long_one = NULL;
		return text;
	}
	return pool->count > 0 ? pool->spare[--pool->count] : new_text();
}

/* ---- those that are open ---- */

static void unlink_text(struct detect *detect, struct text *text)
{
	if (text->older)
		text->older->newer = text->newer;
	else
		detect->oldest = text->newer;
	if (text->newer)
		text->newer->older = text->older;
	else
		detect->newest = text->older;
}

static void link_newest(struct detect *detect, struct text *text)
{
	text->older = detect->newest;
	text->newer = NULL;
	if (detect->newest)
		detect->newest->newer = text;
	else
		detect->oldest = text;
	detect->newest = text;
}

void text_touch(struct detect *detect, struct text *text)
{
	text->used = ++detect->views;
	if (detect->newest == text)
		return;
	unlink_text(detect, text);
	link_newest(detect, text);
}

static size_t bytes_of(const struct detect *detect, const struct text *text)
{
	size_t state = text->state ? (detect->setup.rules->set.rule_count + 1) * sizeof(*text->state) : 0;

	return sizeof(*text) + text->raw.capacity + text->hits.capacity * sizeof(*text->hits.hits) + state;
}

void text_count(struct detect *detect, struct text *text)
{
	size_t bytes = bytes_of(detect, text);

	detect->open_bytes += bytes - text->bytes;
	text->bytes = bytes;
}

/* ---- beginning and end ---- */

struct text *text_take(struct detect *detect, const struct text_view *first, uint64_t service)
{
	struct text *text = take_spare(&detect->pool, first->bytes.len >= LONG_PIECE_BYTES);

	if (!text)
		return NULL;
	text->number = first->text;
	text->generation = detect->generation;
	text->where = WHERE_UNKNOWN;
	text->raw.len = 0;
	text->base = 0;
	text->done = 0;
	text->chain = service;
	text->budget = (struct decode_budget)DECODE_BUDGET;
	text->fresh = text->begun = text->escapes = text->escaped = false;
	follow_text_init(&text->follow);
	for (size_t i = 0; text->stated && i < detect->keeping_count; i++)
		text->state[detect->keeping[i]] = 0;
	text->stated = false;
	text->bytes = 0;
	link_newest(detect, text);
	return text;
}

void text_give(struct detect *detect, struct text *text)
{
	struct text_pool *pool = &detect->pool;

	if (!text)
		return;
	unlink_text(detect, text);
	detect->open_bytes -= text->bytes;
	text_renew(detect, text);
	hits_clear(&text->hits);
	if (text->raw.capacity > SHORT_TEXT_BYTES && !pool->long_one) {
		pool->long_one = text;
		return;
	}
	if (pool->count == TEXTS_SPARE) {
		free_text(text);
		return;
	}
	if (text->raw.capacity > SHORT_TEXT_BYTES)
		buffer_done(&text->raw);
	pool->spare[pool->count++] = text;
}

void text_pool_done(struct text_pool *pool)
{
	while (pool->count > 0)
		free_text(pool->spare[--pool->count]);
	free_text(pool->long_one);
	pool->long_one = NULL;
}

bool text_have_state(const struct detect *detect, struct text *text)
{
	if (!text->state)
		text->state = calloc(detect->setup.rules->set.rule_count + 1, sizeof(*text->state));
	text->stated = text->state;
	return text->stated;
}

void text_renew(const struct detect *detect, struct text *text)
{
	if (text->generation == detect->generation)
		return;
	text->generation = detect->generation;
	hits_clear(&text->hits);
	free(text->state);
	text->state = NULL;
	text->stated = false;
}
