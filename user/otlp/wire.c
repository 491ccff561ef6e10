/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message within another stands behind its length, which is known at its end:
 * one byte is kept free, and what was written is moved up where the length takes
 * more. Each byte is moved once a level, of which there are seven.
 * https://protobuf.dev/programming-guides/encoding/
 */
#include "otlp/wire.h"

#include <string.h>

#include "base/utf8.h"

#define VARINT_BYTES_MAX 10

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_LENGTH = 2,
	WIRE_FIXED32 = 5,
};

static void put(struct wire *wire, const void *bytes, size_t len)
{
	if (wire->error == 0)
		wire->error = buffer_append(wire->out, bytes, len);
}

static size_t varint(uint64_t number, uint8_t ret[VARINT_BYTES_MAX])
{
	size_t len = 0;

	for (; number >= 0x80; number >>= 7)
		ret[len++] = (uint8_t)(number | 0x80);
	ret[len++] = (uint8_t)number;
	return len;
}

static void put_varint(struct wire *wire, uint64_t number)
{
	uint8_t bytes[VARINT_BYTES_MAX];

	put(wire, bytes, varint(number, bytes));
}

static void put_tag(struct wire *wire, unsigned field, enum wire_type type)
{
	put_varint(wire, (uint64_t)field << 3 | type);
}

/* Little-endian, whatever the machine is. */
static void put_fixed(struct wire *wire, uint64_t number, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	put(wire, bytes, len);
}

void wire_varint(struct wire *wire, unsigned field, uint64_t number)
{
	put_tag(wire, field, WIRE_VARINT);
	put_varint(wire, number);
}

void wire_fixed32(struct wire *wire, unsigned field, uint32_t number)
{
	put_tag(wire, field, WIRE_FIXED32);
	put_fixed(wire, number, 4);
}

void wire_fixed64(struct wire *wire, unsigned field, uint64_t number)
{
	put_tag(wire, field, WIRE_FIXED64);
	put_fixed(wire, number, 8);
}

void wire_double(struct wire *wire, unsigned field, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	wire_fixed64(wire, field, bits);
}

void wire_bytes(struct wire *wire, unsigned field, struct slice bytes)
{
	put_tag(wire, field, WIRE_LENGTH);
	put_varint(wire, bytes.len);
	put(wire, bytes.ptr, bytes.len);
}

/* Most names are ASCII: a character of it is not worth a call. */
static size_t valid_bytes(const char *text)
{
	size_t len = 0, n;

	do {
		while ((unsigned char)(text[len] - 1) < 0x7f)
			len++;
		n = utf8_bytes(text + len);
		len += n;
	} while (n > 0);
	return len;
}

void wire_text(struct wire *wire, unsigned field, const char *text)
{
	size_t valid = valid_bytes(text), mark;

	if (text[valid] == '\0') {
		wire_bytes(wire, field, (struct slice){ text, valid });
		return;
	}
	mark = wire_open(wire, field);
	for (;;) {
		size_t len = valid_bytes(text);

		put(wire, text, len);
		text += len;
		if (!*text)
			break;
		put(wire, UTF8_REPLACEMENT, strlen(UTF8_REPLACEMENT));
		text++;
	}
	wire_close(wire, mark);
}

size_t wire_open(struct wire *wire, unsigned field)
{
	put_tag(wire, field, WIRE_LENGTH);
	put(wire, "", 1);
	return wire->out->len;
}

void wire_close(struct wire *wire, size_t mark)
{
	uint8_t bytes[VARINT_BYTES_MAX];
	size_t len, more;

	if (wire->error != 0)
		return;
	len = wire->out->len - mark;
	more = varint(len, bytes) - 1;
	wire->error = buffer_reserve(wire->out, more);
	if (wire->error != 0)
		return;
	memmove(wire->out->data + mark + more, wire->out->data + mark, len);
	memcpy(wire->out->data + mark - 1, bytes, more + 1);
	wire->out->len += more;
}
