/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/words.h"

#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include "detect/bytes64.h"

enum kind {
	KIND_OTHER = 0,
	KIND_WORD,
	KIND_ALONE,	/* a word by itself */
	KIND_APOSTROPHE,
};

/* Scripts that are written without blanks between words: UAX #29, section 4. */
static bool is_written_on(UChar32 c)
{
	UErrorCode error = U_ZERO_ERROR;

	switch (uscript_getScript(c, &error)) {
	case USCRIPT_HAN:
	case USCRIPT_HIRAGANA:
	case USCRIPT_KATAKANA:
	case USCRIPT_THAI:
	case USCRIPT_LAO:
	case USCRIPT_KHMER:
	case USCRIPT_MYANMAR:
		return true;
	default:
		return false;
	}
}

/* Of ASCII; KIND_WIDE: more bytes follow. */
#define KIND_WIDE 255

static unsigned char ascii_kinds[256];
static bool stands_aside[256];	/* begins no word */

static enum kind look_up(UChar32 c)
{
	if (!(U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK)))
		return KIND_OTHER;
	return is_written_on(c) ? KIND_ALONE : KIND_WORD;
}

/* Of the Basic Multilingual Plane, asked once: the properties take two searches each. */
static unsigned char kinds[0x10000];
static pthread_once_t kinds_once = PTHREAD_ONCE_INIT;

static void make_kinds(void)
{
	for (unsigned int byte = 0; byte < 256; byte++)
		ascii_kinds[byte] = byte >= 0x80 ? KIND_WIDE : word_is_ascii((unsigned char)byte) ? KIND_WORD : KIND_OTHER;
	ascii_kinds['\''] = KIND_APOSTROPHE;
	for (unsigned int byte = 0; byte < 256; byte++)
		stands_aside[byte] = ascii_kinds[byte] == KIND_OTHER || ascii_kinds[byte] == KIND_APOSTROPHE;
	for (UChar32 c = 0x80; c < 0x10000; c++)
		kinds[c] = (unsigned char)look_up(c);
}

void words_init(void)
{
	(void)pthread_once(&kinds_once, make_kinds);
}

static enum kind wide_kind(UChar32 c)
{
	if (c < 0)
		return KIND_OTHER;
	return c < 0x10000 ? (enum kind)kinds[c] : look_up(c);
}

static enum kind next_kind(struct slice text, size_t *at)
{
	unsigned char kind = ascii_kinds[(unsigned char)text.ptr[*at]];
	int32_t i = (int32_t)*at;
	UChar32 c;

	if (kind != KIND_WIDE) {
		(*at)++;
		return (enum kind)kind;
	}
	U8_NEXT((const uint8_t *)text.ptr, i, (int32_t)text.len, c);
	*at = (size_t)i;
	return wide_kind(c);
}

static bool ends_here(struct slice text, size_t at, enum kind kind)
{
	size_t ahead = at;

	if (kind == KIND_WORD)
		return false;
	if (kind != KIND_APOSTROPHE || at >= text.len)
		return true;
	return next_kind(text, &ahead) != KIND_WORD;
}

/* Behind the letters and digits of ASCII from `at` on. */
static size_t skip_word(struct slice text, size_t at)
{
	while (at < text.len && ascii_kinds[(unsigned char)text.ptr[at]] == KIND_WORD)
		at++;
	return at;
}

/* Where the next letter, digit, or byte that is no ASCII stands. */
static size_t skip_other(struct slice text, size_t at)
{
	while (at < text.len && stands_aside[(unsigned char)text.ptr[at]])
		at++;
	return at;
}

/* The end of a word whose first character ends at `at`. */
static size_t word_end(struct slice text, size_t at)
{
	for (;;) {
		size_t end = skip_word(text, at);
		enum kind next;

		at = end;
		if (at == text.len)
			return end;
		if (ascii_kinds[(unsigned char)text.ptr[at]] == KIND_OTHER)
			return end;
		next = next_kind(text, &at);
		if (ends_here(text, at, next))
			return end;
	}
}

bool word_cut(struct word_cutter *cutter, struct slice *ret_word)
{
	struct slice text = cutter->text;
	size_t start = skip_other(text, cutter->at), at = start;
	enum kind kind = KIND_OTHER;

	while (at < text.len) {
		start = at;
		kind = next_kind(text, &at);
		if (kind == KIND_WORD || kind == KIND_ALONE)
			break;
		at = skip_other(text, at);
	}
	if (kind != KIND_WORD && kind != KIND_ALONE) {
		cutter->at = text.len;
		return false;
	}
	cutter->at = kind == KIND_ALONE ? at : word_end(text, at);
	*ret_word = (struct slice){ text.ptr + start, cutter->at - start };
	return true;
}

/* ---- 64 bytes at a time ---- */

/* A character of several bytes that begins with byte `i` of the block at `at`. */
static void take_wide(struct word_scan *scan, size_t at, unsigned int i, struct word_block *block)
{
	size_t end = at + i;
	enum kind kind = next_kind(scan->text, &end);
	unsigned int len = (unsigned int)(end - at) - i;
	uint64_t bytes = (UINT64_C(1) << len) - 1;

	if (kind == KIND_WORD) {
		block->letters |= bytes << i;
		scan->over.letters |= i > 0 ? bytes >> (64 - i) : 0;
	} else if (kind == KIND_ALONE) {
		block->alone |= UINT64_C(1) << i;
		if (i + len < 64)
			block->alone_ends |= UINT64_C(1) << (i + len);
		else
			scan->over.alone_ends |= UINT64_C(1) << (i + len - 64);
	}
}

static struct word_block read_bytes(struct word_scan *scan, size_t at, const char *bytes)
{
	struct word_block block = scan->over;
	uint64_t wide = 0;

	scan->over = (struct word_block){ 0 };
	for (unsigned int i = 0; i < 64; i += VEC_BYTES) {
		vec16 v = vec_load(bytes + i);

		block.letters |= vec_bits(vec_in(v | 0x20, 'a', 'z') | vec_in(v, '0', '9')) << i;
		block.apostrophes |= vec_bits(v == '\'') << i;
		/* Signed: a byte that begins a character of several is 0xc0 and up. */
		wide |= vec_bits((v < 0) & (v >= (int8_t)0xc0)) << i;
	}
	for (; wide; wide &= wide - 1)
		take_wide(scan, at, (unsigned int)__builtin_ctzll(wide), &block);
	return block;
}

/* Behind the text there are zeros. */
static struct word_block read_block(struct word_scan *scan, size_t at)
{
	char last[64] = { 0 };

	if (at + sizeof(last) <= scan->text.len)
		return read_bytes(scan, at, scan->text.ptr + at);
	if (at < scan->text.len)
		memcpy(last, scan->text.ptr + at, scan->text.len - at);
	return read_bytes(scan, at, last);
}

/* Places of bits, four at a time: there is room for as many behind the last. */
static inline uint32_t put_places(uint32_t *places, uint64_t bits, size_t at)
{
	uint32_t count = (uint32_t)__builtin_popcountll(bits);

	for (uint32_t i = 0; i < count; i += 4) {
		for (uint32_t k = 0; k < 4; k++) {
			places[i + k] = (uint32_t)at + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
			bits &= bits - 1;
		}
	}
	return count;
}

static void put_words(struct word_scan *scan, uint64_t starts, uint64_t ends)
{
	uint32_t begun = scan->count + scan->open;

	begun += put_places(&scan->starts[begun], starts, scan->at);
	scan->count += put_places(&scan->ends[scan->count], ends, scan->at);
	scan->open = begun - scan->count;
}

static void scan_block(struct word_scan *scan)
{
	struct word_block block = scan->block, next = { 0 };
	bool last = scan->at + 64 > scan->text.len;
	uint64_t inner, in, behind;

	if (!last)
		next = read_block(scan, scan->at + 64);
	inner = block.apostrophes & (block.letters << 1 | scan->letter) & (block.letters >> 1 | next.letters << 63);
	in = block.letters | inner;
	behind = in << 1 | scan->inside;
	put_words(scan, (in & ~behind) | block.alone, (~in & behind) | block.alone_ends);
	scan->letter = block.letters >> 63;
	scan->inside = in >> 63;
	scan->block = next;
	scan->at += 64;
	scan->done = last;
}

void word_scan_begin(struct word_scan *scan, struct slice text, size_t from)
{
	scan->text = text;
	scan->at = from;
	scan->over = (struct word_block){ 0 };
	scan->letter = scan->inside = false;
	scan->count = scan->open = 0;
	scan->done = from >= text.len;
	if (!scan->done)
		scan->block = read_block(scan, from);
}

bool word_scan_next(struct word_scan *scan)
{
	size_t until = scan->at + WORD_SCAN_BYTES;

	scan->starts[0] = scan->starts[scan->count];
	for (scan->count = 0; !scan->done && (scan->at < until || scan->count == 0);)
		scan_block(scan);
	return scan->count > 0;
}

/* ---- borders ---- */

static bool ends_sentence(UChar32 c)
{
	return c == '.' || c == '!' || c == '?' || (c >= 0x80 && u_hasBinaryProperty(c, UCHAR_S_TERM));
}

static bool begins_clause(UChar32 c)
{
	if (c < 0x80)
		return c == '\n' || c == ':' || c == ';' || c == '"' || c == '(' || c == '[' || c == '{' || c == '<' ||
		       c == '>' || c == '*' || c == '#' || c == '|' || c == '`' || c == '\'' || c == '=' || c == '\\';
	return U_GET_GC_MASK(c) & (U_GC_PS_MASK | U_GC_PI_MASK | U_GC_PF_MASK | U_GC_SO_MASK);
}

enum word_border word_border(struct slice between)
{
	enum word_border border = BORDER_NONE;
	const uint8_t *bytes = (const uint8_t *)between.ptr;
	UChar32 c, last = 0;
	int32_t i = 0;

	if (between.len == 1 && between.ptr[0] == ' ')
		return BORDER_NONE;
	while (i < (int32_t)between.len) {
		U8_NEXT(bytes, i, (int32_t)between.len, c);
		/* A full stop within a word ("3.5", "a.b") ends nothing; wide ones always do. */
		if (ends_sentence(last) && (last >= 0x80 || !ends_sentence(c)))
			return BORDER_SENTENCE;
		/* An empty line; the end of a statement in a program. */
		if (c == '\n' && (last == '\n' || last == ';'))
			return BORDER_SENTENCE;
		if (begins_clause(c))
			border = BORDER_CLAUSE;
		last = c;
	}
	return ends_sentence(last) && last >= 0x80 ? BORDER_SENTENCE : border;
}
