/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings (RFC 9110 section 8.4) taken off as bytes come, several on
 * top of each other, all output flushed with each input. A decoder is a
 * coding_ops of its own file and one row in coding.c.
 */
#ifndef PROMTAP_HTTP_CODING_H
#define PROMTAP_HTTP_CODING_H

#include <stdint.h>

#include "base/slice.h"

#define CODING_LAYERS_MAX 4

/* Takes one coding off. All states are what `init` allocates. */
struct coding_ops {
	int (*init)(void **ret_state, int variant);
	/* Takes from the front of `in`, fills at most `capacity` bytes of `out`.
	 * Called until `in` is empty and `out` not filled. -EBADMSG: damaged. */
	int (*decode)(void *state, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len);
	bool (*complete)(const void *state);	/* may end here */
	void (*done)(void *state);
	size_t state_bytes;			/* about what a state takes */
};

extern const struct coding_ops coding_inflate;
enum coding_inflate_variant {
	INFLATE_GZIP = 0,
	INFLATE_DEFLATE,	/* zlib's header or none: servers send both */
};

/* What a coding's name stands for. Null ops: not decoded. */
struct coding {
	struct slice name;
	const struct coding_ops *ops;
	int variant;
};

/* Null: not known. `identity` is not a coding: check before. */
const struct coding *coding_find(struct slice name);

struct coding_limits {
	uint64_t ratio_max;
	uint64_t free_bytes;
};

struct codings;

typedef void (*coding_sink_fn)(void *ctx, struct slice decoded);

/* `list` in the order in which they were applied; at most CODING_LAYERS_MAX. Null: no memory. */
struct codings *codings_new(const struct coding *const *list, size_t count, const struct coding_limits *limits);
void codings_free(struct codings *codings);
size_t codings_state_bytes(const struct codings *codings);

/* 0; -EBADMSG: damaged; -E2BIG: more output for its input than the limits
 * allow. After an error nothing more may be fed. */
int codings_feed(struct codings *codings, struct slice data, coding_sink_fn sink, void *ctx);
/* Whether the body may end here. */
bool codings_complete(const struct codings *codings);

#endif
