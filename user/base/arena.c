/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define CHUNK_BYTES 32768
#define ALIGNMENT _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	max_align_t data[];
};

void arena_done(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*arena = (struct arena){ 0 };
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = NULL;

	if (size <= SIZE_MAX - sizeof(*chunk))
		chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

static void *take(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;
	char *taken;

	/* What is large has a chunk of its own: the rest of the current one stays in use. */
	if (size > CHUNK_BYTES / 4) {
		chunk = add_chunk(arena, size);
		return chunk ? chunk->data : NULL;
	}
	if (size > arena->left) {
		chunk = add_chunk(arena, CHUNK_BYTES);
		if (!chunk)
			return NULL;
		arena->next = (char *)chunk->data;
		arena->left = CHUNK_BYTES;
	}
	taken = arena->next;
	arena->next += size;
	arena->left -= size;
	return taken;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
		return NULL;
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return take(arena, bytes > 0 ? bytes : ALIGNMENT);
}

char *arena_copy(struct arena *arena, struct slice text)
{
	char *copy = text.len < SIZE_MAX ? arena_alloc(arena, text.len + 1, 1) : NULL;

	if (copy && text.len > 0)
		memcpy(copy, text.ptr, text.len);
	return copy;
}
