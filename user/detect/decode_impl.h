/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by decode_*.c: where results are kept, what counts as text, and the
 * passes over a text, one for each kind of encoding. A pass finds its
 * candidates, decodes each at the end of the kept bytes and keeps it or not.
 */
#ifndef PROMTAP_DETECT_DECODE_IMPL_H
#define PROMTAP_DETECT_DECODE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "detect/decode.h"

#define DECODE_WORDS 2048	/* slots of the table of known words */

struct candidate {
	enum decoder_id decoder;
	uint32_t start, end;	/* in the text */
	uint32_t at, len;	/* in bytes */
};

/* Letter games: shifts, with 0 for the text as it stands, then the alphabet turned round. */
enum { GAME_PLAIN = 0, GAME_ATBASH = 26, GAME_MAX, GAME_ROOM = 32 /* whole vectors */ };

/* What a stretch of the text may hold, or what a pass has to look at there. */
enum hot_kind {
	HOT_ESCAPE, HOT_NOTATION, HOT_ENTITY, HOT_PERCENT, HOT_QUOTED, HOT_CALL,	/* a unit */
	HOT_JOINED, HOT_NAMED,	/* literals that are joined, that are given to a name */
	HOT_ROT47, HOT_REVERSE,	/* signs of the game; a word that speaks of reversing */
	HOT_MAX
};
#define HOT_WORDS 64u	/* of 64 granules each */

enum {
	ALPHABET_ASCII85, ALPHABET_Z85, ALPHABET_RFC1924, ALPHABET_BASE58,
	ALPHABET_BASE64, ALPHABET_BASE32, ALPHABET_BASE32HEX,	/* of base64, with base64url */
	ALPHABET_MAX
};
#define ALPHABET_NONE 255

struct decode_search;

struct decode {
	const struct decode_search *search;
	struct slice text;
	struct decode_budget *budget;
	uint64_t steps;
	uint32_t hot_kinds;		/* bit: the text has some */
	unsigned granule_shift;		/* a granule is that power of two of bytes, 64 at least */
	uint64_t hot[HOT_MAX][HOT_WORDS];	/* bit i: the kind may begin in granule i */
	size_t count, used;
	bool full;		/* one found no room: the passes end */
	struct candidate list[DECODE_CANDIDATES];
	uint64_t words[DECODE_WORDS];
	uint64_t words_salt;
	unsigned char games[GAME_MAX][256];	/* a byte of a word to its letter under the game; others to 0 */
	uint16_t fits[26][GAME_ROOM];	/* how frequent a letter is that the game makes of the letter */
	uint8_t digits[ALPHABET_MAX][256];	/* a character to its value; ALPHABET_NONE */
	uint8_t begins85[256];	/* bit: in the alphabet of base 85 text has groups that begin with the character */
	char bytes[DECODE_BYTES];
};

/* ---- results (decode.c) ---- */

/* Room for one result. */
struct sink {
	char *ptr;
	size_t len, room;
	bool cut;
};

struct sink decode_sink(struct decode *decode);
/* Keeps it, if there is room for one more. */
void decode_keep(struct decode *decode, enum decoder_id decoder, size_t start, size_t end, const struct sink *sink);
void sink_put_code(struct sink *sink, uint32_t code_point);

static inline void sink_put(struct sink *sink, unsigned char byte)
{
	if (sink->len < sink->room)
		sink->ptr[sink->len++] = (char)byte;
	else
		sink->cut = true;
}

static inline void sink_add(struct sink *sink, const char *bytes, size_t len)
{
	size_t fits = len <= sink->room - sink->len ? len : sink->room - sink->len;

	if (fits > 0)
		memcpy(sink->ptr + sink->len, bytes, fits);
	sink->len += fits;
	sink->cut |= fits < len;
}

static inline struct slice sink_slice(const struct sink *sink)
{
	return (struct slice){ sink->ptr, sink->len };
}

/* ---- what is text (decode_plain.c) ---- */

enum {
	BYTE_LETTER = 1,
	BYTE_DIGIT = 2,
	BYTE_HEX = 4,
	BYTE_BLANK = 8,		/* and line breaks */
	BYTE_PRINT = 16,	/* ASCII, and the blanks */
	BYTE_CODE64 = 32,	/* of base64 and base64url; no padding */
};
extern const uint8_t byte_class[256];

static inline bool byte_is(char byte, unsigned classes)
{
	return (byte_class[(unsigned char)byte] & classes) != 0;
}

static inline char byte_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* The value of a hex digit; 16 for others. */
static inline unsigned hex_value(char byte)
{
	if (!byte_is(byte, BYTE_HEX))
		return 16;
	return byte_is(byte, BYTE_DIGIT) ? (unsigned)(byte - '0') : (unsigned)((byte | 0x20) - 'a' + 10);
}

/* LOOSE: code and addresses pass as well. STRICT is for encodings in which chance makes printable bytes easily. */
enum text_demand { TEXT_LOOSE, TEXT_STRICT };
bool decode_is_text(struct slice text, enum text_demand demand);
/* Printable and, beyond ASCII, valid UTF-8 for over 95 %. */
bool decode_is_printable(struct slice text);
/* Bytes of the well-formed UTF-8 sequence at the beginning; 0: none. */
size_t utf8_length(const char *bytes, size_t len);

/* ---- words (decode_words.c) ---- */

struct word_count {
	unsigned words, letters;
	unsigned weight;	/* of those known: the longer the less by chance */
	size_t read;		/* bytes */
};

void decode_learn_words(struct decode *decode);
void decode_learn_games(struct decode *decode);
void decode_learn_alphabets(struct decode *decode);
/* Whether the first words of the text reach the weight, as far as its first 64 bytes tell: false is no answer. So many
 * bytes from its beginning on can be read. */
bool decode_begins_plain(const struct decode *decode, struct slice text, size_t readable, unsigned enough,
			 unsigned words_max);
/* Counts in the text as it stands, until the weight is reached. */
struct word_count decode_count_plain(const struct decode *decode, struct slice text, unsigned enough);
/* Counts in the text under `map` (a byte of a word to what it stands for, others to 0), or its words spelled from
 * behind, until the weight is reached. */
struct word_count decode_count_words(const struct decode *decode, struct slice text, const unsigned char map[256],
				     bool backwards, unsigned enough);

/* ---- where to look (decode_hot.c) ---- */

/* The next bytes from `at` on where the kind may be: their first, the end of the text where there are none. *ret_end is
 * behind the last of those that follow one another. */
size_t decode_next_hot(const struct decode *decode, enum hot_kind kind, size_t at, size_t *ret_end);

/* ---- searches over every byte (decode_scout.c, decode_scan.c) ---- */

enum scan_class {
	SCAN_SOLID,	/* ASCII from ! on */
	SCAN_CODE64,	/* of base64 and base64url; no padding */
	SCAN_FIGURES,	/* all but letters from g on; an x is none */
	SCAN_SPACED,	/* of numbers and what parts them */
	SCAN_MORSE,	/* of Morse: U+00B7, U+2010 to U+2015, U+2022, U+2212 and U+2219 too */
	SCAN_PROSE,	/* of a sentence: letters, digits, all beyond ASCII, blanks, comma, hyphen */
};
/* Runs are so long at least: the first two, the others. */
#define SCAN_SHORT 16u
#define SCAN_LONG 23u

typedef void (*run_fn)(void *ctx, struct decode *decode, size_t start, size_t end);

/* They are compiled for every processor, and again for one with wider vectors: what to call. */
struct decode_search {
	/* Goes over the text once and says what may be where. Nothing is missed; what is found may be none. */
	void (*scout)(struct decode *decode);
	/* Gives the runs in [from, to) that are all of the class, as long as there is room for results. */
	void (*each_run)(struct decode *decode, size_t from, size_t to, enum scan_class class, run_fn fn, void *ctx);
};
#ifndef SEARCH
#define SEARCH(name) name##_plain
#endif
void SEARCH(decode_scout)(struct decode *decode);
void SEARCH(decode_each_run)(struct decode *decode, size_t from, size_t to, enum scan_class class, run_fn fn, void *ctx);
extern const struct decode_search decode_search_plain;
/* Null: this processor has no wider vectors, or the compiler was not asked for them (decode_wide.c). */
const struct decode_search *decode_search_wide(void);

static inline void decode_each_run(struct decode *decode, size_t from, size_t to, enum scan_class class, run_fn fn,
				   void *ctx)
{
	decode->search->each_run(decode, from, to, class, fn, ctx);
}

/* ---- passes ---- */

void decode_units(struct decode *decode);	/* escapes, entities, percent, quoted-printable */
void decode_solid(struct decode *decode);	/* base64, base32, base58, base85, hex, digits, without blanks */
void decode_figures(struct decode *decode);	/* hex, binary, decimal, octal, parted; Morse */
void decode_letters(struct decode *decode);	/* Caesar, Atbash, reversed */
void decode_rot47(struct decode *decode);
void decode_concat(struct decode *decode);
void decode_signs(struct decode *decode);	/* Braille, letters upside down */

/* The kinds of unit: 0, or the bytes that the unit at `text` takes; *ret_code is the code point or, with *ret_byte,
 * the byte that it stands for. `left` > 0. */
#define UNIT_SOFT_HYPHEN 0xad	/* joins what is around it */
size_t unit_escape(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);
size_t unit_entity(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);
size_t unit_percent(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);
size_t unit_quoted(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);
size_t unit_call(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);

/* Runs of letters and digits within a run without blanks. *done: where others may begin; it moves on. */
void decode_code64(struct decode *decode, size_t start, size_t end, size_t *done);
/* One run without blanks. */
void decode_base85(struct decode *decode, size_t start, size_t end);
/* Numbers, and Morse, in a run without letters. */
void decode_numbers(struct decode *decode, size_t start, size_t end);
void decode_morse(struct decode *decode, size_t start, size_t end);
/* One run of base58 digits. */
bool decode_base58(struct decode *decode, size_t start, size_t end);
/* One run of digits or hex digits. */
bool decode_digits(struct decode *decode, size_t start, size_t end);

#endif
