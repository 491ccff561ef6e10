/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds long runs of bytes of a class, which is what every pass over ordinary
 * text comes down to. A run of 15 bytes or more covers eight bytes, and one of
 * 23 or more sixteen, that begin at a multiple of eight. Sixteen bytes are
 * tested at a time, with the compiler's vectors, and only where as many may lie
 * in the class the ends of the run are looked for. The test may let others pass
 * where that makes it cheaper: byte_class decides.
 */
#include <assert.h>
#include <string.h>

#include "detect/decode_impl.h"

#define BLOCK 16u
#define HALF_ALL UINT64_MAX	/* eight bytes that are in */

typedef unsigned char bytes16 __attribute__((vector_size(BLOCK)));
typedef char truth16 __attribute__((vector_size(BLOCK)));

/* Where the bytes of the block may be in the class: all that byte_class says, and others. */
typedef truth16 (*class_fn)(bytes16 bytes);

#define always_inline static inline __attribute__((always_inline))

always_inline truth16 in_range(bytes16 bytes, unsigned char from, unsigned char to)
{
	return (truth16)((bytes16)(bytes - from) <= (unsigned char)(to - from));
}

always_inline truth16 is(bytes16 bytes, unsigned char byte)
{
	return (truth16)(bytes == byte);
}

/* Blanks and control characters, and others. */
always_inline truth16 up_to(bytes16 bytes, unsigned char to)
{
	return (truth16)(bytes <= to);
}

always_inline truth16 is_alnum(bytes16 bytes)
{
	return in_range(bytes | 0x20, 'a', 'z') | in_range(bytes, '0', '9');
}

always_inline truth16 is_code64(bytes16 bytes)
{
	return is_alnum(bytes) | is(bytes, '/') | is(bytes, '-') | is(bytes, '+') | is(bytes, '_');
}

always_inline truth16 is_solid(bytes16 bytes)
{
	return in_range(bytes, '!', '~');
}

always_inline truth16 may_be_spaced(bytes16 bytes)
{
	return in_range(bytes, ',', ';') | in_range(bytes | 0x20, 'a', 'f') | is(bytes | 0x20, 'x') |
	       up_to(bytes, ' ');
}

always_inline truth16 may_be_morse(bytes16 bytes)
{
	return in_range(bytes, '-', '/') | up_to(bytes, ' ') | is(bytes, '_') | is(bytes, '|') |
	       in_range(bytes, 0x80, 0xff);
}

always_inline truth16 is_prose(bytes16 bytes)
{
	return is_alnum(bytes) | in_range(bytes, 0x80, 0xff) | is(bytes, ' ') | is(bytes, '\t') |
	       in_range(bytes, ',', '-');
}

always_inline void test_block(const char *text, class_fn in_class, uint64_t ret_halves[2])
{
	bytes16 bytes;
	truth16 truth;

	memcpy(&bytes, text, sizeof(bytes));
	truth = in_class(bytes);
	memcpy(ret_halves, &truth, sizeof(truth));
}

/* The first eight bytes of the class from `at` on; where less than a block is left, that. */
always_inline size_t find_half(const char *text, size_t at, size_t len, class_fn in_class)
{
	uint64_t halves[2];

	for (; len - at >= BLOCK; at += BLOCK) {
		test_block(text + at, in_class, halves);
		if (halves[0] == HALF_ALL)
			return at;
		if (halves[1] == HALF_ALL)
			return at + BLOCK / 2;
	}
	return at;
}

/* The same for sixteen bytes. */
always_inline size_t find_block(const char *text, size_t at, size_t len, class_fn in_class)
{
	uint64_t halves[2], before = 0;

	for (; len - at >= BLOCK; at += BLOCK) {
		test_block(text + at, in_class, halves);
		/* The half before is found when the run is widened. */
		if (halves[0] == HALF_ALL && (halves[1] == HALF_ALL || before == HALF_ALL))
			return at;
		before = halves[1];
	}
	return at;
}

/* How far blocks are in the class entirely. */
always_inline size_t skip_blocks(const char *text, size_t at, size_t len, class_fn in_class)
{
	uint64_t halves[2];

	for (; len - at >= BLOCK; at += BLOCK) {
		test_block(text + at, in_class, halves);
		if ((halves[0] & halves[1]) != HALF_ALL)
			break;
	}
	return at;
}

#define FIND(name, find, in_class)                                        \
	static size_t find_##name(const char *text, size_t at, size_t len) \
	{                                                                 \
		return find(text, at, len, in_class);                     \
	}
#define SKIP(name, in_class)                                              \
	static size_t skip_##name(const char *text, size_t at, size_t len) \
	{                                                                 \
		return skip_blocks(text, at, len, in_class);              \
	}

FIND(code64, find_half, is_code64)
FIND(solid, find_block, is_solid)
FIND(spaced, find_block, may_be_spaced)
FIND(morse, find_block, may_be_morse)
FIND(prose, find_block, is_prose)
SKIP(code64, is_code64)
SKIP(solid, is_solid)
SKIP(prose, is_prose)

static const struct scan {
	unsigned class;
	unsigned least;	/* that the test finds */
	size_t (*find)(const char *text, size_t at, size_t len);
	size_t (*skip)(const char *text, size_t at, size_t len);	/* null: the test is not exact */
} scans[SCAN_MAX] = {
	[SCAN_CODE64] = { BYTE_CODE64, 15, find_code64, skip_code64 },
	[SCAN_SOLID] = { BYTE_SOLID, 23, find_solid, skip_solid },
	[SCAN_SPACED] = { BYTE_SPACED, 23, find_spaced, NULL },
	[SCAN_MORSE] = { BYTE_MORSE, 23, find_morse, NULL },
	[SCAN_PROSE] = { BYTE_PROSE, 23, find_prose, skip_prose },
};

/* The run that reaches to `block` or covers it, not before `from`. */
static size_t widen(const struct scan *scan, struct slice text, size_t from, size_t block, size_t *ret_end)
{
	size_t start = block, end = scan->skip ? scan->skip(text.ptr, block, text.len) : block;

	while (start > from && byte_is(text.ptr[start - 1], scan->class))
		start--;
	while (end < text.len && byte_is(text.ptr[end], scan->class))
		end++;
	*ret_end = end;
	return start;
}

bool decode_next_run(struct decode *decode, enum scan_class class, size_t least, size_t *at, size_t *ret_start)
{
	const struct scan *scan = &scans[class];
	/* Runs begin from `from` on; those that cover a block before `next` were seen. */
	size_t from = *at, next = *at, began = *at, len = decode->text.len, end;

	assert(least >= scan->least);
	while (len - from >= least && next < len) {
		size_t block = scan->find(decode->text.ptr, next, len), start;

		start = widen(scan, decode->text, from, block, &end);
		from = end < len ? end + 1 : end;
		next = from > block + BLOCK / 2 ? from : block + BLOCK / 2;
		if (end - start < least)
			continue;
		decode->steps += from - began;
		*ret_start = start;
		*at = end;
		return true;
	}
	decode->steps += len - began;
	*at = len;
	return false;
}
