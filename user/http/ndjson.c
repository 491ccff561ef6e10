/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON document per line. Lines end in LF or CRLF, the last one may lack
 * its end; blank ones are no messages.
 */
#include "http/framing.h"

#include <stdlib.h>

enum place {
	AT_LINE_START = 0,
	IN_LINE,
	AFTER_CR,	/* in a line; the CR is its own unless a LF follows */
	AFTER_GAP,
	IN_REMAINDER,	/* of a line whose beginning is missing */
};

struct ndjson {
	enum place place;
};

static void *ndjson_open(size_t name_max)
{
	(void)name_max;
	return calloc(1, sizeof(struct ndjson));
}

static void end_line(struct ndjson *nd, const struct framing_sink *sink)
{
	nd->place = AT_LINE_START;
	sink->end(sink->ctx, SLICE(""), false);
}

static size_t take_start(struct ndjson *nd, struct slice data)
{
	char c = data.ptr[0];

	if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
		return 1;
	nd->place = IN_LINE;
	return 0;
}

static size_t take_line(struct ndjson *nd, struct slice data, const struct framing_sink *sink)
{
	const char *lf = memchr(data.ptr, '\n', data.len);
	struct slice line = { data.ptr, lf ? (size_t)(lf - data.ptr) : data.len };
	bool cr = line.len > 0 && line.ptr[line.len - 1] == '\r';

	if (line.len > cr)
		sink->piece(sink->ctx, (struct slice){ line.ptr, line.len - cr });
	if (lf)
		end_line(nd, sink);
	else if (cr)
		nd->place = AFTER_CR;
	return line.len + (lf ? 1 : 0);
}

static size_t take_after_cr(struct ndjson *nd, struct slice data, const struct framing_sink *sink)
{
	nd->place = IN_LINE;
	if (data.ptr[0] != '\n')
		sink->piece(sink->ctx, SLICE("\r"));
	return 0;
}

/* A gap is made of whole reads or writes, and servers write whole lines: what
 * begins like an object is taken for the beginning of a line. */
static size_t take_after_gap(struct ndjson *nd, struct slice data)
{
	nd->place = data.ptr[0] == '{' ? IN_LINE : IN_REMAINDER;
	return 0;
}

static size_t take_remainder(struct ndjson *nd, struct slice data)
{
	const char *lf = memchr(data.ptr, '\n', data.len);

	if (!lf)
		return data.len;
	nd->place = AT_LINE_START;
	return (size_t)(lf - data.ptr) + 1;
}

static size_t take(struct ndjson *nd, struct slice data, const struct framing_sink *sink)
{
	switch (nd->place) {
	case AT_LINE_START:
		return take_start(nd, data);
	case AFTER_CR:
		return take_after_cr(nd, data, sink);
	case AFTER_GAP:
		return take_after_gap(nd, data);
	case IN_REMAINDER:
		return take_remainder(nd, data);
	default:
		return take_line(nd, data, sink);
	}
}

static int ndjson_feed(void *state, struct slice data, const struct framing_sink *sink)
{
	while (data.len > 0) {
		size_t n = take(state, data, sink);

		data.ptr += n;
		data.len -= n;
	}
	return 0;
}

static int ndjson_finish(void *state, const struct framing_sink *sink)
{
	struct ndjson *nd = state;

	if (nd->place == IN_LINE || nd->place == AFTER_CR)
		end_line(nd, sink);
	return 0;
}

static void ndjson_gap(void *state, const struct framing_sink *sink)
{
	struct ndjson *nd = state;

	(void)ndjson_finish(nd, sink);
	nd->place = AFTER_GAP;
}

const struct framing_ops framing_ndjson = {
	.open = ndjson_open,
	.feed = ndjson_feed,
	.gap = ndjson_gap,
	.finish = ndjson_finish,
	.close = free,
};
