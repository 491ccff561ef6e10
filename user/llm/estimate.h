/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens guessed from the size of text, for calls whose provider counts none.
 * A byte of ASCII is a quarter of a token, a byte of anything else a third: a
 * character of Chinese, Japanese or Korean then is one. A message adds four for
 * what stands around it. How far off that is: docs/how-a-call-becomes-a-figure.md.
 */
#ifndef PROMTAP_LLM_ESTIMATE_H
#define PROMTAP_LLM_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

struct text_size {
	uint64_t ascii, other;	/* bytes of UTF-8 */
};

void text_size_add(struct text_size *size, const char *text, size_t len);
void text_size_merge(struct text_size *size, const struct text_size *more);

int64_t estimate_tokens(const struct text_size *size, uint32_t messages);

#endif
