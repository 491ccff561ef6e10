/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/beginnings.h"

#include <errno.h>
#include <stdlib.h>

#define HEAD_BYTES 8

static const uint64_t head_masks[HEAD_BYTES + 1] = {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	0, 0xffull << 56, 0xffffull << 48, 0xffffffull << 40, 0xffffffffull << 32, 0xffffffffffull << 24,
	0xffffffffffffull << 16, 0xffffffffffffffull << 8, ~0ull,
#else
	0, 0xffull, 0xffffull, 0xffffffull, 0xffffffffull, 0xffffffffffull, 0xffffffffffffull, 0xffffffffffffffull, ~0ull,
#endif
};

void beginnings_done(struct beginnings *beginnings)
{
	free(beginnings->shelves[0].list);
	free(beginnings->shelves[1].list);
	free(beginnings->texts);
}

static uint64_t head_of(struct slice text)
{
	uint64_t head = 0;

	memcpy(&head, text.ptr, text.len < HEAD_BYTES ? text.len : HEAD_BYTES);
	return head;
}

/* Of the first three or four bytes. */
static uint32_t hash_of(uint32_t key)
{
	return key * 0x85ebca6bu;
}

static uint32_t key_of(const char *text, size_t bytes)
{
	uint32_t key = 0;

	memcpy(&key, text, bytes);
	return key;
}

static uint32_t bucket_of(uint32_t hash)
{
	return hash >> 19;
}

static uint32_t filter_bit(uint32_t hash)
{
	return hash >> 16;
}

static size_t shelf_of(size_t len)
{
	return len > BEGINNING_BYTES_MIN;
}

static int keep_text(struct beginnings *beginnings, struct slice text)
{
	if (beginnings->text_bytes + text.len > beginnings->text_capacity) {
		size_t capacity = 2 * beginnings->text_capacity + 4096;
		char *larger = realloc(beginnings->texts, capacity);

		if (!larger)
			return -ENOMEM;
		beginnings->texts = larger;
		beginnings->text_capacity = capacity;
	}
	memcpy(beginnings->texts + beginnings->text_bytes, text.ptr, text.len);
	beginnings->text_bytes += text.len;
	return 0;
}

int beginnings_add(struct beginnings *beginnings, struct slice text, uint32_t word)
{
	size_t which = shelf_of(text.len);
	struct shelf *shelf = &beginnings->shelves[which];
	uint32_t hash = hash_of(key_of(text.ptr, BEGINNING_BYTES_MIN + which));

	if (shelf->count == shelf->capacity) {
		size_t capacity = 2 * shelf->capacity + 256;
		struct beginning *larger = reallocarray(shelf->list, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		shelf->list = larger;
		shelf->capacity = capacity;
	}
	shelf->list[shelf->count] = (struct beginning){
		.head = head_of(text),
		.word = word,
		.text = (uint32_t)beginnings->text_bytes,
		.len = (uint32_t)text.len,
		.bucket = bucket_of(hash),
	};
	if (keep_text(beginnings, text) < 0)
		return -ENOMEM;
	shelf->count++;
	shelf->filter[filter_bit(hash) / 64] |= UINT64_C(1) << (filter_bit(hash) % 64);
	return 0;
}

static int by_bucket(const void *a, const void *b)
{
	const struct beginning *x = a, *y = b;

	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	return x->word < y->word ? -1 : x->word > y->word;
}

void beginnings_seal(struct beginnings *beginnings)
{
	for (size_t which = 0; which < 2; which++) {
		struct shelf *shelf = &beginnings->shelves[which];
		size_t i = 0;

		if (shelf->count > 0)
			qsort(shelf->list, shelf->count, sizeof(*shelf->list), by_bucket);
		for (uint32_t bucket = 0; bucket <= SHELF_BUCKETS; bucket++) {
			while (i < shelf->count && shelf->list[i].bucket < bucket)
				i++;
			shelf->buckets[bucket] = (uint32_t)i;
		}
	}
}

static bool fits(const struct beginnings *beginnings, const struct beginning *beginning, struct slice word, uint64_t head)
{
	size_t in_head = beginning->len < HEAD_BYTES ? beginning->len : HEAD_BYTES;

	if (((beginning->head ^ head) & head_masks[in_head]) || beginning->len > word.len)
		return false;
	return beginning->len <= HEAD_BYTES ||
	       memcmp(beginnings->texts + beginning->text + HEAD_BYTES, word.ptr + HEAD_BYTES, beginning->len - HEAD_BYTES) == 0;
}

static size_t look(const struct beginnings *beginnings, const struct shelf *shelf, uint32_t hash, struct slice word,
		   uint32_t *ret_words, size_t max)
{
	uint32_t bucket = bucket_of(hash);
	uint64_t head = head_of(word);
	size_t count = 0;

	for (uint32_t i = shelf->buckets[bucket]; i < shelf->buckets[bucket + 1] && count < max; i++)
		if (fits(beginnings, &shelf->list[i], word, head))
			ret_words[count++] = shelf->list[i].word;
	return count;
}

static bool may_stand(const struct shelf *shelf, uint32_t hash)
{
	return shelf->filter[filter_bit(hash) / 64] >> (filter_bit(hash) % 64) & 1;
}

size_t beginnings_of(const struct beginnings *beginnings, struct slice word, uint32_t *ret_words, size_t max)
{
	size_t count = 0;
	uint32_t hash;

	if (word.len < BEGINNING_BYTES_MIN)
		return 0;
	hash = hash_of(key_of(word.ptr, BEGINNING_BYTES_MIN));
	if (may_stand(&beginnings->shelves[0], hash))
		count = look(beginnings, &beginnings->shelves[0], hash, word, ret_words, max);
	if (word.len == BEGINNING_BYTES_MIN)
		return count;
	hash = hash_of(key_of(word.ptr, BEGINNING_BYTES_MIN + 1));
	if (may_stand(&beginnings->shelves[1], hash))
		count += look(beginnings, &beginnings->shelves[1], hash, word, ret_words + count, max - count);
	return count;
}
