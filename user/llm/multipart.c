/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form is read by the place where it stands: content up to a delimiter, the
 * rest of the delimiter's line, header lines, content again. A delimiter begins
 * with CR, and no other byte of it is one, so that a search that fails goes on
 * with the byte at hand. Lines of headers are cut to LINE_BYTES.
 */
#include "llm/multipart.h"

#include <errno.h>
#include <stdlib.h>

#define BOUNDARY_BYTES 70	/* RFC 2046 section 5.1.1 */
#define LINE_BYTES 512

static const char dashes[] = "\r\n--";
#define DASHES_LEN (sizeof(dashes) - 1)
#define CRLF_LEN 2u

enum multipart_place {
	PLACE_CONTENT = 0,	/* of a part, or before the first */
	PLACE_DELIMITER,	/* the rest of its line */
	PLACE_HEADERS,
	PLACE_END,		/* what follows means nothing */
};

struct multipart {
	multipart_fn fn;
	multipart_piece_fn on_piece;	/* null: nobody asks */
	void *ctx;
	enum multipart_place place;
	bool in_part;			/* not before the first delimiter */
	bool is_file;
	size_t delimiter_len, matched;	/* of the delimiter; matched from `match_begin` on */
	size_t match_begin;
	size_t line_len, name_len, value_len;
	char delimiter[DASHES_LEN + BOUNDARY_BYTES];
	char line[LINE_BYTES];
	char name[MULTIPART_NAME_BYTES];
	char value[MULTIPART_VALUE_BYTES];
};

/* ---- parameters of a header ---- */

static struct slice drop(struct slice s, size_t n)
{
	return (struct slice){ s.ptr + n, s.len - n };
}

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = drop(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Up to a character that stands outside of quoted strings. */
static size_t span(struct slice s, char end)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s.len && (quoted || s.ptr[i] != end); i++) {
		if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (quoted && s.ptr[i] == '\\' && i + 1 < s.len)
			i++;
	}
	return i;
}

static struct slice unquote(struct slice s)
{
	if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"')
		return s;
	return (struct slice){ s.ptr + 1, s.len - 2 };
}

/* The value of a parameter, escapes left as they are; null ptr: none. */
static struct slice parameter(struct slice header, struct slice name)
{
	while (header.len > 0) {
		size_t len = span(header, ';');
		struct slice item = trim((struct slice){ header.ptr, len });
		size_t at = span(item, '=');

		if (at < item.len && slice_caseeq(trim((struct slice){ item.ptr, at }), name))
			return unquote(trim(drop(item, at + 1)));
		header = drop(header, len < header.len ? len + 1 : len);
	}
	return (struct slice){ NULL, 0 };
}

static bool header_is(struct slice header, struct slice type)
{
	return slice_caseeq(trim((struct slice){ header.ptr, span(header, ';') }), type);
}

/* ---- parts ---- */

static void begin_part(struct multipart *multipart)
{
	multipart->in_part = true;
	multipart->is_file = false;
	multipart->line_len = multipart->name_len = multipart->value_len = 0;
}

static void give_piece(struct multipart *multipart, struct slice piece, bool last)
{
	struct slice name = { multipart->name, multipart->name_len };

	if (multipart->on_piece && multipart->in_part && !multipart->is_file && name.len > 0)
		multipart->on_piece(multipart->ctx, name, piece, last);
}

static void end_part(struct multipart *multipart)
{
	struct multipart_field field = {
		.name = { multipart->name, multipart->name_len },
		.value = { multipart->value, multipart->value_len },
		.is_file = multipart->is_file,
	};

	give_piece(multipart, (struct slice){ 0 }, true);
	if (multipart->in_part && multipart->name_len > 0)
		multipart->fn(multipart->ctx, &field);
}

static void take_header(struct multipart *multipart, struct slice line)
{
	size_t colon = span(line, ':');
	struct slice value = drop(line, colon < line.len ? colon + 1 : colon), name;

	if (!slice_caseeq((struct slice){ line.ptr, colon }, SLICE("content-disposition")))
		return;
	if (!header_is(value, SLICE("form-data")))
		return;
	name = parameter(value, SLICE("name"));
	multipart->is_file =
		parameter(value, SLICE("filename")).ptr || parameter(value, SLICE("filename*")).ptr;
	multipart->name_len = name.len <= sizeof(multipart->name) ? name.len : 0;
	if (multipart->name_len > 0)
		memcpy(multipart->name, name.ptr, name.len);
}

/* The line's end was seen. */
static void end_line(struct multipart *multipart)
{
	struct slice line = { multipart->line, multipart->line_len };

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	multipart->line_len = 0;
	if (line.len > 0) {
		take_header(multipart, line);
		return;
	}
	/* The empty line's end may be that of the delimiter: of a part with no content. */
	multipart->place = PLACE_CONTENT;
	multipart->matched = multipart->match_begin = CRLF_LEN;
}

/* ---- bytes ---- */

static void keep(char *buffer, size_t size, size_t *len, struct slice data)
{
	size_t room = size - *len;
	size_t n = data.len < room ? data.len : room;

	if (n > 0)
		memcpy(buffer + *len, data.ptr, n);
	*len += n;
}

static void add_content(struct multipart *multipart, struct slice data)
{
	if (data.len > 0)
		give_piece(multipart, data, false);
	if (multipart->in_part && !multipart->is_file)
		keep(multipart->value, sizeof(multipart->value), &multipart->value_len, data);
}

static void end_content(struct multipart *multipart)
{
	end_part(multipart);
	begin_part(multipart);
	multipart->place = PLACE_DELIMITER;
}

/* What looked like a delimiter was content. */
static void mismatch(struct multipart *multipart)
{
	add_content(multipart, (struct slice){ multipart->delimiter + multipart->match_begin,
					       multipart->matched - multipart->match_begin });
	multipart->matched = multipart->match_begin = 0;
}

static size_t take_plain(struct multipart *multipart, struct slice data)
{
	const char *cr = memchr(data.ptr, '\r', data.len);
	size_t n = cr ? (size_t)(cr - data.ptr) : data.len;

	add_content(multipart, (struct slice){ data.ptr, n });
	if (!cr)
		return n;
	multipart->matched = 1;
	return n + 1;
}

static size_t take_content(struct multipart *multipart, struct slice data)
{
	if (multipart->matched == 0)
		return take_plain(multipart, data);
	if (data.ptr[0] != multipart->delimiter[multipart->matched]) {
		mismatch(multipart);
		return 0;
	}
	multipart->matched++;
	if (multipart->matched == multipart->delimiter_len)
		end_content(multipart);
	return 1;
}

/* A line, or the rest of one, kept up to LINE_BYTES. True: its end is in it. */
static bool take_line(struct multipart *multipart, struct slice data, size_t *ret_n)
{
	const char *end = memchr(data.ptr, '\n', data.len);
	size_t n = end ? (size_t)(end - data.ptr) : data.len;

	keep(multipart->line, sizeof(multipart->line), &multipart->line_len, (struct slice){ data.ptr, n });
	*ret_n = end ? n + 1 : n;
	return end != NULL;
}

/* RFC 2046 section 5.1.1: white space may follow; "--" makes it the last. */
static size_t take_delimiter(struct multipart *multipart, struct slice data)
{
	size_t n;
	bool ended = take_line(multipart, data, &n);

	if (slice_starts((struct slice){ multipart->line, multipart->line_len }, SLICE("--"))) {
		multipart->place = PLACE_END;
	} else if (ended) {
		multipart->line_len = 0;
		multipart->place = PLACE_HEADERS;
	}
	return n;
}

static size_t take_headers(struct multipart *multipart, struct slice data)
{
	size_t n;

	if (take_line(multipart, data, &n))
		end_line(multipart);
	return n;
}

static size_t take(struct multipart *multipart, struct slice data)
{
	switch (multipart->place) {
	case PLACE_CONTENT:
		return take_content(multipart, data);
	case PLACE_DELIMITER:
		return take_delimiter(multipart, data);
	case PLACE_HEADERS:
		return take_headers(multipart, data);
	default:
		return data.len;
	}
}

void multipart_feed(struct multipart *multipart, struct slice data)
{
	while (data.len > 0)
		data = drop(data, take(multipart, data));
}

void multipart_watch(struct multipart *multipart, multipart_piece_fn fn)
{
	multipart->on_piece = fn;
}

bool multipart_complete(const struct multipart *multipart)
{
	return multipart->place == PLACE_END;
}

/* ---- lifecycle ---- */

static bool is_boundary(struct slice boundary)
{
	return boundary.len > 0 && boundary.len <= BOUNDARY_BYTES &&
	       !memchr(boundary.ptr, '\r', boundary.len) && !memchr(boundary.ptr, '\n', boundary.len);
}

int multipart_open(struct slice content_type, multipart_fn fn, void *ctx, struct multipart **ret)
{
	struct slice boundary = parameter(content_type, SLICE("boundary"));
	struct multipart *multipart;

	if (!header_is(content_type, SLICE("multipart/form-data")) || !is_boundary(boundary))
		return -EINVAL;
	multipart = calloc(1, sizeof(*multipart));
	if (!multipart)
		return -ENOMEM;
	multipart->fn = fn;
	multipart->ctx = ctx;
	memcpy(multipart->delimiter, dashes, DASHES_LEN);
	memcpy(multipart->delimiter + DASHES_LEN, boundary.ptr, boundary.len);
	multipart->delimiter_len = DASHES_LEN + boundary.len;
	/* The first delimiter may stand at the very start. */
	multipart->matched = multipart->match_begin = CRLF_LEN;
	*ret = multipart;
	return 0;
}
