/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings. Plain text is lent from the input as it stands; escapes, and short
 * runs between them, are gathered in a small buffer, so that text full of
 * escapes does not become one piece per character. Keys take the same way and
 * end in a look-up.
 */
#include <errno.h>
#include <stdbool.h>

#include "json/reader.h"
#include "json/scan.h"

#define RUN_SHORT_BYTES 64	/* copying up to here is cheaper than a piece of its own */
#define REPLACEMENT 0xfffdu

void json_string_begin(struct json_reader *reader, bool key)
{
	reader->state = STATE_STRING;
	reader->string.key = key;
	reader->string.wanted = key || reader->node->ids_count > 0;
	reader->string.started = false;
	reader->string.utf8_left = 0;
	reader->string.high = 0;
	reader->key.len = 0;
	reader->key.over = false;
}

static void key_end(struct json_reader *reader, struct slice key)
{
	const struct json_node *object = json_child_node(reader, reader->nodes[reader->depth - 1]);
	unsigned child = reader->key.over ? object->deep : json_schema_child(reader->schema, object, key);

	reader->node = json_child_node(reader, child);
}

static void key_piece(struct json_reader *reader, struct slice piece, bool last)
{
	if (last && reader->key.len == 0) {
		key_end(reader, piece);
		return;
	}
	if (piece.len > sizeof(reader->key.text) - reader->key.len)
		reader->key.over = true;
	if (!reader->key.over && piece.len > 0)
		memcpy(reader->key.text + reader->key.len, piece.ptr, piece.len);
	if (!reader->key.over)
		reader->key.len += piece.len;
	if (last)
		key_end(reader, (struct slice){ reader->key.text, reader->key.len });
}

static void string_piece(struct json_reader *reader, struct slice piece, bool last)
{
	if (reader->string.key) {
		key_piece(reader, piece, last);
		return;
	}
	json_deliver(reader, JSON_STRING, !reader->string.started, last, piece);
	reader->string.started = true;
}

void json_string_flush(struct json_reader *reader)
{
	struct slice piece = { reader->string.scratch, reader->string.scratch_len };

	reader->string.scratch_len = 0;
	if (piece.len > 0)
		string_piece(reader, piece, false);
}

static void scratch_add(struct json_reader *reader, const char *bytes, size_t len)
{
	if (len > sizeof(reader->string.scratch) - reader->string.scratch_len)
		json_string_flush(reader);
	memcpy(reader->string.scratch + reader->string.scratch_len, bytes, len);
	reader->string.scratch_len += len;
}

/* Plain text that ends at an escape or with the input. */
static void string_run(struct json_reader *reader, const char *run, size_t len, bool before_escape)
{
	if (!reader->string.wanted || len == 0)
		return;
	if (len <= RUN_SHORT_BYTES && (before_escape || reader->string.scratch_len > 0)) {
		scratch_add(reader, run, len);
		return;
	}
	json_string_flush(reader);
	string_piece(reader, (struct slice){ run, len }, false);
}

/* Plain text that ends with the string. */
static void string_end(struct json_reader *reader, const char *run, size_t len)
{
	struct slice piece = { run, len };

	if (reader->string.wanted && reader->string.scratch_len > 0 && len <= RUN_SHORT_BYTES) {
		scratch_add(reader, run, len);
		piece = (struct slice){ reader->string.scratch, reader->string.scratch_len };
		reader->string.scratch_len = 0;
	}
	json_string_flush(reader);
	if (reader->string.wanted)
		string_piece(reader, piece, true);
	if (reader->string.key)
		reader->state = STATE_COLON;
	else
		json_value_end(reader, JSON_STRING);
}

/* The first byte of a UTF-8 sequence: how many follow, and the range of the
 * next (RFC 3629 section 4: no overlong forms, no surrogates, up to U+10FFFF). */
static bool utf8_begin(struct json_reader *reader, unsigned char c)
{
	unsigned left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

	if (c < 0xc2 || c > 0xf4)
		return false;
	reader->string.utf8_left = (uint8_t)left;
	reader->string.utf8_low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	reader->string.utf8_high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	return true;
}

static bool utf8_continue(struct json_reader *reader, unsigned char c)
{
	if (c < reader->string.utf8_low || c > reader->string.utf8_high)
		return false;
	reader->string.utf8_left--;
	reader->string.utf8_low = 0x80;
	reader->string.utf8_high = 0xbf;
	return true;
}

/* The first byte that is not valid text: a quote, a backslash, an error. */
static const char *scan_strict(struct json_reader *reader, const char *p, const char *end)
{
	while (p < end) {
		unsigned char c = (unsigned char)*p;

		if (reader->string.utf8_left > 0 ? !utf8_continue(reader, c) : c > 0x7f && !utf8_begin(reader, c))
			return p;
		if (c > 0x7f) {
			p++;
			continue;
		}
		p = json_scan_plain(p, end, true);
		if (p < end && (unsigned char)*p <= 0x7f)
			return p;
	}
	return p;
}

static void utf8_put(struct json_reader *reader, uint32_t code)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char marks[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(marks[len] | code);
	if (reader->string.wanted)
		scratch_add(reader, bytes, len);
}

/* A surrogate without its other half. False: that is an error here. */
static bool surrogate_alone(struct json_reader *reader)
{
	reader->string.high = 0;
	if (reader->strict) {
		(void)json_fail(reader, -EBADMSG);
		return false;
	}
	utf8_put(reader, REPLACEMENT);
	return true;
}

const char *json_string_text(struct json_reader *reader, const char *p, const char *end)
{
	const char *run = p;

	if (reader->string.high && *p != '\\' && !surrogate_alone(reader))
		return NULL;
	p = reader->strict ? scan_strict(reader, p, end) : json_scan_plain(p, end, false);
	if (p < end && *p == '"' && reader->string.utf8_left == 0) {
		string_end(reader, run, (size_t)(p - run));
		return p + 1;
	}
	string_run(reader, run, (size_t)(p - run), p < end);
	if (p == end)
		return p;
	if (*p != '\\' || reader->string.utf8_left > 0)
		return json_fail(reader, -EBADMSG);
	reader->state = STATE_ESCAPE;
	return p + 1;
}

static char escape_meaning(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

const char *json_string_escape(struct json_reader *reader, const char *p, const char *end)
{
	char meaning = escape_meaning(*p);

	(void)end;
	if (*p == 'u') {
		reader->string.hex_left = 4;
		reader->string.unit = 0;
		reader->state = STATE_HEX;
		return p + 1;
	}
	if (meaning == '\0')
		return json_fail(reader, -EBADMSG);
	if (reader->string.high && !surrogate_alone(reader))
		return NULL;
	if (reader->string.wanted)
		scratch_add(reader, &meaning, 1);
	reader->state = STATE_STRING;
	return p + 1;
}

static void unit_end(struct json_reader *reader)
{
	uint16_t unit = reader->string.unit, high = reader->string.high;
	bool unit_is_low = unit >= 0xdc00 && unit <= 0xdfff;

	if (high && unit_is_low) {
		utf8_put(reader, 0x10000u + ((uint32_t)(high - 0xd800) << 10) + (unit - 0xdc00u));
		reader->string.high = 0;
		return;
	}
	if (high && !surrogate_alone(reader))
		return;
	if (unit_is_low)
		(void)surrogate_alone(reader);
	else if (unit >= 0xd800 && unit <= 0xdbff)
		reader->string.high = unit;
	else
		utf8_put(reader, unit);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *json_string_hex(struct json_reader *reader, const char *p, const char *end)
{
	for (; p < end && reader->string.hex_left > 0; p++) {
		int digit = hex_digit(*p);

		if (digit < 0)
			return json_fail(reader, -EBADMSG);
		reader->string.unit = (uint16_t)(reader->string.unit << 4 | digit);
		reader->string.hex_left--;
	}
	if (reader->string.hex_left == 0) {
		reader->state = STATE_STRING;
		unit_end(reader);
	}
	return p;
}
