/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 message heads (RFC 9112): finding their end, and reading them. */
#ifndef PROMTAP_HTTP_H1_HEAD_H
#define PROMTAP_HTTP_H1_HEAD_H

#include "http/exchange.h"

/* Where a scan for the end of a head stands. Zero: at its beginning, after
 * any empty lines before it. */
struct h1_scan {
	unsigned char place;
	bool folded;	/* a line goes on in the next one (obs-fold) */
};

/* Bytes of `data` up to and with the empty line that ends the head; 0: it does
 * not end here. */
size_t h1_scan(struct h1_scan *scan, const char *data, size_t len);

/* Joins folded lines in place. */
void h1_unfold(char *head, size_t len);

/* Reads a whole, unfolded head. `headers` has room for `headers_max`; the
 * result points into `text` and `headers`. -EBADMSG: malformed; -E2BIG: more
 * headers than that. */
int h1_parse_request(struct slice text, struct http_header *headers, size_t headers_max,
		     struct http_head *ret_head, enum http_protocol *ret_protocol);
int h1_parse_response(struct slice text, struct http_header *headers, size_t headers_max,
		      struct http_head *ret_head, enum http_protocol *ret_protocol);

#endif
