/* SPDX-License-Identifier: Apache-2.0 */
/* A line per finding with the words around it, for the person at the terminal: `--redacted-context`. */
#ifndef PROMTAP_ROLES_HIT_LINES_H
#define PROMTAP_ROLES_HIT_LINES_H

#include "config/options.h"
#include "detect/detect.h"

/* Whether the options ask for them and standard output is a terminal. 0 or 1;
 * -EINVAL, with one line logged: it is none. */
int hit_lines_wanted(const struct options *options);

/* detect's on_hit; writes to standard output. */
void hit_lines_print(void *ctx, const struct detect_hit *hit);

#endif
