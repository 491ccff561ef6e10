/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds encoded runs in a text and decodes them: escapes, entities, percent,
 * RFC 4648 encodings and kin, letter games. Bounded (injection-taxonomy
 * section 3): linear time, at most DECODE_CANDIDATES candidates and
 * DECODE_BYTES decoded per text; accepted where over 95 % of the result is
 * printable and it reads like text: letters and blanks, and letters that follow
 * one another as in Western languages, or valid UTF-8 of another script.
 *
 * What a candidate spans: units within a text (escapes, entities, percent,
 * quoted-printable, chr() calls) give their whole neighbourhood on the line with the units
 * decoded in place, for they may split words ("ig\x6eore all"). It takes eight
 * units in a row, or three that stand for letters or blanks within 64 bytes.
 * All others give the run alone, and letter games the segment (line, sentence,
 * quoted string) in which they stand, neighbours under the same game joined.
 */
#ifndef PROMTAP_DETECT_DECODE_H
#define PROMTAP_DETECT_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define DECODE_CANDIDATES 64
#define DECODE_BYTES (64u * 1024)
#define DECODE_TEXT_MAX (64u * 1024)	/* all that is decoded of one is one again */

enum decoder_id {
	DECODER_NONE = 0,
	DECODER_ESCAPE,		/* \x69 \u0069 \u{69} \x{69} \U00000069 \151, any number of backslashes; \000069 and \69 of
				 * CSS, \N{LATIN SMALL LETTER I}; U+0069 */
	DECODER_ENTITY,		/* &#105; &#x69; &lt; */
	DECODER_PERCENT,	/* %69 %u0069; no + for a blank */
	DECODER_QUOTED_PRINTABLE,
	DECODER_BASE64,		/* and base64url; in lines, strings of a list or groups; from behind; UTF-8 or UTF-16 */
	DECODER_BASE32,		/* RFC 4648 sections 6 and 7, either case; Crockford, z-base-32 */
	DECODER_BASE58,		/* Bitcoin's alphabet */
	DECODER_BASE85,		/* Ascii85, Z85, and the alphabet of RFC 1924 */
	DECODER_HEX,		/* runs, 0x.., parted by blanks, colons or commas; lines; dumps */
	DECODER_BINARY,		/* groups of eight or seven 0 and 1, or a run of groups of eight */
	DECODER_DECIMAL,	/* code points as numbers: 73 103 110, 073103110, 73103110; octal 111 147; 0o111, 49h; chr(73); letters as 1 to 26 */
	DECODER_MORSE,		/* dots and dashes; any two signs or words for them */
	DECODER_CAESAR,		/* ROT13 and other shifts; Atbash; keys beside the right ones; the affine cipher 5x + 8 */
	DECODER_REVERSED,	/* letters of all or of each word; words, where the text speaks of reversing */
	DECODER_CONCAT,		/* "ign" + "ore"; a = "ign"; b = "ore" */
	DECODER_ROT47,		/* the 94 printable characters, shifted by 47 */
	DECODER_BRAILLE,
	DECODER_TURNED,		/* letters upside down, from behind */
	DECODER_SPELT,		/* India Golf November, and other spelling alphabets */
	DECODER_UUENCODE,
	DECODER_BITS,		/* of bytes, in two to four invisible characters */
	DECODER_SPACED,		/* single characters, parted, that spell something encoded */
	DECODER_INFIX,		/* letters put into words: ubbi dubbi, rövarspråket */
	DECODER_VIGENERE,	/* by the key that a caption states */
	DECODER_TRANSPOSED,	/* rail fence, columns, where a caption says so */
	DECODER_BACON,		/* groups of five of any two signs */
	DECODER_POLYBIUS,	/* places in a square: 24 22 33 */
	DECODER_KEYPAD,		/* of telephones: 444 4 66 */
	DECODER_ALPHABET,	/* runes, Ogham, mirrored letters, Kana and Han for their looks */
	DECODER_FORMS,		/* ASCII in other forms, that spells something encoded */
	DECODER_BASE2048,
	DECODER_ECOJI,
	DECODER_BASE62,		/* and base36: one long number */
	DECODER_BASE45,		/* RFC 9285 */
	DECODER_BASE91,
	DECODER_TAP,		/* rows and columns as so many dots */
	DECODER_CELLS,		/* a letter each in tags, brackets, tiles */
	DECODER_MAX
};
extern const char *const decoder_names[DECODER_MAX];

struct decoded {
	enum decoder_id decoder;
	uint32_t start, end;	/* of the run in the text */
	struct slice text;	/* lent for the time of the callback */
};
typedef void (*decoded_fn)(void *ctx, const struct decoded *decoded);

/* What one text may still cost; shared by its windows and layers. */
struct decode_budget {
	uint32_t candidates, bytes;
	uint32_t over;		/* candidates that found no room or were cut: counted, shown. The search of a window
				 * ends at the first, so there may have been more */
};
#define DECODE_BUDGET { DECODE_CANDIDATES, DECODE_BYTES, 0 }

struct decode;	/* buffers, reused; one a worker */

struct decode *decode_new(void);
void decode_free(struct decode *decode);

/* Gives each run that decodes to text, in order of its start. `games`: letter games (shifts, letters from behind,
 * alphabets of signs), too. `fn` must not call decode_text() on the same object. Texts of more than DECODE_TEXT_MAX are
 * cut. */
void decode_text(struct decode *decode, struct slice text, bool games, struct decode_budget *budget, decoded_fn fn,
		 void *ctx);

/* Bytes looked at so far, each as often as it was: for tests of linear time. */
uint64_t decode_steps(const struct decode *decode);

#endif
