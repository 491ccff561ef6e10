/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnghttp2's inflater knows one kind of table: a known one. When it is
 * unknown, a block is taken apart here into its representations (RFC 7541
 * section 6), and the inflater gets those that it can understand: an index
 * that it does not have is left out, a literal whose name has such an index is
 * given a name that no header has. So all insertions are made, and Huffman
 * codes are its business in either case.
 */
#include "http/hpack.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/stats.h"

/* Stands in the table for a name that is not known; "?" is no token (RFC 9110 section 5.6.2). */
#define UNKNOWN_NAME '?'

/* Section 5.1: integers of more than 2^28 have no use here. */
#define INTEGER_SHIFT_MAX 21

/* ---- memory of the inflater: hostile blocks grow it ---- */

static void *count_block(struct hpack *hpack, void *block)
{
	if (!block || http_reserve(hpack->http, malloc_usable_size(block)))
		return block;
	free(block);
	return NULL;
}

static void *memory_malloc(size_t size, void *ctx)
{
	return count_block(ctx, malloc(size));
}

static void *memory_calloc(size_t count, size_t size, void *ctx)
{
	return count_block(ctx, calloc(count, size));
}

static void memory_free(void *block, void *ctx)
{
	struct hpack *hpack = ctx;

	if (block)
		http_release(hpack->http, malloc_usable_size(block));
	free(block);
}

static void *memory_realloc(void *block, size_t size, void *ctx)
{
	void *grown = memory_malloc(size, ctx);
	size_t old = block ? malloc_usable_size(block) : 0;

	if (!grown)
		return NULL;
	if (old > 0)
		memcpy(grown, block, old < size ? old : size);
	memory_free(block, ctx);
	return grown;
}

/* ---- lifecycle ---- */

void hpack_init(struct hpack *hpack, struct http *http)
{
	*hpack = (struct hpack){
		.http = http,
		.memory = {
			.mem_user_data = hpack,
			.malloc = memory_malloc,
			.free = memory_free,
			.calloc = memory_calloc,
			.realloc = memory_realloc,
		},
	};
}

void hpack_done(struct hpack *hpack)
{
	if (hpack->inflater)
		nghttp2_hd_inflate_del(hpack->inflater);
	hpack->inflater = NULL;
}

void hpack_lose(struct hpack *hpack)
{
	if (!hpack->unknown)
		stats_add(STAT_H2_TABLES_UNKNOWN, 1);
	hpack->unknown = true;
	hpack_done(hpack);
}

/* ---- the inflater ---- */

/* The text may still move: until the block is whole, slices hold offsets. */
static void keep_header(struct hpack *hpack, const nghttp2_nv *nv, struct hpack_block *block, bool *over)
{
	struct http *http = hpack->http;
	struct http_header *header = &http->headers[block->count];
	size_t at = http->text.len;

	if (nv->namelen == 1 && nv->name[0] == UNKNOWN_NAME) {
		block->incomplete = true;
		return;
	}
	if (*over || block->count == http->limits.headers_max ||
	    buffer_append(&http->text, nv->name, nv->namelen) < 0 ||
	    buffer_append(&http->text, nv->value, nv->valuelen) < 0) {
		*over = true;
		return;
	}
	header->name = (struct slice){ (const char *)at, nv->namelen };
	header->value = (struct slice){ (const char *)(at + nv->namelen), nv->valuelen };
	block->count++;
}

static int inflate(struct hpack *hpack, struct slice data, bool last, struct hpack_block *block, bool *over)
{
	for (;;) {
		int flags = NGHTTP2_HD_INFLATE_NONE;
		nghttp2_nv nv;
		ssize_t n = nghttp2_hd_inflate_hd2(hpack->inflater, &nv, &flags, (const uint8_t *)data.ptr, data.len,
						   last);

		if (n < 0)
			return n == NGHTTP2_ERR_NOMEM ? -ENOMEM : -EBADMSG;
		data.ptr += n;
		data.len -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			keep_header(hpack, &nv, block, over);
		else if (flags & NGHTTP2_HD_INFLATE_FINAL || data.len == 0)
			return 0;
	}
}

/* ---- blocks of an unknown table ---- */

static int take_integer(struct slice *rest, unsigned prefix_bits, uint32_t *ret)
{
	uint32_t mask = (1u << prefix_bits) - 1, value;

	if (rest->len == 0)
		return -EBADMSG;
	value = (uint8_t)rest->ptr[0] & mask;
	rest->ptr++;
	rest->len--;
	for (unsigned shift = 0; value >= mask; shift += 7) {
		uint8_t byte;

		if (rest->len == 0 || shift > INTEGER_SHIFT_MAX)
			return -EBADMSG;
		byte = (uint8_t)rest->ptr[0];
		rest->ptr++;
		rest->len--;
		value += (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	*ret = value;
	return 0;
}

static int skip_string(struct slice *rest)
{
	uint32_t len;

	if (take_integer(rest, 7, &len) < 0 || len > rest->len)
		return -EBADMSG;
	rest->ptr += len;
	rest->len -= len;
	return 0;
}

static bool in_table(const struct hpack *hpack, uint32_t index)
{
	return index <= nghttp2_hd_inflate_get_num_table_entries(hpack->inflater);
}

static struct slice before(struct slice from, struct slice rest)
{
	return (struct slice){ from.ptr, from.len - rest.len };
}

static int read_indexed(struct hpack *hpack, struct slice *rest, struct hpack_block *block, bool *over)
{
	struct slice from = *rest;
	uint32_t index;

	if (take_integer(rest, 7, &index) < 0)
		return -EBADMSG;
	if (in_table(hpack, index))
		return inflate(hpack, before(from, *rest), false, block, over);
	block->incomplete = true;
	return 0;
}

static int set_table_size(struct hpack *hpack, uint32_t size)
{
	uint8_t text[6] = { 0x3f };
	struct hpack_block block = { 0 };
	size_t len = 1;
	bool over = false;

	if (size > HPACK_TABLE_BYTES_MAX)
		size = HPACK_TABLE_BYTES_MAX;
	if (size < 0x1f) {
		text[0] = (uint8_t)(0x20 | size);
		return inflate(hpack, (struct slice){ (const char *)text, 1 }, false, &block, &over);
	}
	for (size -= 0x1f; size >= 0x80; size >>= 7)
		text[len++] = (uint8_t)(size | 0x80);
	text[len++] = (uint8_t)size;
	return inflate(hpack, (struct slice){ (const char *)text, len }, false, &block, &over);
}

static int read_table_size(struct hpack *hpack, struct slice *rest)
{
	uint32_t size;

	if (take_integer(rest, 5, &size) < 0)
		return -EBADMSG;
	return set_table_size(hpack, size);
}

static int read_literal(struct hpack *hpack, struct slice *rest, unsigned prefix_bits, struct hpack_block *block,
			bool *over)
{
	char kind = (char)((uint8_t)rest->ptr[0] & ~((1u << prefix_bits) - 1));
	const char unknown[] = { kind, 1, UNKNOWN_NAME };
	struct slice from = *rest, value;
	uint32_t index;
	int err;

	if (take_integer(rest, prefix_bits, &index) < 0 || (index == 0 && skip_string(rest) < 0))
		return -EBADMSG;
	value = *rest;
	if (skip_string(rest) < 0)
		return -EBADMSG;
	if (in_table(hpack, index))
		return inflate(hpack, before(from, *rest), false, block, over);
	err = inflate(hpack, (struct slice){ unknown, sizeof(unknown) }, false, block, over);
	return err < 0 ? err : inflate(hpack, before(value, *rest), false, block, over);
}

static int read_representation(struct hpack *hpack, struct slice *rest, struct hpack_block *block, bool *over)
{
	uint8_t first = (uint8_t)rest->ptr[0];

	if (first & 0x80)
		return read_indexed(hpack, rest, block, over);
	if (first & 0x40)
		return read_literal(hpack, rest, 6, block, over);
	if (first & 0x20)
		return read_table_size(hpack, rest);
	return read_literal(hpack, rest, 4, block, over);
}

/* ---- blocks ---- */

static int open_inflater(struct hpack *hpack)
{
	/* Also headers without any text point into it. */
	if (buffer_reserve(&hpack->http->text, 1) < 0)
		return -ENOMEM;
	if (hpack->inflater)
		return 0;
	if (nghttp2_hd_inflate_new2(&hpack->inflater, &hpack->memory) < 0)
		return -ENOMEM;
	/* What the other side allows is not looked at: an encoder says itself what it uses (section 6.3). */
	if (nghttp2_hd_inflate_change_table_size(hpack->inflater, HPACK_TABLE_BYTES_MAX) < 0)
		return -ENOMEM;
	return hpack->unknown ? set_table_size(hpack, HPACK_TABLE_BYTES_MAX) : 0;
}

static int read_block(struct hpack *hpack, struct slice text, struct hpack_block *block, bool *over)
{
	int err;

	*block = (struct hpack_block){ 0 };
	*over = false;
	hpack->http->text.len = 0;
	err = open_inflater(hpack);
	if (err == 0 && !hpack->unknown)
		err = inflate(hpack, text, true, block, over);
	while (err == 0 && hpack->unknown && text.len > 0)
		err = read_representation(hpack, &text, block, over);
	if (err == 0)
		(void)nghttp2_hd_inflate_end_headers(hpack->inflater);
	return err;
}

static void point_into_text(struct http *http, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct http_header *header = &http->headers[i];

		header->name.ptr = http->text.data + (size_t)header->name.ptr;
		header->value.ptr = http->text.data + (size_t)header->value.ptr;
	}
}

int hpack_read(struct hpack *hpack, struct slice text, struct hpack_block *ret)
{
	struct hpack_block block;
	bool over, was_unknown = hpack->unknown;
	int err = read_block(hpack, text, &block, &over);

	if (err < 0)
		hpack_lose(hpack);
	/* A table larger than we follow: what the block says itself still counts. */
	if (err == -EBADMSG && !was_unknown)
		err = read_block(hpack, text, &block, &over);
	if (err < 0) {
		hpack_lose(hpack);
		return err;
	}
	if (over)
		return -E2BIG;
	point_into_text(hpack->http, block.count);
	*ret = block;
	return 0;
}
