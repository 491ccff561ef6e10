/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of eight bytes: kind, process and object, direction and flags,
 * position (2), length, skipped, time passed. Checks that each connection is
 * opened once and closed once, that positions of a direction are contiguous
 * over data and gaps, and that the table keeps its bound.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNECTIONS_MAX_HERE 5
#define STEP_BYTES 8

static size_t open_count;
static uint64_t last_id;

static void on_segment(void *ctx, const struct segment *segment)
{
	uint64_t *delivered = segment->conn->user;

	(void)ctx;
	switch (segment->kind) {
	case SEGMENT_OPEN:
		assert(!delivered && segment->conn->id == last_id + 1);
		last_id++;
		open_count++;
		segment->conn->user = calloc(DIRECTION_MAX, sizeof(*delivered));
		if (!segment->conn->user)
			abort();
		break;
	case SEGMENT_DATA:
		assert(segment->len > 0);
		/* A byte's value is its position: see below. */
		for (size_t i = 0; i < segment->len; i++) {
			uint64_t *next = &delivered[segment->direction];

			assert(*next == 0 || segment->data[i] == (uint8_t)*next);
			*next = segment->data[i] + 0x100u + 1;
		}
		break;
	case SEGMENT_GAP:
		assert(segment->gap_bytes > 0);
		if (delivered[segment->direction])
			delivered[segment->direction] += segment->gap_bytes;
		break;
	default:
		free(delivered);
		open_count--;
		break;
	}
}

static void step(struct stream_table *table, const uint8_t *step, uint64_t *now_ns)
{
	uint64_t position = step[3] | (uint64_t)step[4] << 8;
	struct chunk chunk = {
		.kind = (enum chunk_kind)(step[0] % CHUNK_KIND_MAX),
		.conn = { .tgid = step[1] & 3, .object = step[1] >> 2 & 7, .generation = 1 },
		.direction = (enum event_direction)(step[2] & 1),
		.late = step[2] & 2,
		.position = step[2] & 4 ? UINT64_MAX - position : position,
		.len = step[5],
		.skipped = step[2] & 8 ? UINT64_MAX : step[6],
		.skip_reason = SKIP_LIMIT,
	};
	uint8_t *bytes = malloc(chunk.len ? chunk.len : 1);

	if (!bytes)
		abort();
	for (size_t i = 0; i < chunk.len; i++)
		bytes[i] = (uint8_t)(chunk.position + i);
	*now_ns += step[7];
	chunk.data = bytes;
	chunk.ts_ns = *now_ns;
	stream_on_chunk(table, &chunk);
	free(bytes);
	assert(stream_count(table) <= CONNECTIONS_MAX_HERE && stream_count(table) == open_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stream_limits limits = { .connections_max = CONNECTIONS_MAX_HERE, .idle_ns = 1000 };
	struct stream_table *table = stream_new(&limits, on_segment, NULL);
	uint64_t now_ns = 1;

	if (!table)
		abort();
	last_id = 0;
	for (; size >= STEP_BYTES; data += STEP_BYTES, size -= STEP_BYTES)
		step(table, data, &now_ns);
	stream_free(table);
	assert(open_count == 0);
	return 0;
}
