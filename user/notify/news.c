/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/news.h"

#include <stdlib.h>
#include <string.h>

void news_init(struct news_list *list)
{
	*list = (struct news_list){ 0 };
	list->end = &list->first;
}

/* The one at *at. */
static void take_out(struct news_list *list, struct news **at)
{
	struct news *news = *at;

	*at = news->next;
	if (!*at)
		list->end = at;
	list->count--;
	free(news);
}

void news_done(struct news_list *list)
{
	while (list->first)
		take_out(list, &list->first);
}

struct news *news_add(struct news_list *list, const struct notice *notice)
{
	struct buffer line = { .limit = NOTICE_LINE_BYTES_MAX };
	struct news *news = NULL;

	if (list->count < NEWS_MAX && notice_encode(notice, &line) == 0)
		news = calloc(1, sizeof(*news) + line.len + 1);
	if (news) {
		memcpy(news->line, line.data, line.len);
		(void)slice_copy(news->id, sizeof(news->id), slice_of(notice->id));
		*list->end = news;
		list->end = &news->next;
		list->count++;
	}
	buffer_done(&line);
	return news;
}

bool news_has(const struct news_list *list, const char *id)
{
	for (const struct news *news = list->first; news; news = news->next)
		if (strcmp(news->id, id) == 0)
			return true;
	return false;
}

static bool is_in(const struct news *news)
{
	return news->stage == NEWS_OUT && news->open == 0;
}

bool news_are_in(const struct news_list *list)
{
	for (const struct news *news = list->first; news; news = news->next)
		if (is_in(news))
			return true;
	return false;
}

int news_save(struct news_list *list, uint64_t save, struct buffer *out)
{
	int err = 0;

	for (struct news *news = list->first; news && err == 0; news = news->next) {
		if (is_in(news)) {
			news->stage = NEWS_LEAVING;
			news->save = save;
		}
		if (news->stage == NEWS_LEAVING)
			continue;
		if (news->save == 0)
			news->save = save;
		err = buffer_printf(out, "%s\n", news->line);
	}
	return err;
}

void news_forget(struct news_list *list, uint64_t save)
{
	for (struct news **at = &list->first; *at;) {
		if ((*at)->stage == NEWS_LEAVING && (*at)->save <= save)
			take_out(list, at);
		else
			at = &(*at)->next;
	}
}

bool news_may_go(const struct news *news, uint64_t save)
{
	return news->stage == NEWS_HELD && news->save > 0 && news->save <= save;
}
