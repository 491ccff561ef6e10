/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header blocks of one direction of an HTTP/2 connection (HPACK, RFC 7541).
 * Once blocks were missed the dynamic table is unknown: what was inserted
 * since then still resolves, at its right place, for indexes count from the
 * newest entry; headers that lie beyond are left out, and that is said.
 */
#ifndef PROMTAP_HTTP_HPACK_H
#define PROMTAP_HTTP_HPACK_H

#include <nghttp2/nghttp2.h>

#include "http/pair.h"

/* An encoder announces its table's size in the block before it uses it. Larger
 * ones are not followed: their table counts as unknown. */
#define HPACK_TABLE_BYTES_MAX 65536

struct hpack {
	struct http *http;
	nghttp2_mem memory;		/* counts in http->buffered; the inflater keeps a pointer to it */
	nghttp2_hd_inflater *inflater;	/* owned; null: no block yet */
	bool unknown;			/* some blocks were missed */
};

/* Headers of one block, in http->headers; text in http->text. Valid until the next block is read. */
struct hpack_block {
	size_t count;
	bool incomplete;	/* headers are missing: they refer to what is unknown */
};

/* The object must stay where it is. */
void hpack_init(struct hpack *hpack, struct http *http);
void hpack_done(struct hpack *hpack);

/* One or more blocks have been missed. */
void hpack_lose(struct hpack *hpack);

/* -EBADMSG: malformed, the table is unknown from here on; -E2BIG: more than
 * limits.headers_max or head_bytes, the table is still known; -ENOMEM. */
int hpack_read(struct hpack *hpack, struct slice text, struct hpack_block *ret);

#endif
