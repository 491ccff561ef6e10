/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of segments for one connection after another. The first byte:
 * 1 the connection is late, 2 small limits, 4 bodies are not wanted. Then
 * steps of a kind (1 byte), a length (2 bytes, little end first) and, for
 * data, that many bytes. Checks the order that exchange.h promises and that
 * each exchange has one END.
 */
#include "exchanges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step_kind {
	STEP_DIRECTION = 1,	/* bit: read */
	STEP_GAP = 2,		/* bit: the length is a gap, of reason by its lowest bits */
	STEP_CLOSE = 4,		/* bit: close, reason by the length, and open another */
	STEP_BACK = 8,		/* bit: the segment's time lies before the one before */
};

static void run(struct http *http, bool late, const uint8_t *data, size_t size)
{
	struct conn conn = { 0 };
	uint64_t now_ns = 1000;

	open_conn(http, &conn, late);
	while (size >= 3) {
		uint8_t kind = data[0];
		size_t len = data[1] | (size_t)data[2] << 8;
		struct segment segment = { .conn = &conn, .direction = kind & STEP_DIRECTION };

		data += 3;
		size -= 3;
		now_ns += kind & STEP_BACK ? 0 : 1000;
		segment.ts_enter_ns = now_ns - (kind & STEP_BACK ? 900 : 100);
		segment.ts_ns = now_ns;
		if (kind & STEP_CLOSE) {
			close_conn(http, &conn, (unsigned)len, now_ns);
			open_conn(http, &conn, len & 4);
		} else if (kind & STEP_GAP) {
			segment.kind = SEGMENT_GAP;
			segment.gap_bytes = len;
			segment.gap_reason = (enum skip_reason)(len % SKIP_REASON_MAX);
			http_on_segment(http, &segment);
		} else {
			if (len > size)
				len = size;
			step_bytes(http, &segment, data, len);
			data += len;
			size -= len;
		}
		(void)http_conn_interest(&conn);
	}
	close_conn(http, &conn, CLOSE_SHUTDOWN, now_ns);
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
		limits.buffered_bytes = 65536;
		limits.pipelined_max = 2;
		limits.coding_free_bytes = 100;
		limits.coding_ratio_max = 3;
		limits.message_name_bytes = 2;
	}
	skip_bodies = data[0] & 4;
	http = http_new(&limits, on_event, NULL);
	if (!http)
		abort();
	run(http, data[0] & 1, data + 1, size - 1);
	http_free(http);
	return 0;
}
