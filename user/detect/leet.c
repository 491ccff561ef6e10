/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/leet.h"

#include <unicode/utf8.h>

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

/* The character at *at: false, it is part of no such run. */
static bool take_char(struct run *run, struct slice text, size_t *at)
{
	unsigned char byte = (unsigned char)text.ptr[*at];
	char readings[2] = { (char)byte, 0 };
	int32_t next = (int32_t)*at, c;

	U8_NEXT_UNSAFE(text.ptr, next, c);
	if (byte >= 0x80)
		read_foreign(c, readings);
	else if (!is_letter(byte))
		memcpy(readings, looks_like(byte), 2);
	*at = (size_t)next;
	if (!readings[0])
		return false;
	run->letters += is_letter(byte);
	run->signs += byte < 0x80 && !is_letter(byte);
	run->foreign += byte >= 0x80;
	if (run->len < WORD_BYTES_MAX)
		memcpy(run->readings[run->len], readings, 2);
	run->len++;
	return true;
}

/* What a byte may be of such a run; of ASCII as looks.c has it, which never changes. */
enum part {
	PART_NONE = 0,
	PART_SIGN,
	PART_LETTER,	/* or of a character beyond ASCII */
};

static enum part part_of(unsigned char byte)
{
	if (byte >= 0x80 || is_letter(byte))
		return PART_LETTER;
	return looks_like(byte)[0] ? PART_SIGN : PART_NONE;
}

/* Where the next run begins that may be more than letters, or than signs: there
 * is a character beyond ASCII in it, or a sign beside a letter. */
static size_t skip_plain(const unsigned char parts[256], struct slice text, size_t from)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	unsigned char last = PART_NONE;
	size_t at = from;

	for (; at < text.len && bytes[at] < 0x80; at++) {
		unsigned char part = parts[bytes[at]];

		if (part + last == PART_SIGN + PART_LETTER)
			break;
		last = part;
	}
	while (at > from && parts[bytes[at - 1]] != PART_NONE)
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

static bool undo_run(const struct dictionary *dictionary, const struct run *run, char *out)
{
	char spelt[WORD_BYTES_MAX];
	struct slice word = { spelt, run->len };
	unsigned int choices = 1u << count_ambiguous(run);

	for (unsigned int choice = 0; choice < choices; choice++) {
		spell(run, choice, spelt);
		if (!dictionary_word(dictionary, word))
			continue;
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
	struct leet_words words = { 0, 0 };
	unsigned char parts[256];
	struct run run;
	size_t at = 0;

	for (unsigned int byte = 0; byte < 256; byte++)
		parts[byte] = (unsigned char)part_of((unsigned char)byte);
	memcpy(out, text.ptr, text.len);
	while (at = skip_plain(parts, text, at), next_run(text, &at, &run)) {
		trim(text, &run);
		if (!is_disguised(&run) || !undo_run(dictionary, &run, out))
			continue;
		words.signs += run.signs > 0;
		words.letters += run.signs == 0 && run.len >= LETTERS_MIN;
	}
	return words;
}
