/* SPDX-License-Identifier: Apache-2.0 */
/* For messages: what somebody who mistyped a name probably meant. */
#ifndef PROMTAP_BASE_NEAREST_H
#define PROMTAP_BASE_NEAREST_H

#include <stddef.h>

/* Number of characters to insert, delete or replace; words over 64 characters
 * count as entirely different. */
size_t edit_distance(const char *a, const char *b);

/* The one of `count` names that is nearest to `word`, at most a third of its
 * length and one character away; null: none is. Names are read from the rows of
 * a table: `first` is the member of the first row, the next stands `stride`
 * bytes further. A null name is passed over. */
const char *nearest_name(const char *word, const char *const *first, size_t count, size_t stride);

#endif
