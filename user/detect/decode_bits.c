/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in characters that nobody sees (zero-width space, joiners, invisible
 * times and plus): bits in two of them, the first a zero, for bytes of text begin
 * so, a third one parting bytes; code points with their leading zeros left out,
 * parted by a third one; halves of nibbles in four. And in variation selectors
 * U+FE00 to U+FE0F, a nibble each.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define BYTES_LEAST 8u
#define SIGN_BYTES 3u	/* of each in UTF-8 */
#define KINDS_MAX 4

/* U+200B to U+200F and U+2060 to U+2064 by their last byte; 0: it is none. */
static unsigned char sign_at(struct slice text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr + at;

	if (text.len - at < SIGN_BYTES || bytes[0] != 0xe2)
		return 0;
	if ((bytes[1] == 0x80 && bytes[2] >= 0x8b && bytes[2] <= 0x8f) ||
	    (bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xa4))
		return bytes[2];
	return 0;
}

/* U+FEFF parts nothing. */
static bool is_filler(struct slice text, size_t at)
{
	return text.len - at >= SIGN_BYTES && memcmp(text.ptr + at, "\xef\xbb\xbf", SIGN_BYTES) == 0;
}

/* The signs of a run, as numbers of their kind in the order in which they came. */
struct signs {
	unsigned char kinds[KINDS_MAX];
	unsigned kind_count;
	size_t end, count;
};

static int kind_of(const struct signs *signs, unsigned char sign)
{
	for (unsigned i = 0; i < signs->kind_count; i++)
		if (signs->kinds[i] == sign)
			return (int)i;
	return -1;
}

/* How far it goes, and which there are. A fifth kind ends it. */
static struct signs survey(struct slice text, size_t start)
{
	struct signs signs = { .end = start };
	unsigned char sign;

	for (size_t at = start; at < text.len; at += SIGN_BYTES, signs.end = at) {
		if (is_filler(text, at))
			continue;
		sign = sign_at(text, at);
		if (sign == 0 || (kind_of(&signs, sign) < 0 && signs.kind_count == KINDS_MAX))
			break;
		if (kind_of(&signs, sign) < 0)
			signs.kinds[signs.kind_count++] = sign;
		signs.count++;
	}
	return signs;
}

/* `width` bits a sign, by its kind; others are left out. */
static void put_bytes(struct slice run, const struct signs *signs, unsigned width, struct sink *sink)
{
	unsigned bits = 0, held = 0;

	for (size_t at = 0; at < run.len; at += SIGN_BYTES) {
		int kind = is_filler(run, at) ? -1 : kind_of(signs, sign_at(run, at));

		if (kind < 0 || kind >= 1 << width)
			continue;
		bits = bits << width | (unsigned)kind;
		held += width;
		if (held % 8 == 0)
			sink_put(sink, (unsigned char)bits);
	}
}

/* Code points, the first bit of each a one; the third kind parts them. */
static void put_codes(struct slice run, const struct signs *signs, struct sink *sink)
{
	uint32_t code = 0;

	for (size_t at = 0; at <= run.len; at += SIGN_BYTES) {
		int kind = at < run.len ? kind_of(signs, sign_at(run, at)) : 2;

		if (at < run.len && is_filler(run, at))
			continue;
		if (kind < 2) {
			code = (code << 1 | (kind == 0)) & 0x1fffff;
			continue;
		}
		if (code > 0)
			sink_put_code(sink, code);
		code = 0;
	}
}

static void sort_kinds(struct signs *signs)
{
	for (unsigned i = 1; i < signs->kind_count; i++)
		for (unsigned k = i; k > 0 && signs->kinds[k - 1] > signs->kinds[k]; k--) {
			unsigned char kind = signs->kinds[k];

			signs->kinds[k] = signs->kinds[k - 1];
			signs->kinds[k - 1] = kind;
		}
}

static bool keep(struct decode *decode, size_t start, size_t end, const struct sink *sink)
{
	if (sink->len < BYTES_LEAST || !decode_is_text(sink_slice(sink), TEXT_LOOSE))
		return false;
	decode_keep(decode, DECODER_BITS, start, end, sink);
	return true;
}

static bool try_ways(struct decode *decode, size_t start, struct signs *signs)
{
	struct slice run = { decode->text.ptr + start, signs->end - start };
	struct sink sink = decode_sink(decode);

	decode->steps += 3 * run.len;
	put_bytes(run, signs, 1, &sink);
	if (keep(decode, start, signs->end, &sink))
		return true;
	sink.len = 0;
	put_codes(run, signs, &sink);
	if (keep(decode, start, signs->end, &sink))
		return true;
	sink.len = 0;
	sort_kinds(signs);
	put_bytes(run, signs, 2, &sink);
	return keep(decode, start, signs->end, &sink);
}

/* ---- nibbles ---- */

static size_t take_selectors(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	unsigned bits = 0;
	size_t at = start, count = 0;

	for (; text.len - at >= SIGN_BYTES && memcmp(text.ptr + at, "\xef\xb8", 2) == 0; at += SIGN_BYTES) {
		unsigned char last = (unsigned char)text.ptr[at + 2];

		if (last > 0x8f)
			break;
		bits = bits << 4 | (last & 15);
		if (++count % 2 == 0)
			sink_put(&sink, (unsigned char)bits);
	}
	decode->steps += at - start;
	(void)keep(decode, start, at, &sink);
	return at;
}

size_t decode_bits_of(struct decode *decode, size_t start)
{
	struct signs signs;

	if ((unsigned char)decode->text.ptr[start] == 0xef)
		return take_selectors(decode, start);
	signs = survey(decode->text, start);
	decode->steps += signs.end - start;
	/* A single one may stand between letters. */
	if (signs.count < 2)
		return start;
	if (signs.count >= BYTES_LEAST * 4 && signs.kind_count > 1)
		(void)try_ways(decode, start, &signs);
	return signs.end;
}
