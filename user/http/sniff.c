/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First bytes of a message or connection. A request is known by a method of a
 * fixed set, so that the middle of a body rarely looks like one; in a
 * connection that is in step any method is accepted, which is h1's business.
 */
#include "http/sniff.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "http/h2_frame.h"

/* IANA HTTP method registry, with its space or what else follows. */
static const struct {
	struct slice text;
	enum sniff kind;
} beginnings[] = {
	{ { "POST ", 5 }, SNIFF_REQUEST },	{ { "GET ", 4 }, SNIFF_REQUEST },
	{ { "HTTP/1.", 7 }, SNIFF_RESPONSE },	{ { "PRI * HTTP/2", 12 }, SNIFF_H2_PREFACE },
	{ { "PUT ", 4 }, SNIFF_REQUEST },	{ { "HEAD ", 5 }, SNIFF_REQUEST },
	{ { "DELETE ", 7 }, SNIFF_REQUEST },	{ { "OPTIONS ", 8 }, SNIFF_REQUEST },
	{ { "PATCH ", 6 }, SNIFF_REQUEST },	{ { "CONNECT ", 8 }, SNIFF_REQUEST },
	{ { "TRACE ", 6 }, SNIFF_REQUEST },	{ { "QUERY ", 6 }, SNIFF_REQUEST },
	{ { "PROPFIND ", 9 }, SNIFF_REQUEST },	{ { "PROPPATCH ", 10 }, SNIFF_REQUEST },
	{ { "MKCOL ", 6 }, SNIFF_REQUEST },	{ { "COPY ", 5 }, SNIFF_REQUEST },
	{ { "MOVE ", 5 }, SNIFF_REQUEST },	{ { "LOCK ", 5 }, SNIFF_REQUEST },
	{ { "UNLOCK ", 7 }, SNIFF_REQUEST },	{ { "REPORT ", 7 }, SNIFF_REQUEST },
	{ { "SEARCH ", 7 }, SNIFF_REQUEST },
};

static enum sniff sniff_frame(const uint8_t *bytes, size_t len)
{
	struct h2_frame frame;

	if (len < H2_FRAME_HEADER)
		return SNIFF_MORE;
	h2_frame_parse(bytes, &frame);
	if (!h2_frame_plausible(&frame, H2_FRAME_BYTES_MIN))
		return SNIFF_OTHER;
	return frame.type == H2_SETTINGS ? SNIFF_H2_SETTINGS : SNIFF_H2_FRAME;
}

enum sniff sniff(const uint8_t *bytes, size_t len)
{
	size_t blank = 0;

	/* RFC 9112 section 2.2: empty lines before a request line are tolerated. */
	while (blank < len && (bytes[blank] == '\r' || bytes[blank] == '\n'))
		blank++;
	bytes += blank;
	len -= blank;
	if (len == 0)
		return blank < SNIFF_BYTES / 2 ? SNIFF_MORE : SNIFF_OTHER;
	if (bytes[0] == 0)
		return sniff_frame(bytes, len);
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const struct slice *text = &beginnings[i].text;

		if (memcmp(bytes, text->ptr, len < text->len ? len : text->len) == 0)
			return len < text->len ? SNIFF_MORE : beginnings[i].kind;
	}
	return SNIFF_OTHER;
}
