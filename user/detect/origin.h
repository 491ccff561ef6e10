/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the addresses in a tool's arguments come from: one that only a tool
 * result named, and nobody else before, was chosen by whoever wrote that
 * result. Addresses are kept as keyed hashes, at most ORIGIN_ADDRESSES of
 * foreign and as many of known ones; the first ones stay. One object a call or
 * a session, on demand; texts stream through it in pieces that are cut anywhere.
 */
#ifndef PROMTAP_DETECT_ORIGIN_H
#define PROMTAP_DETECT_ORIGIN_H

#include "detect/address.h"

#define ORIGIN_ADDRESSES 512
#define ORIGIN_BYTES_MAX (48u * 1024)

enum origin_part {
	ORIGIN_KNOWN = 0,	/* texts of the user and the application: what they name is their own */
	ORIGIN_RESULT,		/* of a tool */
	ORIGIN_ARGS,		/* for a tool; what they name first is known from then on */
	ORIGIN_PART_MAX
};

/* A foreign address in a tool's arguments. Numbers are ids more often than
 * accounts: they are told only where `instructed`. */
struct origin_hit {
	enum address_kind kind;
	bool instructed;	/* a result that named it also had text that gives orders */
	uint64_t start, end;	/* bytes of the arguments */
};

/* Where a text is; the caller's, origin_text_init() at its beginning. */
struct origin_text {
	struct address_reader reader;
	uint32_t number;	/* of this result; 0: none yet */
};

typedef void (*origin_fn)(void *ctx, const struct origin_text *text, const struct origin_hit *hit);

struct origin;

/* Null: out of memory. */
struct origin *origin_new(origin_fn on_hit, void *ctx);
void origin_free(struct origin *origin);
/* As new, for another call; keeps the memory. */
void origin_reset(struct origin *origin, origin_fn on_hit, void *ctx);
/* Who hears of addresses from now on. */
void origin_tell(struct origin *origin, void *ctx);

void origin_text_init(struct origin_text *text);

void origin_feed(struct origin *origin, struct origin_text *text, enum origin_part part, struct slice bytes);
/* The text is over. `instructs`: it is a result in which something like an
 * order was found. */
void origin_end(struct origin *origin, struct origin_text *text, enum origin_part part, bool instructs);

/* Addresses that found no room, since it was asked last: not told where they turn up. */
uint64_t origin_take_over(struct origin *origin);
size_t origin_bytes(const struct origin *origin);

#endif
