/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of rules, compiled: immutable, shared by workers, counted. It can be
 * kept, and given to another process, as an image (image.h).
 */
#ifndef PROMTAP_DETECT_RULES_H
#define PROMTAP_DETECT_RULES_H

#include "detect/pack.h"

struct rules;

/* Compiles `set`, which it takes over in every case. 0; -EINVAL: `ret_error`
 * says "FILE:LINE: rule ID: problem; cure"; -ENOMEM. */
int rules_new(struct pack_set *set, struct rules **ret, char ret_error[PACK_ERROR_BYTES]);
struct rules *rules_ref(struct rules *rules);
void rules_unref(struct rules *rules);	/* null: nothing */

/* True: they were taken from an image that was there already. */
bool rules_were_kept(const struct rules *rules);

const struct pack_set *rules_set(const struct rules *rules);

struct rules_size {
	size_t rules, concepts, phrases, words, expressions;
	size_t databases, database_bytes;
	size_t databases_made;	/* by this process, with Hyperscan; the others were at hand */
};
void rules_size(const struct rules *rules, struct rules_size *ret);

#endif
