/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the table of fold_table.h by asking ICU for each code point:
 * NFKC_Casefold (Unicode Standard section 3.13), character properties, CLDR's
 * Latin-ASCII transform for letters that have no decomposition (ł, ø, ı, æ,
 * small capitals), TR39 skeletons for look-alikes. Runs when promtap is built:
 * it writes the table into the file that is its argument, and prints C that
 * includes that.
 */
#include "detect/fold_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/udata.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "detect/looks.h"

#define TEXT_MAX 32		/* UTF-16 units of what one code point becomes, on the way */
#define SCRIPTS_MAX 32		/* script extensions of one code point */

struct text {
	UChar units[TEXT_MAX];
	int32_t len;
};

struct builder {
	const UNormalizer2 *casefold, *nfkd;
	USpoofChecker *spoof;
	UTransliterator *latin;
	struct fold_table *table;
	size_t page_count, page_room, pool_count;
	UErrorCode error;
	bool no_room;
};

static UChar32 text_first(const struct text *text)
{
	UChar32 c = 0;

	if (text->len > 0)
		U16_GET(text->units, 0, 0, text->len, c);
	return c;
}

static void text_set(struct text *text, UChar32 c)
{
	text->len = 0;
	U16_APPEND_UNSAFE(text->units, text->len, c);
}

static bool text_is(const struct text *text, UChar32 c)
{
	return text->len == U16_LENGTH(c) && text_first(text) == c;
}

static bool is_ascii(const struct text *text)
{
	for (int32_t i = 0; i < text->len; i++)
		if (text->units[i] >= 0x80)
			return false;
	return true;
}

static UScriptCode script_of(UChar32 c)
{
	UErrorCode error = U_ZERO_ERROR;

	return uscript_getScript(c, &error);
}

static bool is_mark(UChar32 c)
{
	return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

/* What does not fit leaves the text as it was. */
static void normalize(const UNormalizer2 *form, struct text *text)
{
	UErrorCode error = U_ZERO_ERROR;
	struct text out;

	out.len = unorm2_normalize(form, text->units, text->len, out.units, TEXT_MAX, &error);
	if (U_SUCCESS(error))
		*text = out;
}

static void drop_marks(struct text *text)
{
	int32_t from = 0, to = 0;

	while (from < text->len) {
		UChar32 c;

		U16_NEXT(text->units, from, text->len, c);
		if (!is_mark(c))
			U16_APPEND_UNSAFE(text->units, to, c);
	}
	text->len = to;
}

/* ---- Latin letters ---- */

static bool skeleton(const struct builder *b, UChar32 c, struct text *ret)
{
	UErrorCode error = U_ZERO_ERROR;
	struct text from;

	text_set(&from, c);
	ret->len = uspoof_getSkeleton(b->spoof, 0, from.units, from.len, ret->units, TEXT_MAX, &error);
	return U_SUCCESS(error) && ret->len > 0;
}

/* The small ASCII letter that TR39 has for a letter; 0: none. */
static unsigned char skeleton_letter(const struct builder *b, UChar32 c)
{
	struct text text;

	if (!skeleton(b, c, &text) || text.len != 1 || text.units[0] >= 0x80 || !u_isalpha(text.units[0]))
		return 0;
	return (unsigned char)u_tolower(text.units[0]);
}

/* CLDR reads kra by its sound, as q; text uses it for its looks (TR39). */
#define LATIN_KRA 0x138

static bool transform_latin(struct builder *b, struct text *text)
{
	UErrorCode error = U_ZERO_ERROR;
	struct text out = *text;
	int32_t limit = out.len;

	utrans_transUChars(b->latin, out.units, &out.len, TEXT_MAX, 0, &limit, &error);
	if (U_FAILURE(error) || !is_ascii(&out) || out.len == 0 || !u_isalpha(out.units[0]))
		return false;
	for (int32_t i = 0; i < out.len; i++)
		out.units[i] = (UChar)u_tolower(out.units[i]);
	*text = out;
	return true;
}

/* The letter that the name of `c` ends with behind `word`; 0: it has no such name. */
static char named_letter(UChar32 c, const char *word)
{
	UErrorCode error = U_ZERO_ERROR;
	size_t len = strlen(word);
	char name[80];
	const char *at;

	(void)u_charName(c, U_UNICODE_CHAR_NAME, name, sizeof(name), &error);
	at = U_SUCCESS(error) ? strstr(name, word) : NULL;
	return at && at[len] && !at[len + 1] ? (char)u_tolower(at[len]) : 0;
}

/* The e of LATIN SMALL LETTER REVERSED E, the a of LATIN SMALL LETTER TURNED A. */
static char mirrored_letter(UChar32 c)
{
	char letter = named_letter(c, " REVERSED ");

	return letter ? letter : named_letter(c, " TURNED ");
}

static void latin_to_ascii(struct builder *b, struct text *text)
{
	UChar32 c = text_first(text);
	unsigned char alike;

	if (text_is(text, LATIN_KRA)) {
		text_set(text, 'k');
		return;
	}
	if (transform_latin(b, text) || !text_is(text, c))
		return;
	alike = skeleton_letter(b, c);
	if (alike < 'a')
		alike = (unsigned char)mirrored_letter(c);
	if (alike)
		text_set(text, alike);
}

/* Accents fall, and what is left is spelled in ASCII where that is customary. */
static void fold_latin(struct builder *b, struct text *text)
{
	normalize(b->nfkd, text);
	drop_marks(text);
	if (!is_ascii(text))
		latin_to_ascii(b, text);
}

/* ---- look-alikes ---- */

static unsigned char alike_of_text(UChar32 c, const struct text *text)
{
	bool one = text->len == 1 && text->units[0] < 0x80 && u_isalnum(text->units[0]);

	/* TR39's prototype of m; and its I is an l. */
	if (text->len == 2 && text->units[0] == 'r' && text->units[1] == 'n')
		return 'm';
	if (one && text->units[0] == 'l' && u_isupper(c))
		return 'i';
	return one ? (unsigned char)text->units[0] : 0;
}

/* The small palochka: TR39 has it with i, writers take it for l. */
#define CYRILLIC_SMALL_PALOCHKA 0x4cf

static void set_alike(struct builder *b, struct fold_entry *entry, UChar32 c)
{
	struct text text;

	if (!skeleton(b, c, &text))
		return;
	entry->rough = text.len != 1 || text.units[0] >= 0x80;
	normalize(b->casefold, &text);
	fold_latin(b, &text);
	entry->alike = c == CYRILLIC_SMALL_PALOCHKA ? 'l' : alike_of_text(c, &text);
}

/* ---- what a code point becomes ---- */

/* First code points of letters that have names and no decompositions: NEGATIVE
 * CIRCLED and NEGATIVE SQUARED LATIN CAPITAL LETTER A, REGIONAL INDICATOR A. */
static const UChar32 letter_rows[] = { 0x1f150, 0x1f170, 0x1f1e6 };

static char row_letter(UChar32 c)
{
	for (size_t i = 0; i < sizeof(letter_rows) / sizeof(letter_rows[0]); i++)
		if (c >= letter_rows[i] && c < letter_rows[i] + 26)
			return (char)('a' + (c - letter_rows[i]));
	return 0;
}

static bool is_east_asian_wide(UChar32 c)
{
	int32_t width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);

	return width == U_EA_WIDE || width == U_EA_FULLWIDTH || width == U_EA_HALFWIDTH;
}

static bool is_apostrophe(UChar32 c)
{
	/* MODIFIER LETTER PRIME to REVERSED COMMA but the double ones, ACUTE ACCENT, PRIME, REVERSED PRIME. */
	static const UChar32 kin[] = { 0x2b9, 0x2bb, 0x2bc, 0x2bd, 0x2c8, 0xb4, 0x2032, 0x2035, 0xa78c };

	for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++)
		if (c == kin[i])
			return true;
	return false;
}

static char quotation_mark(UChar32 c)
{
	UErrorCode error = U_ZERO_ERROR;
	char name[80];

	if (c < 0x80 || !u_hasBinaryProperty(c, UCHAR_QUOTATION_MARK) || is_east_asian_wide(c))
		return 0;
	(void)u_charName(c, U_UNICODE_CHAR_NAME, name, sizeof(name), &error);
	return U_SUCCESS(error) && strstr(name, "SINGLE") ? '\'' : '"';
}

static char ascii_punctuation(UChar32 c)
{
	bool is_dash = u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212 || c == 0x2043;

	if (is_apostrophe(c))
		return '\'';
	if (is_dash && u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH) != U_EA_WIDE)
		return '-';
	return quotation_mark(c);
}

/* PARENTHESIZED LATIN SMALL LETTER A and its like: a letter within parentheses. */
static void take_out_letter(struct text *text)
{
	if (text->len != 3 || text->units[0] != '(' || text->units[2] != ')' || !u_isalpha(text->units[1]))
		return;
	text->units[0] = text->units[1];
	text->len = 1;
}

static int32_t count_code_points(const struct text *text)
{
	return u_countChar32(text->units, text->len);
}

static void fold_code_point(struct builder *b, UChar32 c, struct text *text)
{
	char plain = ascii_punctuation(c);

	if (!plain)
		plain = row_letter(c);
	text_set(text, plain ? plain : c);
	if (plain)
		return;
	normalize(b->casefold, text);
	take_out_letter(text);
	/* Spacing accents decompose to a blank with a mark: that would part words. */
	if (text->len > 1 && text->units[0] == ' ')
		text_set(text, c);
	if (script_of(text_first(text)) == USCRIPT_LATIN && u_isalpha(text_first(text)))
		fold_latin(b, text);
	if (count_code_points(text) > FOLD_POOL_MAX)
		text_set(text, c);
}

/* ---- entries ---- */

static enum fold_kind invisible_kind(UChar32 c)
{
	if (c >= 0xe0000 && c <= 0xe007f)
		return FOLD_TAG;
	if (u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL))
		return FOLD_BIDI;
	if (!u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
		return FOLD_OTHER;
	if (u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) || u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR))
		return FOLD_JOINER;
	return FOLD_IGNORABLE;
}

/* Kinds that say all of their code points. */
static enum fold_kind special_kind(UChar32 c)
{
	/* BRAILLE PATTERN BLANK is white space by its looks alone. */
	bool white = u_isUWhiteSpace(c) || c == 0x2800;

	if (c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029)
		return FOLD_LINE;
	if (white)
		return FOLD_WHITE;
	if (u_charType(c) == U_CONTROL_CHAR)
		return FOLD_CONTROL;
	return invisible_kind(c);
}

static enum fold_kind text_kind(UChar32 c)
{
	uint32_t gc = U_GET_GC_MASK(c);

	if (gc & U_GC_L_MASK)
		return FOLD_LETTER;
	if (gc & U_GC_M_MASK)
		return FOLD_MARK;
	return gc & U_GC_N_MASK ? FOLD_DIGIT : FOLD_OTHER;
}

static enum fold_script fold_script(UChar32 c)
{
	switch (script_of(c)) {
	case USCRIPT_COMMON:
	case USCRIPT_INHERITED:
	case USCRIPT_UNKNOWN:
		return FOLD_COMMON;
	case USCRIPT_LATIN:
		return FOLD_LATIN;
	case USCRIPT_HAN:
	case USCRIPT_HIRAGANA:
	case USCRIPT_KATAKANA:
	case USCRIPT_HANGUL:
	case USCRIPT_BOPOMOFO:
		return FOLD_EAST_ASIAN;
	case USCRIPT_CYRILLIC:
		return FOLD_CYRILLIC;
	case USCRIPT_GREEK:
		return FOLD_GREEK;
	default:
		return FOLD_OTHER_SCRIPT;
	}
}

/* Marks of the script Inherited that are not for certain scripts (UAX #24 Script_Extensions) or for Latin too. */
static bool is_generic_mark(UChar32 c)
{
	UScriptCode scripts[SCRIPTS_MAX];
	UErrorCode error = U_ZERO_ERROR;
	int32_t count;

	if (!is_mark(c) || script_of(c) != USCRIPT_INHERITED)
		return false;
	count = uscript_getScriptExtensions(c, scripts, SCRIPTS_MAX, &error);
	for (int32_t i = 0; U_SUCCESS(error) && i < count; i++)
		if (scripts[i] == USCRIPT_INHERITED || scripts[i] == USCRIPT_LATIN)
			return true;
	return false;
}

/* Unicode Character Database: classes 10 to 36 are fixed positions of Hebrew, Arabic and Syriac points; the letter
 * that only causes joining is the tatweel, or its like. */
static bool is_point(UChar32 c)
{
	uint8_t class = u_getCombiningClass(c);

	return (class >= 10 && class <= 36) || u_getIntPropertyValue(c, UCHAR_JOINING_TYPE) == U_JT_JOIN_CAUSING;
}

static bool is_rtl(UChar32 c)
{
	UCharDirection direction = u_charDirection(c);

	return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

static void set_compat(struct fold_entry *entry, UChar32 c, const struct text *text)
{
	int32_t type = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);

	if (c < 0x80 || text->len != 1 || text->units[0] < 'a' || text->units[0] > 'z')
		return;
	entry->wide = type == U_DT_WIDE;
	entry->compat = row_letter(c) || (type != U_DT_NONE && type != U_DT_CANONICAL);
}

static void put_pool(struct builder *b, struct fold_entry *entry, const struct text *text)
{
	struct fold_table *table = b->table;
	int32_t at = 0;

	b->no_room |= b->pool_count + FOLD_POOL_MAX > FOLD_POOL_ROOM;
	if (b->no_room)
		return;
	entry->pooled = true;
	entry->pool = (uint32_t)b->pool_count;
	while (at < text->len) {
		U16_NEXT(text->units, at, text->len, table->pool[b->pool_count]);
		b->pool_count++;
		entry->len++;
	}
}

static void set_output(struct builder *b, struct fold_entry *entry, UChar32 c, const struct text *text)
{
	int32_t len = 0;

	entry->same = text_is(text, c);
	entry->changed = !entry->same && !text_is(text, u_tolower(c));
	if (entry->same)
		return;
	if (count_code_points(text) > 1) {
		put_pool(b, entry, text);
		return;
	}
	U8_APPEND_UNSAFE(entry->bytes, len, text_first(text));
	entry->len = (unsigned int)len & 7;
}

/* Combining classes by what stands together: nuktas, viramas, points, vowels of Thai and their tones, those of Lao, accents. */
static unsigned int order_of(uint8_t class)
{
	static const uint8_t first[] = { 1, 9, 10, 103, 107, 118, 200 };
	unsigned int order = 0;

	while (order < sizeof(first) && class >= first[order])
		order++;
	return order;
}

static uint8_t traits_of(const struct fold_entry *entry, UChar32 c)
{
	unsigned int traits = FOLD_TRAIT_LETTER | entry->script;

	if (entry->kind != FOLD_LETTER || entry->pooled || entry->compat || entry->back)
		return 0;
	if (!entry->same && (entry->len == 0 || entry->len > U8_LENGTH(c)))
		return 0;
	traits |= entry->alike ? FOLD_TRAIT_ALIKE : 0;
	traits |= entry->readable ? FOLD_TRAIT_READABLE : 0;
	traits |= entry->rtl ? FOLD_TRAIT_RTL : 0;
	traits |= entry->changed ? FOLD_TRAIT_CHANGED : 0;
	return (uint8_t)traits;
}

static void describe_text(struct builder *b, struct fold_entry *entry, UChar32 c)
{
	struct text text;
	UChar32 first;

	fold_code_point(b, c, &text);
	first = text_first(&text);
	set_output(b, entry, c, &text);
	entry->point = is_point(first);
	/* The iota below stays a mark, though it folds to a letter. */
	entry->kind = entry->point || is_mark(c) ? FOLD_MARK : text_kind(first);
	entry->script = fold_script(first);
	entry->rtl = is_rtl(first);
	entry->back = u_getIntPropertyValue(first, UCHAR_NFC_QUICK_CHECK) != UNORM_YES;
	entry->order = order_of(u_getCombiningClass(first));
	entry->generic = is_generic_mark(first);
	set_compat(entry, c, &text);
	if (entry->kind == FOLD_LETTER && entry->script >= FOLD_CYRILLIC)
		set_alike(b, entry, c);
	entry->readable = first >= 0x80 && entry->kind != FOLD_MARK && (entry->alike || *looks_like(first));
	if (c >= 0x1f1e6 && c <= 0x1f1ff)
		entry->kind = FOLD_REGIONAL;
	entry->traits = traits_of(entry, c);
}

/* Unified ideographs and syllables of Hangul, a third of all code points that have entries: letters that stay as they are. */
static bool is_uniform(UChar32 c, int8_t type)
{
	return (c >= 0xac00 && c <= 0xd7a3) ||
	       (c >= 0x3400 && type == U_OTHER_LETTER && u_hasBinaryProperty(c, UCHAR_UNIFIED_IDEOGRAPH));
}

static void describe_uniform(struct fold_entry *entry, UChar32 c)
{
	*entry = (struct fold_entry){ .kind = FOLD_LETTER, .script = FOLD_EAST_ASIAN, .same = true };
	entry->readable = *looks_like(c) != '\0';
	entry->traits = traits_of(entry, c);
}

/* Not assigned, or for private use: most of what is dealt with here, and nearly all of it is alike. */
static void describe_void(struct fold_entry *entry, UChar32 c)
{
	enum fold_kind kind = invisible_kind(c);

	*entry = (struct fold_entry){ .kind = kind, .same = kind == FOLD_OTHER };
}

static void describe(struct builder *b, struct fold_entry *entry, UChar32 c)
{
	int8_t type = u_charType(c);

	if (is_uniform(c, type)) {
		describe_uniform(entry, c);
		return;
	}
	if (type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR || type == U_SURROGATE) {
		describe_void(entry, c);
		return;
	}
	*entry = (struct fold_entry){ .kind = special_kind(c) };
	if (entry->kind == FOLD_OTHER)
		describe_text(b, entry, c);
}

/* ---- pages: equal ones are kept once ---- */

static size_t find_page(const struct builder *b, const struct fold_entry *page, size_t size)
{
	size_t i = b->page_count;

	while (i > 0 && memcmp(b->table->pages[i - 1], page, size) != 0)
		i--;
	return i > 0 ? i - 1 : b->page_count;
}

static void add_page(struct builder *b, uint32_t number, const struct fold_entry page[256])
{
	size_t size = sizeof(b->table->pages[0]), at = find_page(b, page, size);

	if (at == b->page_room) {
		size_t room = b->page_room * 2 + 64;
		struct fold_table *larger = realloc(b->table, sizeof(*larger) + room * size);

		b->no_room = !larger;
		if (!larger)
			return;
		b->table = larger;
		b->page_room = room;
	}
	if (at == b->page_count)
		memcpy(b->table->pages[b->page_count++], page, size);
	b->table->page_of[number] = (uint16_t)at;
}

/* Planes 4 to 13 are not assigned, 15 and 16 are private: all alike, so one page serves. */
static bool is_void_page(uint32_t number)
{
	uint32_t plane = number >> 8;

	return (plane >= 4 && plane <= 13) || plane >= 15;
}

static void build_pages(struct builder *b)
{
	struct fold_entry page[256];

	for (uint32_t number = 0; number < 0x1100 && !b->no_room; number++) {
		for (uint32_t i = 0; i < 256 && !is_void_page(number); i++)
			describe(b, &page[i], (UChar32)(number << 8 | i));
		for (uint32_t i = 0; i < 256 && is_void_page(number); i++)
			page[i] = (struct fold_entry){ .same = true };
		add_page(b, number, page);
	}
}

/* Which letters of `script` look like a to z: plain ones first, small letters
 * as the capitals look (m of М), for words are compared without case. */
static void build_reverse(const struct fold_table *table, UChar32 first, UChar32 last, int32_t reverse[26])
{
	for (UChar32 c = first; c <= last; c++) {
		unsigned char alike = (unsigned char)fold_entry(table, c)->alike;

		if (alike >= 'a' && alike <= 'z' && !reverse[alike - 'a'])
			reverse[alike - 'a'] = u_tolower(c);
	}
}

static uint64_t count_of(unsigned int traits)
{
	unsigned int script = traits & FOLD_TRAIT_SCRIPT;
	bool latin = script == FOLD_LATIN, foreign = script >= FOLD_CYRILLIC, readable = traits & FOLD_TRAIT_READABLE;

	return FOLD_COUNT_ONE(FOLD_COUNT_MEMBERS) |
	       (latin ? FOLD_COUNT_ONE(FOLD_COUNT_LATIN) : 0) |
	       (foreign ? FOLD_COUNT_ONE(FOLD_COUNT_FOREIGN) : 0) |
	       (foreign && traits & FOLD_TRAIT_ALIKE ? FOLD_COUNT_ONE(FOLD_COUNT_ALIKE) : 0) |
	       (foreign && readable ? FOLD_COUNT_ONE(FOLD_COUNT_READABLE) : 0) |
	       (latin && readable ? FOLD_COUNT_ONE(FOLD_COUNT_ODD) : 0) |
	       (script == FOLD_EAST_ASIAN ? FOLD_COUNT_ONE(FOLD_COUNT_EAST_ASIAN) : 0) |
	       (traits & FOLD_TRAIT_RTL ? FOLD_COUNT_ONE(FOLD_COUNT_RTL) : 0);
}

/* ---- the whole ---- */

static void open_builder(struct builder *b)
{
	static const UChar latin_ascii[] = u"Latin-ASCII";

	/* All data stand in ICU's own library. */
	udata_setFileAccess(UDATA_NO_FILES, &b->error);
	b->casefold = unorm2_getNFKCCasefoldInstance(&b->error);
	b->nfkd = unorm2_getNFKDInstance(&b->error);
	b->spoof = uspoof_open(&b->error);
	b->latin = utrans_openU(latin_ascii, -1, UTRANS_FORWARD, NULL, 0, NULL, &b->error);
}

/* False: ICU's data are not there, or there is no room. */
static bool build(struct builder *b)
{
	open_builder(b);
	if (U_SUCCESS(b->error) && b->table)
		build_pages(b);
	uspoof_close(b->spoof);
	utrans_close(b->latin);
	if (U_FAILURE(b->error) || !b->table || b->no_room)
		return false;
	/* The Russian alphabet from ve on (B is a ve, not a be), a, Ukrainian i; Greek without accents. */
	build_reverse(b->table, 0x412, 0x44f, b->table->cyrillic);
	build_reverse(b->table, 0x456, 0x456, b->table->cyrillic);
	build_reverse(b->table, 0x391, 0x3a9, b->table->greek);
	build_reverse(b->table, 0x3b1, 0x3c9, b->table->greek);
	for (unsigned int traits = 0; traits < FOLD_TRAIT_LETTER; traits++)
		b->table->counts[traits] = count_of(traits);
	return true;
}

static bool write_table(const struct builder *b, const char *path)
{
	size_t bytes = sizeof(*b->table) + b->page_count * sizeof(b->table->pages[0]);
	FILE *file = fopen(path, "w");
	bool written = file && fwrite(b->table, 1, bytes, file) == bytes;

	return file && fclose(file) == 0 && written;
}

static void print_c(const char *path)
{
	printf("/* Made by user/detect/tables/make_fold_table.c. */\n"
	       "__asm__(\".pushsection .rodata\\n\"\n"
	       "\t\".balign 64\\n\"\n"
	       "\t\".globl fold_table_made\\n\"\n"
	       "\t\"fold_table_made: .incbin \\\"%s\\\"\\n\"\n"
	       "\t\".popsection\\n\");\n", path);
}

int main(int argc, char **argv)
{
	struct builder b = { .table = calloc(1, sizeof(*b.table)) };

	if (argc != 2)
		return EXIT_FAILURE;
	if (!build(&b)) {
		(void)fprintf(stderr, "make_fold_table: %s\n",
			      b.no_room ? "FOLD_POOL_ROOM is too small, or there is no memory" : u_errorName(b.error));
		return EXIT_FAILURE;
	}
	if (!write_table(&b, argv[1])) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	print_c(argv[1]);
	free(b.table);
	return EXIT_SUCCESS;
}
