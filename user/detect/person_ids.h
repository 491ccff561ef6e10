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
	const char *pattern;	/* d digit, A capital, x either, c sign of the century; at most PERSON_ID_CHARS */
	const char *between;	/* signs that may stand between them, one at a time */
	bool (*valid)(const char *id);	/* exactly the characters of the pattern */
	const char *specimen;	/* of documentation: no person's; null: none */
};

/* Null: there is none. Several rows may share a name: lengths. */
const struct person_id *person_id_of(struct slice name, const struct person_id *after);

#endif
