/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: the records of the ring, as they came, in a file. Everything
 * above the kernel can be run from one. They hold plaintext (prompts, keys):
 * mode 0600, and the program says so.
 *
 * Format, version 1, byte order of the machine that wrote it: a struct
 * recording_header, then event records (include/event.h), each `header.size`
 * bytes long and padded with zeros to a multiple of 8.
 */
#ifndef PROMTAP_CAPTURE_RECORD_H
#define PROMTAP_CAPTURE_RECORD_H

#include <stdint.h>
#include <stdio.h>

#include "capture/chunk.h"

#define RECORDING_MAGIC "promtap\n"
#define RECORDING_VERSION 1

struct recording_header {
	char magic[8];			/* RECORDING_MAGIC, without a terminating zero */
	uint32_t version;		/* RECORDING_VERSION */
	uint32_t event_version;		/* EVENT_VERSION */
	int64_t realtime_offset_ns;	/* add to a record's time: nanoseconds since the Unix epoch */
	uint8_t reserved[40];
};

_Static_assert(sizeof(struct recording_header) == 64, "recording_header");

/* Writes the header to an open file. 0 or -errno. */
int recording_begin(int fd, int64_t realtime_offset_ns);
/* Appends one record as it came from the ring. 0 or -errno. */
int recording_append(int fd, const void *record, size_t size);

/* Reads a recording from its begin to its end; each record goes through
 * chunk_from_event(). 0; -EBADMSG: not a recording, of another version, or
 * damaged at *ret_offset; records before that were delivered. Or -errno. */
int recording_replay(int fd, chunk_fn fn, void *ctx, int64_t *ret_realtime_offset_ns, uint64_t *ret_offset);

#endif
