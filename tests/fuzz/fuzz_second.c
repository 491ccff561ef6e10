/* SPDX-License-Identifier: Apache-2.0 */
/* The second reading of what folding makes of the input: letters for signs, words out of pieces, runs cut. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/joined.h"
#include "detect/leet.h"
#include "detect/respell.h"
#include "detect/suspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dictionary *make_dictionary(void)
{
	static const char *const words[] = { "ignor*", "all", "previous", "rule", "rules", "the", "instruction*" };
	struct dictionary *dictionary = dictionary_new();

	assert(dictionary);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert(dictionary_add(dictionary, slice_of(words[i]), 1) == 0);
	assert(dictionary_seal(dictionary) == 0);
	return dictionary;
}

static void cut(const struct dictionary *dictionary, struct slice text)
{
	uint8_t lens[JOINED_PIECES_MAX];
	size_t len = 0, sum = 0, count;

	while (len < text.len && len < JOINED_BYTES_MAX && text.ptr[len] >= 'a' && text.ptr[len] <= 'z')
		len++;
	count = joined_cut(dictionary, (struct slice){ text.ptr, len }, lens);
	for (size_t i = 0; i < count; i++)
		sum += lens[i];
	assert(sum <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dictionary *dictionary;
	static struct fold *fold;
	struct fold_facts facts;
	struct slice folded;
	char *out;

	dictionary = dictionary ? dictionary : make_dictionary();
	fold = fold ? fold : fold_new();
	assert(fold);
	if (fold_text(fold, (struct slice){ (const char *)data, size }, &folded, &facts) < 0)
		return 0;
	out = malloc(folded.len + 1);
	assert(out);
	(void)suspect(folded, &facts);
	(void)leet_undo(dictionary, folded, out);
	(void)respell(dictionary, folded, out);
	cut(dictionary, folded);
	free(out);
	return 0;
}
