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
	uint32_t hash = beginnings_hash(text.ptr, BEGINNING_BYTES_MIN + which);

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
	return x->len != y->len ? (x->len > y->len ? -1 : 1) : 0;
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

void beginnings_mark(struct beginnings *beginnings, const uint8_t *marked, uint32_t mark)
{
	for (size_t which = 0; which < 2; which++)
		for (size_t i = 0; i < beginnings->shelves[which].count; i++)
			if (marked[beginnings->shelves[which].list[i].word & ~mark])
				beginnings->shelves[which].list[i].word |= mark;
}

/* Those of one shelf that a word begins with, one after the other; *at: SIZE_MAX at first. Null: no more. */
static const struct beginning *next_of(const struct beginnings *beginnings, size_t which, struct slice word, size_t *at)
{
	const struct shelf *shelf = &beginnings->shelves[which];
	uint64_t head = head_of(word);
	uint32_t hash, bucket;

	if (word.len < BEGINNING_BYTES_MIN + which)
		return NULL;
	hash = beginnings_hash(word.ptr, BEGINNING_BYTES_MIN + which);
	if (!shelf_may_have(shelf, hash))
		return NULL;
	bucket = bucket_of(hash);
	for (*at = *at == SIZE_MAX ? shelf->buckets[bucket] : *at + 1; *at < shelf->buckets[bucket + 1]; (*at)++)
		if (fits(beginnings, &shelf->list[*at], word, head))
			return &shelf->list[*at];
	return NULL;
}

uint32_t beginnings_look(const struct beginnings *beginnings, struct slice word)
{
	for (size_t which = 2; which-- > 0;) {
		size_t at = SIZE_MAX;
		const struct beginning *beginning = next_of(beginnings, which, word, &at);

		if (beginning)
			return beginning->word;
	}
	return 0;
}

size_t beginnings_shortest(const struct beginnings *beginnings, struct slice word)
{
	const struct beginning *beginning;
	size_t at = SIZE_MAX, len = 0;

	if (next_of(beginnings, 0, word, &at))
		return BEGINNING_BYTES_MIN;
	for (at = SIZE_MAX; (beginning = next_of(beginnings, 1, word, &at));)
		len = beginning->len;
	return len;
}

size_t beginnings_of(const struct beginnings *beginnings, struct slice word, uint32_t *ret_words, size_t max)
{
	const struct beginning *beginning;
	size_t count = 0;

	for (size_t which = 2; which-- > 0;)
		for (size_t at = SIZE_MAX; count < max && (beginning = next_of(beginnings, which, word, &at));)
			ret_words[count++] = beginning->word;
	return count;
}
