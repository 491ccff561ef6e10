/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hand-over between the analysis thread, which renders, and the threads
 * that answer scrapes. A finished payload does not change and is shared by
 * count; the lock guards only which one is the last.
 */
#ifndef PROMTAP_EXPORT_PAYLOAD_H
#define PROMTAP_EXPORT_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

struct payloads;
struct payload;

/* `wake_fd` is an eventfd that is written when a fresh payload is wished for;
 * it stays the caller's. Null: out of memory. */
struct payloads *payloads_new(int wake_fd, unsigned fresh_ms, unsigned patience_ms);

/* When no thread is in payloads_get() any more. */
void payloads_free(struct payloads *payloads);

/* Lets all that wait go, now and later. */
void payloads_stop(struct payloads *payloads);

/* For the analysis thread. Takes the bytes out of `buffer`; an empty one says
 * that rendering failed, and those that wait get the last payload. */
void payloads_publish(struct payloads *payloads, struct buffer *buffer);

/* For answering threads: a payload at most fresh_ms old, waiting patience_ms
 * for it, else the last one; null: there never was one. Give it back. */
struct payload *payloads_get(struct payloads *payloads);
void payload_put(struct payload *payload);

struct slice payload_bytes(const struct payload *payload);

#endif
