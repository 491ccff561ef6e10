/* SPDX-License-Identifier: Apache-2.0 */
/* The words that are known in other spellings, too: those of one concept, which packs may add to. */
#include "detect/compile.h"

#include "detect/ordinary.h"
#include "detect/spelling.h"
#include "detect/words.h"

#define CONCEPT "respelt"

struct meant {
	struct dictionary *dictionary;
	struct slice word;
};

static int add_spelling(void *ctx, struct slice spelling)
{
	const struct meant *meant = ctx;

	return ordinary_word(spelling) ? 0 : dictionary_add_spelling(meant->dictionary, spelling, meant->word);
}

static int add_words(struct dictionary *dictionary, struct slice phrase)
{
	struct word_cutter cutter = { .text = phrase };
	struct meant meant = { .dictionary = dictionary };
	int err = 0;

	while (err == 0 && word_cut(&cutter, &meant.word)) {
		err = spellings_of(meant.word, add_spelling, &meant);
		if (err == 0)
			err = scrambles_add(&dictionary->scrambles, meant.word);
	}
	return err;
}

int compile_spellings(struct compiler *compiler)
{
	const struct concept_source source = compile_source(compiler);
	int concept = source.named(source.ctx, SLICE(CONCEPT)), err = 0;

	for (size_t i = 0; concept >= 0 && i < compiler->phrase_count && err == 0; i++)
		if (compiler->phrases[i].concept == (uint32_t)concept)
			err = add_words(compiler->rules->dictionary, slice_of(compiler->phrases[i].text));
	return err;
}
