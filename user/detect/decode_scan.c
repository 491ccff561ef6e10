/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds long runs of bytes of a class, which is what most passes over ordinary
 * text come down to. Sixty-four bytes become a mask, runs that are long enough
 * are found in it by shifts: most blocks have none, and none is branched on.
 */
#include <string.h>

#include "detect/bytes64.h"
#include "detect/decode_impl.h"

typedef vec (*class_fn)(vec bytes);

bytes64_inline vec is_alnum(vec v)
{
	return vec_in(v | 0x20, 'a', 'z') | vec_in(v, '0', '9');
}

bytes64_inline vec is_blank(vec v)
{
	return (v == ' ') | vec_in(v, '\t', '\n') | (v == '\r');
}

/* Signed: bytes beyond ASCII are less than a blank. */
bytes64_inline vec is_solid(vec v)
{
	return v > ' ';
}

bytes64_inline vec is_code64(vec v)
{
	/* + and / differ in one bit. */
	return is_alnum(v) | ((v | 4) == '/') | (v == '-') | (v == '_');
}

/* All but letters that numbers do not have. */
bytes64_inline vec is_figure(vec v)
{
	return ~(vec_in(v | 0x20, 'g', 'z') & ((v | 0x20) != 'x'));
}

bytes64_inline vec is_spaced(vec v)
{
	return vec_in(v, ',', ';') | vec_in(v | 0x20, 'a', 'f') | ((v | 0x20) == 'x') | (v == '|') | is_blank(v);
}

bytes64_inline vec is_morse(vec v)
{
	return vec_in(v, '-', '/') | (v == '_') | (v == '|') | is_blank(v) | vec_in(v, 0x90, 0x99) |
	       (v == (int8_t)0xc2) | (v == (int8_t)0xb7) | (v == (int8_t)0xe2) | (v == (int8_t)0x80) |
	       (v == (int8_t)0x88) | (v == (int8_t)0xa2);
}

bytes64_inline vec is_prose(vec v)
{
	return is_alnum(v) | (v < 0) | (v == ' ') | (v == '\t') | vec_in(v, ',', '-');
}

struct scan {
	struct decode *decode;
	run_fn fn;
	void *ctx;
	size_t start;	/* of the run that is open */
	bool open;
};

/* Bit i of `edges`: byte `at` + i makes a run long enough, or ends such a run. */
static void take_edges(struct scan *scan, size_t at, size_t least, uint64_t edges)
{
	for (; edges; edges &= edges - 1) {
		size_t edge = at + (size_t)__builtin_ctzll(edges);

		if (!scan->open)
			scan->start = edge + 1 - least;
		else if (!scan->decode->full)
			scan->fn(scan->ctx, scan->decode, scan->start, edge);
		scan->open = !scan->open;
	}
}

/* No run that ends in the block or goes on behind it is long enough; `last` has no bit for a run that is. Most blocks of
 * prose are such ones. A run that is lies all over several aligned groups of four. */
bytes64_inline bool lacks_run(uint64_t last, uint64_t bits, size_t least)
{
	uint64_t pairs = bits & bits >> 1, fours = pairs & pairs >> 2 & 0x1111111111111111ull;
	uint64_t full = fours & fours >> 4 & fours >> 8;

	if (least >= SCAN_LONG)
		full &= full >> 8;
	if (full || !~bits || !~last)
		return false;
	return (size_t)__builtin_clzll(~last) + (size_t)__builtin_ctzll(~bits) < least;
}

bytes64_inline void scan_runs(struct scan *scan, size_t from, size_t to, size_t least, class_fn in_class)
{
	const struct lengths none = { 0 };
	struct lengths runs = none;
	char padded[BYTES64] = { 0 };
	uint64_t last = 0, before = 0, bits, ends;	/* of the block before: its bits, and its ends */
	bool passed = false;	/* it was passed over */
	size_t len = scan->decode->text.len;

	for (size_t at = from; at < to; at += BYTES64) {
		const char *block = scan->decode->text.ptr + at;
		size_t left = to - at;

		if (len - at < BYTES64)
			block = memcpy(padded, block, left);
		bits = BITS64(block, in_class(v));
		if (left < BYTES64)
			bits &= (UINT64_C(1) << left) - 1;
		if (!(before >> 63) && lacks_run(last, bits, least)) {
			last = bits;
			before = 0;
			passed = true;
			continue;
		}
		/* No run of a block that was passed over began before it. */
		if (passed)
			runs = lengths_of(last, &none);
		runs = lengths_of(bits, &runs);
		last = bits;
		passed = false;
		ends = least == SCAN_SHORT ? runs.by16 : runs.by23;
		take_edges(scan, at, least, ends ^ bits_behind(ends, before, 1));
		before = ends;
	}
	if (scan->open && !scan->decode->full)
		scan->fn(scan->ctx, scan->decode, scan->start, to);
	scan->decode->steps += to - from;
}

void SEARCH(decode_each_run)(struct decode *decode, size_t from, size_t to, enum scan_class class, run_fn fn, void *ctx)
{
	struct scan scan = { .decode = decode, .fn = fn, .ctx = ctx };

	switch (class) {
	case SCAN_CODE64:
		scan_runs(&scan, from, to, SCAN_SHORT, is_code64);
		break;
	case SCAN_SOLID:
		scan_runs(&scan, from, to, SCAN_SHORT, is_solid);
		break;
	case SCAN_FIGURES:
		scan_runs(&scan, from, to, SCAN_LONG, is_figure);
		break;
	case SCAN_SPACED:
		scan_runs(&scan, from, to, SCAN_LONG, is_spaced);
		break;
	case SCAN_MORSE:
		scan_runs(&scan, from, to, SCAN_LONG, is_morse);
		break;
	case SCAN_PROSE:
		scan_runs(&scan, from, to, SCAN_LONG, is_prose);
		break;
	}
}
