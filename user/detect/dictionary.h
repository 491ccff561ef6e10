/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases and the concepts that they stand for: a trie over words, in which a
 * word may also match by its beginning ("ignor*"). Built once, then read only.
 *
 * A word of a text is one word of the trie at most: itself, else the longest
 * beginning that it has. What else it is (shorter beginnings, and longer ones
 * of a word that stands as it is) was found when the trie was sealed.
 */
#ifndef PROMTAP_DETECT_DICTIONARY_H
#define PROMTAP_DETECT_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"
#include "detect/beginnings.h"
#include "detect/scramble.h"

#define PHRASE_WORDS_MAX 40	/* in scripts without blanks each character is one */
#define WORD_BYTES_MAX 64	/* longer words are in no dictionary */
#define WORD_IDS_MAX 8		/* of the trie that one word of a text may be */

/* ---- inside, for the functions below that are called for each word ---- */

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
	uint32_t parent;	/* 0: the root */
	uint32_t word;		/* that leads here from it */
};

struct dictionary_ending {
	uint32_t node, concept;
};

/* What the look-up of a text's words goes through, in eight bytes: 40 bits of a
 * hash whose lowest bits chose the place, the mark, and the word's number. */
#define DICTIONARY_WORD_BITS 23
#define DICTIONARY_WORDS_MAX ((1u << DICTIONARY_WORD_BITS) - 1)
#define DICTIONARY_TAG_SHIFT 24
#define DICTIONARY_MARK (1u << DICTIONARY_WORD_BITS)

#define DICTIONARY_STEP_BITS (1u << 17)
#define DICTIONARY_LENGTHS_BITS 12	/* of the hash that lengths are noted by */

struct dictionary {
	struct dictionary_table words;	/* by text; a beginning and a whole word of the same text differ. Until sealed */
	struct dictionary_table steps;	/* by node and word */
	uint32_t word_count, word_capacity, node_count, node_capacity;
	struct dictionary_text {
		uint32_t at, len;	/* in texts */
		bool beginning;
	} *spelt;			/* by word, until sealed */
	struct dictionary_spelling {
		struct dictionary_text spelling, meant;
	} *spellings;			/* until sealed */
	size_t spelling_count, spelling_capacity;
	char *texts;
	size_t text_bytes, text_capacity;
	struct dictionary_ending *endings;
	size_t ending_count, ending_capacity;
	struct dictionary_node *nodes;
	uint32_t *concepts;
	struct beginnings beginnings;
	struct scrambles scrambles;	/* of words that are known with their letters in another order */

	/* Once sealed. */
	uint32_t *frequencies;	/* by word */
	uint64_t *lookup;	/* of words as they stand; 0: free */
	size_t lookup_mask;
	uint32_t *begins;	/* by word: the root's steps */
	uint32_t *lengths;	/* by a hash of the first bytes: bits of how long words are that begin so */
	uint64_t *openings;	/* by word of a text: bits of the concepts that phrases have which may begin there */
	uint32_t *first_id;	/* by word, of ids[]; [word_count + 1] is the end */
	uint32_t *ids;
	uint64_t step_filter[DICTIONARY_STEP_BITS / 64];	/* of steps from other nodes than the root */
	uint64_t seed;
};

struct dictionary *dictionary_new(void);
void dictionary_free(struct dictionary *dictionary);

/* A phrase, folded, words parted as words.h parts them; a '*' ends a word that
 * matches by its beginning, of BEGINNING_BYTES_MIN to BEGINNING_BYTES_MAX. 0;
 * -EINVAL: it has no word, too many, or one that is too long or too short;
 * -E2BIG: over DICTIONARY_WORDS_MAX; -ENOMEM. */
int dictionary_add(struct dictionary *dictionary, struct slice phrase, uint32_t concept);
/* Another spelling of a word: it is found as that one is, unless it stands in a phrase itself. 0 or -ENOMEM. */
int dictionary_add_spelling(struct dictionary *dictionary, struct slice spelling, struct slice meant);
/* After the last phrase, before the first look. -ENOMEM. */
int dictionary_seal(struct dictionary *dictionary);

/* Once sealed: dictionary_find() says DICTIONARY_MARK with those that `marked` (by word) names. */
void dictionary_mark(struct dictionary *dictionary, const uint8_t *marked);

/* A hash of 64 bits that stands for the word; of 1 to WORD_BYTES_MAX - 1 bytes. */
uint64_t dictionary_key(const struct dictionary *dictionary, struct slice word);

/* ---- words of a text ---- */

/* The same of a word of up to 16 bytes, behind which the text goes on to 16: most words need nothing else. */
static inline uint64_t dictionary_short_key(const struct dictionary *dictionary, const char *text, size_t len)
{
	static const uint64_t masks[17][2] = {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PART(n) (~UINT64_C(0) << (64 - 8 * (n)))
#else
#define PART(n) (~UINT64_C(0) >> (64 - 8 * (n)))
#endif
		{ 0, 0 }, { PART(1), 0 }, { PART(2), 0 }, { PART(3), 0 }, { PART(4), 0 }, { PART(5), 0 }, { PART(6), 0 },
		{ PART(7), 0 }, { PART(8), 0 }, { PART(8), PART(1) }, { PART(8), PART(2) }, { PART(8), PART(3) },
		{ PART(8), PART(4) }, { PART(8), PART(5) }, { PART(8), PART(6) }, { PART(8), PART(7) }, { PART(8), PART(8) },
#undef PART
	};
	__uint128_t product;
	uint64_t a, b;

	memcpy(&a, text, sizeof(a));
	memcpy(&b, text + sizeof(a), sizeof(b));
	/* No word has a zero byte: what is cut off stands for no other word. */
	product = (__uint128_t)((a & masks[len][0]) ^ dictionary->seed) *
		  ((b & masks[len][1]) ^ 0xbf58476d1ce4e5b9ull ^ dictionary->seed >> 1);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of a word whose key that is, as it stands, with its mark; 0: it is none. */
static inline uint32_t dictionary_whole(const struct dictionary *dictionary, uint64_t key)
{
	uint64_t slot;

	for (size_t at = key & dictionary->lookup_mask; (slot = dictionary->lookup[at]); at = (at + 1) & dictionary->lookup_mask)
		if ((slot ^ key) >> DICTIONARY_TAG_SHIFT == 0)
			return (uint32_t)slot & (DICTIONARY_MARK | DICTIONARY_WORDS_MAX);
	return 0;
}

/* The word of the trie that this word of a text is, whose key that is, with its mark; 0: none. */
static inline uint32_t dictionary_find(const struct dictionary *dictionary, struct slice word, uint64_t key)
{
	uint32_t found = dictionary_whole(dictionary, key);

	return found ? found : beginnings_longest(&dictionary->beginnings, word);
}

/* The same of any word, without its mark; 0 also for one that is too long. */
uint32_t dictionary_word(const struct dictionary *dictionary, struct slice word);
/* Whether a word is in phrases as it stands. */
bool dictionary_has(const struct dictionary *dictionary, struct slice word);
/* How long the longest word is that stands, whole, at the beginning of `text`: from `min` to `max` bytes, at most
 * DICTIONARY_LONGEST_MAX; 0: none. */
#define DICTIONARY_LONGEST_MAX 31
size_t dictionary_longest(const struct dictionary *dictionary, struct slice text, size_t min, size_t max);
/* How long the shortest beginning is that this word has; 0: it has none. */
size_t dictionary_beginning(const struct dictionary *dictionary, struct slice word);

/* All words of the trie that it is, WORD_IDS_MAX at most. Returns how many. */
static inline size_t dictionary_ids(const struct dictionary *dictionary, uint32_t word, const uint32_t **ret)
{
	*ret = &dictionary->ids[dictionary->first_id[word]];
	return dictionary->first_id[word + 1] - dictionary->first_id[word];
}

/* ---- the trie ---- */

/* A bit of 64 for a concept, so that a word tells that it begins none of some. */
static inline uint64_t concept_bit(uint32_t concept)
{
	return UINT64_C(1) << (concept * 0x9e3779b1u >> 26);
}

/* Bits of all concepts of phrases that may begin with this word of a text. */
static inline uint64_t dictionary_opening(const struct dictionary *dictionary, uint32_t word)
{
	return dictionary->openings[word];
}

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

/* The words that lead to `node`, the first one first. Returns how many. */
size_t dictionary_path(const struct dictionary *dictionary, uint32_t node, uint32_t ret_words[PHRASE_WORDS_MAX]);
/* How often the word stands in a MiB of text. */
static inline uint32_t dictionary_frequency(const struct dictionary *dictionary, uint32_t word)
{
	return dictionary->frequencies[word];
}

static inline size_t dictionary_step_bit(uint64_t key)
{
	return (size_t)(key >> 40) % DICTIONARY_STEP_BITS;
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
	size_t bit = dictionary_step_bit(key);

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
