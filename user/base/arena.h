/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed all at once, for what is built once and lives long: a
 * set of rules, a tree of nodes. Pointers stay valid until arena_done().
 * Zero-initialised it is empty and ready; a copy of the struct takes it over.
 */
#ifndef PROMTAP_BASE_ARENA_H
#define PROMTAP_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

struct arena {
	struct arena_chunk *chunks;	/* the newest first */
	char *next;
	size_t left;
};

void arena_done(struct arena *arena);

/* `count` things of `size` bytes, zeroed, aligned for any type; null: out of memory. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* A copy with a zero byte behind it; null: out of memory. */
char *arena_copy(struct arena *arena, struct slice text);

#endif
