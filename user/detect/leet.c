/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/leet.h"

#define SUSPECTED_MIN 2	/* stretches of 16 bytes that have some */
#define SHORT_BYTES 1024	/* of a text in which one is enough */
#define WORD_BYTES_MIN 2	/* "1t"; a sign alone is no word */
#define AMBIGUOUS_MAX 4		/* signs of two meanings in one word that are tried both ways */

/* What a sign stands for, the likelier letter first; 0: itself. */
static const char meanings[128][2] = {
	['0'] = "o",  ['1'] = "il", ['2'] = "z", ['3'] = "e", ['4'] = "a", ['5'] = "s",	 ['6'] = "g",  ['7'] = "t",
	['8'] = "b",  ['9'] = "g",  ['@'] = "a", ['$'] = "s", ['!'] = "il", ['|'] = "il", ['+'] = "t", ['('] = "c",
};

static bool is_letter(unsigned char byte)
{
	return (unsigned char)(byte - 'a') < 26;
}

static bool is_sign(unsigned char byte)
{
	return byte < 128 && meanings[byte][0];
}

/* Bytes side by side: the compiler makes the processor's own vectors of them. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bytes16 load(const char *from)
{
	bytes16 bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

static bool any(bytes16 bytes)
{
	uint64_t halves[2];

	memcpy(halves, &bytes, sizeof(halves));
	return halves[0] | halves[1];
}

/* Whether a sign stands within a word there; 18 bytes are looked at. Only digits
 * and the two signs that prose has not. */
static bool has_signs(const char *from)
{
	bytes16 before = load(from), sign = load(from + 1), after = load(from + 2);
	bytes16 leet = (bytes16)((sign - '0') < 8) | (bytes16)(sign == '@') | (bytes16)(sign == '$');

	return any(leet & (bytes16)((before - 'a') < 26) & (bytes16)((after - 'a') < 26));
}

bool leet_suspected(struct slice text)
{
	uint32_t blocks = 0;
	size_t at = 0;
	char tail[sizeof(bytes16) + 2] = { 0 };

	for (; at + sizeof(tail) <= text.len; at += sizeof(bytes16)) {
		blocks += has_signs(text.ptr + at);
		if (blocks >= SUSPECTED_MIN)
			return true;
	}
	if (at < text.len)
		memcpy(tail, text.ptr + at, text.len - at);
	blocks += has_signs(tail);
	return blocks >= SUSPECTED_MIN || (blocks > 0 && text.len < SHORT_BYTES);
}

/* The word with its ambiguous signs read as the bits of `choice` say. */
static void spell(struct slice word, unsigned int choice, char *out)
{
	unsigned int bit = 0;

	for (size_t i = 0; i < word.len; i++) {
		unsigned char byte = (unsigned char)word.ptr[i];
		const char *meaning = is_sign(byte) ? meanings[byte] : NULL;

		out[i] = (char)byte;
		if (meaning && meaning[1] && bit < AMBIGUOUS_MAX)
			out[i] = meaning[(choice >> bit++) & 1];
		else if (meaning)
			out[i] = meaning[0];
	}
}

static unsigned int count_ambiguous(struct slice word)
{
	unsigned int count = 0;

	for (size_t i = 0; i < word.len; i++)
		count += is_sign((unsigned char)word.ptr[i]) && meanings[(unsigned char)word.ptr[i]][1];
	return count < AMBIGUOUS_MAX ? count : AMBIGUOUS_MAX;
}

static bool undo_word(const struct dictionary *dictionary, struct slice word, char *out)
{
	char spelt[WORD_BYTES_MAX];
	uint32_t ids[WORD_IDS_MAX];
	unsigned int choices = 1u << count_ambiguous(word);

	for (unsigned int choice = 0; choice < choices; choice++) {
		struct slice spelling = { spelt, word.len };

		spell(word, choice, spelt);
		if (dictionary_word(dictionary, spelling, dictionary_key(dictionary, spelling), ids) == 0)
			continue;
		memcpy(out, spelt, word.len);
		return true;
	}
	return false;
}

/* A run of letters and signs; punctuation at its end belongs to the sentence. */
static struct slice next_run(struct slice text, size_t *at, bool *ret_mixed)
{
	size_t start = *at, end;
	bool letters = false, signs = false;

	while (start < text.len && !is_letter((unsigned char)text.ptr[start]) && !is_sign((unsigned char)text.ptr[start]))
		start++;
	for (end = start; end < text.len; end++) {
		unsigned char byte = (unsigned char)text.ptr[end];

		if (!is_letter(byte) && !is_sign(byte))
			break;
		letters |= is_letter(byte);
		signs |= is_sign(byte);
	}
	*at = end;
	*ret_mixed = letters && signs;
	return (struct slice){ text.ptr + start, end - start };
}

static struct slice trim(struct slice word)
{
	while (word.len > 0 && (word.ptr[word.len - 1] == '!' || word.ptr[word.len - 1] == '('))
		word.len--;
	while (word.len > 0 && word.ptr[0] == '(') {
		word.ptr++;
		word.len--;
	}
	return word;
}

static bool has_sign(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (is_sign((unsigned char)word.ptr[i]))
			return true;
	return false;
}

uint32_t leet_undo(const struct dictionary *dictionary, struct slice text, char *out)
{
	uint32_t undone = 0;
	size_t at = 0;

	memcpy(out, text.ptr, text.len);
	while (at < text.len) {
		bool mixed;
		struct slice word = next_run(text, &at, &mixed);

		if (!mixed)
			continue;
		word = trim(word);
		if (word.len >= WORD_BYTES_MIN && word.len < WORD_BYTES_MAX && has_sign(word))
			undone += undo_word(dictionary, word, out + (word.ptr - text.ptr));
	}
	return undone;
}
