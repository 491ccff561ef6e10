/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages that wait for one channel, in order, and when to try the first
 * again: back-off that doubles from OUTBOX_FIRST_NS to OUTBOX_LAST_NS, of which a
 * random part is waited, so that a place that comes back is not met by all at
 * once. Knows no network and no clock.
 */
#ifndef PROMTAP_NOTIFY_OUTBOX_H
#define PROMTAP_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notify/news.h"
#include "notify/notice.h"

#define OUTBOX_FIRST_NS 1000000000ull
#define OUTBOX_LAST_NS 300000000000ull
/* Half an hour: a wrong key can be mended meanwhile, and one message that is disliked holds up no day of others. */
#define OUTBOX_DENIALS_MAX 14

struct outbox_item {
	struct outbox_item *next;
	uint64_t number;		/* in the journal */
	size_t journal_bytes;		/* that it counts for there */
	int64_t since_ns;		/* it waits, in a clock that nobody sets */
	struct news *news;		/* that it is of, and that waits for the journal to have it; null: none */
	struct notice notice;
};

struct outbox {
	struct outbox_item *first, **end;
	size_t count;
	unsigned attempts, denials;	/* of the first item */
	int64_t due_ns;			/* not before, in the caller's clock */
};

enum outbox_result {
	OUTBOX_SENT = 0,
	OUTBOX_RETRY,		/* the place does not answer, or is busy */
	OUTBOX_DENIED,		/* it is not taken, be it for its own sake or because the channel is set up wrong */
	OUTBOX_REFUSED,		/* it will not be taken, however often it is tried */
};

void outbox_init(struct outbox *outbox);
/* Takes the item. */
void outbox_put(struct outbox *outbox, struct outbox_item *item);
/* What to try now; null: nothing, and *ret_due_ns says when to ask again (INT64_MAX: when something is put). */
struct outbox_item *outbox_next(const struct outbox *outbox, int64_t now_ns, int64_t *ret_due_ns);
/* What came of trying the first item. `retry_after_ns`: what the place asked for, 0: nothing. `random`: any number.
 * Returns the item, now the caller's, when it is over, sent or given up; null: it is tried again. `too_old`: its time is up. */
struct outbox_item *outbox_settle(struct outbox *outbox, enum outbox_result result, bool too_old, uint64_t retry_after_ns,
				  int64_t now_ns, uint64_t random);
/* Frees all items. */
void outbox_done(struct outbox *outbox);

#endif
