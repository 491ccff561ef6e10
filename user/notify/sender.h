/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel and the thread that tells what is in its outbox. Internal to notify.
 *
 * The analysis thread puts items into the outbox under a lock that is never held
 * over disk or network. One thread for all channels, the keeper, writes them to
 * the journal, so that no place that is slow keeps others from the disk. Only the
 * channel's thread takes items away, and only those that the keeper is done with:
 * one that either looks at stays where it is while the lock is let go.
 */
#ifndef PROMTAP_NOTIFY_SENDER_H
#define PROMTAP_NOTIFY_SENDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "notify/channels.h"
#include "notify/journal.h"
#include "notify/news.h"
#include "notify/notify.h"
#include "notify/outbox.h"

enum result {
	RESULT_SENT = 0,
	RESULT_RETRIED,
	RESULT_DEAD,
	RESULT_MAX
};

struct channel {
	struct notify *notify;
	const char *name;		/* of the configuration */
	const struct channel_config *config;
	struct outbox outbox;
	struct outbox_item **unsaved;	/* where the first stands that is not in the journal */
	struct notice *active;		/* to be told again; owned */
	size_t active_count;
	int64_t resend_due_ns;
	uint64_t results[RESULT_MAX];	/* since the last tick */
	pthread_t thread;
	pthread_cond_t wake;
	bool running;
};

struct notify {
	const struct notify_config *config;	/* borrowed until the next one */
	int folder;
	struct channel *channels;		/* as many as the configuration has */
	size_t channel_count;
	pthread_mutex_t lock;			/* of all but the journal */
	pthread_mutex_t journal_lock;
	pthread_t keeper;			/* 0: none could be had, each channel keeps its own */
	pthread_cond_t unkept;			/* for the keeper: there is something new, or it is to stop */
	struct journal *journal;
	struct news_list news;
	size_t bytes, messages;			/* of all outboxes */
	atomic_bool stop;			/* whatever is under way ends */
	bool ending;				/* threads end when there is nothing to send now */
	struct metric_family *notifications;	/* null without a registry, as the next two */
	struct metric_series *queue_bytes, *queue_messages;
	uint64_t orphans;			/* since the last tick: given up, for their channel is no longer configured */
};

/* pthread_create()'s function; its argument is the channel. Ends when the channel is to stop, or when the notifier is
 * ending and nothing can be sent now. */
void *sender_main(void *channel);

/* Likewise; its argument is the notifier. Ends when it is to stop and all is in the journal. */
void *keeper_main(void *notify);

/* Under the lock. The item is in the journal, or over. */
void sender_settle_news(struct outbox_item *item);

/* An item that is over for another reason: said, and no longer in the journal. The item stays the caller's. */
void sender_give_up(struct notify *notify, const char *channel, const struct outbox_item *item, const char *why);
void sender_log_dead(const char *channel, const struct notice *notice, const char *why);

#endif
