/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ciphers that a caption speaks of: what stands behind "Vigenère, key LEMON:",
 * "rail fence with 3 rails:", "columns:". The key is taken from the caption;
 * rails and columns are so few that each number of them is tried.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define CAPTION_BYTES 160u
#define LINE_BYTES 512u
#define LETTERS_LEAST 14u
#define SOLID_LEAST 40u	/* of letters without blanks: half of what is shorter flows like a language */
#define KEY_LEAST 3u
#define KEY_MOST 24u
#define KEYS_MAX 2
#define RAILS_MOST 7u
#define COLUMNS_MOST 10u
#define PLAIN_WEIGHT 6

struct caption {
	bool rails, columns;
	size_t key_count;
	struct slice keys[KEYS_MAX];
};

/* Between the word "key" and the key. */
static bool is_filler(struct slice word)
{
	static const char *const fillers[] = { "is",  "the",  "word", "phrase", "of",
					       "was", "with", "and",  "cipher" };

	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++)
		if (slice_caseeq(word, slice_of(fillers[i])))
			return true;
	return false;
}

static bool begins(struct slice word, const char *with)
{
	size_t len = strlen(with);

	return word.len >= len && strncasecmp(word.ptr, with, len) == 0;
}

/* The next word in [*at, end); it ends at *at. Empty: there is none. */
static struct slice next_word(const char *text, size_t *at, size_t end)
{
	size_t from = *at, to;

	while (from < end && !byte_is(text[from], BYTE_LETTER))
		from++;
	for (to = from; to < end && byte_is(text[to], BYTE_LETTER); to++)
		;
	*at = to;
	return (struct slice){ text + from, to - from };
}

/* What stands from `from` to `to` says. */
static struct caption read_caption(struct decode *decode, size_t from, size_t to)
{
	struct caption caption = { 0 };
	struct slice word;
	bool of_key = false;

	decode->steps += to - from;
	while ((word = next_word(decode->text.ptr, &from, to)).len > 0) {
		if (of_key && !is_filler(word) && caption.key_count < KEYS_MAX && word.len >= KEY_LEAST &&
		    word.len <= KEY_MOST)
			caption.keys[caption.key_count++] = word;
		of_key = begins(word, "key") || begins(word, "schl") || (of_key && is_filler(word));
		caption.rails |= begins(word, "rail") || begins(word, "zigzag") || begins(word, "fence");
		caption.columns |=
			begins(word, "column") || begins(word, "transpos") || begins(word, "scytale");
	}
	return caption;
}

/* Known words come out; without blanks letters follow one another as in a language. */
static bool is_plain(struct decode *decode, const struct sink *sink)
{
	struct word_count count = decode_count_plain(decode, sink_slice(sink), UINT32_MAX);

	decode->steps += sink->len;
	if (count.words <= 2)
		return sink->len >= SOLID_LEAST && decode_is_text(sink_slice(sink), TEXT_STRICT);
	return count.weight >= PLAIN_WEIGHT && count.weight >= count.words;
}

/* ---- Vigenère ---- */

static bool try_key(struct decode *decode, size_t start, size_t end, struct slice key)
{
	struct sink sink = decode_sink(decode);
	size_t letters = 0;

	for (size_t at = start; at < end && !sink.cut; at++) {
		char byte = decode->text.ptr[at];
		unsigned by;

		if (!byte_is(byte, BYTE_LETTER)) {
			sink_put(&sink, (unsigned char)byte);
			continue;
		}
		by = (unsigned)(byte_lower(key.ptr[letters++ % key.len]) - 'a');
		sink_put(&sink, (unsigned char)('a' + ((unsigned)(byte_lower(byte) - 'a') + 26 - by) % 26));
	}
	decode->steps += end - start;
	if (letters < LETTERS_LEAST || !is_plain(decode, &sink))
		return false;
	decode_keep(decode, DECODER_VIGENERE, start, end, &sink);
	return true;
}

/* ---- transpositions ---- */

/* Where each character goes: `from` is read along the rails, or down the columns, one after the other. */
static void put_rails(const char *from, size_t len, unsigned rails, char *to)
{
	size_t cycle = 2 * (rails - 1), n = 0;

	for (size_t rail = 0; rail < rails; rail++) {
		for (size_t at = rail; at < len; at += cycle) {
			size_t up = at + cycle - 2 * rail;

			to[at] = from[n++];
			if (rail > 0 && rail < rails - 1 && up < len)
				to[up] = from[n++];
		}
	}
}

static void put_columns(const char *from, size_t len, unsigned columns, char *to)
{
	size_t n = 0;

	for (size_t column = 0; column < columns; column++)
		for (size_t at = column; at < len; at += columns)
			to[at] = from[n++];
}

static bool try_order(struct decode *decode, size_t start, size_t end, unsigned most,
		      void (*put)(const char *from, size_t len, unsigned number, char *to))
{
	size_t len = end - start;
	struct sink sink = decode_sink(decode);

	if (sink.room < len || len < LETTERS_LEAST)
		return false;
	sink.len = len;
	for (unsigned number = 2; number <= most && number < len; number++) {
		put(decode->text.ptr + start, len, number, sink.ptr);
		decode->steps += len;
		if (!is_plain(decode, &sink))
			continue;
		decode_keep(decode, DECODER_TRANSPOSED, start, end, &sink);
		return true;
	}
	return false;
}

/* ---- both ---- */

/* The end of the line or string that goes on at `at`. */
static size_t line_end(struct slice text, size_t at)
{
	size_t end = text.len - at < LINE_BYTES ? text.len : at + LINE_BYTES;

	while (at < end && text.ptr[at] != '\n' && text.ptr[at] != '"' && text.ptr[at] != '\\')
		at++;
	return at;
}

/* A colon, and a line break or blanks. */
static bool ends_caption(const char *text, size_t end)
{
	size_t at = end;

	while (at > 0 && end - at < 3 && byte_is(text[at - 1], BYTE_BLANK))
		at--;
	return at > 0 && text[at - 1] == ':';
}

bool decode_keyed(struct decode *decode, size_t start, size_t end)
{
	size_t from = start < CAPTION_BYTES ? 0 : start - CAPTION_BYTES;
	struct caption caption;
	bool found = false;

	if (start < decode->keyed || !ends_caption(decode->text.ptr, start))
		return false;
	caption = read_caption(decode, from, start);
	if (!caption.rails && !caption.columns && caption.key_count == 0)
		return false;
	while (start < end && decode->text.ptr[start] == ' ')
		start++;
	end = line_end(decode->text, start);
	for (size_t i = 0; i < caption.key_count && !found; i++)
		found = try_key(decode, start, end, caption.keys[i]);
	if (!found && caption.rails)
		found = try_order(decode, start, end, RAILS_MOST, put_rails);
	if (!found && caption.columns)
		found = try_order(decode, start, end, COLUMNS_MOST, put_columns);
	decode->keyed = end;
	return found;
}
