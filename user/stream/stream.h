/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream stage: chunks in, segments out. Keeps the table of connections,
 * bounded in number; orders nothing, because capture keeps the order of a
 * direction, but states every gap and drops what comes twice.
 */
#ifndef PROMTAP_STREAM_STREAM_H
#define PROMTAP_STREAM_STREAM_H

#include "capture/chunk.h"
#include "stream/segment.h"

struct stream_table;

struct stream_limits {
	size_t connections_max;	/* full: the one idle longest goes (CLOSE_EVICTED, counted) */
	uint64_t idle_ns;	/* silent this long by the time of the input: evicted */
};

struct stream_table *stream_new(const struct stream_limits *limits, segment_fn fn, void *ctx);
/* Closes what is open (CLOSE_SHUTDOWN). */
void stream_free(struct stream_table *table);

/* A chunk_fn. Time is the chunks' own. */
void stream_on_chunk(void *table, const struct chunk *chunk);
size_t stream_count(const struct stream_table *table);

#endif
