/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules whose anchor is a frequent word are looked at only where a word of a
 * second term stands near: this keeps where the literals of each such rule were
 * seen last.
 */
#ifndef PROMTAP_DETECT_NEARBY_H
#define PROMTAP_DETECT_NEARBY_H

#include "detect/compiled.h"

struct nearby {
	const struct rules *rules;
	uint64_t (*last)[2];	/* by pair and side: the end of the literal; 0: none */
	uint64_t origin;	/* of the text at hand: ends of texts before it are all below */
	uint64_t end;
};

/* 0 or -ENOMEM. */
int nearby_init(struct nearby *nearby, const struct rules *rules);
void nearby_done(struct nearby *nearby);

/* For another text. */
void nearby_reset(struct nearby *nearby);

/* A literal that ends at `at`, which never falls. True: words are to be looked
 * at, from `at` less *ret_back to `at` and *ret_ahead. */
bool nearby_take(struct nearby *nearby, const struct literal *literal, uint32_t at, uint32_t *ret_back,
		 uint32_t *ret_ahead);

#endif
