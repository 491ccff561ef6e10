/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extension's parameters, and raw DEFLATE by zlib. A sender cuts the four
 * bytes that end a sync flush off each message; they are put back here.
 */
#include "http/websocket_deflate.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "http/head.h"

#define WINDOW_BITS 15
#define OUT_BYTES 16384

/* ---- negotiation ---- */

/* Takes what stands before `separator`, trimmed. False: nothing is left. */
static bool take_part(struct slice *text, char separator, struct slice *ret_part)
{
	const char *at;
	struct slice part = *text;

	if (!text->ptr)
		return false;
	at = text->len ? memchr(text->ptr, separator, text->len) : NULL;
	if (at) {
		part.len = (size_t)(at - text->ptr);
		text->len -= part.len + 1;
		text->ptr = at + 1;
	} else {
		*text = (struct slice){ 0 };
	}
	*ret_part = slice_trim(part);
	return true;
}

static void read_extension(struct slice extension, struct websocket_deflate *deflate)
{
	struct slice part;

	if (!take_part(&extension, ';', &part) || !slice_caseeq(part, SLICE("permessage-deflate")))
		return;
	deflate->agreed = true;
	while (take_part(&extension, ';', &part)) {
		if (slice_caseeq(part, SLICE("client_no_context_takeover")))
			deflate->client_no_takeover = true;
		else if (slice_caseeq(part, SLICE("server_no_context_takeover")))
			deflate->server_no_takeover = true;
	}
}

struct websocket_deflate websocket_deflate_read(const struct http_head *head)
{
	struct websocket_deflate deflate = { 0 };

	for (size_t i = 0; i < head->header_count; i++) {
		struct slice value = head->headers[i].value, extension;

		if (!slice_caseeq(head->headers[i].name, SLICE("sec-websocket-extensions")))
			continue;
		while (take_part(&value, ',', &extension))
			read_extension(extension, &deflate);
	}
	return deflate;
}

/* ---- inflating ---- */

struct websocket_inflate {
	z_stream z;
	struct coding_limits limits;
	uint64_t in_bytes, out_bytes;	/* of all messages */
	bool ended;			/* a final block was the last that came */
};

struct websocket_inflate *websocket_inflate_new(const struct coding_limits *limits)
{
	struct websocket_inflate *inflate = calloc(1, sizeof(*inflate));

	if (!inflate)
		return NULL;
	inflate->limits = *limits;
	if (inflateInit2(&inflate->z, -WINDOW_BITS) != Z_OK) {
		free(inflate);
		return NULL;
	}
	return inflate;
}

void websocket_inflate_free(struct websocket_inflate *inflate)
{
	if (!inflate)
		return;
	(void)inflateEnd(&inflate->z);
	free(inflate);
}

void websocket_inflate_reset(struct websocket_inflate *inflate)
{
	(void)inflateReset(&inflate->z);
}

static bool over_limit(const struct websocket_inflate *inflate)
{
	return inflate->out_bytes > inflate->limits.free_bytes &&
	       inflate->out_bytes / inflate->limits.ratio_max > inflate->in_bytes;
}

/* One zlib call; what it takes is cut off `data`. A final block ends what its
 * sender's compressor made of the message, not the message (RFC 7692 section
 * 7.2.3.4); what follows starts anew. */
static int run(struct websocket_inflate *w, struct slice *data, uint8_t *out, size_t *ret_len)
{
	uInt given = data->len > UINT32_MAX ? UINT32_MAX : (uInt)data->len;
	int status;

	/* zlib does not write to its input; its type lacks the const. */
	w->z.next_in = (Bytef *)(uintptr_t)data->ptr;
	w->z.avail_in = given;
	w->z.next_out = out;
	w->z.avail_out = OUT_BYTES;
	status = inflate(&w->z, Z_SYNC_FLUSH);
	data->ptr += given - w->z.avail_in;
	data->len -= given - w->z.avail_in;
	w->in_bytes += given - w->z.avail_in;
	*ret_len = OUT_BYTES - w->z.avail_out;
	w->out_bytes += *ret_len;
	w->ended = status == Z_STREAM_END;
	if (w->ended)
		status = inflateReset(&w->z);
	if (status == Z_OK || status == Z_BUF_ERROR)
		return 0;
	return status == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

/* What came out before the damage is passed on too. */
int websocket_inflate_feed(struct websocket_inflate *inflate, struct slice data, coding_sink_fn sink, void *ctx)
{
	uint8_t out[OUT_BYTES];
	size_t len;
	int err;

	do {
		err = run(inflate, &data, out, &len);
		if (over_limit(inflate))
			return -E2BIG;
		if (len > 0)
			sink(ctx, (struct slice){ (const char *)out, len });
		if (err < 0)
			return err;
	} while (data.len > 0 || len == sizeof(out));
	return 0;
}

int websocket_inflate_end(struct websocket_inflate *inflate, coding_sink_fn sink, void *ctx)
{
	if (inflate->ended)
		return 0;
	return websocket_inflate_feed(inflate, SLICE("\0\0\xff\xff"), sink, ctx);
}
