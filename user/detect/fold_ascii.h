/* SPDX-License-Identifier: Apache-2.0 */
/* The fast path: ASCII that folds by letter case alone. */
#ifndef PROMTAP_DETECT_FOLD_ASCII_H
#define PROMTAP_DETECT_FOLD_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the small letters of `text` to `out` (room for `len` and
 * FOLD_ASCII_SLACK bytes) up to the first byte that wants more than that:
 * what is not ASCII, control characters but line feeds, white space behind
 * white space, and the first of two single letters or digits, not both digits, with one
 * character between them, or two letters with two; but not of the first `calm` bytes. Returns how many
 * bytes are good. `text` begins where a word may begin; `behind_white`: behind white space.
 */
#define FOLD_ASCII_SLACK 64
size_t fold_ascii(const char *text, size_t len, bool behind_white, size_t calm, char *out);

static inline bool ascii_is_alnum(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

#endif
