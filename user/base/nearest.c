/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein distance with one row of state: words here are short. */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#define WORD_LENGTH_MAX 64

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t edit_distance(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b);
	size_t row[WORD_LENGTH_MAX + 1];

	if (len_a > WORD_LENGTH_MAX || len_b > WORD_LENGTH_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = min3(replaced, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[len_b];
}

const char *nearest_name(const char *word, const char *const *first, size_t count, size_t stride)
{
	size_t best = strlen(word) / 3 + 2;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = *(const char *const *)((const char *)first + i * stride);
		size_t distance = name ? edit_distance(word, name) : SIZE_MAX;

		if (distance < best) {
			best = distance;
			found = name;
		}
	}
	return found;
}
