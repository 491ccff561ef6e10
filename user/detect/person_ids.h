/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that states give to people: how they are written, and what makes one valid. */
#ifndef PROMTAP_DETECT_PERSON_IDS_H
#define PROMTAP_DETECT_PERSON_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define PERSON_ID_CHARS 20

struct person_id {
	const char *name;	/* "de_tax" */
	const char *pattern;	/* d digit, A capital, x either; at most PERSON_ID_CHARS */
	uint32_t len;		/* of the pattern */
	const char *between;	/* signs that may stand between them, one at a time */
	bool (*valid)(const char *id);	/* exactly the characters of the pattern */
	const char *layouts;	/* ways of writing, parted by |, _ for a blank, that nothing else is written in; null: none */
	const char *words;	/* that name it, as check_has_word() takes them: one stands beside every other way */
	const char *specimen;	/* of documentation: no person's; null: none */
};

/* Rows of one part of the world, side by side. */
struct person_ids {
	const char *name;	/* "europe" */
	const struct person_id *ids;
	uint32_t count;
};
extern const struct person_ids person_ids[];
extern const uint32_t person_ids_count;

/* Null: there is none. */
const struct person_ids *person_ids_of(struct slice name);
/* Of those with letters: the next of that name behind `after`, or the first; several may share a name: lengths. Null: there is none. */
const struct person_id *person_id_of(struct slice name, const struct person_id *after);

#endif
