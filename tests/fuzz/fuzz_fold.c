/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding: the first byte says where in the blocks of the fast path the text
 * stands, the rest is the text. The fold is UTF-8 without white space in rows,
 * its offsets lead back and never fall, and it is the same wherever it stands.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/utf8.h>

#include "detect/normalise.h"

#define BEFORE_MAX 160

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct slice folded)
{
	int32_t at = 0, c, before = 0, second = 0;

	while (at < (int32_t)folded.len) {
		U8_NEXT(folded.ptr, at, (int32_t)folded.len, c);
		assert(c >= 0x20 || c == '\n');
		assert(c < 'A' || c > 'Z');
		assert(c != ' ' || (before != ' ' && before != '\n'));
		assert(c != '\n' || (before != ' ' && !(before == '\n' && second == '\n')));
		second = before;
		before = c;
	}
}

static void check_offsets(const struct fold *fold, struct slice text, struct slice folded)
{
	uint32_t before = 0;

	for (uint32_t i = 0; i < folded.len; i++) {
		uint32_t at = fold_original(fold, i);

		assert(at >= before && at < text.len);
		before = at;
	}
	assert(fold_original(fold, (uint32_t)folded.len) == text.len);
}

static void check_facts(const struct fold_facts *facts, struct slice text)
{
	assert(facts->replaced <= text.len && facts->invisible <= text.len && facts->tags <= text.len);
	assert(facts->invisible_run <= facts->invisible);
	for (size_t i = 0; i < FOLD_FIRST_MAX; i++)
		assert(facts->first[i] == 0 || facts->first[i] < text.len);
}

/* Hidden text, marks and white space at its beginning look at what stands before them. */
static int may_move(struct slice text)
{
	return text.len > 0 && text.ptr[0] > ' ' && text.ptr[0] < 0x7f;
}

static void check_moved(struct fold *fold, struct slice text, struct slice folded, size_t before)
{
	char *copy = malloc(before + text.len), *first = malloc(folded.len + 1);
	struct fold_facts facts;
	struct slice moved;

	assert(copy && first);
	memcpy(first, folded.ptr, folded.len);
	memset(copy, 'z', before);
	copy[before - 1] = '.';
	memcpy(copy + before, text.ptr, text.len);
	assert(fold_text(fold, (struct slice){ copy, before + text.len }, &moved, &facts) == 0);
	assert(moved.len == before + folded.len);
	assert(memcmp(moved.ptr + before, first, folded.len) == 0);
	free(copy);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fold *fold;
	struct fold_facts facts;
	struct slice text, folded;
	char *copy;

	if (!fold)
		fold = fold_new();
	if (size < 1)
		return 0;
	/* An exact copy, so that a read past its end shows. */
	text.len = size - 1;
	copy = malloc(text.len ? text.len : 1);
	assert(fold && copy);
	memcpy(copy, data + 1, text.len);
	text.ptr = copy;
	assert(fold_text(fold, text, &folded, &facts) == 0);
	check_text(folded);
	check_offsets(fold, text, folded);
	check_facts(&facts, text);
	if (may_move(text))
		check_moved(fold, text, folded, 3 + data[0] % BEFORE_MAX);
	free(copy);
	return 0;
}
