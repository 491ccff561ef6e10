/* SPDX-License-Identifier: Apache-2.0 */
/* One thread a channel (sender.c), so that a place that does not answer holds up no other, and one for the disk. */
#include "notify/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "notify/sender.h"
#include "transport/transport.h"

#define JOURNAL_NAME "notify.queue"

static const char *const result_names[RESULT_MAX] = { "sent", "retried", "dead" };

/* ---- channels come and go ----------------------------------------------------------------------------- */

static struct channel *channel_named(struct notify *notify, const char *name)
{
	for (size_t i = 0; i < notify->channel_count; i++)
		if (strcmp(notify->channels[i].name, name) == 0)
			return &notify->channels[i];
	return NULL;
}

/* Cannot fail in the C library of Linux. */
static void init_wake(pthread_cond_t *wake)
{
	pthread_condattr_t attributes;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(wake, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

/* `channels`: room for those of the configuration, zeroed. */
static void set_channels(struct notify *notify, const struct notify_config *config, struct channel *channels)
{
	notify->config = config;
	notify->channels = channels;
	notify->channel_count = config->channels.count;
	for (size_t i = 0; i < notify->channel_count; i++) {
		struct channel *channel = &channels[i];

		channel->notify = notify;
		channel->name = config->channels.keys[i];
		channel->config = (const struct channel_config *)config->channels.items + i;
		outbox_init(&channel->outbox);
		channel->unsaved = &channel->outbox.first;
		init_wake(&channel->wake);
	}
}

static struct channel *room_for_channels(const struct notify_config *config)
{
	return calloc(config->channels.count + 1, sizeof(struct channel));
}

/* The others go on without one that has no thread. */
static void start_channels(struct notify *notify)
{
	notify->ending = false;
	atomic_store(&notify->stop, false);
	if (pthread_create(&notify->keeper, NULL, keeper_main, notify) != 0)
		notify->keeper = 0;
	for (size_t i = 0; i < notify->channel_count; i++) {
		struct channel *channel = &notify->channels[i];
		int err;

		channel->running = true;	/* from now on the thread's own */
		err = pthread_create(&channel->thread, NULL, sender_main, channel);
		if (err == 0)
			continue;
		channel->running = false;
		channel->thread = 0;
		log_error("channel %s is told nothing: %s", channel->name, strerror(err));
	}
}

static bool any_running(struct notify *notify)
{
	bool running = false;

	(void)pthread_mutex_lock(&notify->lock);
	for (size_t i = 0; i < notify->channel_count; i++)
		running |= notify->channels[i].running;
	(void)pthread_mutex_unlock(&notify->lock);
	return running;
}

static void wake_all(struct notify *notify)
{
	(void)pthread_mutex_lock(&notify->lock);
	for (size_t i = 0; i < notify->channel_count; i++)
		(void)pthread_cond_signal(&notify->channels[i].wake);
	(void)pthread_cond_signal(&notify->unkept);
	(void)pthread_mutex_unlock(&notify->lock);
}

static void stop_channels(struct notify *notify, int timeout_ms)
{
	const struct timespec step = { .tv_nsec = 10 * (long)NSEC_PER_MSEC };

	(void)pthread_mutex_lock(&notify->lock);
	notify->ending = true;
	(void)pthread_mutex_unlock(&notify->lock);
	wake_all(notify);
	for (int waited = 0; waited < timeout_ms && any_running(notify); waited += 10)
		(void)nanosleep(&step, NULL);
	atomic_store(&notify->stop, true);
	wake_all(notify);
	for (size_t i = 0; i < notify->channel_count; i++)
		if (notify->channels[i].thread)
			(void)pthread_join(notify->channels[i].thread, NULL);
	if (notify->keeper)
		(void)pthread_join(notify->keeper, NULL);
}

/* Items go to the channel of the same name; where there is none any more they are given up. */
static void free_channels(struct notify *notify, struct channel *channels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct channel *old = &channels[i], *heir = channel_named(notify, old->name);

		while (old->outbox.first) {
			struct outbox_item *item = outbox_settle(&old->outbox, OUTBOX_REFUSED, false, 0, 0, 0);

			if (heir) {
				outbox_put(&heir->outbox, item);
				continue;
			}
			sender_give_up(notify, old->name, item, "it is no longer configured");
			sender_settle_news(item);
			notify->bytes -= sizeof(*item);
			notify->messages--;
			notify->orphans++;
			free(item);
		}
		if (heir)
			memcpy(heir->results, old->results, sizeof(heir->results));
		(void)pthread_cond_destroy(&old->wake);
		free(old->active);
	}
	free(channels);
}

/* ---- items -------------------------------------------------------------------------------------------- */

/* Under the lock, where there is one. Null: the queue is full. */
static struct outbox_item *new_item(struct notify *notify, int64_t since_ns, const struct notice *notice)
{
	struct outbox_item *item = NULL;

	if (notify->bytes + sizeof(*item) <= notify->config->queue_bytes)
		item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	item->since_ns = since_ns;
	item->notice = *notice;
	notify->bytes += sizeof(*item);
	notify->messages++;
	return item;
}

/* What a former run left. */
static bool on_live(void *ctx, const struct journal_message *message)
{
	struct notify *notify = ctx;
	struct channel *channel = channel_named(notify, message->channel);
	struct outbox_item *item = channel ? new_item(notify, message->since_ns, message->notice) : NULL;

	if (!item) {
		sender_log_dead(message->channel, message->notice, channel ? "the queue is full" : "it is no longer configured");
		notify->orphans += !channel;
		if (channel)
			channel->results[RESULT_DEAD]++;
		return false;
	}
	item->number = message->number;
	item->journal_bytes = message->bytes;
	outbox_put(&channel->outbox, item);
	channel->unsaved = channel->outbox.end;
	return true;
}

/* Asked under the journal's lock, which nobody takes under the other one. */
static bool is_open(void *ctx, const char *id)
{
	struct notify *notify = ctx;
	bool open;

	(void)pthread_mutex_lock(&notify->lock);
	open = news_has(&notify->news, id);
	(void)pthread_mutex_unlock(&notify->lock);
	return open;
}

/* A line is one of notice_encode(); others are passed over. */
static void take_kept(struct notify *notify, struct slice kept)
{
	struct notice notice;

	while (kept.len > 0) {
		const char *end = memchr(kept.ptr, '\n', kept.len);
		struct slice line = { kept.ptr, end ? (size_t)(end - kept.ptr) : kept.len };
		struct news *news = notice_decode(line, &notice) == 0 ? news_add(&notify->news, &notice) : NULL;

		if (news)
			news->stage = NEWS_OUT;
		kept.ptr += line.len + (end ? 1 : 0);
		kept.len -= line.len + (end ? 1 : 0);
	}
}

/* ---- into the outboxes -------------------------------------------------------------------------------- */

static bool wants(const struct channel *channel, const struct notice *notice)
{
	if (notice->severity < channel->config->severity)
		return false;
	switch (notice->state) {
	case ALERT_FIRING:
		return true;
	case ALERT_RESOLVED:
		return channel->config->resolved;
	case ALERT_ACKNOWLEDGED:
		return channel_kinds[channel->config->type].wants_acknowledged;
	default:
		return false;
	}
}

/* Under the lock. A list of before this transition would bring back what has ended: the next tick makes another. */
static void drop_active(struct channel *channel)
{
	if (!channel->active)
		return;
	free(channel->active);
	channel->active = NULL;
	channel->resend_due_ns = 0;
}

/* `news`: that it is of; null: none that is waited for. */
static void queue(struct channel *channel, const struct notice *notice, struct news *news)
{
	struct notify *notify = channel->notify;
	struct outbox_item *item;

	(void)pthread_mutex_lock(&notify->lock);
	drop_active(channel);
	item = new_item(notify, (int64_t)clock_monotonic_ns(), notice);
	if (item) {
		item->news = news;
		if (news)
			news->open++;
		outbox_put(&channel->outbox, item);
		(void)pthread_cond_signal(notify->keeper ? &notify->unkept : &channel->wake);
	} else {
		channel->results[RESULT_DEAD]++;
	}
	(void)pthread_mutex_unlock(&notify->lock);
	if (!item)
		log_limited(LOG_WARN, 60, "channel %s: the queue is full, notifications are given up", channel->name);
}

/* What a former run has put into the queue is there, or was told. */
static void tell_channels(struct notify *notify, const struct notice *notice, struct news *news)
{
	for (size_t i = 0; i < notify->channel_count; i++) {
		struct channel *channel = &notify->channels[i];

		if (wants(channel, notice) && !journal_had(notify->journal, channel->name, notice->id))
			queue(channel, notice, news);
	}
}

/* It does not count as being in the journal before all channels have it. */
static void tell(struct notify *notify, struct news *news)
{
	struct notice notice;

	(void)pthread_mutex_lock(&notify->lock);
	news->stage = NEWS_OUT;
	news->open++;
	(void)pthread_mutex_unlock(&notify->lock);
	if (notice_decode(slice_of(news->line), &notice) == 0)
		tell_channels(notify, &notice, news);
	(void)pthread_mutex_lock(&notify->lock);
	news->open--;
	(void)pthread_mutex_unlock(&notify->lock);
}

/* ---- the object --------------------------------------------------------------------------------------- */

static const struct metric_desc notifications_desc = {
	.name = "promtap_notifications_total", .unit = "messages", .type = METRIC_COUNTER,
	.help = "Messages about alerts by channel: sent; retried: attempts that failed and are made again; dead: given up",
	.labels = { { "channel", CHANNELS_MAX }, { "result", 0 } }, .series_max = (CHANNELS_MAX + 1) * RESULT_MAX,
};
static const struct metric_desc queue_bytes_desc = {
	.name = "promtap_notify_queue_bytes", .unit = "bytes", .type = METRIC_GAUGE, .help = "Memory of messages that wait",
};
static const struct metric_desc queue_messages_desc = {
	.name = "promtap_notify_queue_messages", .unit = "messages", .type = METRIC_GAUGE, .help = "Messages that wait to be sent",
};

static int add_metrics(struct notify *notify, struct metrics *metrics)
{
	struct metric_family *bytes, *messages;

	if (!metrics)
		return 0;
	notify->notifications = metrics_family(metrics, &notifications_desc);
	bytes = metrics_family(metrics, &queue_bytes_desc);
	messages = metrics_family(metrics, &queue_messages_desc);
	if (!notify->notifications || !bytes || !messages)
		return -ENOMEM;
	notify->queue_bytes = metric_get(bytes, NULL);
	notify->queue_messages = metric_get(messages, NULL);
	return 0;
}

static void destroy(struct notify *notify)
{
	struct channel *channels = notify->channels;
	size_t count = notify->channel_count;

	for (size_t i = 0; i < count; i++) {
		outbox_done(&channels[i].outbox);
		(void)pthread_cond_destroy(&channels[i].wake);
		free(channels[i].active);
	}
	free(channels);
	journal_close(notify->journal);
	news_done(&notify->news);
	(void)pthread_cond_destroy(&notify->unkept);
	(void)pthread_mutex_destroy(&notify->lock);
	(void)pthread_mutex_destroy(&notify->journal_lock);
	free(notify);
}

/* Without a disk messages are kept in memory, which was said. */
static int take_up(struct notify *notify, struct slice kept)
{
	const struct journal_asks asks = { notify, on_live, is_open };
	int err;

	take_kept(notify, kept);
	err = journal_open(notify->folder, JOURNAL_NAME, notify->config->queue_bytes, (int64_t)clock_monotonic_ns(), &asks,
			   &notify->journal);
	if (err == -ENOMEM)
		return err;
	if (journal_damaged(notify->journal) > 0)
		log_warn("%s: %" PRIu64 " damaged lines were passed over", JOURNAL_NAME, journal_damaged(notify->journal));
	for (struct news *news = notify->news.first; news; news = news->next)
		tell(notify, news);
	return 0;
}

int notify_new(const struct notify_config *config, int folder, struct slice kept, struct metrics *metrics,
	       struct notify **ret)
{
	struct notify *notify = calloc(1, sizeof(*notify));
	struct channel *channels = room_for_channels(config);
	int err;

	if (!notify || !channels) {
		log_error("alerts cannot be told to anybody: %s", strerror(ENOMEM));
		free(notify);
		free(channels);
		return -ENOMEM;
	}
	(void)pthread_mutex_init(&notify->lock, NULL);
	(void)pthread_cond_init(&notify->unkept, NULL);
	(void)pthread_mutex_init(&notify->journal_lock, NULL);
	notify->folder = folder;
	news_init(&notify->news);
	set_channels(notify, config, channels);
	err = add_metrics(notify, metrics);
	if (err == 0 && transport_init() < 0)
		err = -ENOMEM;
	if (err == 0)
		err = take_up(notify, kept);
	if (err < 0) {
		log_error("alerts cannot be told to anybody: %s", strerror(-err));
		destroy(notify);
		return err;
	}
	start_channels(notify);
	*ret = notify;
	return 0;
}

void notify_free(struct notify *notify, int timeout_ms)
{
	if (!notify)
		return;
	stop_channels(notify, timeout_ms);
	destroy(notify);
}

int notify_use(struct notify *notify, const struct notify_config *config)
{
	struct channel *old = notify->channels, *channels = room_for_channels(config);
	size_t old_count = notify->channel_count;

	if (!channels)
		return -ENOMEM;
	stop_channels(notify, 0);
	set_channels(notify, config, channels);
	journal_limit(notify->journal, config->queue_bytes);
	free_channels(notify, old, old_count);
	start_channels(notify);
	return 0;
}

/* ---- from the analysis thread ------------------------------------------------------------------------- */

void notify_alert(struct notify *notify, const struct alert *alert)
{
	struct notice notice;
	struct news *news;

	notice_of_alert(alert, &notice);
	(void)pthread_mutex_lock(&notify->lock);
	news = news_add(&notify->news, &notice);
	(void)pthread_mutex_unlock(&notify->lock);
	if (!news)
		tell_channels(notify, &notice, NULL);
}

int notify_save(struct notify *notify, uint64_t save, struct buffer *out)
{
	int err;

	(void)pthread_mutex_lock(&notify->lock);
	err = news_save(&notify->news, save, out);
	(void)pthread_mutex_unlock(&notify->lock);
	return err;
}

bool notify_wants_save(struct notify *notify)
{
	bool wants;

	(void)pthread_mutex_lock(&notify->lock);
	wants = news_are_in(&notify->news);
	(void)pthread_mutex_unlock(&notify->lock);
	return wants;
}

/* The list is changed by this thread alone. */
static void let_go(struct notify *notify, bool all, uint64_t save)
{
	for (struct news *news = notify->news.first; news; news = news->next)
		if (all ? news->stage == NEWS_HELD : news_may_go(news, save))
			tell(notify, news);
}

void notify_saved(struct notify *notify, uint64_t save)
{
	let_go(notify, false, save);
	(void)pthread_mutex_lock(&notify->lock);
	news_forget(&notify->news, save);
	(void)pthread_mutex_unlock(&notify->lock);
}

void notify_release(struct notify *notify)
{
	let_go(notify, true, 0);
}

static bool is_active(const struct channel *channel, const struct alert *alert)
{
	bool active = alert->state == ALERT_FIRING || alert->state == ALERT_ACKNOWLEDGED;

	return active && !alert->silenced && alert->severity >= channel->config->severity;
}

/* A list that was not sent yet gives way to the newer one. */
static void tell_again(struct channel *channel, const struct alerts *alerts)
{
	struct notice *notices;
	const struct alert *alert;
	size_t room = 0, count = 0;

	for (size_t i = 0; (alert = alerts_at(alerts, i)); i++)
		room += is_active(channel, alert);
	notices = room > 0 ? calloc(room, sizeof(*notices)) : NULL;
	if (!notices)
		return;
	for (size_t i = 0; (alert = alerts_at(alerts, i)); i++)
		if (is_active(channel, alert))
			notice_of_alert(alert, &notices[count++]);
	(void)pthread_mutex_lock(&channel->notify->lock);
	free(channel->active);
	channel->active = notices;
	channel->active_count = count;
	(void)pthread_cond_signal(&channel->wake);
	(void)pthread_mutex_unlock(&channel->notify->lock);
}

static void publish(struct notify *notify)
{
	static const char *const orphans[] = { "removed", "dead" };

	if (!notify->notifications)
		return;
	(void)pthread_mutex_lock(&notify->lock);
	for (size_t i = 0; i < notify->channel_count; i++)
		for (size_t k = 0; k < RESULT_MAX; k++) {
			const char *values[] = { notify->channels[i].name, result_names[k] };

			metric_add(metric_get(notify->notifications, values), notify->channels[i].results[k]);
			notify->channels[i].results[k] = 0;
		}
	if (notify->orphans > 0)
		metric_add(metric_get(notify->notifications, orphans), notify->orphans);
	notify->orphans = 0;
	metric_set(notify->queue_bytes, (double)notify->bytes);
	metric_set(notify->queue_messages, (double)notify->messages);
	(void)pthread_mutex_unlock(&notify->lock);
}

void notify_tick(struct notify *notify, const struct alerts *alerts, int64_t now)
{
	for (size_t i = 0; i < notify->channel_count; i++) {
		struct channel *channel = &notify->channels[i];
		int64_t resend = (int64_t)channel->config->resend;

		if (!channel_kinds[channel->config->type].wants_active)
			continue;
		/* A clock that was set back must not silence us. */
		if (now < channel->resend_due_ns && channel->resend_due_ns - now <= resend)
			continue;
		channel->resend_due_ns = now + resend;
		tell_again(channel, alerts);
	}
	publish(notify);
}
