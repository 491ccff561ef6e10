/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of HTTP/2 frames for one connection. The first byte: 1 the
 * connection is late, 2 small limits, 4 bodies are not wanted, 8 no preface
 * and SETTINGS before, 16 cut into segments of few bytes. Then steps: a kind
 * (1 byte), a length (1 byte, times 64 if the kind says so), and what it is of.
 */
#include "exchanges.h"

#include "base/buffer.h"
#include "http/h2_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step_kind {
	STEP_DIRECTION = 1,	/* bit: read */
	STEP_LONG = 2,		/* bit: the length is times 64 */
	STEP_KIND = 12,		/* bits */
	STEP_FRAME = 0,		/* type, flags, stream (1 byte each), payload of that length */
	STEP_BYTES = 4,		/* as they are */
	STEP_GAP = 8,
	STEP_FLUSH = 12,	/* what was gathered of that direction becomes a segment */
};

static struct buffer gathered[DIRECTION_MAX];
static size_t segment_max;
static uint64_t now_ns;

static void gather(unsigned direction, const void *bytes, size_t len)
{
	if (buffer_append(&gathered[direction], bytes, len) < 0)
		abort();
}

static void flush(struct http *http, struct conn *conn, unsigned direction)
{
	struct buffer *bytes = &gathered[direction];

	for (size_t at = 0, n; at < bytes->len; at += n) {
		struct segment segment = { .conn = conn, .direction = (enum event_direction)direction };

		now_ns += 1000;
		segment.ts_enter_ns = now_ns - 100;
		segment.ts_ns = now_ns;
		n = bytes->len - at < segment_max ? bytes->len - at : segment_max;
		step_bytes(http, &segment, (const uint8_t *)bytes->data + at, n);
		(void)http_conn_interest(conn);
	}
	buffer_done(bytes);
}

static void gap(struct http *http, struct conn *conn, unsigned direction, size_t len)
{
	struct segment segment = {
		.kind = SEGMENT_GAP,
		.conn = conn,
		.direction = (enum event_direction)direction,
		.gap_bytes = len,
		.gap_reason = (enum skip_reason)(len % SKIP_REASON_MAX),
	};

	flush(http, conn, direction);
	now_ns += 1000;
	segment.ts_enter_ns = segment.ts_ns = now_ns;
	http_on_segment(http, &segment);
}

static void handshake(struct http *http, struct conn *conn)
{
	static const char settings[H2_FRAME_HEADER] = "\0\0\0\x04\0\0\0\0";

	gather(DIRECTION_WRITE, H2_PREFACE, H2_PREFACE_BYTES);
	gather(DIRECTION_WRITE, settings, sizeof(settings));
	gather(DIRECTION_READ, settings, sizeof(settings));
	flush(http, conn, DIRECTION_WRITE);
	flush(http, conn, DIRECTION_READ);
}

/* Returns what it took of the script. */
static size_t step_frame(unsigned direction, size_t len, const uint8_t *data, size_t size)
{
	uint8_t header[H2_FRAME_HEADER] = { 0 };

	if (size < 3)
		return size;
	if (len > size - 3)
		len = size - 3;
	header[1] = (uint8_t)(len >> 8);
	header[2] = (uint8_t)len;
	header[3] = data[0];
	header[4] = data[1];
	header[8] = data[2];
	gather(direction, header, sizeof(header));
	gather(direction, data + 3, len);
	return 3 + len;
}

static size_t step(struct http *http, struct conn *conn, const uint8_t *data, size_t size)
{
	unsigned kind = data[0] & STEP_KIND, direction = data[0] & STEP_DIRECTION;
	size_t len = data[1] * (data[0] & STEP_LONG ? 64u : 1u);

	data += 2;
	size -= 2;
	switch (kind) {
	case STEP_FRAME:
		return 2 + step_frame(direction, len, data, size);
	case STEP_BYTES:
		if (len > size)
			len = size;
		gather(direction, data, len);
		return 2 + len;
	case STEP_GAP:
		gap(http, conn, direction, len);
		return 2;
	default:
		flush(http, conn, direction);
		return 2;
	}
}

static void run(struct http *http, unsigned options, const uint8_t *data, size_t size)
{
	struct conn conn = { 0 };

	open_conn(http, &conn, options & 1);
	segment_max = options & 16 ? 7 : SIZE_MAX;
	now_ns = 1000;
	if (!(options & 8))
		handshake(http, &conn);
	while (size >= 2) {
		size_t n = step(http, &conn, data, size);

		data += n;
		size -= n;
	}
	flush(http, &conn, DIRECTION_WRITE);
	flush(http, &conn, DIRECTION_READ);
	close_conn(http, &conn, CLOSE_FREED, now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_limits limits = http_limits_default;
	struct http *http;

	if (size == 0)
		return 0;
	if (data[0] & 2) {
		limits.head_bytes = 256;
		limits.headers_max = 4;
		limits.held_bytes = 1024;
		limits.buffered_bytes = 16384;
		limits.streams_max = 2;
	}
	skip_bodies = data[0] & 4;
	http = http_new(&limits, on_event, NULL);
	if (!http)
		abort();
	run(http, data[0], data + 1, size - 1);
	http_free(http);
	return 0;
}
