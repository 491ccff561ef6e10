/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks in, segments out. Positions tell what is missing and what comes
 * twice; nothing is buffered. Connections are bounded in number and in
 * idleness, by the time of the chunks.
 */
#include "stream/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/stats.h"
#include "stream/conn.h"

struct stream_table {
	struct conn_table conns;
	struct stream_limits limits;
	segment_fn fn;
	void *ctx;
	uint64_t now_ns;	/* latest time of any chunk: those of several CPUs come slightly out of order */
	uint64_t opened;
};

struct stream_table *stream_new(const struct stream_limits *limits, segment_fn fn, void *ctx)
{
	struct stream_table *table = calloc(1, sizeof(*table));

	assert(limits->connections_max > 0);
	if (!table)
		return NULL;
	table->limits = *limits;
	table->fn = fn;
	table->ctx = ctx;
	if (conn_table_init(&table->conns, limits->connections_max) == 0)
		return table;
	free(table);
	return NULL;
}

static void emit(struct stream_table *table, struct segment *segment, struct conn_entry *entry)
{
	segment->conn = &entry->conn;
	table->fn(table->ctx, segment);
}

static void close_conn(struct stream_table *table, struct conn_entry *entry, enum close_reason reason)
{
	struct segment segment = {
		.kind = SEGMENT_CLOSE,
		.ts_enter_ns = table->now_ns,
		.ts_ns = table->now_ns,
		.close_reason = reason,
	};

	emit(table, &segment, entry);
	conn_table_remove(&table->conns, entry);
}

void stream_free(struct stream_table *table)
{
	if (!table)
		return;
	while (table->conns.oldest)
		close_conn(table, table->conns.oldest, CLOSE_SHUTDOWN);
	conn_table_done(&table->conns);
	free(table);
}

size_t stream_count(const struct stream_table *table)
{
	return table->conns.count;
}

static void evict_oldest(struct stream_table *table)
{
	stats_add(STAT_CONNECTIONS_EVICTED, 1);
	close_conn(table, table->conns.oldest, CLOSE_EVICTED);
}

static void evict_idle(struct stream_table *table)
{
	const struct conn_entry *oldest = table->conns.oldest;

	while (oldest && table->now_ns - oldest->active_ns > table->limits.idle_ns) {
		evict_oldest(table);
		oldest = table->conns.oldest;
	}
}

static struct conn_entry *open_conn(struct stream_table *table, const struct chunk *chunk)
{
	struct segment segment = {
		.kind = SEGMENT_OPEN,
		.ts_enter_ns = chunk->ts_enter_ns,
		.ts_ns = chunk->ts_ns,
	};
	struct conn_entry *entry;

	if (table->conns.count >= table->limits.connections_max)
		evict_oldest(table);
	entry = conn_table_add(&table->conns, &chunk->conn);
	if (!entry)
		return NULL;
	entry->conn.id = ++table->opened;
	entry->conn.late = chunk->late || chunk->position > 0;
	entry->conn.attachment = chunk->attachment;
	stats_add(STAT_CONNECTIONS_OPENED, 1);
	emit(table, &segment, entry);
	return entry;
}

static void emit_gap(struct stream_table *table, struct conn_entry *entry, const struct chunk *chunk,
		     uint64_t bytes, enum skip_reason reason)
{
	struct segment segment = {
		.kind = SEGMENT_GAP,
		.direction = chunk->direction,
		.ts_enter_ns = chunk->ts_enter_ns,
		.ts_ns = chunk->ts_ns,
		.gap_bytes = bytes,
		.gap_reason = reason,
	};

	stats_add(STAT_STREAM_GAPS, 1);
	stats_add(STAT_STREAM_GAP_BYTES, bytes);
	entry->expected[chunk->direction] += bytes;
	emit(table, &segment, entry);
}

/* Bytes of the chunk that were seen before are dropped. */
static void emit_data(struct stream_table *table, struct conn_entry *entry, const struct chunk *chunk)
{
	uint64_t behind = entry->expected[chunk->direction] - chunk->position;
	size_t seen = behind < chunk->len ? (size_t)behind : chunk->len;
	struct segment segment = {
		.kind = SEGMENT_DATA,
		.direction = chunk->direction,
		.ts_enter_ns = chunk->ts_enter_ns,
		.ts_ns = chunk->ts_ns,
		.len = chunk->len - seen,
	};

	stats_add(STAT_STREAM_DUPLICATE_BYTES, seen);
	if (segment.len == 0)
		return;
	segment.data = chunk->data + seen;
	entry->expected[chunk->direction] += segment.len;
	emit(table, &segment, entry);
}

/* The start of a direction of a late connection was never in view: what is
 * before its first chunk is not a gap. */
static void begin_direction(struct conn_entry *entry, const struct chunk *chunk)
{
	if (entry->begun[chunk->direction])
		return;
	entry->begun[chunk->direction] = true;
	entry->expected[chunk->direction] = entry->conn.late ? chunk->position : 0;
}

static void on_data(struct stream_table *table, const struct chunk *chunk)
{
	struct conn_entry *entry;
	uint64_t end;

	/* Only a forged recording has positions that wrap. */
	if (chunk->direction >= DIRECTION_MAX || __builtin_add_overflow(chunk->position, chunk->len, &end) ||
	    __builtin_add_overflow(end, chunk->skipped, &end))
		return;
	entry = conn_table_get(&table->conns, &chunk->conn);
	if (!entry)
		entry = open_conn(table, chunk);
	if (!entry) {
		stats_add(STAT_LOST_CONNECTIONS_FULL, chunk->len + chunk->skipped);
		return;
	}
	entry->active_ns = table->now_ns;
	conn_table_touch(&table->conns, entry);
	begin_direction(entry, chunk);

	/* The chunk does not say why what was before it is missing. */
	if (chunk->position > entry->expected[chunk->direction])
		emit_gap(table, entry, chunk, chunk->position - entry->expected[chunk->direction], SKIP_NONE);
	emit_data(table, entry, chunk);
	if (end > entry->expected[chunk->direction])
		emit_gap(table, entry, chunk, end - entry->expected[chunk->direction], chunk->skip_reason);
}

static void on_close(struct stream_table *table, const struct chunk *chunk)
{
	struct conn_entry *entry = conn_table_get(&table->conns, &chunk->conn);

	if (entry)
		close_conn(table, entry, CLOSE_FREED);
}

static void on_exit_process(struct stream_table *table, const struct chunk *chunk)
{
	struct conn_entry *entry;

	while ((entry = conn_table_of_process(&table->conns, chunk->conn.tgid)))
		close_conn(table, entry, CLOSE_EXIT);
}

void stream_on_chunk(void *ctx, const struct chunk *chunk)
{
	struct stream_table *table = ctx;

	if (chunk->ts_ns > table->now_ns)
		table->now_ns = chunk->ts_ns;
	switch (chunk->kind) {
	case CHUNK_DATA:
		on_data(table, chunk);
		break;
	case CHUNK_CLOSE:
		on_close(table, chunk);
		break;
	case CHUNK_EXIT:
		on_exit_process(table, chunk);
		break;
	default:
		break;
	}
	evict_idle(table);
}
