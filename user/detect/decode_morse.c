/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Morse (ITU-R M.1677-1): dots and dashes, letters parted by a blank, words by
 * a slash, a bar, a line break or three blanks. Rulers and table borders are
 * made of the same signs: they fail as text.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define LETTERS_LEAST 8u
#define SIGNS_MAX 6

/* By the signs behind a leading 1, a dash as 1. Zero: no letter. */
static const char letters[1 << (SIGNS_MAX + 1)] = {
	[2] = 'e',    [3] = 't',    [4] = 'i',	  [5] = 'a',	[6] = 'n',    [7] = 'm',    [8] = 's',
	[9] = 'u',    [10] = 'r',   [11] = 'w',	  [12] = 'd',	[13] = 'k',   [14] = 'g',   [15] = 'o',
	[16] = 'h',   [17] = 'v',   [18] = 'f',	  [20] = 'l',	[22] = 'p',   [23] = 'j',   [24] = 'b',
	[25] = 'x',   [26] = 'c',   [27] = 'y',	  [28] = 'z',	[29] = 'q',   [32] = '5',   [33] = '4',
	[35] = '3',   [39] = '2',   [42] = '+',	  [47] = '1',	[48] = '6',   [49] = '=',   [50] = '/',
	[54] = '(',   [56] = '7',   [60] = '8',	  [62] = '9',	[63] = '0',   [76] = '?',   [82] = '"',
	[85] = '.',   [90] = '@',   [94] = '\'',  [97] = '-',	[106] = ';',  [107] = '!',  [109] = ')',
	[115] = ',',  [120] = ':',
};

char decode_morse_letter(unsigned code)
{
	return code < sizeof(letters) ? letters[code] : 0;
}

enum sign { SIGN_NONE, SIGN_DOT, SIGN_DASH };

/* The sign at `text`, and its length in bytes. */
static enum sign read_sign(const char *text, size_t left, size_t *ret_len)
{
	static const struct {
		char bytes[4];
		enum sign sign;
	} wide[] = {
		{ "\xc2\xb7", SIGN_DOT },      { "\xe2\x80\xa2", SIGN_DOT },  { "\xe2\x88\x99", SIGN_DOT },
		{ "\xe2\x88\x92", SIGN_DASH }, { "\xe2\x80\x90", SIGN_DASH }, { "\xe2\x80\x91", SIGN_DASH },
		{ "\xe2\x80\x92", SIGN_DASH }, { "\xe2\x80\x93", SIGN_DASH }, { "\xe2\x80\x94", SIGN_DASH },
		{ "\xe2\x80\x95", SIGN_DASH },
	};

	*ret_len = 1;
	if (text[0] == '.')
		return SIGN_DOT;
	if (text[0] == '-' || text[0] == '_')
		return SIGN_DASH;
	for (size_t i = 0; (unsigned char)text[0] >= 0x80 && i < sizeof(wide) / sizeof(wide[0]); i++) {
		size_t len = strlen(wide[i].bytes);

		if (left < len || memcmp(text, wide[i].bytes, len) != 0)
			continue;
		*ret_len = len;
		return wide[i].sign;
	}
	return SIGN_NONE;
}

/* What is read of a run. */
struct morse {
	struct sink sink;
	size_t start, end;	/* of the letters so far */
	size_t letters;
	unsigned code;		/* of the letter that is open; 1: none */
	unsigned blanks;	/* since the last sign */
	bool word_gap;
};

static void keep(struct decode *decode, struct morse *morse)
{
	if (morse->letters >= LETTERS_LEAST && decode_is_text(sink_slice(&morse->sink), TEXT_STRICT))
		decode_keep(decode, DECODER_MORSE, morse->start, morse->end, &morse->sink);
	*morse = (struct morse){ .sink = decode_sink(decode), .code = 1 };
}

static void end_letter(struct decode *decode, struct morse *morse, size_t end)
{
	char letter = letters[morse->code];

	if (morse->code == 1)
		return;
	if (!letter) {
		keep(decode, morse);
		return;
	}
	if (morse->word_gap && morse->letters > 0)
		sink_put(&morse->sink, ' ');
	sink_put(&morse->sink, (unsigned char)letter);
	morse->letters++;
	morse->end = end;
	morse->code = 1;
	morse->word_gap = false;
}

static void add_sign(struct decode *decode, struct morse *morse, enum sign sign, size_t at)
{
	if (morse->code == 1 && morse->letters == 0)
		morse->start = at;
	morse->blanks = 0;
	/* A letter of too many signs is none, however many come: the code stays at one that has no letter. */
	if (morse->code >> SIGNS_MAX)
		morse->code = 127;
	else
		morse->code = morse->code << 1 | (sign == SIGN_DASH);
	if (morse->sink.cut)
		keep(decode, morse);
}

static void take_run(void *ctx, struct decode *decode, size_t start, size_t end)
{
	struct morse morse = { .sink = decode_sink(decode), .code = 1 };
	size_t n;

	(void)ctx;
	/* The full stop of a sentence is no sign. */
	if (start > 0 && byte_is(decode->text.ptr[start - 1], BYTE_LETTER | BYTE_DIGIT)) {
		while (start < end && !byte_is(decode->text.ptr[start], BYTE_BLANK))
			start++;
	}
	if (decode_tap(decode, start, end))
		return;
	for (size_t at = start; at < end && !decode->full; at += n) {
		char byte = decode->text.ptr[at];
		enum sign sign = read_sign(decode->text.ptr + at, end - at, &n);

		if (sign != SIGN_NONE) {
			add_sign(decode, &morse, sign, at);
			continue;
		}
		end_letter(decode, &morse, at);
		morse.blanks++;
		morse.word_gap |= morse.blanks >= 3 || (byte != ' ' && byte != '\t');
	}
	end_letter(decode, &morse, end);
	keep(decode, &morse);
	decode->steps += end - start;
}

void decode_morse(struct decode *decode, size_t start, size_t end)
{
	decode_each_inner_run(decode, start, end, RUNS_MORSE, take_run, NULL);
}
