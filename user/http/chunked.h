/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked transfer coding (RFC 9112 section 7.1), taken off as bytes come. */
#ifndef PROMTAP_HTTP_CHUNKED_H
#define PROMTAP_HTTP_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"

/* Chunk extensions of one chunk, or trailers. */
#define CHUNKED_LINE_BYTES 65536

enum chunked_place {
	CHUNKED_SIZE = 0,	/* first digit of a size */
	CHUNKED_SIZE_MORE,
	CHUNKED_EXTENSION,	/* rest of the size line */
	CHUNKED_DATA,
	CHUNKED_DATA_END,	/* line end behind the data */
	CHUNKED_DATA_LF,
	CHUNKED_TRAILER,	/* beginning of a trailer line */
	CHUNKED_TRAILER_LINE,
	CHUNKED_TRAILER_LF,	/* CR of the empty line seen */
	CHUNKED_DONE,
};

/* Zeroed: at the beginning of a body. */
struct chunked {
	uint64_t remaining;	/* of the chunk; while reading its size: so far */
	uint32_t line_bytes;	/* of extensions or trailers */
	uint8_t place;		/* enum chunked_place */
	uint8_t digits;
};

/* Takes bytes up to the end of the next run of body bytes, or to the end of
 * the body, or all. Returns how many, > 0 unless `len` is 0 or it is done;
 * `ret_body` is the run (at the end of the bytes taken), or empty. -EBADMSG:
 * malformed; -E2BIG: extensions or trailers too long. */
ssize_t chunked_next(struct chunked *chunked, const char *data, size_t len, struct slice *ret_body);

/* `bytes` of the chunk are missing. False: the place behind them is not known. */
bool chunked_skip(struct chunked *chunked, uint64_t bytes);

/* Whether these bytes could begin with a chunk's size line: used to find the
 * way again behind missing bytes. */
bool chunked_plausible(const char *data, size_t len);

#endif
