/* SPDX-License-Identifier: Apache-2.0 */
/* Where the scout says that a pass has to look. */
#include "detect/decode_impl.h"

/* The first granule from `granule` on whose bit is `is`; `end` where there is none. */
static size_t next_granule(const uint64_t *hot, size_t granule, size_t end, bool is)
{
	while (granule < end) {
		uint64_t word = (is ? hot[granule / 64] : ~hot[granule / 64]) >> granule % 64;

		if (word)
			return granule + (size_t)__builtin_ctzll(word);
		granule = (granule / 64 + 1) * 64;
	}
	return end;
}

size_t decode_next_hot(const struct decode *decode, enum hot_kind kind, size_t at, size_t *ret_end)
{
	unsigned shift = decode->granule_shift;
	size_t len = decode->text.len, granules = (len >> shift) + 1, from, to, start;

	*ret_end = len;
	if (!(decode->hot_kinds >> kind & 1))
		return len;
	from = next_granule(decode->hot[kind], at >> shift, granules, true);
	to = next_granule(decode->hot[kind], from, granules, false);
	start = from << shift;

	*ret_end = to << shift < len ? to << shift : len;
	start = start > at ? start : at;
	return start < len ? start : len;
}
