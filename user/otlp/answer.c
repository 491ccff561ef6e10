/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1 (int64),
 * error_message = 2 (string) } }; fields that are not known are passed over.
 */
#include "otlp/answer.h"

#include <errno.h>

#define RESPONSE_PARTIAL_SUCCESS 1
#define PARTIAL_REJECTED_SPANS 1
#define PARTIAL_ERROR_MESSAGE 2

#define WIRE_VARINT 0
#define WIRE_FIXED64 1
#define WIRE_LENGTH 2
#define WIRE_FIXED32 5

struct field {
	uint64_t number;
	unsigned type;
	uint64_t value;		/* of a varint */
	struct slice bytes;	/* of what has a length */
};

enum answer_meaning answer_meaning(long status)
{
	switch (status) {
	case 0:
	case 429:
	case 502:
	case 503:
	case 504:
		return ANSWER_RETRY;
	default:
		return status >= 200 && status < 300 ? ANSWER_TAKEN : ANSWER_REFUSED;
	}
}

static void skip(struct slice *text, size_t len)
{
	text->ptr += len;
	text->len -= len;
}

static int take_varint(struct slice *text, uint64_t *ret)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64 && text->len > 0; shift += 7) {
		uint8_t byte = (uint8_t)*text->ptr;

		skip(text, 1);
		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = number;
			return 0;
		}
	}
	return -EBADMSG;
}

static int take_bytes(struct slice *text, uint64_t len, struct slice *ret)
{
	if (len > text->len)
		return -EBADMSG;
	*ret = (struct slice){ text->ptr, (size_t)len };
	skip(text, (size_t)len);
	return 0;
}

static int take_field(struct slice *text, struct field *ret)
{
	uint64_t tag, len;

	if (take_varint(text, &tag) < 0)
		return -EBADMSG;
	*ret = (struct field){ .number = tag >> 3, .type = tag & 7 };
	switch (ret->type) {
	case WIRE_VARINT:
		return take_varint(text, &ret->value);
	case WIRE_FIXED64:
		return take_bytes(text, 8, &ret->bytes);
	case WIRE_FIXED32:
		return take_bytes(text, 4, &ret->bytes);
	case WIRE_LENGTH:
		return take_varint(text, &len) < 0 ? -EBADMSG : take_bytes(text, len, &ret->bytes);
	default:
		return -EBADMSG;	/* groups are no part of proto3 */
	}
}

static int read_partial(struct slice text, struct answer_part *part)
{
	struct field field;

	while (text.len > 0) {
		if (take_field(&text, &field) < 0)
			return -EBADMSG;
		if (field.number == PARTIAL_REJECTED_SPANS && field.type == WIRE_VARINT)
			part->rejected = field.value > INT64_MAX ? 0 : field.value;
		if (field.number == PARTIAL_ERROR_MESSAGE && field.type == WIRE_LENGTH)
			part->is_partial |= field.bytes.len > 0;
	}
	part->is_partial |= part->rejected > 0;
	return 0;
}

int answer_read(struct slice body, struct answer_part *ret)
{
	struct answer_part part = { 0 };
	struct field field;

	*ret = part;
	while (body.len > 0) {
		if (take_field(&body, &field) < 0)
			return -EBADMSG;
		if (field.number == RESPONSE_PARTIAL_SUCCESS && field.type == WIRE_LENGTH &&
		    read_partial(field.bytes, &part) < 0)
			return -EBADMSG;
	}
	*ret = part;
	return 0;
}
