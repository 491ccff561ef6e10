/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Concepts, and words that rules have by themselves, become phrases of the
 * dictionary; what each costs, and how long it gets, is noted.
 */
#include "detect/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/frequent.h"
#include "detect/words.h"

#define WORDS_LIMIT_BYTES 256	/* of one phrase */
#define COST_MAX 100000

static int grow_concepts(struct compiler *compiler, size_t count)
{
	size_t capacity = 2 * count + 64;
	struct compiled_concept *concepts;

	if (count < compiler->concept_capacity)
		return 0;
	concepts = reallocarray(compiler->concepts, capacity, sizeof(*concepts));
	if (!concepts)
		return -ENOMEM;
	memset(concepts + compiler->concept_capacity, 0, (capacity - compiler->concept_capacity) * sizeof(*concepts));
	compiler->concepts = concepts;
	compiler->concept_capacity = capacity;
	return 0;
}

static bool goes_on(struct slice phrase, struct slice word)
{
	return word.ptr + word.len < phrase.ptr + phrase.len && word.ptr[word.len] == '*';
}

/* What its rarest word costs: where that does not stand the phrase does not. */
static void measure(struct slice phrase, struct compiled_concept *concept)
{
	struct word_cutter cutter = { .text = phrase };
	size_t cost = COST_MAX;
	uint8_t words = 0;
	struct slice word;

	while (word_cut(&cutter, &word)) {
		size_t own = words_per_mib(word, goes_on(phrase, word));

		cost = own < cost ? own : cost;
		words++;
	}
	concept->cost += cost;
	concept->longest = words > concept->longest ? words : concept->longest;
}

static int add_phrase(struct compiler *compiler, struct slice folded, uint32_t concept)
{
	int err = grow_concepts(compiler, concept + 1);

	if (err == 0)
		err = dictionary_add(compiler->rules->dictionary, folded, concept);
	if (err < 0)
		return err;
	if (compiler->phrase_count == compiler->phrase_capacity) {
		size_t capacity = 2 * compiler->phrase_capacity + 1024;
		struct compiled_phrase *phrases = reallocarray(compiler->phrases, capacity, sizeof(*phrases));

		if (!phrases)
			return -ENOMEM;
		compiler->phrases = phrases;
		compiler->phrase_capacity = capacity;
	}
	measure(folded, &compiler->concepts[concept]);
	compiler->phrases[compiler->phrase_count] = (struct compiled_phrase){ strndup(folded.ptr, folded.len), concept };
	return compiler->phrases[compiler->phrase_count++].text ? 0 : -ENOMEM;
}

/* Folded as the texts will be; a '*' stays, for folding does not touch it. */
static int fold_phrase(struct compiler *compiler, const char *phrase, struct slice *ret)
{
	struct fold_facts facts;
	int err = fold_text(compiler->fold, slice_of(phrase), ret, &facts);

	return err < 0 ? err : ret->len == 0 || ret->len > WORDS_LIMIT_BYTES ? -EINVAL : 0;
}

int compile_phrase(struct compiler *compiler, const char *phrase, uint32_t concept)
{
	struct slice folded;
	int err = fold_phrase(compiler, phrase, &folded);

	return err < 0 ? err : add_phrase(compiler, folded, concept);
}

static int add_concept(struct compiler *compiler, uint32_t number)
{
	const struct pack_concept *concept = &compiler->rules->set.concepts[number];

	for (size_t i = 0; i < concept->phrase_count; i++) {
		int err = compile_phrase(compiler, concept->phrases[i], number);

		if (err == -ENOMEM)
			return err;
		if (err < 0) {
			(void)snprintf(compiler->error, PACK_ERROR_BYTES,
				       "%.150s:%u: concept %.64s: \"%.60s\" cannot be looked for: it has no word, more than %d, or a beginning of less than 3 bytes",
				       concept->file, concept->line, concept->name, concept->phrases[i], PHRASE_WORDS_MAX);
			return -EINVAL;
		}
	}
	return 0;
}

/* For searches through thousands: most differ in the first byte. */
static inline bool is_text(const char *text, struct slice slice)
{
	return slice.len > 0 && *text == *slice.ptr && slice_eq(slice_of(text), slice);
}

static int concept_named(void *ctx, struct slice name)
{
	const struct compiler *compiler = ctx;
	const struct pack_set *set = &compiler->rules->set;

	for (size_t i = 0; i < set->concept_count; i++) {
		if (is_text(set->concepts[i].name, name))
			return (int)i;
	}
	return -ENOENT;
}

static int find_word(const struct compiler *compiler, struct slice folded)
{
	for (size_t i = 0; i < compiler->phrase_count; i++) {
		const struct compiled_phrase *phrase = &compiler->phrases[i];

		if (phrase->concept >= compiler->rules->set.concept_count && is_text(phrase->text, folded))
			return (int)phrase->concept;
	}
	return -ENOENT;
}

/* A word that a rule has by itself is a concept without a name. */
static int concept_of_word(void *ctx, struct slice word)
{
	struct compiler *compiler = ctx;
	char text[WORDS_LIMIT_BYTES];
	struct slice folded;
	int found, err;

	if (!slice_copy(text, sizeof(text), word) || fold_phrase(compiler, text, &folded) < 0)
		return -EINVAL;
	found = find_word(compiler, folded);
	if (found >= 0)
		return found;
	err = add_phrase(compiler, folded, compiler->rules->concept_count);
	return err < 0 ? err : (int)compiler->rules->concept_count++;
}

static size_t concept_cost(void *ctx, uint32_t concept)
{
	const struct compiler *compiler = ctx;

	return concept < compiler->concept_capacity ? compiler->concepts[concept].cost : 0;
}

static uint8_t concept_longest(void *ctx, uint32_t concept)
{
	const struct compiler *compiler = ctx;

	/* Without a phrase it matches nothing. */
	return concept < compiler->concept_capacity && compiler->concepts[concept].longest > 0 ?
		       compiler->concepts[concept].longest : 1;
}

struct concept_source compile_source(struct compiler *compiler)
{
	return (struct concept_source){ concept_named, concept_of_word, concept_cost, concept_longest, compiler };
}

int compile_concepts(struct compiler *compiler)
{
	uint32_t count = (uint32_t)compiler->rules->set.concept_count;
	int err = grow_concepts(compiler, count + 1);

	for (uint32_t i = 0; i < count && err == 0; i++)
		err = add_concept(compiler, i);
	return err;
}

void compile_words_done(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->phrase_count; i++)
		free(compiler->phrases[i].text);
	free(compiler->phrases);
	free(compiler->concepts);
}
