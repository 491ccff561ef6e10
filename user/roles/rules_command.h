/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of `promtap rules ...`: what its files share. */
#ifndef PROMTAP_ROLES_RULES_COMMAND_H
#define PROMTAP_ROLES_RULES_COMMAND_H

#include <stdio.h>

#include "detect/detect.h"
#include "detect/pack.h"

#define RULES_TEXT_BYTES_MAX (16u * 1024 * 1024)	/* that `rules explain` reads */

/* The places of a rule, parted by `between`. */
void rules_print_where(FILE *out, unsigned int places, const char *between);

/* All of a rule, for people. */
void rules_print_rule(FILE *out, const struct pack_set *set, const struct pack_rule *rule);

/* Runs a text, and those before it, through the detector as one call. */
struct rules_text {
	struct slice text;
	enum text_where where;
	const struct pack_example *before;
	size_t before_count;
};
void rules_play(struct detect *detect, const struct rules_text *text);

#endif
