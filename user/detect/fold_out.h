/* SPDX-License-Identifier: Apache-2.0 */
/* The folded text as it grows, with the way back to the original. */
#ifndef PROMTAP_DETECT_FOLD_OUT_H
#define PROMTAP_DETECT_FOLD_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From `folded` to the next step folded + i is original + i, or (`stuck`) all of it stands for `original`. */
struct fold_step {
	uint32_t folded, original;
	bool stuck;
};

struct fold_out {
	char *data;
	size_t len, room;
	struct fold_step *steps;	/* at least one; both offsets never fall */
	size_t step_count, step_room;
	bool no_memory;			/* it is not whole */
};

void fold_out_done(struct fold_out *out);
/* Empties it and makes room for `bytes`. 0 or -ENOMEM. */
int fold_out_begin(struct fold_out *out, size_t bytes);
/* Appends what came of `taken` bytes of the original; 0: all of it stands for `original`. */
void fold_out_put(struct fold_out *out, const char *bytes, size_t len, uint32_t original, size_t taken);
void fold_out_put_char(struct fold_out *out, int32_t c, uint32_t original, size_t taken);
/* White space with so many line ends; joins what white space stands there already. */
void fold_out_white(struct fold_out *out, unsigned lines, uint32_t original, size_t taken);
/* Room for `len` bytes of `original` that fold to as many, which the caller
 * fills; it then adds to `len` what it used. Null: out of memory. */
char *fold_out_run(struct fold_out *out, size_t len, uint32_t original);
/* Takes back what stands behind `len`. */
void fold_out_cut(struct fold_out *out, size_t len);
uint32_t fold_out_original(const struct fold_out *out, uint32_t folded);

static inline bool fold_out_ends_white(const struct fold_out *out)
{
	return out->len > 0 && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\n');
}

#endif
