/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from the tracer, which reads and compiles them, to the decoder, which
 * may open no file: one sealed memory file, mapped read-only.
 */
#ifndef PROMTAP_ROLES_RULE_HAND_H
#define PROMTAP_ROLES_RULE_HAND_H

#include "config/options.h"
#include "detect/rules.h"

/* Reads and compiles what the options name. The fd, or -errno with one line logged. */
int rule_hand_over(const struct options *options, uint64_t *ret_bytes);

/* The other end. 0 or -errno, logged. Keeps nothing of `fd`. */
int rule_hand_take(int fd, uint64_t bytes, struct rules **ret);

#endif
