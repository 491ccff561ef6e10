/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of capture: what happened on one connection or process, in the order
 * of the ring. The same from the kernel's ring, from a recording and from a
 * test. Order holds within one direction of one connection; the response may
 * arrive before the last piece of its request (another thread read it).
 */
#ifndef PROMTAP_CAPTURE_CHUNK_H
#define PROMTAP_CAPTURE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "event.h"

enum chunk_kind {
	CHUNK_UNKNOWN = 0,
	CHUNK_DATA,
	CHUNK_CLOSE,	/* the connection's TLS object was freed */
	CHUNK_PROCESS,	/* facts of a process; comes before its first data */
	CHUNK_EXIT,	/* the process is gone: every connection of `conn.tgid` has ended */
	CHUNK_KIND_MAX
};

/* All pointers are lent for the time of the callback. */
struct chunk {
	enum chunk_kind kind;
	uint64_t ts_ns;			/* CLOCK_MONOTONIC: the TLS call returned */
	struct conn_key conn;		/* for PROCESS and EXIT only tgid is set */

	/* CHUNK_DATA */
	enum event_direction direction;
	uint64_t ts_enter_ns;		/* the TLS call was entered */
	uint64_t position;		/* of the first byte in its direction */
	const uint8_t *data;
	size_t len;
	uint64_t skipped;		/* bytes after these, of the same call, that will not come */
	enum skip_reason skip_reason;
	bool late;			/* the connection may be older than our probes */
	uint32_t attachment;
	uint8_t posts;			/* as in struct event_data */

	const struct event_process *process;	/* CHUNK_PROCESS */
};

typedef void (*chunk_fn)(void *ctx, const struct chunk *chunk);

/* Checks one record of `size` bytes, as from the ring, and hands it on.
 * -EBADMSG: not of the agreed form; nothing was called. Counts records, bytes
 * and skips. `record` must be 8-byte aligned. */
int chunk_from_event(const void *record, size_t size, chunk_fn fn, void *ctx);

#endif
