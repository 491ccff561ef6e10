/* SPDX-License-Identifier: Apache-2.0 */
/* Where the map says that a pass has to look. */
#include "detect/decode_impl.h"

/* The first block from `block` on whose bit is `is`; `end` where there is none. */
static size_t next_block(const uint64_t *hot, size_t block, size_t end, bool is)
{
	while (block < end) {
		uint64_t word = (is ? hot[block / 64] : ~hot[block / 64]) >> block % 64;

		if (word)
			return block + (size_t)__builtin_ctzll(word);
		block = (block / 64 + 1) * 64;
	}
	return end;
}

size_t decode_next_hot(const struct decode *decode, enum hot_kind kind, size_t at, size_t *ret_end)
{
	size_t len = decode->text.len, blocks = decode_blocks(decode), from, to, start;

	*ret_end = len;
	if (!(decode->hot_kinds >> kind & 1))
		return len;
	from = next_block(decode->hot[kind], at / BLOCK_BYTES, blocks, true);
	to = next_block(decode->hot[kind], from, blocks, false);
	start = from * BLOCK_BYTES;

	*ret_end = to * BLOCK_BYTES < len ? to * BLOCK_BYTES : len;
	start = start > at ? start : at;
	return start < len ? start : len;
}
