/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64, base32 and hex in pieces: lines with something in front of them,
 * strings of a list, groups of a length, from behind, or under ROT13. The pieces are put
 * together first; a reading that gives no text costs one pass over them, and no
 * piece is read for a second one.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define PIECE_LEAST 16u		/* bytes of the first */
#define PACKED_LEAST 24u	/* of all */
#define SEAM_MOST 24u		/* bytes between two pieces */
#define GROUP_LEAST 4u
#define GROUP_MOST 16u
#define GROUPS_LEAST 4u
#define LAYERS_MAX 4
#define TOLD_BY 8u
#define SAMPLE 48u		/* bytes; of whole groups in each alphabet */

/* ---- what packed text stands for, behind it in the same room ---- */

static bool all_of(struct slice packed, const uint8_t digits[256])
{
	for (size_t i = 0; i < packed.len; i++)
		if (digits[(unsigned char)packed.ptr[i]] == ALPHABET_NONE)
			return false;
	return packed.len > 0;
}

static bool all_hex(struct slice packed)
{
	for (size_t i = 0; i < packed.len; i++)
		if (!byte_is(packed.ptr[i], BYTE_HEX))
			return false;
	return packed.len % 2 == 0;
}

static void put_hex(struct sink *sink, struct slice packed)
{
	for (size_t i = 0; i + 1 < packed.len; i += 2)
		sink_put(sink, (unsigned char)(hex_value(packed.ptr[i]) << 4 | hex_value(packed.ptr[i + 1])));
}

/* `width`: bits of a digit. */
static void put_digits(struct sink *sink, struct slice packed, const uint8_t digits[256], unsigned width)
{
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < packed.len; i++) {
		bits = bits << width | digits[(unsigned char)packed.ptr[i]];
		count += width;
		if (count < 8)
			continue;
		count -= 8;
		sink_put(sink, (unsigned char)(bits >> count));
	}
}

/* UTF-16 of ASCII has a zero in front of each letter, or behind it. */
static void narrow(struct sink *sink)
{
	size_t zeros[2] = { 0, 0 }, half = sink->len / 2;

	for (size_t i = 0; i < sink->len; i++)
		zeros[i % 2] += sink->ptr[i] == 0;
	if (half < TOLD_BY || (zeros[0] < half && zeros[1] < half))
		return;
	for (size_t i = 0, from = zeros[0] == half; i < half; i++, from += 2)
		sink->ptr[i] = sink->ptr[from];
	sink->len = half;
}

static bool is_result(struct sink *sink)
{
	narrow(sink);
	return !sink->cut && sink->len > 0 && decode_is_text(sink_slice(sink), TEXT_LOOSE);
}

/* What is behind `packed` in the same room becomes what is in it. */
static void take_place(struct sink *packed, const struct sink *result)
{
	memmove(packed->ptr, result->ptr, result->len);
	packed->len = result->len;
}

/* One layer; DECODER_NONE: it is none of these. */
static enum decoder_id unpack(struct decode *decode, struct sink *packed)
{
	static const struct {
		enum decoder_id decoder;
		uint8_t alphabet, width;
	} ways[] = {
		{ DECODER_BASE32, ALPHABET_BASE32, 5 },
		{ DECODER_BASE64, ALPHABET_BASE64, 6 },
	};
	struct slice from = sink_slice(packed);

	for (int way = -1; way < 2; way++) {
		struct sink result = { .ptr = packed->ptr + packed->len, .room = packed->room - packed->len };
		const uint8_t *digits = way < 0 ? NULL : decode->digits[ways[way].alphabet];

		if (way < 0 ? !all_hex(from) : !all_of(from, digits))
			continue;
		decode->steps += from.len;
		if (way < 0)
			put_hex(&result, from);
		else
			put_digits(&result, from, digits, ways[way].width);
		if (!is_result(&result))
			continue;
		take_place(packed, &result);
		return way < 0 ? DECODER_HEX : ways[way].decoder;
	}
	return DECODER_NONE;
}

/* What pads a run belongs to it. */
static void drop_padding(struct sink *packed)
{
	while (packed->len > 0 && packed->ptr[packed->len - 1] == '=')
		packed->len--;
}

/* A layer more is left to those who look into what is decoded. */
void decode_unpack_layers(struct decode *decode, struct sink *sink)
{
	for (int layer = 0; layer < LAYERS_MAX && sink->len >= PACKED_LEAST; layer++) {
		struct sink inner = *sink, innermost;
		size_t len = sink->len;

		drop_padding(&inner);
		if (!all_of(sink_slice(&inner), decode->digits[ALPHABET_BASE64]) || inner.room < 3 * len)
			return;
		/* Both in the room behind, so that the outer one is still there when the inner one holds nothing packed. */
		inner.ptr = sink->ptr + len;
		inner.room = sink->room - len;
		memcpy(inner.ptr, sink->ptr, inner.len);
		if (unpack(decode, &inner) == DECODER_NONE)
			return;
		innermost = inner;
		drop_padding(&innermost);
		if (innermost.len < PACKED_LEAST || !all_of(sink_slice(&innermost), decode->digits[ALPHABET_BASE64]))
			return;
		take_place(sink, &inner);
	}
}

static bool keep_packed(struct decode *decode, struct sink *packed, size_t start, size_t end)
{
	enum decoder_id decoder;

	drop_padding(packed);
	if (packed->cut || packed->len < PACKED_LEAST)
		return false;
	decoder = unpack(decode, packed);
	if (decoder == DECODER_NONE)
		return false;
	decode_unpack_layers(decode, packed);
	decode_keep(decode, decoder, start, end, packed);
	return true;
}

/* Whether text may begin with what the first digits make, in one of the alphabets: most runs are names and words. */
static bool may_begin(const struct decode *decode, const char *text)
{
	static const uint8_t alphabets[] = { ALPHABET_BASE32, ALPHABET_BASE64 };
	bool may = true;

	for (unsigned i = 0; i < 4; i += 2) {
		unsigned byte = hex_value(text[i]) << 4 | hex_value(text[i + 1]);

		may &= byte == 0 || (byte < 0x80 && byte_is((char)byte, BYTE_PRINT));
	}
	for (unsigned i = 0; i < 2 && !may; i++) {
		const uint8_t *digits = decode->digits[alphabets[i]];
		unsigned width = alphabets[i] == ALPHABET_BASE32 ? 5 : 6;
		uint64_t bits = 0;

		may = true;
		for (unsigned k = 0; k < TOLD_BY; k++) {
			may &= digits[(unsigned char)text[k]] != ALPHABET_NONE;
			bits = bits << width | (digits[(unsigned char)text[k]] & 0x3f);
		}
		for (unsigned k = 1; k <= width && may; k++) {
			unsigned byte = (unsigned)(bits >> (8 * (width - k)) & 0xff);

			may = byte == 0 || decode->of_text[byte] != 0;
		}
	}
	return may;
}

bool decode_is_packed(const struct decode *decode, const struct sink *sink)
{
	struct sink packed = *sink;

	drop_padding(&packed);
	return packed.len >= PACKED_LEAST && may_begin(decode, packed.ptr) &&
	       all_of(sink_slice(&packed), decode->digits[ALPHABET_BASE64]);
}

bool decode_unpacks(struct decode *decode, const struct sink *sink)
{
	struct sink packed = *sink;

	if (!decode_is_packed(decode, sink) || packed.room < 3 * packed.len)
		return false;
	packed.ptr += packed.len;
	packed.room -= packed.len;
	memcpy(packed.ptr, sink->ptr, packed.len);
	drop_padding(&packed);
	return unpack(decode, &packed) != DECODER_NONE;
}

/* ---- pieces with seams ---- */

static size_t skip_of(struct slice text, size_t at, const char *set)
{
	size_t from = at;

	while (at < text.len && at - from < SEAM_MOST && text.ptr[at] && strchr(set, text.ptr[at]))
		at++;
	return at;
}

/* Behind a line break, which may be written out; `at`: there is none. */
static size_t skip_break(struct slice text, size_t at)
{
	if (at < text.len && text.ptr[at] == '\r')
		at++;
	if (at < text.len && text.ptr[at] == '\n')
		return at + 1;
	return at + 1 < text.len && text.ptr[at] == '\\' && text.ptr[at + 1] == 'n' ? at + 2 : at;
}

/* "12. ", "3) ", "4: " */
static size_t skip_number(struct slice text, size_t at)
{
	size_t digits = at;

	while (digits < text.len && digits - at < 4 && byte_is(text.ptr[digits], BYTE_DIGIT))
		digits++;
	if (digits == at || digits + 1 >= text.len || !strchr(".):", text.ptr[digits]) || text.ptr[digits + 1] != ' ')
		return at;
	return digits + 2;
}

/* Where the next piece begins behind what parts it from the one that ends at `at`: a line break and what may stand
 * around it, or the quotation marks of two strings. 0: nothing of that kind. */
static size_t skip_seam(struct slice text, size_t at)
{
	size_t tail = skip_of(text, at, "\"',+;|&. "), line = skip_break(text, tail), next;
	bool quoted = tail > at + 1 && (text.ptr[at] == '"' || text.ptr[at] == '\'') && text.ptr[tail - 1] == text.ptr[at];

	if (line == tail && !quoted)
		return 0;
	next = line == tail ? tail : skip_number(text, skip_of(text, line, "\"'>|*# \t"));
	next = line == tail ? tail : skip_of(text, next, "\"'");
	return next < text.len && next - at <= SEAM_MOST && byte_is(text.ptr[next], BYTE_CODE64) ? next : 0;
}

static size_t skip_code(struct slice text, size_t at)
{
	while (at < text.len && byte_is(text.ptr[at], BYTE_CODE64))
		at++;
	return at;
}

/* What stands behind the last piece is not the rest of a sentence. */
static bool ends_packed(struct slice text, size_t at)
{
	at = skip_of(text, at, "=");
	return at == text.len || text.ptr[at] != ' ' || skip_of(text, at, " |") > at + 1;
}

/* Puts together what begins at `start`; returns its end, or `start`: it is one piece. */
static size_t gather(struct decode *decode, size_t start, struct sink *sink)
{
	struct slice text = decode->text;
	size_t at = start, end = start, first = 0;

	for (;;) {
		size_t to = skip_code(text, at), next;

		if (first == 0)
			first = to - at;
		else if (to - at > first || (to - at < first && !ends_packed(text, to)))
			break;
		sink_add(sink, text.ptr + at, to - at);
		end = to;
		next = to - at == first ? skip_seam(text, to) : 0;
		if (next == 0 || sink->cut)
			break;
		at = next;
	}
	decode->steps += end - start;
	return end;
}

/* In one piece only UTF-16 is left to it whose first byte is zero. */
static bool is_wide(const char *text)
{
	return text[0] == 'A' && text[1] >= 'A' && text[1] <= 'P';
}

size_t decode_pieces(struct decode *decode, size_t start, size_t end)
{
	const char *text = decode->text.ptr + start;
	struct sink sink;
	size_t last;

	if (start < decode->gathered || end - start < PIECE_LEAST)
		return start;
	decode->steps += TOLD_BY;
	if (!may_begin(decode, text) || (!is_wide(text) && skip_seam(decode->text, end) == 0))
		return start;
	sink = decode_sink(decode);
	last = gather(decode, start, &sink);
	decode->gathered = last;
	return keep_packed(decode, &sink, start, last) ? last : start;
}

/* ---- groups of a length ---- */

size_t decode_groups(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	size_t len = 0, count = 0, at = start, end = start;
	struct sink sink;
	char sign;

	while (start + len < text.len && len <= GROUP_MOST && byte_is(text.ptr[start + len], BYTE_LETTER | BYTE_DIGIT))
		len++;
	decode->steps += len + 1;
	if (start < decode->gathered || len < GROUP_LEAST || len > GROUP_MOST || start + 2 * len + 1 >= text.len)
		return start;
	sign = text.ptr[start + len];
	if (!memchr(" -._:,|", sign, 7) || text.ptr[start + 2 * len + 1] != sign)
		return start;
	sink = decode_sink(decode);
	for (; at < text.len; at += len + 1, count++) {
		size_t n = 0;

		while (n < len && at + n < text.len && text.ptr[at + n] != sign &&
		       (byte_is(text.ptr[at + n], BYTE_CODE64) || text.ptr[at + n] == '='))
			n++;
		sink_add(&sink, text.ptr + at, n);
		end = n > 0 ? at + n : end;
		if (n < len || at + n >= text.len || text.ptr[at + n] != sign)
			break;
	}
	decode->steps += end - start;
	decode->gathered = end;
	if (count + 1 < GROUPS_LEAST || sink.len < TOLD_BY || !may_begin(decode, sink.ptr) ||
	    !keep_packed(decode, &sink, start, end))
		return start;
	return end;
}

/* ---- from behind ---- */

static void put_turned(struct sink *sink, const unsigned char map[256], const char *text, size_t len)
{
	for (size_t i = 0; i < len && !sink->cut; i++) {
		unsigned char byte = (unsigned char)text[i], turned = map[byte];

		sink_put(sink, turned ? (byte < 'a' ? turned & ~0x20 : turned) : byte);
	}
}

static void put_backwards(struct sink *sink, const char *text, size_t start, size_t end)
{
	for (size_t at = end; at > start && !sink->cut; at--)
		sink_put(sink, (unsigned char)text[at - 1]);
}

/* ROT13 of base64: its beginning, which is tried first, tells of most runs that they are none. */
bool decode_code_turned(struct decode *decode, size_t start, size_t end)
{
	const unsigned char *map = decode->games[13];
	char room[2 * SAMPLE];
	struct sink sample = { .ptr = room, .room = sizeof(room) }, sink;

	if (end - start < PACKED_LEAST)
		return false;
	put_turned(&sample, map, decode->text.ptr + start, TOLD_BY);
	decode->steps += TOLD_BY;
	if (!may_begin(decode, room))
		return false;
	sample.len = 0;
	put_turned(&sample, map, decode->text.ptr + start, end - start < SAMPLE ? end - start : SAMPLE);
	decode->steps += sample.len;
	if (unpack(decode, &sample) == DECODER_NONE)
		return false;
	sink = decode_sink(decode);
	put_turned(&sink, map, decode->text.ptr + start, end - start);
	decode->steps += end - start;
	return keep_packed(decode, &sink, start, end);
}

/* Its end, which is tried first, tells of most runs that they are none. */
bool decode_code_backwards(struct decode *decode, size_t start, size_t end)
{
	const char *text = decode->text.ptr;
	char room[2 * SAMPLE];
	struct sink sample = { .ptr = room, .room = sizeof(room) }, sink;

	if (end - start < PACKED_LEAST)
		return false;
	put_backwards(&sample, text, end - start < SAMPLE ? start : end - SAMPLE, end);
	decode->steps += sample.len;
	if (!may_begin(decode, room) || unpack(decode, &sample) == DECODER_NONE)
		return false;
	sink = decode_sink(decode);
	put_backwards(&sink, text, start, end);
	decode->steps += end - start;
	return keep_packed(decode, &sink, start, end);
}
