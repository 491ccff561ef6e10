/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One letter to a cell: tiles of chat programs (":regional_indicator_i:"), tags
 * ("<b>i</b><b>g</b>"), brackets ("[i][g]"). All cells open and close alike.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define CELLS_LEAST 12u
#define OPEN_MOST 64u	/* bytes from the start in which the first letter stands */
#define CLOSE_MOST 32u
#define GAP_MOST 8u
#define CELL_BYTES 3u	/* of a letter in brackets */
#define BEFORE_MOST 64u

#define TILE ":regional_indicator_"

struct cell {
	struct slice open, close;
};

/* The tag in front of the first letter that stands alone between two, and the one behind it. */
static bool find_tags(struct slice text, size_t *start, struct cell *ret_cell)
{
	size_t end = text.len - *start < OPEN_MOST ? text.len : *start + OPEN_MOST;

	for (size_t at = *start, open = at; at + 2 < end; at++) {
		const char *close;

		open = text.ptr[at] == '<' ? at : open;
		if (text.ptr[at] != '>' || text.ptr[at + 1] == '<' || text.ptr[at + 2] != '<')
			continue;
		close = memchr(text.ptr + at + 2, '>',
			       text.len - at - 2 < CLOSE_MOST ? text.len - at - 2 : CLOSE_MOST);
		if (!close)
			return false;
		ret_cell->open = (struct slice){ text.ptr + open, at + 1 - open };
		ret_cell->close =
			(struct slice){ text.ptr + at + 2, (size_t)(close - text.ptr) + 1 - (at + 2) };
		*start = open;
		return true;
	}
	return false;
}

/* Short words before a run are of it, too. */
static size_t first_bracket(struct slice text, size_t start, const struct cell *cell)
{
	size_t limit = start < BEFORE_MOST ? 0 : start - BEFORE_MOST;

	for (size_t at = start; at >= limit + CELL_BYTES; at -= CELL_BYTES) {
		at -= at > CELL_BYTES && text.ptr[at - 1] == ' ';
		if (text.ptr[at - 1] != *cell->close.ptr || text.ptr[at - CELL_BYTES] != *cell->open.ptr)
			break;
		start = at - CELL_BYTES;
	}
	return start;
}

static bool find_cell(struct slice text, size_t *start, struct cell *ret_cell)
{
	static const char opens[] = "[({", closes[] = "])}";
	const char *bracket = memchr(opens, text.ptr[*start], sizeof(opens) - 1);

	if (text.ptr[*start] == '<')
		return find_tags(text, start, ret_cell);
	if (bracket) {
		*ret_cell = (struct cell){ { bracket, 1 }, { closes + (bracket - opens), 1 } };
		*start = first_bracket(text, *start, ret_cell);
		return text.len - *start > 2 && text.ptr[*start + 2] == *ret_cell->close.ptr;
	}
	*ret_cell = (struct cell){ slice_of(TILE), slice_of(":") };
	return text.ptr[*start] == ':';
}

static bool stands_at(struct slice text, size_t at, struct slice what)
{
	return text.len - at >= what.len && memcmp(text.ptr + at, what.ptr, what.len) == 0;
}

/* Behind the blanks between two cells. */
static size_t skip_gap(struct slice text, size_t at)
{
	size_t from = at;

	while (at < text.len && at - from < GAP_MOST && byte_is(text.ptr[at], BYTE_BLANK))
		at++;
	return at;
}

size_t decode_cells(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	size_t at, end, cells = 0;
	struct cell cell;

	decode->steps++;
	if (!find_cell(text, &start, &cell))
		return start;
	for (at = end = start; stands_at(text, at, cell.open) && !sink.cut; cells++) {
		size_t letter = at + cell.open.len, behind = letter + 1;

		if (behind >= text.len || !byte_is(text.ptr[letter], BYTE_PRINT) ||
		    !stands_at(text, behind, cell.close))
			break;
		/* Single blanks stand between all tiles. */
		if (cells > 0 && at - end > (cell.open.len == sizeof(TILE) - 1))
			sink_put(&sink, ' ');
		sink_put(&sink, (unsigned char)text.ptr[letter]);
		end = behind + cell.close.len;
		at = skip_gap(text, end);
	}
	decode->steps += end - start + OPEN_MOST;
	if (cells < CELLS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, DECODER_CELLS, start, end, &sink);
	return end;
}
