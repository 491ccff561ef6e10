/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image of the built-in rules that make compiled with this very program, and
 * added to its file as a section (user/roles/add_rules.sh). It is mapped where it
 * stands: all processes share its pages, and the kernel may drop them.
 */
#ifndef PROMTAP_ROLES_RULE_BUILTIN_H
#define PROMTAP_ROLES_RULE_BUILTIN_H

#include "roles/message.h"

#define RULE_BUILTIN_SECTION ".promtap.rules"

/* The program's file, and where in it the image is. The fd, or -errno; -ENOENT: there is none. */
int rule_builtin_open(struct message_rules *ret);

#endif
