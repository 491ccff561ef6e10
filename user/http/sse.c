/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events (WHATWG HTML, section 9.2.6). One field more than the
 * standard has: llama.cpp reports an error as `error: {...}`. Its value, where no
 * data line precedes it, is the data of a message of its own, named "error".
 *
 * A line is read by the place where it stands: the field's name is gathered
 * (no name that matters is longer than FIELD_MAX), then its value is passed
 * on, kept or skipped. Line ends are LF, CRLF and CR, so a LF behind a CR is
 * swallowed.
 */
#include "http/framing.h"

#include <stdlib.h>

#define FIELD_MAX 6	/* "event" and "error", and one more to tell a longer name */

static const char bom[] = "\xef\xbb\xbf";

enum sse_place {
	SSE_BOM = 0,	/* at the very start */
	SSE_FIELD,	/* in a field's name, or at the start of a line */
	SSE_SPACE,	/* behind the colon */
	SSE_DATA,
	SSE_NAME,	/* value of `event` */
	SSE_SKIP,	/* any other value */
};

struct sse {
	uint8_t place;		/* enum sse_place */
	uint8_t field_len;
	uint8_t bom_len;
	bool after_cr;
	bool has_data;		/* the event has a data line */
	bool is_error;		/* ... or an error line in place of them */
	char field[FIELD_MAX];
	size_t name_len, name_max;
	char name[];
};

static void *sse_open(size_t name_max)
{
	struct sse *sse = calloc(1, sizeof(*sse) + name_max);

	if (sse)
		sse->name_max = name_max;
	return sse;
}

static bool field_is(const struct sse *sse, struct slice name)
{
	return slice_eq((struct slice){ sse->field, sse->field_len }, name);
}

static void end_error(struct sse *sse, const struct framing_sink *sink)
{
	if (sse->is_error)
		sink->end(sink->ctx, SLICE("error"), true);
	sse->is_error = false;
}

static void dispatch(struct sse *sse, const struct framing_sink *sink)
{
	end_error(sse, sink);
	if (sse->has_data)
		sink->end(sink->ctx, (struct slice){ sse->name, sse->name_len }, false);
	sse->has_data = false;
	sse->name_len = 0;
}

/* The field's name is complete: where its value goes. */
static void begin_value(struct sse *sse, const struct framing_sink *sink, enum sse_place *ret_place)
{
	*ret_place = SSE_SKIP;
	if (field_is(sse, SLICE("data"))) {
		end_error(sse, sink);
		if (sse->has_data)
			sink->piece(sink->ctx, SLICE("\n"));
		sse->has_data = true;
		*ret_place = SSE_DATA;
	} else if (field_is(sse, SLICE("event"))) {
		sse->name_len = 0;
		*ret_place = SSE_NAME;
	} else if (field_is(sse, SLICE("error")) && !sse->has_data) {
		if (sse->is_error)
			sink->piece(sink->ctx, SLICE("\n"));
		sse->is_error = true;
		*ret_place = SSE_DATA;
	}
}

static void end_line(struct sse *sse, const struct framing_sink *sink)
{
	enum sse_place place;

	if (sse->place == SSE_FIELD) {
		if (sse->field_len == 0)
			dispatch(sse, sink);
		else
			begin_value(sse, sink, &place);
	} else if (sse->place == SSE_SPACE) {
		begin_value(sse, sink, &place);
	}
	sse->place = SSE_FIELD;
	sse->field_len = 0;
}

static size_t take_bom(struct sse *sse, struct slice data)
{
	if (data.ptr[0] == bom[sse->bom_len]) {
		sse->bom_len++;
		if (sse->bom_len == sizeof(bom) - 1)
			sse->place = SSE_FIELD;
		return 1;
	}
	/* What looked like one begins a field of some unknown name. */
	memcpy(sse->field, bom, sse->bom_len);
	sse->field_len = sse->bom_len;
	sse->place = SSE_FIELD;
	return 0;
}

/* Bytes of one line, its end not among them. */
static size_t take_field(struct sse *sse, struct slice line)
{
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (line.ptr[i] == ':') {
			sse->place = SSE_SPACE;
			return i + 1;
		}
		if (sse->field_len == FIELD_MAX) {
			sse->place = SSE_SKIP;
			return i;
		}
		sse->field[sse->field_len++] = line.ptr[i];
	}
	return i;
}

static size_t take_space(struct sse *sse, struct slice line, const struct framing_sink *sink)
{
	enum sse_place place;

	begin_value(sse, sink, &place);
	sse->place = place;
	return line.ptr[0] == ' ' ? 1 : 0;
}

static size_t take_name(struct sse *sse, struct slice line)
{
	size_t room = sse->name_max - sse->name_len;
	size_t n = line.len < room ? line.len : room;

	memcpy(sse->name + sse->name_len, line.ptr, n);
	sse->name_len += n;
	return line.len;
}

static size_t take(struct sse *sse, struct slice line, const struct framing_sink *sink)
{
	switch ((enum sse_place)sse->place) {
	case SSE_BOM:
		return take_bom(sse, line);
	case SSE_FIELD:
		return take_field(sse, line);
	case SSE_SPACE:
		return take_space(sse, line, sink);
	case SSE_NAME:
		return take_name(sse, line);
	case SSE_DATA:
		sink->piece(sink->ctx, line);
		return line.len;
	default:
		return line.len;
	}
}

static void feed_line(struct sse *sse, struct slice line, const struct framing_sink *sink)
{
	while (line.len > 0) {
		size_t n = take(sse, line, sink);

		line.ptr += n;
		line.len -= n;
	}
}

static const char *find(const char *p, const char *end, char c)
{
	const char *found = memchr(p, c, (size_t)(end - p));

	return found ? found : end;
}

static int sse_feed(void *state, struct slice data, const struct framing_sink *sink)
{
	const char *p = data.ptr, *end = data.ptr + data.len;
	const char *lf = p, *cr = p, *line_end;
	struct sse *sse = state;

	if (data.len == 0)
		return 0;
	if (sse->after_cr && *p == '\n')
		p++;
	sse->after_cr = false;
	/* Each byte is searched once for LF and once for CR, whatever their mix. */
	for (bool first = true; p < end; first = false) {
		if (first || lf < p)
			lf = find(p, end, '\n');
		if (first || cr < p)
			cr = find(p, end, '\r');
		line_end = lf < cr ? lf : cr;
		feed_line(sse, (struct slice){ p, (size_t)(line_end - p) }, sink);
		if (line_end == end)
			return 0;
		if (sse->place == SSE_BOM)
			(void)take_bom(sse, (struct slice){ line_end, 1 });
		end_line(sse, sink);
		p = line_end + 1;
		if (*line_end == '\r' && p < end && *p == '\n')
			p++;
		else if (*line_end == '\r' && p == end)
			sse->after_cr = true;
	}
	return 0;
}

static void sse_gap(void *state, const struct framing_sink *sink)
{
	struct sse *sse = state;

	dispatch(sse, sink);
	sse->place = SSE_FIELD;
	sse->field_len = 0;
	sse->after_cr = false;
}

/* Dispatches an event that lacks its empty line, which the standard would drop
 * but providers do send. */
static int sse_finish(void *state, const struct framing_sink *sink)
{
	struct sse *sse = state;

	end_line(sse, sink);
	dispatch(sse, sink);
	return 0;
}

const struct framing_ops framing_sse = {
	.open = sse_open,
	.feed = sse_feed,
	.gap = sse_gap,
	.finish = sse_finish,
	.close = free,
};
