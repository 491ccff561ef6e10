/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/estimate.h"

#define ASCII_PER_TOKEN 4
#define OTHER_PER_TOKEN 3
#define MESSAGE_TOKENS 4

void text_size_add(struct text_size *size, const char *text, size_t len)
{
	uint64_t other = 0;

	for (size_t i = 0; i < len; i++)
		other += (unsigned char)text[i] >> 7;
	size->other += other;
	size->ascii += len - other;
}

void text_size_merge(struct text_size *size, const struct text_size *more)
{
	size->ascii += more->ascii;
	size->other += more->other;
}

int64_t estimate_tokens(const struct text_size *size, uint32_t messages)
{
	uint64_t twelfths = size->ascii * (12 / ASCII_PER_TOKEN) + size->other * (12 / OTHER_PER_TOKEN);

	return (int64_t)((twelfths + 11) / 12 + (uint64_t)messages * MESSAGE_TOKENS);
}
