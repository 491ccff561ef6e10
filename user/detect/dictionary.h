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
#include "detect/beginnings.h"

#define PHRASE_WORDS_MAX 40	/* in scripts without blanks each character is one */
#define WORD_BYTES_MAX 64	/* longer words are in no dictionary */
#define WORD_IDS_MAX 8		/* that one word of a text may match, itself and by its beginnings */

/* ---- inside, for the functions below that are called for each word ---- */

#define DICTIONARY_FILTER_BITS (1u << 17)

/* Open addressing; a table is at most half full. */
struct dictionary_slot {
	uint64_t key;	/* a hash of 64 bits stands for what was put in; 0: free */
	uint32_t value;
};

struct dictionary_table {
	struct dictionary_slot *slots;
	size_t size, used;	/* size: a power of two, or 0 */
};

struct dictionary_node {
	uint32_t first;		/* of concepts[], once sealed */
	uint32_t count : 31;
	uint32_t goes_on : 1;
};

struct dictionary_ending {
	uint32_t node, concept;
};

struct dictionary {
	struct dictionary_table words;	/* by text; a beginning and a whole word of the same text differ */
	struct dictionary_table steps;	/* by node and word */
	uint32_t word_count, node_count;
	struct dictionary_ending *endings;
	uint32_t *parents;	/* of nodes, until sealed */
	size_t parent_capacity;
	size_t ending_count, ending_capacity;
	struct dictionary_node *nodes;
	uint32_t *concepts;
	struct beginnings beginnings;
	uint64_t filter[DICTIONARY_FILTER_BITS / 64];	/* of keys that words has: most words of a text are in no phrase */
	uint64_t step_filter[DICTIONARY_FILTER_BITS / 64];	/* the same of steps from other nodes than the root */
	uint32_t *begins;	/* by word, once sealed: the root's steps */
	uint64_t seed;
};


struct dictionary *dictionary_new(void);
void dictionary_free(struct dictionary *dictionary);

/* A phrase, folded, words parted as words.h parts them; a '*' ends a word that
 * matches by its beginning, of BEGINNING_BYTES_MIN to BEGINNING_BYTES_MAX. 0;
 * -EINVAL: it has no word, too many, or one that is too long or too short;
 * -ENOMEM. */
int dictionary_add(struct dictionary *dictionary, struct slice phrase, uint32_t concept);
/* After the last phrase, before the first look. -ENOMEM. */
int dictionary_seal(struct dictionary *dictionary);

/* A hash of 64 bits that stands for the word; of 1 to WORD_BYTES_MAX - 1 bytes. Never 0. */
uint64_t dictionary_key(const struct dictionary *dictionary, struct slice word);
/* The words of the trie that this word of a text is, whose key that is. Returns how many. */
size_t dictionary_word(const struct dictionary *dictionary, struct slice word, uint64_t key,
		       uint32_t ret_ids[WORD_IDS_MAX]);

/* Whether a word is in phrases as it stands. */
bool dictionary_has(const struct dictionary *dictionary, struct slice word);
/* The words of the trie that this word begins as. Returns how many. */
size_t dictionary_beginnings(const struct dictionary *dictionary, struct slice word, uint32_t ret_ids[WORD_IDS_MAX]);

/* Where a phrase's first word leads to; 0: no phrase begins with it. */
static inline uint32_t dictionary_begin(const struct dictionary *dictionary, uint32_t word)
{
	return dictionary->begins[word];
}

/* Whether longer phrases begin as what led to `node`. */
static inline bool dictionary_goes_on(const struct dictionary *dictionary, uint32_t node)
{
	return dictionary->nodes[node].goes_on;
}

static inline size_t dictionary_filter_bit(uint64_t key)
{
	return (size_t)(key >> 40) % DICTIONARY_FILTER_BITS;
}

static inline uint64_t dictionary_step_key(const struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = (((uint64_t)node << 32 | word) ^ dictionary->seed) * 0x9e3779b97f4a7c15ull;

	return (key ^ key >> 32) * 0xbf58476d1ce4e5b9ull | 1;
}

uint32_t dictionary_find_step(const struct dictionary *dictionary, uint64_t key);

/* A step in the trie from `node` on, which is not the root; 0: none. */
static inline uint32_t dictionary_step(const struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = dictionary_step_key(dictionary, node, word);
	size_t bit = dictionary_filter_bit(key);

	return dictionary->step_filter[bit / 64] >> (bit % 64) & 1 ? dictionary_find_step(dictionary, key) : 0;
}

/* The concepts of the phrases that end at `node`. */
const uint32_t *dictionary_concepts(const struct dictionary *dictionary, uint32_t node, size_t *ret_count);

/* Nodes of the trie are numbered from 1 to before this. */
uint32_t dictionary_nodes(const struct dictionary *dictionary);
/* Words of the trie are numbered from 1 to this. */
uint32_t dictionary_words(const struct dictionary *dictionary);
size_t dictionary_phrases(const struct dictionary *dictionary);

#endif
