/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings (RFC 9110 section 8.4) taken off as bytes come, several on
 * top of each other, all output flushed with each input. Those that need a
 * dictionary from elsewhere (dcb and dcz, RFC 9842) are not known. A decoder is a
 * coding_ops of its own file and one row in coding.c.
 */
#ifndef PROMTAP_HTTP_CODING_H
#define PROMTAP_HTTP_CODING_H

#include <stdint.h>

#include "base/slice.h"

#define CODING_LAYERS_MAX 4

/* Decoders ask before they keep memory, and say what they no longer keep. */
struct coding_memory {
	bool (*reserve)(void *ctx, size_t bytes);
	void (*release)(void *ctx, size_t bytes);
	void *ctx;
};

/* Null: no memory, or none that may be kept. */
void *coding_alloc(const struct coding_memory *memory, size_t size);
void coding_free(const struct coding_memory *memory, void *pointer);

/* Takes from the front of `in` what fits, as it is; returns how much. */
size_t coding_pass(struct slice *in, uint8_t *out, size_t capacity);

/* Takes one coding off. All states are what `init` allocates; `memory` lives longer. */
struct coding_ops {
	int (*init)(void **ret_state, int variant, const struct coding_memory *memory);
	/* Takes from the front of `in`, fills at most `capacity` bytes of `out`.
	 * Called until `in` is empty and `out` not filled. -EBADMSG: damaged;
	 * -E2BIG: wants a larger window than may be; -ENOMEM. */
	int (*decode)(void *state, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len);
	bool (*complete)(const void *state);	/* may end here */
	void (*done)(void *state);
};

extern const struct coding_ops coding_brotli;
extern const struct coding_ops coding_zstd;
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

/* `list` in the order in which they were applied; at most CODING_LAYERS_MAX.
 * Null: no memory, or none that may be kept. */
struct codings *codings_new(const struct coding *const *list, size_t count, const struct coding_limits *limits,
			    const struct coding_memory *memory);
void codings_free(struct codings *codings);

/* 0; -EBADMSG: damaged; -E2BIG: more output for its input, or a larger window,
 * than the limits allow; -ENOMEM: no memory, or none that may be kept. After an
 * error nothing more may be fed. */
int codings_feed(struct codings *codings, struct slice data, coding_sink_fn sink, void *ctx);
/* Whether the body may end here. */
bool codings_complete(const struct codings *codings);

#endif
