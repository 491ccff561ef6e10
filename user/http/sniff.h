/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a protocol by its first bytes. */
#ifndef PROMTAP_HTTP_SNIFF_H
#define PROMTAP_HTTP_SNIFF_H

#include <stddef.h>
#include <stdint.h>

/* So many bytes always decide. */
#define SNIFF_BYTES 32

enum sniff {
	SNIFF_OTHER = 0,
	SNIFF_MORE,		/* could still become something */
	SNIFF_REQUEST,		/* HTTP/1 request line */
	SNIFF_RESPONSE,		/* HTTP/1 status line */
	SNIFF_H2_PREFACE,	/* what an HTTP/2 client says first */
	SNIFF_H2_SETTINGS,	/* what either side of HTTP/2 says first after that */
	SNIFF_H2_FRAME,		/* plausible frame header: alone no proof */
};

enum sniff sniff(const uint8_t *bytes, size_t len);

#endif
