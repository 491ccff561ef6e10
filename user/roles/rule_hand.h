/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from the tracer, which reads and compiles them, to the decoder, which
 * may open no file: one image, mapped read-only. It is in a sealed memory file,
 * or where it stands in the program's own file, which nobody can write to while
 * it runs (ETXTBSY, execve(2)).
 */
#ifndef PROMTAP_ROLES_RULE_HAND_H
#define PROMTAP_ROLES_RULE_HAND_H

#include "config/options.h"
#include "detect/rules.h"
#include "roles/message.h"

/* Reads and compiles what the options name, and says where they come from. Those in force, if `in_force` is an fd, are at
 * `place` of it: what is in both need not be compiled. The fd, and another place, or -errno with one line logged. */
int rule_hand_over(const struct options *options, int in_force, struct message_rules *place);

/* The other end. 0 or -errno, logged. Keeps nothing of `fd`. */
int rule_hand_take(int fd, const struct message_rules *place, struct rules **ret);

#endif
