/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/scramble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 32768		/* half of the slots are free, and a number fits one */

void scrambles_done(struct scrambles *scrambles)
{
	free(scrambles->words);
	free(scrambles->slots);
	*scrambles = (struct scrambles){ 0 };
}

static bool fits(struct slice word)
{
	bool letters = word.len >= SCRAMBLE_BYTES_MIN && word.len <= SCRAMBLE_BYTES_MAX;

	for (size_t i = 0; i < word.len && letters; i++)
		letters = (unsigned char)(word.ptr[i] - 'a') < 26;
	return letters;
}

static uint32_t key_of(struct slice word)
{
	uint32_t sum = 0, ends = (uint32_t)(unsigned char)word.ptr[0] << 8 | (unsigned char)word.ptr[word.len - 1];

	for (size_t i = 0; i < word.len; i++) {
		uint32_t letter = (unsigned char)word.ptr[i];

		sum += letter * letter * 0x9e3779b1u;
	}
	sum ^= (ends << 8 | (uint32_t)word.len) * 0x85ebca6bu;
	return sum ^ sum >> 15;
}

int scrambles_add(struct scrambles *scrambles, struct slice word)
{
	struct scramble_word *added;

	if (!fits(word) || scrambles->count == COUNT_MAX)
		return 0;
	if (scrambles->count == scrambles->capacity) {
		size_t capacity = 2 * scrambles->capacity + 256;
		struct scramble_word *larger = reallocarray(scrambles->words, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		scrambles->words = larger;
		scrambles->capacity = capacity;
	}
	added = &scrambles->words[scrambles->count++];
	*added = (struct scramble_word){ .key = key_of(word), .len = (uint8_t)word.len };
	memcpy(added->text, word.ptr, word.len);
	return 0;
}

static void note_ends(struct scrambles *scrambles)
{
	memset(scrambles->ends, 0, sizeof(scrambles->ends));
	for (size_t i = 0; i < scrambles->count; i++) {
		const struct scramble_word *word = &scrambles->words[i];

		scrambles->ends[word->text[0] - 'a'][word->text[word->len - 1] - 'a'] |= UINT32_C(1) << word->len;
	}
}

int scrambles_seal(struct scrambles *scrambles)
{
	size_t size = 64;

	while (size < 2 * scrambles->count)
		size *= 2;
	scrambles->slots = calloc(size, sizeof(*scrambles->slots));
	if (!scrambles->slots)
		return -ENOMEM;
	scrambles->mask = size - 1;
	for (size_t i = 0; i < scrambles->count; i++) {
		size_t at = scrambles->words[i].key & scrambles->mask;

		while (scrambles->slots[at])
			at = (at + 1) & scrambles->mask;
		scrambles->slots[at] = (uint16_t)(i + 1);
	}
	note_ends(scrambles);
	return 0;
}

bool scrambles_take(struct scrambles *scrambles)
{
	size_t size = scrambles->mask + 1;
	bool sound = size > 0 && (size & scrambles->mask) == 0, ends = false;

	for (size_t i = 0; i < scrambles->count && sound; i++)
		sound = scrambles->words[i].len <= SCRAMBLE_BYTES_MAX &&
			fits((struct slice){ scrambles->words[i].text, scrambles->words[i].len });
	for (size_t at = 0; at < size && sound; at++) {
		sound = scrambles->slots[at] <= scrambles->count;
		ends |= scrambles->slots[at] == 0;
	}
	if (!sound || !ends)
		return false;
	note_ends(scrambles);
	return true;
}

/* Both have letters alone, and as many. */
static bool same_letters(struct slice a, struct slice b)
{
	int8_t left[26] = { 0 };
	bool same = true;

	for (size_t i = 0; i < a.len; i++) {
		left[a.ptr[i] - 'a']++;
		left[b.ptr[i] - 'a']--;
	}
	for (size_t i = 0; i < sizeof(left); i++)
		same &= left[i] == 0;
	return same;
}

struct slice scrambles_find(const struct scrambles *scrambles, struct slice word)
{
	uint32_t key;

	if (word.len == 0 || !scrambles_may_have(scrambles, word.ptr[0], word.ptr[word.len - 1], word.len) || !fits(word))
		return (struct slice){ 0 };
	key = key_of(word);
	for (size_t at = key & scrambles->mask; scrambles->slots[at]; at = (at + 1) & scrambles->mask) {
		const struct scramble_word *known = &scrambles->words[scrambles->slots[at] - 1];
		struct slice text = { known->text, known->len };

		if (known->key == key && known->len == word.len && text.ptr[0] == word.ptr[0] &&
		    text.ptr[word.len - 1] == word.ptr[word.len - 1] && same_letters(text, word))
			return text;
	}
	return (struct slice){ 0 };
}
