/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of rules and of what they match, for a terminal: nothing in them can steer it. */
#ifndef PROMTAP_ROLES_PLAIN_TEXT_H
#define PROMTAP_ROLES_PLAIN_TEXT_H

#include <stdio.h>

#include "base/slice.h"

/* In quotes. What is no visible character, by Unicode property, is printed as
 * its number; of more than `max` characters the rest is an ellipsis. */
void plain_text_print(FILE *out, struct slice text, size_t max);

/* The first characters and the number of the rest: of a secret. */
void plain_text_print_masked(FILE *out, struct slice text);

/* As a string of JSON. `text` is UTF-8. */
void plain_text_print_json(FILE *out, const char *text);

#endif
