/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952) and deflate (RFC 1950 or 1951) by zlib. Lenient where
 * clients are: a body that only claims to be gzip passes as it is, "deflate"
 * may lack its zlib header, several gzip members follow each other, and bytes
 * behind the last one are ignored. A state takes about 40 KiB.
 */
#include "http/coding.h"

#include <errno.h>
#include <stddef.h>
#include <zlib.h>

#define GZIP_MAGIC 0x1f
#define WINDOW_BITS 15
#define WINDOW_GZIP (WINDOW_BITS + 16)
#define ZLIB_HEADER 2

enum inflate_place {
	INFLATE_START = 0,	/* no byte seen */
	INFLATE_HEADER,		/* deflate: first byte of what may be a zlib header */
	INFLATE_BODY,
	INFLATE_BETWEEN,	/* a gzip member has ended */
	INFLATE_PLAIN,		/* not coded after all */
	INFLATE_IGNORE,		/* all has been said */
};

struct inflate {
	z_stream z;
	const struct coding_memory *memory;
	enum inflate_place place;
	bool gzip;
	bool member_out;	/* this member, not the first, has put something out */
	bool later_member;
	uint8_t first;		/* byte held in INFLATE_HEADER */
};

static voidpf zlib_alloc(voidpf memory, uInt items, uInt size)
{
	return coding_alloc(memory, (size_t)items * size);
}

static void zlib_free(voidpf memory, voidpf pointer)
{
	coding_free(memory, pointer);
}

static int inflate_new(void **ret_state, int variant, const struct coding_memory *memory)
{
	struct inflate *state = coding_alloc(memory, sizeof(*state));

	if (!state)
		return -ENOMEM;
	/* zlib hands the pointer back as it is; its type lacks the const. */
	*state = (struct inflate){
		.z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = (voidpf)(uintptr_t)memory },
		.memory = memory,
		.gzip = variant == INFLATE_GZIP,
	};
	if (inflateInit2(&state->z, state->gzip ? WINDOW_GZIP : WINDOW_BITS) != Z_OK) {
		coding_free(memory, state);
		return -ENOMEM;
	}
	*ret_state = state;
	return 0;
}

static void inflate_done(void *ctx)
{
	struct inflate *state = ctx;

	(void)inflateEnd(&state->z);
	coding_free(state->memory, state);
}

static bool inflate_complete(const void *ctx)
{
	const struct inflate *state = ctx;

	return state->place != INFLATE_BODY && state->place != INFLATE_HEADER;
}

/* One zlib call. Returns what zlib does; Z_BUF_ERROR only says "no progress". */
static int run(struct inflate *state, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	uInt room = (uInt)capacity;
	uInt given = in->len > UINT32_MAX ? UINT32_MAX : (uInt)in->len;
	int status;

	/* zlib does not write to its input; its type lacks the const. */
	state->z.next_in = (Bytef *)(uintptr_t)in->ptr;
	state->z.avail_in = given;
	state->z.next_out = out;
	state->z.avail_out = room;
	status = inflate(&state->z, Z_SYNC_FLUSH);
	in->ptr += given - state->z.avail_in;
	in->len -= given - state->z.avail_in;
	*ret_len = capacity - state->z.avail_out;
	return status;
}

static int decode_body(struct inflate *state, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	int status = run(state, in, out, capacity, ret_len);

	if (*ret_len > 0)
		state->member_out = true;
	if (status == Z_STREAM_END) {
		state->place = state->gzip ? INFLATE_BETWEEN : INFLATE_IGNORE;
		return 0;
	}
	if (status == Z_OK || status == Z_BUF_ERROR)
		return 0;
	if (status == Z_MEM_ERROR)
		return -ENOMEM;
	/* What only began like a further member is trailing garbage. */
	if (!state->later_member || state->member_out)
		return -EBADMSG;
	state->place = INFLATE_IGNORE;
	return 0;
}

static void start(struct inflate *state, struct slice *in)
{
	uint8_t byte = (uint8_t)in->ptr[0];

	if (state->gzip) {
		state->place = byte == GZIP_MAGIC ? INFLATE_BODY : INFLATE_PLAIN;
		return;
	}
	state->first = byte;
	state->place = INFLATE_HEADER;
	in->ptr++;
	in->len--;
}

/* RFC 1950 section 2.2: method 8, window at most 32 KiB, and a check. */
static int start_deflate(struct inflate *state, uint8_t second)
{
	unsigned check = (unsigned)state->first << 8 | second;
	bool wrapped = (state->first & 0x0f) == 8 && state->first >> 4 <= 7 && check % 31 == 0 && !(second & 0x20);
	struct slice held = { (const char *)&state->first, 1 };
	uint8_t none[1];
	size_t len;
	int status;

	if (inflateReset2(&state->z, wrapped ? WINDOW_BITS : -WINDOW_BITS) != Z_OK)
		return -EBADMSG;
	state->place = INFLATE_BODY;
	/* One byte is at most the beginning of a block: no output. */
	status = run(state, &held, none, sizeof(none), &len);
	return status == Z_OK || status == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void next_member(struct inflate *state, const struct slice *in)
{
	state->place = INFLATE_IGNORE;
	if ((uint8_t)in->ptr[0] != GZIP_MAGIC || inflateReset(&state->z) != Z_OK)
		return;
	state->place = INFLATE_BODY;
	state->later_member = true;
	state->member_out = false;
}

static int inflate_decode(void *ctx, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	struct inflate *state = ctx;
	int err = 0;

	*ret_len = 0;
	if (state->place == INFLATE_START && in->len > 0)
		start(state, in);
	if (state->place == INFLATE_HEADER && in->len > 0)
		err = start_deflate(state, (uint8_t)in->ptr[0]);
	if (state->place == INFLATE_BETWEEN && in->len > 0)
		next_member(state, in);
	if (err < 0)
		return err;
	if (state->place == INFLATE_BODY)
		return decode_body(state, in, out, capacity, ret_len);
	if (state->place == INFLATE_PLAIN)
		*ret_len = coding_pass(in, out, capacity);
	else if (state->place == INFLATE_IGNORE)
		in->len = 0;
	return 0;
}

const struct coding_ops coding_inflate = {
	.init = inflate_new,
	.decode = inflate_decode,
	.complete = inflate_complete,
	.done = inflate_done,
};
