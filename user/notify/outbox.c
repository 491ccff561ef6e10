/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/outbox.h"

#include <stdlib.h>

#include "transport/backoff.h"

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){ 0 };
	outbox->end = &outbox->first;
}

void outbox_put(struct outbox *outbox, struct outbox_item *item)
{
	item->next = NULL;
	*outbox->end = item;
	outbox->end = &item->next;
	outbox->count++;
}

struct outbox_item *outbox_next(const struct outbox *outbox, int64_t now_ns, int64_t *ret_due_ns)
{
	*ret_due_ns = outbox->first ? outbox->due_ns : INT64_MAX;
	return now_ns >= *ret_due_ns ? outbox->first : NULL;
}

static struct outbox_item *take_first(struct outbox *outbox)
{
	struct outbox_item *item = outbox->first;

	outbox->first = item->next;
	if (!outbox->first)
		outbox->end = &outbox->first;
	outbox->count--;
	outbox->attempts = outbox->denials = 0;
	outbox->due_ns = 0;
	return item;
}

struct outbox_item *outbox_settle(struct outbox *outbox, enum outbox_result result, bool too_old, uint64_t retry_after_ns,
				  int64_t now_ns, uint64_t random)
{
	uint64_t wait_ns;

	outbox->denials += result == OUTBOX_DENIED;
	if (result == OUTBOX_SENT || result == OUTBOX_REFUSED || too_old || outbox->denials == OUTBOX_DENIALS_MAX)
		return take_first(outbox);
	wait_ns = backoff_ns(outbox->attempts, OUTBOX_FIRST_NS, OUTBOX_LAST_NS, retry_after_ns, random);
	outbox->attempts++;
	outbox->due_ns = now_ns + (int64_t)wait_ns;
	return NULL;
}

void outbox_done(struct outbox *outbox)
{
	while (outbox->first)
		free(take_first(outbox));
}
