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

/* Letter games: shifts, with 0 for the text as it stands, then the alphabet turned round, the keys to the right of the
 * right ones and to the left, the affine cipher with the numbers that examples of it have. */
enum {
	GAME_PLAIN = 0, GAME_ATBASH = 26, GAME_KEYS_RIGHT, GAME_KEYS_LEFT, GAME_AFFINE, GAME_MAX,
	GAME_ROOM = 32	/* whole vectors */
};

/* What a stretch of the text may hold, or what a pass has to look at there. */
enum hot_kind {
	HOT_ESCAPE, HOT_NOTATION, HOT_ENTITY, HOT_PERCENT, HOT_QUOTED, HOT_CALL,	/* a unit */
	/* Literals that are joined, that are given to a name; each in quotation marks, and in apostrophes. */
	HOT_JOINED, HOT_JOINED_SINGLE, HOT_NAMED, HOT_NAMED_SINGLE,
	HOT_ROT47, HOT_REVERSE,	/* signs of the game; a word that speaks of reversing */
	HOT_MAX
};

/* What a byte is, as a bit of the map of the kind. */
enum map_kind {
	MAP_LETTERS,	/* and all beyond ASCII */
	MAP_QUOTES, MAP_APOSTROPHES,
	MAP_EQUALS, MAP_SIGNS,	/* what tells units, and words by two of their letters */
	MAP_MAX
};

/* Runs of bytes of a class. */
enum run_kind {
	RUNS_SOLID,	/* ASCII from ! on */
	RUNS_CODE64,	/* within these: of base64 and base64url; no padding */
	RUNS_FIGURES,	/* all but letters from g on; an x is none */
	RUNS_PROSE,	/* of a sentence: letters, digits, all beyond ASCII, blanks, comma, hyphen */
	RUNS_FIXED,
	/* Within figures, looked for where there are some: */
	RUNS_SPACED = RUNS_FIXED,	/* of numbers and what parts them */
	RUNS_MORSE,	/* of Morse: U+00B7, U+2010 to U+2015, U+2022, U+2212 and U+2219 too */
};
/* They are so long at least: solid ones and those of base64, others. */
#define RUN_SHORT 16u
#define RUN_LONG 23u

#define BLOCK_BYTES 64u
#define BLOCKS_MAX (DECODE_TEXT_MAX / BLOCK_BYTES)
/* One may be read behind the last; and maps that stand a power of two apart were in one another's way in the cache. */
#define BLOCKS_ROOM (BLOCKS_MAX + 8)

enum {
	ALPHABET_ASCII85, ALPHABET_Z85, ALPHABET_RFC1924, ALPHABET_BASE58,
	ALPHABET_BASE64, ALPHABET_BASE32, ALPHABET_BASE32HEX,	/* of base64, with base64url */
	ALPHABET_CROCKFORD, ALPHABET_ZBASE32, ALPHABET_BASE62, ALPHABET_BASE45, ALPHABET_BASE91,
	ALPHABET_MAX
};
#define ALPHABET_NONE 255

/* What a byte of a text in UTF-8 is: bits; and above TEXT_NEXT bits of what may follow it. 0: no byte of text. */
enum { TEXT_ASCII = 1, TEXT_REST = 2, TEXT_LEAD = 4, TEXT_NEXT = 4 };

struct decode_search;

struct decode {
	const struct decode_search *search;
	struct slice text;
	struct decode_budget *budget;
	uint64_t steps;
	uint32_t hot_kinds;		/* bit: the text has some */
	bool has_wide;			/* bytes beyond ASCII */
	uint64_t hot[HOT_MAX][BLOCKS_MAX / 64];	/* bit i: the kind may begin in block i */
	uint64_t maps[MAP_MAX][BLOCKS_ROOM];	/* a word a block */
	/* Bit i: byte i of the block makes a run long enough, or is the first behind such a run. */
	uint64_t edges[BLOCKS_MAX][RUNS_FIXED], edges_more[BLOCKS_MAX];
	uint64_t some_edges[BLOCKS_MAX / 64][RUNS_FIXED];	/* bit i: block i has some */
	size_t gathered;		/* pieces of packed text before that byte were put together */
	size_t keyed;			/* lines before that byte were tried with what a caption says */
	size_t count, used;
	bool full;		/* one found no room: the passes end */
	struct candidate list[DECODE_CANDIDATES];
	uint64_t words[DECODE_WORDS];
	uint64_t words_salt;
	unsigned char games[GAME_MAX][256];	/* a byte of a word to its letter under the game; others to 0 */
	uint16_t fits[26][GAME_ROOM];	/* how frequent a letter is that the game makes of the letter */
	uint8_t digits[ALPHABET_MAX][256];	/* a character to its value; ALPHABET_NONE */
	uint8_t of_text[256];
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
/* Whether the first words from `start` to `end` reach the weight, as far as the first 64 bytes tell: false is no answer.
 * `words_max`: even. */
bool decode_begins_plain(const struct decode *decode, size_t start, size_t end, unsigned enough, unsigned words_max);
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

/* ---- what bytes are (decode_map.c) ---- */

/* They are compiled for every processor, and again for one with wider vectors: what to call. */
struct decode_search {
	/* Goes over the text once: makes the maps, and says what may be where. Nothing is missed; what is found may be
	 * none. */
	void (*map)(struct decode *decode);
	/* Finds the edges of runs of another kind in [from, to), where the bytes around are not of the class. */
	void (*edges_more)(struct decode *decode, size_t from, size_t to, enum run_kind kind);
};
#ifndef SEARCH
#define SEARCH(name) name##_plain
#endif
void SEARCH(decode_map)(struct decode *decode);
void SEARCH(decode_edges_more)(struct decode *decode, size_t from, size_t to, enum run_kind kind);
extern const struct decode_search decode_search_plain;
/* Null: this processor has no wider vectors, or the compiler was not asked for them (decode_wide.c). */
const struct decode_search *decode_search_wide(void);

static inline size_t decode_blocks(const struct decode *decode)
{
	return (decode->text.len + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

/* Of a bit a block. */
static inline size_t decode_words(const struct decode *decode)
{
	return (decode_blocks(decode) + 63) / 64;
}

/* The 64 bits from byte `at` on, which is in the text. Those behind the text are of no use. */
static inline uint64_t decode_bits(const struct decode *decode, enum map_kind kind, size_t at)
{
	const uint64_t *words = &decode->maps[kind][at / BLOCK_BYTES];

	return words[0] >> at % BLOCK_BYTES | words[1] << 1 << (63 - at % BLOCK_BYTES);
}

/* The first byte in [at, end) that is of the kind; `end` where there is none. */
static inline size_t decode_next_of(const struct decode *decode, enum map_kind kind, size_t at, size_t end)
{
	while (at < end) {
		uint64_t bits = decode->maps[kind][at / BLOCK_BYTES] >> at % BLOCK_BYTES;

		if (bits)
			return at + (size_t)__builtin_ctzll(bits) < end ? at + (size_t)__builtin_ctzll(bits) : end;
		at += BLOCK_BYTES - at % BLOCK_BYTES;
	}
	return end;
}

/* ---- runs (decode_runs.c) ---- */

typedef void (*run_fn)(void *ctx, struct decode *decode, size_t start, size_t end);

/* Gives the runs of the text, as long as there is room for results. */
void decode_each_run(struct decode *decode, enum run_kind kind, run_fn fn, void *ctx);
/* Those in [from, to), which is a run of a kind that this one stands within. */
void decode_each_inner_run(struct decode *decode, size_t from, size_t to, enum run_kind kind, run_fn fn, void *ctx);

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
/* The same in pieces (decode_packed.c). Of a run: where the last of its pieces ends, or `start`. Of groups of a length
 * from `start` on, as well. */
size_t decode_pieces(struct decode *decode, size_t start, size_t end);
size_t decode_groups(struct decode *decode, size_t start);
/* One run from behind; under ROT13. */
bool decode_code_backwards(struct decode *decode, size_t start, size_t end);
bool decode_code_turned(struct decode *decode, size_t start, size_t end);
/* Whether it may be packed text: what is decoded is looked into once more. */
bool decode_is_packed(const struct decode *decode, const struct sink *sink);
/* It is, and text is in it. */
bool decode_unpacks(struct decode *decode, const struct sink *sink);
/* What was decoded is packed itself, and what is in that as well: all layers but the last are taken off. */
void decode_unpack_layers(struct decode *decode, struct sink *sink);
/* One run without blanks. */
void decode_base85(struct decode *decode, size_t start, size_t end);
/* Of what begins at `start`, a line or a word: its end, or `start`. */
size_t decode_uu(struct decode *decode, size_t start);
size_t decode_dump(struct decode *decode, size_t start);
size_t decode_spelt(struct decode *decode, size_t start);
size_t decode_cells(struct decode *decode, size_t start);
size_t decode_base45(struct decode *decode, size_t start);
size_t decode_base91(struct decode *decode, size_t start);
size_t decode_marked(struct decode *decode, size_t start);	/* 0o111, 69h */
size_t decode_spaced(struct decode *decode, size_t start);
size_t decode_pairs(struct decode *decode, size_t start);
size_t decode_base2048(struct decode *decode, size_t start);
size_t decode_ecoji(struct decode *decode, size_t start);
/* Letters in other forms or alphabets: the end of what was read, which is behind `at`. The line may begin from `from`
 * on. */
size_t decode_forms(struct decode *decode, size_t at);
size_t decode_alphabet(struct decode *decode, size_t from, size_t at);
/* A segment of prose that is plain in no language we know. */
bool decode_infix(struct decode *decode, size_t start, size_t end);
bool decode_keyed(struct decode *decode, size_t start, size_t end);
/* The end of the invisible characters at `start`, which is at the first byte of a character. */
size_t decode_bits_of(struct decode *decode, size_t start);
/* Numbers, and Morse, in a run without letters. */
void decode_numbers(struct decode *decode, size_t start, size_t end);
void decode_morse(struct decode *decode, size_t start, size_t end);
bool decode_tap(struct decode *decode, size_t start, size_t end);
/* By the signs behind a leading 1, a dash as 1; 0: no letter. */
char decode_morse_letter(unsigned code);
/* One run of base58, base62 or base36 digits. */
bool decode_long_number(struct decode *decode, size_t start, size_t end);
/* One run of digits or hex digits. */
bool decode_digits(struct decode *decode, size_t start, size_t end);

#endif
