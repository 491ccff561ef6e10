/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases and the concepts that they stand for: a trie over words, in which a
 * word may also match by its beginning ("ignor*"). Built once, then read only.
 */
#ifndef PROMTAP_DETECT_DICTIONARY_H
#define PROMTAP_DETECT_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define PHRASE_WORDS_MAX 40	/* in scripts without blanks each character is one */
#define WORD_BYTES_MAX 64	/* longer words are in no dictionary */
#define WORD_IDS_MAX 8		/* that one word of a text may match, itself and by its beginnings */
#define BEGINNING_BYTES_MIN 3
#define BEGINNING_BYTES_MAX 58

struct dictionary;

struct dictionary *dictionary_new(void);
void dictionary_free(struct dictionary *dictionary);

/* A phrase, folded, words parted as words.h parts them; a '*' ends a word that
 * matches by its beginning, of BEGINNING_BYTES_MIN to BEGINNING_BYTES_MAX. 0;
 * -EINVAL: it has no word, too many, or one that is too long or too short;
 * -ENOMEM. */
int dictionary_add(struct dictionary *dictionary, struct slice phrase, uint32_t concept);
/* After the last phrase, before the first look. -ENOMEM. */
int dictionary_seal(struct dictionary *dictionary);

/* The words of the trie that this word of a text is. Returns how many. */
size_t dictionary_word(const struct dictionary *dictionary, struct slice word, uint32_t ret_ids[WORD_IDS_MAX]);

/* Where a phrase's first word leads to; 0: no phrase begins with it. */
uint32_t dictionary_begin(const struct dictionary *dictionary, uint32_t word);
/* A step in the trie from `node` on; 0: none. */
uint32_t dictionary_step(const struct dictionary *dictionary, uint32_t node, uint32_t word);
/* Whether longer phrases begin as what led to `node`. */
bool dictionary_goes_on(const struct dictionary *dictionary, uint32_t node);
/* The concepts of the phrases that end at `node`. */
const uint32_t *dictionary_concepts(const struct dictionary *dictionary, uint32_t node, size_t *ret_count);

/* Nodes of the trie are numbered from 1 to before this. */
uint32_t dictionary_nodes(const struct dictionary *dictionary);
/* Words of the trie are numbered from 1 to this. */
uint32_t dictionary_words(const struct dictionary *dictionary);
size_t dictionary_phrases(const struct dictionary *dictionary);

#endif
