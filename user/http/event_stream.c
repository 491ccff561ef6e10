/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS event stream (application/vnd.amazon.eventstream), the framing of Bedrock
 * and SageMaker. A message is
 *
 *	u32 total length, u32 length of the headers, u32 CRC of these 8 bytes
 *	headers: u8 length and name, u8 type, value
 *	payload, u32 CRC of all before
 *
 * big end first, CRCs as zlib's. Of the headers only what names a message and
 * tells errors is kept. The payload is passed on before its CRC is known; the
 * message's end is not told if that is wrong. Limits as in the AWS SDKs
 * (botocore/eventstream.py): 128 KiB of headers, 24 MiB of payload.
 */
#include "http/framing.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <zlib.h>

#define PRELUDE_BYTES 12
#define PRELUDE_CHECKED 8
#define CRC_BYTES 4
#define LENGTH_BYTES 2	/* of a value of no fixed size */
#define OVERHEAD_BYTES (PRELUDE_BYTES + CRC_BYTES)
#define HEADERS_MAX (128u * 1024)
#define PAYLOAD_MAX (24u * 1024 * 1024)

/* The longest that matter are ":exception-type" and "exception"; one byte more
 * tells a longer one. */
#define HEADER_NAME_MAX 16
#define MESSAGE_TYPE_MAX 10

enum value_type {
	VALUE_BYTES = 6,
	VALUE_STRING = 7,
	VALUE_TYPE_MAX = 10
};

static const uint8_t value_sizes[VALUE_TYPE_MAX] = {
	[2] = 1, [3] = 2, [4] = 4, [5] = 8,	/* integers; 0 and 1 are true and false */
	[8] = 8, [9] = 16,			/* time, UUID */
};

enum place {
	AT_PRELUDE = 0,
	AT_SEARCH,	/* behind missing bytes: any prelude will do */
	AT_NAME_LENGTH,
	AT_NAME,
	AT_TYPE,
	AT_VALUE_LENGTH,
	AT_VALUE,
	AT_PAYLOAD,
	AT_CRC,
};

/* What becomes of a header's value. */
enum use {
	USE_NONE = 0,
	USE_MESSAGE_TYPE,
	USE_NAME,	/* a message has one of the three headers that name it */
};

struct event_stream {
	uint8_t place;		/* enum place */
	uint8_t use;		/* enum use */
	uint8_t field_len;	/* gathered of a field of fixed size */
	uint8_t header_name_len, message_type_len;
	bool has_data;		/* some of the payload has been passed on */
	uint8_t field[PRELUDE_BYTES];
	char header_name[HEADER_NAME_MAX];
	char message_type[MESSAGE_TYPE_MAX];
	uint32_t crc;		/* of the message so far */
	uint32_t headers_left, payload_left;
	uint32_t left;		/* of the name or value at `place` */
	size_t name_len, name_max;
	char name[];
};

static void *event_stream_open(size_t name_max)
{
	struct event_stream *es = calloc(1, sizeof(*es) + name_max);

	if (es)
		es->name_max = name_max;
	return es;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc_of(uint32_t crc, const void *bytes, size_t len)
{
	return (uint32_t)crc32_z(crc, bytes, len);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Appends what fits of `data`; the rest is cut. */
static size_t append(char *buffer, size_t len, size_t max, struct slice data)
{
	size_t n = min_size(data.len, max - len);

	memcpy(buffer + len, data.ptr, n);
	return len + n;
}

/* Takes bytes of a field of `size` until it is complete; how many. */
static size_t gather(struct event_stream *es, struct slice data, size_t size)
{
	size_t n = min_size(data.len, size - es->field_len);

	memcpy(es->field + es->field_len, data.ptr, n);
	es->field_len += (uint8_t)n;
	return n;
}

/* ---- prelude ---- */

static bool prelude_is_right(const uint8_t *prelude)
{
	uint32_t total = be32(prelude), headers = be32(prelude + 4);

	return headers <= HEADERS_MAX && total >= headers + OVERHEAD_BYTES &&
	       total - headers - OVERHEAD_BYTES <= PAYLOAD_MAX &&
	       crc_of(0, prelude, PRELUDE_CHECKED) == be32(prelude + PRELUDE_CHECKED);
}

static void begin_payload(struct event_stream *es)
{
	es->place = es->payload_left > 0 ? AT_PAYLOAD : AT_CRC;
}

static void begin_message(struct event_stream *es)
{
	es->headers_left = be32(es->field + 4);
	es->payload_left = be32(es->field) - es->headers_left - OVERHEAD_BYTES;
	es->crc = crc_of(0, es->field, PRELUDE_BYTES);
	es->field_len = 0;
	es->name_len = 0;
	es->message_type_len = 0;
	es->has_data = false;
	if (es->headers_left > 0)
		es->place = AT_NAME_LENGTH;
	else
		begin_payload(es);
}

static ssize_t take_prelude(struct event_stream *es, struct slice data)
{
	size_t n = gather(es, data, PRELUDE_BYTES);

	if (es->field_len < PRELUDE_BYTES)
		return (ssize_t)n;
	if (!prelude_is_right(es->field))
		return -EBADMSG;
	begin_message(es);
	return (ssize_t)n;
}

/* `field` holds the last bytes seen. */
static ssize_t search_prelude(struct event_stream *es, struct slice data)
{
	for (size_t i = 0; i < data.len; i++) {
		if (es->field_len == PRELUDE_BYTES)
			memmove(es->field, es->field + 1, --es->field_len);
		es->field[es->field_len++] = (uint8_t)data.ptr[i];
		if (es->field_len == PRELUDE_BYTES && prelude_is_right(es->field)) {
			begin_message(es);
			return (ssize_t)i + 1;
		}
	}
	return (ssize_t)data.len;
}

/* ---- headers ---- */

static enum use use_of(const struct event_stream *es, uint8_t type)
{
	static const struct {
		struct slice name;
		enum use use;
	} table[] = {
		{ { ":message-type", 13 }, USE_MESSAGE_TYPE },
		{ { ":event-type", 11 }, USE_NAME },
		{ { ":exception-type", 15 }, USE_NAME },
		{ { ":error-code", 11 }, USE_NAME },
	};
	struct slice name = { es->header_name, es->header_name_len };

	for (size_t i = 0; type == VALUE_STRING && i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_eq(table[i].name, name))
			return table[i].use;
	return USE_NONE;
}

static void begin_value(struct event_stream *es, uint32_t len)
{
	es->left = len;
	es->place = len > 0 ? AT_VALUE : AT_NAME_LENGTH;
	if (es->use == USE_NAME)
		es->name_len = 0;
	else if (es->use == USE_MESSAGE_TYPE)
		es->message_type_len = 0;
}

static ssize_t take_name_length(struct event_stream *es, struct slice data)
{
	es->left = (uint8_t)data.ptr[0];
	es->header_name_len = 0;
	es->place = es->left > 0 ? AT_NAME : AT_TYPE;
	return 1;
}

static ssize_t take_name(struct event_stream *es, struct slice data)
{
	data.len = min_size(data.len, es->left);
	es->header_name_len = (uint8_t)append(es->header_name, es->header_name_len, HEADER_NAME_MAX, data);
	es->left -= (uint32_t)data.len;
	if (es->left == 0)
		es->place = AT_TYPE;
	return (ssize_t)data.len;
}

static ssize_t take_type(struct event_stream *es, struct slice data)
{
	uint8_t type = (uint8_t)data.ptr[0];

	if (type >= VALUE_TYPE_MAX)
		return -EBADMSG;
	es->use = use_of(es, type);
	if (type == VALUE_BYTES || type == VALUE_STRING)
		es->place = AT_VALUE_LENGTH;
	else
		begin_value(es, value_sizes[type]);
	return 1;
}

static ssize_t take_value_length(struct event_stream *es, struct slice data)
{
	size_t n = gather(es, data, LENGTH_BYTES);

	if (es->field_len == LENGTH_BYTES) {
		es->field_len = 0;
		begin_value(es, (uint32_t)es->field[0] << 8 | es->field[1]);
	}
	return (ssize_t)n;
}

static ssize_t take_value(struct event_stream *es, struct slice data)
{
	data.len = min_size(data.len, es->left);
	if (es->use == USE_NAME)
		es->name_len = append(es->name, es->name_len, es->name_max, data);
	else if (es->use == USE_MESSAGE_TYPE)
		es->message_type_len =
			(uint8_t)append(es->message_type, es->message_type_len, MESSAGE_TYPE_MAX, data);
	es->left -= (uint32_t)data.len;
	if (es->left == 0)
		es->place = AT_NAME_LENGTH;
	return (ssize_t)data.len;
}

static ssize_t take_header_part(struct event_stream *es, struct slice data)
{
	switch ((enum place)es->place) {
	case AT_NAME_LENGTH:
		return take_name_length(es, data);
	case AT_NAME:
		return take_name(es, data);
	case AT_TYPE:
		return take_type(es, data);
	case AT_VALUE_LENGTH:
		return take_value_length(es, data);
	default:
		return take_value(es, data);
	}
}

static ssize_t take_header(struct event_stream *es, struct slice data)
{
	ssize_t n;

	data.len = min_size(data.len, es->headers_left);
	n = take_header_part(es, data);
	if (n < 0)
		return n;
	es->crc = crc_of(es->crc, data.ptr, (size_t)n);
	es->headers_left -= (uint32_t)n;
	if (es->headers_left > 0)
		return n;
	if (es->place != AT_NAME_LENGTH)
		return -EBADMSG;
	begin_payload(es);
	return n;
}

/* ---- payload and end ---- */

static ssize_t take_payload(struct event_stream *es, struct slice data, const struct framing_sink *sink)
{
	data.len = min_size(data.len, es->payload_left);
	es->crc = crc_of(es->crc, data.ptr, data.len);
	es->has_data = true;
	sink->piece(sink->ctx, data);
	es->payload_left -= (uint32_t)data.len;
	if (es->payload_left == 0)
		es->place = AT_CRC;
	return (ssize_t)data.len;
}

static void end_message(struct event_stream *es, const struct framing_sink *sink)
{
	struct slice type = { es->message_type, es->message_type_len };
	bool is_error = slice_eq(type, SLICE("exception")) || slice_eq(type, SLICE("error"));

	es->has_data = false;
	sink->end(sink->ctx, (struct slice){ es->name, es->name_len }, is_error);
}

static ssize_t take_crc(struct event_stream *es, struct slice data, const struct framing_sink *sink)
{
	size_t n = gather(es, data, CRC_BYTES);

	if (es->field_len < CRC_BYTES)
		return (ssize_t)n;
	if (be32(es->field) != es->crc)
		return -EBADMSG;
	es->field_len = 0;
	es->place = AT_PRELUDE;
	end_message(es, sink);
	return (ssize_t)n;
}

static ssize_t step(struct event_stream *es, struct slice data, const struct framing_sink *sink)
{
	switch ((enum place)es->place) {
	case AT_PRELUDE:
		return take_prelude(es, data);
	case AT_SEARCH:
		return search_prelude(es, data);
	case AT_PAYLOAD:
		return take_payload(es, data, sink);
	case AT_CRC:
		return take_crc(es, data, sink);
	default:
		return take_header(es, data);
	}
}

static int event_stream_feed(void *state, struct slice data, const struct framing_sink *sink)
{
	while (data.len > 0) {
		ssize_t n = step(state, data, sink);

		if (n < 0)
			return (int)n;
		data.ptr += n;
		data.len -= (size_t)n;
	}
	return 0;
}

static void event_stream_gap(void *state, const struct framing_sink *sink)
{
	struct event_stream *es = state;

	if (es->has_data)
		end_message(es, sink);
	es->place = AT_SEARCH;
	es->field_len = 0;
}

static int event_stream_finish(void *state, const struct framing_sink *sink)
{
	const struct event_stream *es = state;

	(void)sink;
	return es->place == AT_SEARCH || (es->place == AT_PRELUDE && es->field_len == 0) ? 0 : -EBADMSG;
}

const struct framing_ops framing_event_stream = {
	.open = event_stream_open,
	.feed = event_stream_feed,
	.gap = event_stream_gap,
	.finish = event_stream_finish,
	.close = free,
};
