/* SPDX-License-Identifier: Apache-2.0 */
/* Ring records to chunks: every length and kind is checked before use. */
#include "capture/chunk.h"

#include <errno.h>

#include "base/stats.h"

static int data_chunk(const struct event_data *event, size_t size, struct chunk *chunk)
{
	if (size < sizeof(*event) || event->length != size - sizeof(*event) || event->length == 0 ||
	    event->direction >= DIRECTION_MAX || event->skip_reason >= SKIP_REASON_MAX)
		return -EBADMSG;
	chunk->kind = CHUNK_DATA;
	chunk->conn = event->conn;
	chunk->direction = (enum event_direction)event->direction;
	chunk->ts_enter_ns = event->ts_enter_ns;
	chunk->position = event->position;
	chunk->data = event->bytes;
	chunk->len = event->length;
	chunk->skipped = event->skipped;
	chunk->skip_reason = (enum skip_reason)event->skip_reason;
	chunk->late = event->flags & DATA_FLAG_LATE;
	chunk->attachment = event->attachment;
	chunk->posts = event->posts;
	stats_add(event->direction == DIRECTION_WRITE ? STAT_BYTES_CAPTURED_WRITE : STAT_BYTES_CAPTURED_READ,
		  event->length);
	return 0;
}

static int close_chunk(const struct event_close *event, size_t size, struct chunk *chunk)
{
	if (size != sizeof(*event))
		return -EBADMSG;
	chunk->kind = CHUNK_CLOSE;
	chunk->conn = event->conn;
	return 0;
}

static int process_chunk(const struct event_process *event, size_t size, struct chunk *chunk)
{
	if (size != sizeof(*event))
		return -EBADMSG;
	chunk->kind = CHUNK_PROCESS;
	chunk->conn.tgid = event->tgid;
	chunk->process = event;
	return 0;
}

static int exit_chunk(const struct event_exit *event, size_t size, struct chunk *chunk)
{
	if (size != sizeof(*event))
		return -EBADMSG;
	chunk->kind = CHUNK_EXIT;
	chunk->conn.tgid = event->tgid;
	return 0;
}

static int chunk_of(const struct event_header *header, struct chunk *chunk)
{
	switch (header->kind) {
	case EVENT_DATA:
		return data_chunk((const void *)header, header->size, chunk);
	case EVENT_CLOSE:
		return close_chunk((const void *)header, header->size, chunk);
	case EVENT_PROCESS:
		return process_chunk((const void *)header, header->size, chunk);
	case EVENT_EXIT:
		return exit_chunk((const void *)header, header->size, chunk);
	default:
		return -EBADMSG;
	}
}

int chunk_from_event(const void *record, size_t size, chunk_fn fn, void *ctx)
{
	const struct event_header *header = record;
	struct chunk chunk = { 0 };

	stats_add(STAT_RECORDS, 1);
	if (size < sizeof(*header) || header->size < sizeof(*header) || header->size > size ||
	    chunk_of(header, &chunk) < 0) {
		stats_add(STAT_RECORDS_INVALID, 1);
		return -EBADMSG;
	}
	chunk.ts_ns = header->ts_ns;
	fn(ctx, &chunk);
	return 0;
}
