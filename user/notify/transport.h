/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter to its place, over libcurl. TLS is verified, redirects are not
 * followed, answers are not kept. One object a thread.
 */
#ifndef PROMTAP_NOTIFY_TRANSPORT_H
#define PROMTAP_NOTIFY_TRANSPORT_H

#include <stdatomic.h>

#include "notify/channels.h"
#include "notify/outbox.h"

#define TRANSPORT_PROBLEM_BYTES 160

struct transport;

/* Once, before any thread. 0 or -1. */
int transport_init(void);

/* Both are borrowed. `stop`: an attempt ends when it is set. Null: out of memory. */
struct transport *transport_new(const struct notify_config *notify, const struct channel_config *channel,
				const atomic_bool *stop);
void transport_free(struct transport *transport);

/* Blocks, for channel->timeout at most. `ret_problem` says what went wrong, without any part of the URL or a secret. */
enum outbox_result transport_send(struct transport *transport, const struct letter *letter, uint64_t *ret_retry_after_ns,
				  char ret_problem[TRANSPORT_PROBLEM_BYTES]);

#endif
