/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transitions on their way from the state of the alerts to the queue, so that a
 * crash at any moment neither loses nor doubles one. Internal to notify.
 *
 * The state's file is written first, and has the transition with it: so it is
 * known after a crash. Then it goes into the outboxes, and the journal. What the
 * journal has for all channels is left out of the next state's file. Until that
 * is on disk the journal remembers the id: what a start finds in the state and
 * in the journal is not put again.
 */
#ifndef PROMTAP_NOTIFY_NEWS_H
#define PROMTAP_NOTIFY_NEWS_H

#include "notify/notice.h"

#define NEWS_MAX ALERTS_MAX	/* a tick's; more go without this care */

enum news_stage {
	NEWS_HELD = 0,		/* until the state that has it is on disk */
	NEWS_OUT,		/* in outboxes */
	NEWS_LEAVING,		/* no longer in the state that is to be written */
};

struct news {
	struct news *next;
	enum news_stage stage;
	uint64_t save;		/* that has it first, or that first has it no longer; 0: none yet */
	unsigned open;		/* items that are neither in the journal nor over */
	char id[sizeof(((struct notice *)0)->id)];
	char line[];		/* as notice_encode() writes it */
};

struct news_list {
	struct news *first, **end;
	size_t count;
};

void news_init(struct news_list *list);
void news_done(struct news_list *list);

/* Null: out of memory, or there are too many. */
struct news *news_add(struct news_list *list, const struct notice *notice);
bool news_has(const struct news_list *list, const char *id);
/* Whether some need not stand in the state's file any longer. */
bool news_are_in(const struct news_list *list);

/* Appends a line each of those that the state's file numbered `save` is to have. 0 or -errno of the buffer. */
int news_save(struct news_list *list, uint64_t save, struct buffer *out);
/* The file numbered `save`, or a later one, is on disk: forgets those that it has no longer. */
void news_forget(struct news_list *list, uint64_t save);
/* Whether one may go out when that file is on disk. */
bool news_may_go(const struct news *news, uint64_t save);

#endif
