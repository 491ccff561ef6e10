/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "transport/place.h"
#include "transport/transport.h"

#define LETTER_ALERTS_MAX 64	/* as Prometheus; half a megabyte at most */

void sender_log_dead(const char *channel, const struct notice *notice, const char *why)
{
	log_warn("notification %s is given up: channel %s: %s", notice->id, channel, why);
}

/* Under the lock. */
static void forget(struct notify *notify)
{
	notify->bytes -= sizeof(struct outbox_item);
	notify->messages--;
}

void sender_settle_news(struct outbox_item *item)
{
	if (item->news)
		item->news->open--;
	item->news = NULL;
}

static void journal_forget(struct notify *notify, const struct outbox_item *item)
{
	if (item->number == 0)
		return;
	(void)pthread_mutex_lock(&notify->journal_lock);
	journal_done(notify->journal, item->number, item->journal_bytes);
	(void)pthread_mutex_unlock(&notify->journal_lock);
}

void sender_give_up(struct notify *notify, const char *channel, const struct outbox_item *item, const char *why)
{
	sender_log_dead(channel, &item->notice, why);
	journal_forget(notify, item);
}

static int64_t now_ns(void)
{
	return (int64_t)clock_monotonic_ns();
}

static int64_t now_unix_ns(void)
{
	return (int64_t)clock_ns(CLOCK_REALTIME);
}

static uint64_t random_number(void)
{
	uint64_t number = 0;

	(void)!getrandom(&number, sizeof(number), 0);
	return number;
}

/* Under the lock, which is let go over the disk: nobody takes the item away meanwhile. */
static void save(struct channel *channel, struct outbox_item *item)
{
	struct notify *notify = channel->notify;
	struct journal_message message = { .channel = channel->name, .notice = &item->notice, .since_ns = item->since_ns };
	int err;

	(void)pthread_mutex_unlock(&notify->lock);
	(void)pthread_mutex_lock(&notify->journal_lock);
	err = journal_put(notify->journal, &message);
	(void)pthread_mutex_unlock(&notify->journal_lock);
	(void)pthread_mutex_lock(&notify->lock);
	item->number = message.number;
	item->journal_bytes = message.bytes;
	if (err == 0)
		sender_settle_news(item);
}

/* Under the lock. Whether there was something. */
static bool save_new(struct channel *channel)
{
	bool found = false;

	while (*channel->unsaved) {
		struct outbox_item *item = *channel->unsaved;

		if (item->number == 0)	/* else it was kept before the last reload, behind one that found no room */
			save(channel, item);
		channel->unsaved = &item->next;
		(void)pthread_cond_signal(&channel->wake);
		found = true;
	}
	return found;
}

static bool save_all(struct notify *notify)
{
	bool found = false;

	for (size_t i = 0; i < notify->channel_count; i++)
		found |= save_new(&notify->channels[i]);
	return found;
}

void *keeper_main(void *ctx)
{
	struct notify *notify = ctx;

	(void)pthread_mutex_lock(&notify->lock);
	for (;;) {
		if (save_all(notify))
			continue;
		if (atomic_load(&notify->stop))
			break;
		(void)pthread_cond_wait(&notify->unkept, &notify->lock);
	}
	(void)pthread_mutex_unlock(&notify->lock);
	return NULL;
}

/* What is wrong with this one message is final; what may be, is denied; all else may be mended at the other end. */
static enum outbox_result meaning_of(long status, bool is_mail)
{
	if (is_mail)
		return status >= 550 && status <= 554 ? OUTBOX_REFUSED : OUTBOX_RETRY;
	switch (status) {
	case 400:
	case 413:
	case 422:
		return OUTBOX_REFUSED;
	case 408:
	case 425:
	case 429:
		return OUTBOX_RETRY;
	default:
		return status >= 300 && status < 500 ? OUTBOX_DENIED : OUTBOX_RETRY;
	}
}

static enum outbox_result post(const struct channel *channel, struct transport *transport, const struct letter *letter,
			       struct transport_answer *ret)
{
	const struct channel_config *config = channel->config;
	const struct notify_config *notify = channel->notify->config;
	const char *headers[CHANNEL_HEADERS_MAX + 1] = { "Content-Type: application/json" };
	char host[PLACE_HOST_BYTES];
	struct transport_mail mail = {
		.from = config->from,
		.to = &config->to,
		.user = config->user ? config->user : config->from,
		.password = config->secret,
	};
	struct transport_message message = {
		.url = letter->url,
		.headers = headers,
		.header_count = letter->header_count + 1,
		.body = buffer_slice(&letter->body),
		.mail = letter->is_mail ? &mail : NULL,
	};

	url_host(letter->url, host);
	if (notify->allow_hosts.count > 0 && !host_is_allowed(&notify->allow_hosts, host)) {
		(void)snprintf(ret->problem, sizeof(ret->problem), "its host is not among notify.allow_hosts");
		return OUTBOX_REFUSED;
	}
	mail.plain = notify->allow_plain || host_is_loopback(host);
	for (size_t i = 0; i < letter->header_count; i++)
		headers[i + 1] = letter->headers[i];
	transport_send(transport, &message, ret);
	return ret->taken ? OUTBOX_SENT : meaning_of(ret->status, letter->is_mail);
}

static enum outbox_result send_letter(struct channel *channel, struct transport *transport, const struct notice *notices,
				      size_t count, struct transport_answer *ret)
{
	struct letter *letter = calloc(1, sizeof(*letter));
	enum outbox_result result = OUTBOX_RETRY;

	*ret = (struct transport_answer){ .problem = "out of memory" };
	if (!letter)
		return OUTBOX_RETRY;
	if (channel_kinds[channel->config->type].write(channel->config, notices, count, now_unix_ns(), letter) == 0) {
		result = post(channel, transport, letter, ret);
	} else {
		(void)snprintf(ret->problem, sizeof(ret->problem), "the message cannot be made");
		result = OUTBOX_REFUSED;
	}
	buffer_done(&letter->body);
	free(letter);
	return result;
}

/* Under the lock. What the item that is over leaves behind. */
static void finish_item(struct channel *channel, struct outbox_item *item, enum outbox_result result, const char *problem)
{
	struct notify *notify = channel->notify;

	if (channel->unsaved == &item->next)
		channel->unsaved = &channel->outbox.first;
	channel->results[result == OUTBOX_SENT ? RESULT_SENT : RESULT_DEAD]++;
	forget(notify);
	(void)pthread_mutex_unlock(&notify->lock);
	if (result != OUTBOX_SENT)
		sender_log_dead(channel->name, &item->notice, problem);
	journal_forget(notify, item);
	(void)pthread_mutex_lock(&notify->lock);
	sender_settle_news(item);
	free(item);
}

/* Under the lock, let go over the disk. What waits is older now, also for the next start. */
static void mark_age(struct notify *notify)
{
	(void)pthread_mutex_unlock(&notify->lock);
	(void)pthread_mutex_lock(&notify->journal_lock);
	journal_mark(notify->journal, now_ns());
	(void)pthread_mutex_unlock(&notify->journal_lock);
	(void)pthread_mutex_lock(&notify->lock);
}

/* Under the lock, let go while it is sent. */
static void send_item(struct channel *channel, struct transport *transport, struct outbox_item *item)
{
	struct notify *notify = channel->notify;
	struct transport_answer answer;
	enum outbox_result result;
	struct outbox_item *over;
	bool too_old;

	(void)pthread_mutex_unlock(&notify->lock);
	result = send_letter(channel, transport, &item->notice, 1, &answer);
	(void)pthread_mutex_lock(&notify->lock);
	if (result == OUTBOX_RETRY && atomic_load(&notify->stop))
		return;	/* it was cut off, which is no failure */
	too_old = now_ns() - item->since_ns > (int64_t)notify->config->retry_for;
	over = outbox_settle(&channel->outbox, result, too_old, answer.retry_after_ns, now_ns(), random_number());
	if (over) {
		finish_item(channel, over, result, too_old && result == OUTBOX_RETRY ? "its time is up" : answer.problem);
		return;
	}
	channel->results[RESULT_RETRIED]++;
	log_limited(LOG_WARN, 60, "channel %s: %s; it is tried again, %zu messages wait", channel->name, answer.problem,
		    channel->outbox.count);
	mark_age(notify);
}

/* Under the lock, let go while it is sent. What is active is told again; a failure is made good by the next time. */
static void send_active(struct channel *channel, struct transport *transport)
{
	struct notify *notify = channel->notify;
	struct notice *active = take_ptr(channel->active);
	size_t count = channel->active_count;
	struct transport_answer answer = { 0 };
	enum outbox_result result = OUTBOX_SENT;

	for (size_t at = 0; at < count && result == OUTBOX_SENT && !atomic_load(&notify->stop); at += LETTER_ALERTS_MAX) {
		size_t part = count - at < LETTER_ALERTS_MAX ? count - at : LETTER_ALERTS_MAX;

		(void)pthread_mutex_unlock(&notify->lock);
		result = send_letter(channel, transport, active + at, part, &answer);
		(void)pthread_mutex_lock(&notify->lock);
		channel->results[result == OUTBOX_SENT ? RESULT_SENT : RESULT_RETRIED]++;
	}
	free(active);
	if (result != OUTBOX_SENT && !atomic_load(&notify->stop))
		log_limited(LOG_WARN, 60, "channel %s: %s", channel->name, answer.problem);
}

static void wait_until(struct channel *channel, int64_t due_ns)
{
	struct timespec until = { .tv_sec = due_ns / (int64_t)NSEC_PER_SEC, .tv_nsec = due_ns % (int64_t)NSEC_PER_SEC };

	if (due_ns == INT64_MAX)
		(void)pthread_cond_wait(&channel->wake, &channel->notify->lock);
	else
		(void)pthread_cond_timedwait(&channel->wake, &channel->notify->lock, &until);
}

void *sender_main(void *ctx)
{
	struct channel *channel = ctx;
	struct notify *notify = channel->notify;
	struct transport *transport = transport_new(&(struct transport_setup){ .ca = notify->config->ca,
									       .timeout_ns = channel->config->timeout,
									       .stop = &notify->stop });

	(void)pthread_mutex_lock(&notify->lock);
	while (transport && !atomic_load(&notify->stop)) {
		bool kept = channel->unsaved != &channel->outbox.first;	/* the first item is */
		struct outbox_item *item;
		int64_t due_ns = INT64_MAX;

		if (!notify->keeper && save_new(channel))
			continue;
		item = kept ? outbox_next(&channel->outbox, now_ns(), &due_ns) : NULL;
		if (item)
			send_item(channel, transport, item);
		else if (channel->active)
			send_active(channel, transport);
		else if (notify->ending && !*channel->unsaved)
			break;
		else
			wait_until(channel, due_ns);
	}
	channel->running = false;
	(void)pthread_mutex_unlock(&notify->lock);
	transport_free(transport);
	if (!transport)
		log_error("channel %s cannot be used: out of memory", channel->name);
	return NULL;
}
