/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of rules, compiled: immutable, shared by workers, counted. The costly
 * part (Hyperscan's databases) can be kept and given back in an image.
 */
#ifndef PROMTAP_DETECT_RULES_H
#define PROMTAP_DETECT_RULES_H

#include "base/buffer.h"
#include "detect/pack.h"

struct rules;

/* Compiles `set`, which it takes over in every case. `databases`: what
 * rules_databases() gave for the same set with the same Hyperscan on the same
 * kind of processor; empty, or of another: compiled anew. 0; -EINVAL:
 * `ret_error` says "FILE:LINE: rule ID: problem; cure"; -ENOMEM. */
int rules_new(struct pack_set *set, struct slice databases, struct rules **ret, char ret_error[PACK_ERROR_BYTES]);
struct rules *rules_ref(struct rules *rules);
void rules_unref(struct rules *rules);	/* null: nothing */

/* Appends the compiled databases, with the key that they are known by. 0 or -errno of the buffer. */
int rules_databases(const struct rules *rules, struct buffer *out);
/* True: rules_new() took them from the slice that it was given. */
bool rules_were_kept(const struct rules *rules);

const struct pack_set *rules_set(const struct rules *rules);

struct rules_size {
	size_t rules, concepts, phrases, words, expressions;
	size_t database_bytes;
};
void rules_size(const struct rules *rules, struct rules_size *ret);

#endif
