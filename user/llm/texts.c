/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/texts.h"

#include <stdlib.h>
#include <string.h>

struct texts *texts_new(const struct text_receiver *receiver, const struct exchange *exchange)
{
	struct texts *texts = calloc(1, sizeof(*texts));

	if (!texts)
		return NULL;
	texts->receiver = receiver;
	texts->exchange = exchange;
	return texts;
}

void texts_drop(struct texts *texts)
{
	while (texts && texts->reading)
		texts_forget(texts->reading);
	if (texts && texts->user && texts->receiver->on_drop)
		texts->receiver->on_drop(texts->receiver->ctx, texts->user);
	free(texts);
}

void *texts_finish(struct texts *texts)
{
	void *user;

	if (!texts)
		return NULL;
	while (texts->reading)
		texts_close(texts->reading);
	for (uint32_t i = 0; i < texts->open_count; i++)
		texts_end(texts, texts->open[i].number, texts->open[i].where);
	user = texts->user;
	free(texts);
	return user;
}

static void send(struct texts *texts, struct text_view view)
{
	texts->receiver->on_text(texts->receiver->ctx, &texts->user, texts->exchange, &view);
}

void texts_give(struct texts *texts, uint32_t number, enum text_where where, struct slice bytes)
{
	send(texts, (struct text_view){ .event = TEXT_PIECE, .text = number, .where = where, .bytes = bytes });
}

void texts_end(struct texts *texts, uint32_t number, enum text_where where)
{
	send(texts, (struct text_view){ .event = TEXT_END, .text = number, .where = where });
}

void texts_open(struct texts *texts, struct open_text *text)
{
	*text = (struct open_text){ .next = texts->reading, .texts = texts, .number = texts->count++ };
	texts->reading = text;
}

void texts_forget(struct open_text *text)
{
	struct open_text **link = &text->texts->reading;

	while (*link != text)
		link = &(*link)->next;
	*link = text->next;
	*text = (struct open_text){ 0 };
}

void texts_close(struct open_text *text)
{
	struct texts *texts = text->texts;
	uint32_t number = text->number;
	enum text_where where = text->where;

	texts_forget(text);
	texts_end(texts, number, where);
}

bool text_key_eq(const struct text_key *a, const struct text_key *b)
{
	return a->item == b->item && a->tool == b->tool && a->choice == b->choice && a->kind == b->kind;
}

struct stream_text *texts_find(const struct texts *texts, const struct text_key *key)
{
	for (uint32_t i = 0; i < texts->open_count; i++)
		if (text_key_eq(&texts->open[i].key, key))
			return (struct stream_text *)&texts->open[i];
	return NULL;
}

void texts_end_stream(struct texts *texts, struct stream_text *text)
{
	texts_end(texts, text->number, text->where);
	*text = texts->open[--texts->open_count];
}

/* The one that has rested longest ends. */
static void make_room(struct texts *texts)
{
	struct stream_text *oldest = &texts->open[0];

	for (uint32_t i = 1; i < texts->open_count; i++)
		if (texts->open[i].used < oldest->used)
			oldest = &texts->open[i];
	texts_end_stream(texts, oldest);
}

struct stream_text *texts_continue(struct texts *texts, const struct text_key *key)
{
	struct stream_text *text = texts_find(texts, key);

	if (!text && texts->open_count == TEXTS_OPEN_MAX)
		make_room(texts);
	if (!text) {
		text = &texts->open[texts->open_count++];
		*text = (struct stream_text){ .key = *key, .number = texts->count++ };
	}
	text->used = ++texts->pieces;
	return text;
}
