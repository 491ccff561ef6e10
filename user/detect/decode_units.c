/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units within a text, decoded where they stand. Units less than UNITS_NEAR
 * bytes apart are a group; the group and what is around it on its line is one
 * candidate, for a disguise may spare single letters of a word.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define UNITS_NEAR 64u		/* bytes from unit to unit */
#define UNITS_ROW 8		/* in a row, with no more than ROW_GAP bytes between */
#define ROW_GAP 2u
#define UNITS_FEW 3		/* of letters, within UNITS_NEAR */
#define LEAD_MAX 8u		/* bytes of a unit before what the scout knows it by */
#define AROUND 256u		/* bytes before and behind the group, on its line */

struct kind {
	enum decoder_id decoder;
	enum hot_kind hot;
	char lead;	/* units begin with it */
	size_t (*unit)(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte);
};

static const struct kind kinds[] = {
	{ DECODER_ESCAPE, HOT_ESCAPE, '\\', unit_escape },
	{ DECODER_ESCAPE, HOT_NOTATION, 'U', unit_escape },
	{ DECODER_ENTITY, HOT_ENTITY, '&', unit_entity },
	{ DECODER_PERCENT, HOT_PERCENT, '%', unit_percent },
	{ DECODER_QUOTED_PRINTABLE, HOT_QUOTED, '=', unit_quoted },
	{ DECODER_DECIMAL, HOT_CALL, 'c', unit_call },
	{ DECODER_DECIMAL, HOT_CALL, 'C', unit_call },
};

struct group {
	size_t start, end;
	size_t row, letters;	/* letters: of the whole group */
	size_t last[UNITS_FEW];	/* where the last letters stood */
	bool accepted;
	bool after_blank;	/* the unit that ends at `end` was one */
};

/* A letter that was hidden, or what parts or joins words; a row of blanks (indentation, &nbsp;) is one. */
static bool is_hidden(const struct group *group, size_t at, uint32_t code)
{
	if (code == ' ' || code == 0xa0)
		return !group->after_blank || at > group->end;
	if (code < 0x80)
		return byte_is((char)code, BYTE_LETTER);
	/* Of bytes alone it is not known: letters of UTF-8 are made of these. */
	return code < 0xa0 || code == UNIT_SOFT_HYPHEN || code >= 0xc0;
}

static void join(struct group *group, size_t at, size_t n, uint32_t code)
{
	bool in_row = group->row > 0 && at - group->end <= ROW_GAP;

	group->row = in_row ? group->row + 1 : 1;
	if (is_hidden(group, at, code)) {
		size_t *third = &group->last[group->letters % UNITS_FEW];

		if (group->letters >= UNITS_FEW - 1 &&
		    at - group->last[(group->letters + 1) % UNITS_FEW] <= UNITS_NEAR)
			group->accepted = true;
		*third = at;
		group->letters++;
	}
	if (group->row >= UNITS_ROW && group->letters * 2 >= group->row)
		group->accepted = true;
	group->after_blank = code == ' ' || code == 0xa0;
	group->end = at + n;
}

/* The next unit in [at, end); SIZE_MAX: none. */
static size_t next_unit(struct decode *decode, const struct kind *kind, size_t at, size_t end, size_t *ret_len,
			uint32_t *ret_code)
{
	const char *text = decode->text.ptr;
	bool byte;

	while (at < end) {
		const char *lead = memchr(text + at, kind->lead, end - at);
		size_t found = lead ? (size_t)(lead - text) : end;

		decode->steps += found - at + 1;
		if (!lead)
			return SIZE_MAX;
		*ret_len = kind->unit(lead, decode->text.len - found, ret_code, &byte);
		if (*ret_len > 0)
			return found;
		at = found + 1;
	}
	return SIZE_MAX;
}

/* Written-out line breaks and the like of the layer that the escapes belong to: blanks. 0: none. */
static size_t put_plain_escape(struct sink *sink, const char *text, size_t left)
{
	size_t n = 1;

	while (n < left && n < 8 && text[n] == '\\')
		n++;
	if (n == left || !strchr("nrt", text[n]) || text[n] == '\0')
		return 0;
	sink_put(sink, text[n] == 't' ? '\t' : '\n');
	return n + 1;
}

static size_t put_unit(struct sink *sink, const struct kind *kind, const char *text, size_t left)
{
	uint32_t code = 0;
	bool byte = false;
	size_t n = kind->unit(text, left, &code, &byte);

	if (n == 0 && kind->lead == '\\')
		return put_plain_escape(sink, text, left);
	if (n == 0)
		return 0;
	/* Zeros are halves of UTF-16. */
	if (code != 0 && byte)
		sink_put(sink, (unsigned char)code);
	else if (code != 0 && code != UNIT_SOFT_HYPHEN)
		sink_put_code(sink, code);
	return n;
}

static void decode_in_place(struct decode *decode, const struct kind *kind, size_t start, size_t end)
{
	struct sink sink = decode_sink(decode);
	const char *text = decode->text.ptr;
	size_t at = start;

	decode->steps += end - start;
	while (at < end && !sink.cut) {
		const char *lead = memchr(text + at, kind->lead, end - at);
		size_t to = lead ? (size_t)(lead - text) : end, n;

		sink_add(&sink, text + at, to - at);
		if (!lead)
			break;
		n = put_unit(&sink, kind, lead, decode->text.len - to);
		if (n == 0)
			sink_put(&sink, (unsigned char)kind->lead);
		at = to + (n ? n : 1);
	}
	if (decode_is_printable(sink_slice(&sink)))
		decode_keep(decode, kind->decoder, start, end, &sink);
}

/* The line around [start, end), AROUND bytes of it at most. */
static void widen(struct decode *decode, size_t *start, size_t *end)
{
	const char *text = decode->text.ptr;
	size_t before = *start < AROUND ? *start : AROUND;
	size_t behind = decode->text.len - *end < AROUND ? decode->text.len - *end : AROUND;
	const char *newline = memrchr(text + *start - before, '\n', before);

	*start = newline ? (size_t)(newline - text) + 1 : *start - before;
	newline = memchr(text + *end, '\n', behind);
	*end = newline ? (size_t)(newline - text) : *end + behind;
}

/* Gathers the group that begins at `at`; returns where the next may begin. */
static size_t take_group(struct decode *decode, const struct kind *kind, size_t at, size_t n, uint32_t code)
{
	struct group group = { .start = at, .end = at };
	size_t limit, start, end;

	while (at != SIZE_MAX) {
		join(&group, at, n, code);
		limit = decode->text.len - group.end < UNITS_NEAR ? decode->text.len : group.end + UNITS_NEAR;
		at = next_unit(decode, kind, group.end, limit, &n, &code);
	}
	if (!group.accepted)
		return group.end;
	start = group.start;
	end = group.end;
	widen(decode, &start, &end);
	decode_in_place(decode, kind, start, end);
	return group.end;
}

/* Units before `end`; returns the end of the last group, which may lie behind. */
static size_t take_units(struct decode *decode, const struct kind *kind, size_t at, size_t end)
{
	uint32_t code = 0;
	size_t n = 0, unit;

	while (at < end && !decode->full) {
		unit = next_unit(decode, kind, at, end, &n, &code);
		at = unit == SIZE_MAX ? end : take_group(decode, kind, unit, n, code);
	}
	return at;
}

static void decode_kind(struct decode *decode, const struct kind *kind)
{
	size_t at = 0, end, hot;

	while (!decode->full && (hot = decode_next_hot(decode, kind->hot, at, &end)) < decode->text.len) {
		/* The unit may have begun in the block before. */
		at = take_units(decode, kind, hot < at + LEAD_MAX ? at : hot - LEAD_MAX, end);
	}
}

void decode_units(struct decode *decode)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !decode->full; i++)
		decode_kind(decode, &kinds[i]);
}
