/* SPDX-License-Identifier: Apache-2.0 */
/* For messages: what somebody who mistyped a name probably meant. */
#ifndef PROMTAP_CONFIG_NEAREST_H
#define PROMTAP_CONFIG_NEAREST_H

#include <stddef.h>

/* Number of characters to insert, delete or replace; words over 32 characters
 * count as entirely different. */
size_t edit_distance(const char *a, const char *b);

/* The one of `count` names that is nearest to `word`, at most a third of its
 * length and one character away; null: none is. `name_at` gives name 0 .. count - 1. */
const char *nearest_name(const char *word, const char *(*name_at)(size_t i), size_t count);

#endif
