/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON array whose elements are the messages, as Gemini streams without
 * `alt=sse`. An element ends at its own last byte, not at the comma, which
 * comes with the next one. Only strings and nesting are told apart: what is
 * no JSON gives messages that are none. A body that is no array is one message.
 */
#include "http/framing.h"

#include <stdlib.h>

enum place {
	AT_START = 0,
	BETWEEN,	/* elements */
	IN_VALUE,	/* an object, array or string */
	IN_SCALAR,	/* a number, true, false, null */
	IN_WHOLE,	/* body that is no array */
	AFTER_GAP,
	AFTER_GAP_LF,
	AFTER_END,
};

struct json_array {
	uint8_t place;		/* enum place */
	bool in_string;		/* IN_VALUE */
	bool escaped;		/* ... behind a backslash */
	uint64_t depth;		/* ... in objects and arrays */
};

static void *json_array_open(size_t name_max)
{
	(void)name_max;
	return calloc(1, sizeof(struct json_array));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *find(const char *p, const char *end, char c)
{
	const char *found = memchr(p, c, (size_t)(end - p));

	return found ? found : end;
}

static void end_message(const struct framing_sink *sink)
{
	sink->end(sink->ctx, SLICE(""), false);
}

/* ---- values: each returns where it stopped, behind what it took ---- */

static const char *skip_string(struct json_array *array, const char *p, const char *end)
{
	const char *quote = find(p, end, '"');

	for (;;) {
		if (array->escaped && p < end)
			p++;
		else if (array->escaped)
			return end;
		array->escaped = false;
		if (quote < p)
			quote = find(p, end, '"');
		p = find(p, quote, '\\');
		if (p == quote)
			break;
		array->escaped = true;
		p++;
	}
	if (quote == end)
		return end;
	array->in_string = false;
	return quote + 1;
}

static const char *skip_to_string(struct json_array *array, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '"') {
			array->in_string = true;
			return p + 1;
		}
		if (*p == '{' || *p == '[')
			array->depth++;
		else if ((*p == '}' || *p == ']') && --array->depth == 0)
			return p + 1;
	}
	return end;
}

static bool value_is_over(const struct json_array *array)
{
	return array->depth == 0 && !array->in_string;
}

static size_t take_value(struct json_array *array, struct slice data, const struct framing_sink *sink)
{
	const char *p = data.ptr, *end = data.ptr + data.len;

	do
		p = array->in_string ? skip_string(array, p, end) : skip_to_string(array, p, end);
	while (p < end && !value_is_over(array));
	data.len = (size_t)(p - data.ptr);
	sink->piece(sink->ctx, data);
	if (value_is_over(array)) {
		array->place = BETWEEN;
		end_message(sink);
	}
	return data.len;
}

static size_t take_scalar(struct json_array *array, struct slice data, const struct framing_sink *sink)
{
	size_t n = 0;

	while (n < data.len && data.ptr[n] != ',' && data.ptr[n] != ']' && !is_space(data.ptr[n]))
		n++;
	if (n > 0)
		sink->piece(sink->ctx, (struct slice){ data.ptr, n });
	if (n < data.len) {
		array->place = BETWEEN;
		end_message(sink);
	}
	return n;
}

/* ---- around them ---- */

static size_t take_start(struct json_array *array, struct slice data)
{
	if (is_space(data.ptr[0]))
		return 1;
	array->place = data.ptr[0] == '[' ? BETWEEN : IN_WHOLE;
	return array->place == BETWEEN ? 1 : 0;
}

static size_t take_between(struct json_array *array, struct slice data)
{
	char c = data.ptr[0];

	if (c == ',' || is_space(c))
		return 1;
	if (c == ']')
		array->place = AFTER_END;
	else
		array->place = c == '{' || c == '[' || c == '"' ? IN_VALUE : IN_SCALAR;
	return 0;
}

/* A line that begins with a brace: strings hold no line ends, and Google
 * indents all objects but the elements. */
static size_t take_after_gap(struct json_array *array, struct slice data)
{
	const char *lf;

	if (array->place == AFTER_GAP_LF && data.ptr[0] == '{') {
		array->place = IN_VALUE;
		return 0;
	}
	array->place = AFTER_GAP;
	lf = memchr(data.ptr, '\n', data.len);
	if (!lf)
		return data.len;
	array->place = AFTER_GAP_LF;
	return (size_t)(lf - data.ptr) + 1;
}

static size_t take(struct json_array *array, struct slice data, const struct framing_sink *sink)
{
	switch ((enum place)array->place) {
	case AT_START:
		return take_start(array, data);
	case BETWEEN:
		return take_between(array, data);
	case IN_VALUE:
		return take_value(array, data, sink);
	case IN_SCALAR:
		return take_scalar(array, data, sink);
	case IN_WHOLE:
		sink->piece(sink->ctx, data);
		return data.len;
	case AFTER_GAP:
	case AFTER_GAP_LF:
		return take_after_gap(array, data);
	default:
		return data.len;
	}
}

static int json_array_feed(void *state, struct slice data, const struct framing_sink *sink)
{
	while (data.len > 0) {
		size_t n = take(state, data, sink);

		data.ptr += n;
		data.len -= n;
	}
	return 0;
}

static bool in_message(const struct json_array *array)
{
	return array->place == IN_VALUE || array->place == IN_SCALAR || array->place == IN_WHOLE;
}

static int json_array_finish(void *state, const struct framing_sink *sink)
{
	if (in_message(state))
		end_message(sink);
	return 0;
}

static void json_array_gap(void *state, const struct framing_sink *sink)
{
	struct json_array *array = state;
	bool over = array->place == IN_WHOLE || array->place == AFTER_END;

	(void)json_array_finish(array, sink);
	*array = (struct json_array){ .place = over ? AFTER_END : AFTER_GAP };
}

const struct framing_ops framing_json_array = {
	.open = json_array_open,
	.feed = json_array_feed,
	.gap = json_array_gap,
	.finish = json_array_finish,
	.close = free,
};
