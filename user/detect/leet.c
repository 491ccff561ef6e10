/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/leet.h"

#include <unicode/utf8.h>

#include "detect/bytes64.h"
#include "detect/fold_table.h"
#include "detect/looks.h"

#define WORD_CHARS_MIN 2	/* "1t"; a sign alone is no word */
#define LETTERS_MIN 4		/* of a word that is counted for letters alone: shorter ones are words in any script */
#define AMBIGUOUS_MAX 5		/* signs of two meanings in one word that are tried both ways */

static bool is_letter(unsigned char byte)
{
	return (unsigned char)(byte - 'a') < 26;
}

/* A run of letters and of what may stand for letters. */
struct run {
	size_t start, end;	/* in the text */
	size_t len;		/* characters */
	char readings[WORD_BYTES_MAX][2];	/* of each; the second 0: there is one */
	size_t letters, signs, foreign;		/* letters and signs: of ASCII */
};

/* The letters that a character beyond ASCII may be, the likelier first. */
static void read_foreign(int32_t c, char ret[2])
{
	const struct fold_entry *entry = fold_entry(fold_table(), c);
	const char *looks = looks_like(c);
	char alike = (char)entry->alike;

	ret[0] = ret[1] = 0;
	if (!entry->readable)
		return;
	if (alike >= '0' && alike <= '9')
		alike = looks_like(alike)[0];
	/* By and large is not as good as what writers use it for. */
	if (!alike || (entry->rough && looks[0])) {
		ret[0] = looks[0];
		ret[1] = looks[0] ? looks[1] : 0;
		return;
	}
	ret[0] = alike;
	ret[1] = looks[0] == alike && looks[0] ? looks[1] : looks[0];
}

static void add_readings(struct run *run, char first, char second)
{
	if (run->len < WORD_BYTES_MAX) {
		run->readings[run->len][0] = first;
		run->readings[run->len][1] = second;
	}
	run->len++;
}

/* The character at *at: false, it is part of no such run. */
static bool take_char(struct run *run, struct slice text, size_t *at)
{
	unsigned char byte = (unsigned char)text.ptr[*at];
	char foreign[2];
	const char *readings = foreign;
	int32_t next = (int32_t)*at, c;

	if (is_letter(byte)) {
		++*at;
		run->letters++;
		add_readings(run, (char)byte, 0);
		return true;
	}
	U8_NEXT_UNSAFE(text.ptr, next, c);
	if (byte >= 0x80)
		read_foreign(c, foreign);
	else
		readings = looks_like(byte);
	*at = (size_t)next;
	if (!readings[0])
		return false;
	run->signs += byte < 0x80;
	run->foreign += byte >= 0x80;
	add_readings(run, readings[0], readings[1]);
	return true;
}

/* Signs of ASCII that may be letters: as looks.c has them. */
bytes64_inline uint64_t find_signs(const char *block)
{
	return BITS64(block, vec_in(v, '0', '9') | (v == '@') | (v == '$') | (v == '!') | (v == '|') | (v == '+') | (v == '('));
}

static bool is_sign(unsigned char byte)
{
	return byte < 0x80 && !is_letter(byte) && looks_like(byte)[0];
}

/* Of the block of 64 bytes at `at`: where a sign stands beside a letter, bits of the second of them; and all beyond
 * ASCII. */
static uint64_t find_odd(struct slice text, size_t at)
{
	char padded[BYTES64] = { 0 };
	size_t left = text.len - at;
	const char *block = left < BYTES64 ? memcpy(padded, text.ptr + at, left) : text.ptr + at;
	uint64_t letters = BITS64(block, vec_in(v, 'a', 'z')), signs = find_signs(block), wide = BITS64(block, v);
	unsigned char before = at > 0 ? (unsigned char)text.ptr[at - 1] : 0;

	return wide | (letters & (signs << 1 | is_sign(before))) | (signs & (letters << 1 | is_letter(before)));
}

/* Where the next run begins that may be more than letters, or than signs: there
 * is a character beyond ASCII in it, or a sign beside a letter. */
static size_t skip_plain(struct slice text, size_t from)
{
	size_t at = from - from % BYTES64;
	uint64_t odd = from < text.len ? find_odd(text, at) & UINT64_MAX << from % BYTES64 : 0;

	while (!odd && text.len - at > BYTES64) {
		at += BYTES64;
		odd = find_odd(text, at);
	}
	if (!odd)
		return text.len;
	at += (size_t)__builtin_ctzll(odd);
	while (at > from && (is_letter((unsigned char)text.ptr[at - 1]) || is_sign((unsigned char)text.ptr[at - 1])))
		at--;
	return at;
}

/* The next run from *at on; false: none. */
static bool next_run(struct slice text, size_t *at, struct run *run)
{
	size_t end = *at;

	run->len = run->letters = run->signs = run->foreign = 0;
	while (end < text.len) {
		size_t start = end;
		bool part = take_char(run, text, &end);

		if (part && run->len == 1)
			run->start = start;
		if (part)
			run->end = end;
		else if (run->len > 0)
			break;
	}
	*at = end;
	return run->len > 0;
}

/* Punctuation around it belongs to the sentence. */
static void trim(struct slice text, struct run *run)
{
	while (run->len > 0 && (text.ptr[run->end - 1] == '!' || text.ptr[run->end - 1] == '(')) {
		run->end--;
		run->len--;
		run->signs--;
	}
	while (run->len > 0 && text.ptr[run->start] == '(') {
		run->start++;
		run->len--;
		run->signs--;
		memmove(run->readings, run->readings + 1, sizeof(run->readings) - sizeof(run->readings[0]));
	}
}

/* The word with its ambiguous signs read as the bits of `choice` say. */
static void spell(const struct run *run, unsigned int choice, char out[WORD_BYTES_MAX])
{
	unsigned int bit = 0;

	for (size_t i = 0; i < run->len; i++) {
		bool second = run->readings[i][1] && bit < AMBIGUOUS_MAX && (choice >> bit++ & 1);

		out[i] = run->readings[i][second];
	}
}

static unsigned int count_ambiguous(const struct run *run)
{
	unsigned int count = 0;

	for (size_t i = 0; i < run->len; i++)
		count += run->readings[i][1] != 0;
	return count < AMBIGUOUS_MAX ? count : AMBIGUOUS_MAX;
}

/* `out` holds the text from the first word on that is undone. */
static bool undo_run(const struct dictionary *dictionary, struct slice text, const struct run *run, bool first, char *out)
{
	char spelt[WORD_BYTES_MAX];
	struct slice word = { spelt, run->len };
	unsigned int choices = 1u << count_ambiguous(run);

	for (unsigned int choice = 0; choice < choices; choice++) {
		spell(run, choice, spelt);
		if (!dictionary_word(dictionary, word))
			continue;
		if (first)
			memcpy(out, text.ptr, text.len);
		memset(out + run->start, ' ', run->end - run->start);
		memcpy(out + run->start, spelt, run->len);
		return true;
	}
	return false;
}

static bool is_disguised(const struct run *run)
{
	return run->len >= WORD_CHARS_MIN && run->len < WORD_BYTES_MAX && run->signs + run->foreign > 0 &&
	       run->letters + run->foreign > 0;
}

struct leet_words leet_undo(const struct dictionary *dictionary, struct slice text, char *out)
{
	struct leet_words words = { 0 };
	struct run run;
	size_t at = 0;

	while (at = skip_plain(text, at), next_run(text, &at, &run)) {
		trim(text, &run);
		if (!is_disguised(&run) || !undo_run(dictionary, text, &run, words.undone == 0, out))
			continue;
		words.undone++;
		words.signs += run.signs > 0;
		words.letters += run.signs == 0 && run.len >= LETTERS_MIN;
	}
	return words;
}
