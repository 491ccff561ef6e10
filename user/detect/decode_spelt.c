/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters by the words that stand for them on the radio (ICAO annex 10, volume
 * II, 5.2.1.3): "India Golf November". Words are parted by line breaks, slashes
 * or wide gaps, or not at all.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define LETTERS_LEAST 10u
#define GAP_MOST 8u		/* bytes between two letters */

static const char *const names[] = {
	"alfa",	  "bravo",  "charlie", "delta",	  "echo",  "foxtrot", "golf",	"hotel", "india",
	"juliett", "kilo",  "lima",    "mike",	  "november", "oscar", "papa",	"quebec", "romeo",
	"sierra", "tango",  "uniform", "victor",  "whiskey", "xray",  "yankee", "zulu",
};

/* As many write them. */
static const struct {
	const char *name;
	char letter;
} others[] = { { "alpha", 'a' }, { "juliet", 'j' }, { "whisky", 'w' } };

/* 0: it is none. */
static char letter_of(struct slice word)
{
	unsigned first = (unsigned)(byte_lower(word.ptr[0]) - 'a');

	if (first < ARRAY_SIZE(names) && slice_caseeq(word, slice_of(names[first])))
		return names[first][0];
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (slice_caseeq(word, slice_of(others[i].name)))
			return others[i].letter;
	return 0;
}

static struct slice word_at(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.len && end - at < 16 && byte_is(text.ptr[end], BYTE_LETTER))
		end++;
	return (struct slice){ text.ptr + at, end - at };
}

/* Where the next word begins, and whether what stands before it parts words. */
static size_t skip_gap(struct slice text, size_t at, bool *ret_parts)
{
	size_t from = at;

	*ret_parts = false;
	while (at < text.len && at - from < GAP_MOST && text.ptr[at] && strchr(" \t\r\n-,/|._", text.ptr[at])) {
		*ret_parts |= text.ptr[at] == '\n' || text.ptr[at] == '/' || text.ptr[at] == '|';
		at++;
	}
	*ret_parts |= at - from > 2;
	return at;
}

size_t decode_spelt(struct decode *decode, size_t start)
{
	struct slice text = decode->text, word = word_at(text, start);
	struct sink sink;
	size_t end = start, letters = 0;
	bool parts = false;
	char letter;

	decode->steps += word.len;
	if (word.len == 0 || !letter_of(word))
		return start;
	sink = decode_sink(decode);
	while (word.len > 0 && (letter = letter_of(word)) && !sink.cut) {
		if (parts)
			sink_put(&sink, ' ');
		sink_put(&sink, (unsigned char)letter);
		letters++;
		end = (size_t)(word.ptr - text.ptr) + word.len;
		word = word_at(text, skip_gap(text, end, &parts));
	}
	decode->steps += end - start;
	if (letters < LETTERS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, DECODER_SPELT, start, end, &sink);
	return end;
}
