/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROMTAP_ATTACH_CHECK_H
#define PROMTAP_ATTACH_CHECK_H

#include <stdio.h>

/* `promtap check`: what this machine offers, line by line with the cure where
 * something is missing, and for each process its TLS stacks and whether
 * promtap would observe them. 0: `promtap run` would work; 1: it would not. */
int attach_check_run(FILE *out);

#endif
