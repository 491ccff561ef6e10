/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/plain_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#define SHOWN_OF_SECRET 4

static bool is_visible(UChar32 c)
{
	if (c < 0 || c == '"' || c == '\\')
		return false;
	return c == ' ' || (u_isgraph(c) && u_charType(c) != U_PRIVATE_USE_CHAR && u_charType(c) != U_FORMAT_CHAR);
}

static void print_character(FILE *out, struct slice character, UChar32 c)
{
	if (is_visible(c))
		(void)fwrite(character.ptr, 1, character.len, out);
	else if (c == '"' || c == '\\')
		(void)fprintf(out, "\\%c", (char)c);
	else if (c == '\n')
		(void)fputs("\\n", out);
	else if (c >= 0)
		(void)fprintf(out, "\\u{%x}", (unsigned int)c);
	else
		for (size_t i = 0; i < character.len; i++)
			(void)fprintf(out, "\\x%02x", (unsigned char)character.ptr[i]);
}

/* Prints at most `max` characters; returns how many bytes that were. */
static size_t print_characters(FILE *out, struct slice text, size_t max)
{
	const uint8_t *bytes = (const uint8_t *)text.ptr;
	size_t at = 0;

	for (size_t count = 0; at < text.len && count < max; count++) {
		size_t start = at;
		UChar32 c;

		U8_NEXT(bytes, at, text.len, c);
		print_character(out, (struct slice){ text.ptr + start, at - start }, c);
	}
	return at;
}

void plain_text_print(FILE *out, struct slice text, size_t max)
{
	size_t printed;

	(void)fputc('"', out);
	printed = print_characters(out, text, max);
	(void)fputs(printed < text.len ? "\"..." : "\"", out);
}

void plain_text_print_masked(FILE *out, struct slice text)
{
	/* Of a short one not even that. */
	size_t shown = text.len >= 4 * SHOWN_OF_SECRET ? SHOWN_OF_SECRET : 0;

	(void)fputc('"', out);
	(void)print_characters(out, text, shown);
	(void)fprintf(out, "...\" (%zu bytes)", text.len);
}

void plain_text_print_json(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			(void)fprintf(out, "\\u%04x", c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}
