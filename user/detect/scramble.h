/* SPDX-License-Identifier: Apache-2.0 */
/* Words whose inner letters stand in another order, and are read all the same: "prveuois isntrutcions". */
#ifndef PROMTAP_DETECT_SCRAMBLE_H
#define PROMTAP_DETECT_SCRAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define SCRAMBLE_BYTES_MIN 6
#define SCRAMBLE_BYTES_MAX 20

struct scramble_word {
	char text[SCRAMBLE_BYTES_MAX];
	uint32_t key;		/* of its letters, whatever their order, its ends and its length */
	uint8_t len;
};

struct scrambles {
	struct scramble_word *words;
	size_t count, capacity;
	uint16_t *slots;	/* by key; 0: free, else the number of a word and one more. Once sealed */
	size_t mask;
	uint32_t ends[26][26];	/* by first and last letter: bits of how long words are that have them */
};

void scrambles_done(struct scrambles *scrambles);
/* A word of letters a to z; one that is too short or too long is left out. 0 or -ENOMEM. */
int scrambles_add(struct scrambles *scrambles, struct slice word);
/* After the last, before the first look. 0 or -ENOMEM. */
int scrambles_seal(struct scrambles *scrambles);
/* Of such that were not built here, words and slots alone: whether all holds that a look relies on; makes the rest. */
bool scrambles_take(struct scrambles *scrambles);

/* Whether some word has these ends, of letters a to z, and is so long: most that is asked for is none. */
static inline bool scrambles_may_have(const struct scrambles *scrambles, char first, char last, size_t len)
{
	unsigned int a = (unsigned char)(first - 'a'), z = (unsigned char)(last - 'a');

	return a < 26 && z < 26 && len <= SCRAMBLE_BYTES_MAX && (scrambles->ends[a][z] >> len & 1);
}

/* The word that this one is in another order, lent; of length 0: none. */
struct slice scrambles_find(const struct scrambles *scrambles, struct slice word);

#endif
