/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes over a container that nobody wants, 64 bytes at a time, as bit masks:
 * which bytes are escaped, which lie inside strings, which are brackets that
 * count. Keeps one bit per level of nesting. Commas, colons and scalars are
 * not looked at; strict readers do not come here.
 */
#include <errno.h>
#include <stdbool.h>

#include "json/reader.h"
#include "json/scan.h"

void json_skip_begin(struct json_reader *reader)
{
	reader->state = STATE_SKIP;
	reader->skip.depth = reader->depth;
	reader->skip.in_string = 0;
	reader->skip.escaped = 0;
}

/* The bytes that a backslash escapes. A backslash that is escaped itself
 * escapes nothing. *carry: whether the first byte (of the next `len`) is. */
static uint64_t escaped_bytes(uint64_t backslashes, unsigned len, uint64_t *carry)
{
	uint64_t escaped = *carry, left = backslashes & ~*carry, over = 0;

	while (left) {
		uint64_t one = left & -left;

		escaped |= one << 1;
		over = one >> 63;
		left &= ~(one | one << 1);
	}
	*carry = len < JSON_BLOCK_BYTES ? escaped >> len & 1 : over;
	return escaped;
}

/* From each quote on to the one before the next: bit i is the parity of the
 * bits up to i. */
static uint64_t parity(uint64_t bits)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

/* One bracket. Whether it ends the skipped container, or the document. */
static bool bracket(struct json_reader *reader, const char *p)
{
	unsigned top = reader->depth - 1;
	bool object = reader->objects[top / 64] >> top % 64 & 1;
	char c = *p;

	if (c == '{' || c == '[') {
		if (reader->depth == JSON_DEPTH_MAX) {
			(void)json_fail(reader, -E2BIG);
			return true;
		}
		json_push(reader, c == '{');
		return false;
	}
	if (reader->depth == reader->skip.depth) {
		json_container_end(reader, p);
		return true;
	}
	if (c != (object ? '}' : ']')) {
		(void)json_fail(reader, -EBADMSG);
		return true;
	}
	reader->depth--;
	return false;
}

/* Takes the `len` bytes at `input`; `p` are the same, filled up with blanks to
 * 64. Returns how many belong to the container that is skipped. */
static unsigned skip_block(struct json_reader *reader, const char *p, const char *input, unsigned len)
{
	struct json_block block;
	uint64_t escaped, inside, brackets;

	json_block_text(p, &block);
	escaped = reader->skip.escaped;
	if ((block.backslashes | escaped) != 0)
		escaped = escaped_bytes(block.backslashes, len, &reader->skip.escaped);
	block.quotes &= ~escaped;
	if (reader->skip.in_string != 0 && block.quotes == 0)
		return len;
	inside = parity(block.quotes) ^ reader->skip.in_string;
	reader->skip.in_string = -(inside >> 63);

	json_block_brackets(p, &block);
	for (brackets = (block.open | block.close) & ~inside; brackets; brackets &= brackets - 1) {
		unsigned at = (unsigned)__builtin_ctzll(brackets);

		if (bracket(reader, input + at))
			return at + 1;
	}
	return len;
}

const char *json_skip_text(struct json_reader *reader, const char *p, const char *end)
{
	char tail[JSON_BLOCK_BYTES];
	size_t left;

	while (reader->state == STATE_SKIP && !reader->error && end - p >= JSON_BLOCK_BYTES)
		p += skip_block(reader, p, p, JSON_BLOCK_BYTES);
	left = (size_t)(end - p);
	if (reader->state != STATE_SKIP || reader->error || left == 0)
		return p;
	memset(tail, ' ', sizeof(tail));
	memcpy(tail, p, left);
	return p + skip_block(reader, tail, p, (unsigned)left);
}
