/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words split over string literals: literals joined by a sign or by nothing
 * ("ign" + "ore", 'a' & 'b', "c" . "d"), lists of single letters, and short
 * literals given to names that are added up later (a = "ign"; b = "ore"; a + b).
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define LITERAL_MAX 256u
#define JOINER_MAX 24u		/* bytes between two literals, blanks and a line break counted */
#define CHAIN_BEFORE (LITERAL_MAX + JOINER_MAX)
#define RESULT_LEAST 10u
#define LETTERS_LEAST 8u	/* in a list of single letters */
#define NAMES_MAX 16
#define NAME_MAX_BYTES 24u
#define USE_NEAR 512u		/* bytes behind the last assignment in which names are added up */

enum joiner { JOINER_NONE, JOINER_SIGN, JOINER_COMMA };

struct name {
	struct slice name, literal;
	size_t start, end;	/* of the assignment */
	bool added;		/* to what the name had: s += "ore" */
};

struct concat {
	struct decode *decode;
	enum map_kind quotes;
	size_t count;
	struct name names[NAMES_MAX];
};

static bool is_name(char byte)
{
	return byte_is(byte, BYTE_LETTER | BYTE_DIGIT) || byte == '_' || byte == '$';
}

/* ---- chains of literals ---- */

/* What stands between two quotes joins them: blanks, one sign at most, and a prefix letter of Python. */
static enum joiner read_joiner(struct slice between)
{
	enum joiner joiner = JOINER_SIGN;
	unsigned signs = 0;

	if (between.len == 0 || between.len > JOINER_MAX)
		return JOINER_NONE;
	for (size_t i = 0; i < between.len; i++) {
		char byte = between.ptr[i];

		if (byte_is(byte, BYTE_BLANK) || (i + 1 == between.len && i > 0 && memchr("fFrRbBuU", byte, 8)))
			continue;
		if (byte == '\0' || !strchr("+&.,\\|~", byte) || ++signs > 2)
			return JOINER_NONE;
		joiner = byte == ',' ? JOINER_COMMA : joiner;
	}
	return signs > 1 && joiner == JOINER_COMMA ? JOINER_NONE : joiner;
}

/* The next quote from `at` on; the end of the text where there is none. */
static size_t next_quote(const struct concat *concat, size_t at)
{
	size_t len = concat->decode->text.len, end = decode_next_of(concat->decode, concat->quotes, at, len);

	concat->decode->steps += end > at ? end - at : 1;
	return end;
}

static struct slice between(const struct concat *concat, size_t quote, size_t next)
{
	return (struct slice){ concat->decode->text.ptr + quote + 1, next - quote - 1 };
}

static bool is_literal(struct slice literal)
{
	return literal.len > 0 && literal.len <= LITERAL_MAX && !memchr(literal.ptr, '\n', literal.len);
}

/* The literal of `open` and `close`, and all that are joined to it. Returns the last quote that was read: it closes a
 * literal. */
static size_t take_chain(struct concat *concat, size_t open, size_t close, enum joiner joiner, size_t next)
{
	struct decode *decode = concat->decode;
	struct sink sink = decode_sink(decode);
	struct slice literal = between(concat, open, close);
	size_t pieces = 1, start = open;
	bool short_ones = literal.len <= 2, kept;

	sink_add(&sink, literal.ptr, literal.len);
	while (read_joiner(between(concat, close, next)) == joiner && !sink.cut) {
		size_t end = next_quote(concat, next + 1);

		if (end == decode->text.len || !is_literal(between(concat, next, end)))
			break;
		literal = between(concat, next, end);
		sink_add(&sink, literal.ptr, literal.len);
		short_ones &= literal.len <= 2;
		pieces++;
		close = end;
		next = next_quote(concat, close + 1);
		if (next == decode->text.len)
			break;
	}
	kept = joiner == JOINER_SIGN ? pieces > 1 && sink.len >= RESULT_LEAST : short_ones && pieces >= LETTERS_LEAST;
	if (kept && decode_is_text(sink_slice(&sink), joiner == JOINER_SIGN ? TEXT_LOOSE : TEXT_STRICT))
		decode_keep(decode, DECODER_CONCAT, start, close + 1, &sink);
	return close;
}

/* ---- names ---- */

/* The name that the literal opening at `quote` is given to. */
static bool read_assignment(const struct concat *concat, size_t quote, struct name *ret_name)
{
	const char *text = concat->decode->text.ptr;
	size_t at = quote, end;
	bool added;

	while (at > 0 && quote - at < 2 && text[at - 1] == ' ')
		at--;
	if (at == 0 || text[--at] != '=')
		return false;
	added = at > 0 && text[at - 1] == '+';
	at -= at > 0 && (text[at - 1] == ':' || text[at - 1] == '+');
	while (at > 0 && quote - at < 6 && text[at - 1] == ' ')
		at--;
	end = at;
	while (at > 0 && end - at < NAME_MAX_BYTES && is_name(text[at - 1]))
		at--;
	*ret_name = (struct name){ .name = { text + at, end - at }, .start = at, .added = added };
	return end > at;
}

static const struct name *find_name(const struct concat *concat, struct slice name)
{
	for (size_t i = concat->count; i-- > 0;) {
		if (slice_eq(concat->names[i].name, name))
			return &concat->names[i];
	}
	return NULL;
}

/* The known name that begins at *at, blanks and braces before it skipped; sets *at behind it. */
static const struct name *read_known(const struct concat *concat, size_t *at, size_t end)
{
	const char *text = concat->decode->text.ptr;
	size_t from = *at, to;

	while (from < end && from < *at + 4 && (text[from] == ' ' || text[from] == '{' || text[from] == '}'))
		from++;
	to = from;
	while (to < end && to - from < NAME_MAX_BYTES && is_name(text[to]))
		to++;
	*at = to;
	return to > from ? find_name(concat, (struct slice){ text + from, to - from }) : NULL;
}

/* Behind a name: what adds the next one to it. */
static bool skip_plus(const char *text, size_t *at, size_t end)
{
	size_t i = *at;

	while (i < end && i < *at + 2 && text[i] == ' ')
		i++;
	if (i >= end || !memchr("+.&}", text[i], 4))
		return false;
	*at = i + 1;
	return true;
}

/* A sum of two or more names at `at`, which is at its first. It takes no more bytes than the assignments do, however
 * often a name is added. */
static bool put_sum(const struct concat *concat, size_t at, size_t end, struct sink *sink)
{
	const char *text = concat->decode->text.ptr;
	size_t most = concat->names[concat->count - 1].end - concat->names[0].start, terms = 0;

	do {
		const struct name *name = read_known(concat, &at, end);

		if (!name || name->literal.len > most - sink->len)
			break;
		sink_add(sink, name->literal.ptr, name->literal.len);
		terms++;
	} while (skip_plus(text, &at, end) && !sink->cut);
	return terms >= 2;
}

/* Names are added up, in the order that the sum says. */
static bool find_sum(const struct concat *concat, size_t from, size_t to, struct sink *sink)
{
	const char *text = concat->decode->text.ptr;
	bool begins[256] = { false };

	for (size_t i = 0; i < concat->count; i++)
		begins[(unsigned char)concat->names[i].name.ptr[0]] = true;
	concat->decode->steps += to - from;
	for (size_t at = from; at < to; at++) {
		if (!begins[(unsigned char)text[at]] || (at > 0 && is_name(text[at - 1])))
			continue;
		sink->len = 0;
		if (put_sum(concat, at, to, sink))
			return true;
	}
	return false;
}

/* a, b, c; part1, part2. */
static bool is_numbered(struct slice name)
{
	return name.len == 1 || byte_is(name.ptr[name.len - 1], BYTE_DIGIT);
}

/* All but the first are added to the same name. */
static bool is_added(const struct concat *concat)
{
	bool added = true;

	for (size_t i = 1; i < concat->count && added; i++)
		added = concat->names[i].added && slice_eq(concat->names[i].name, concat->names[0].name);
	return added;
}

/* No sum: in the order of assignment, where the names say that they belong together. */
static bool put_in_order(const struct concat *concat, struct sink *sink)
{
	sink->len = 0;
	for (size_t i = 0; i < concat->count; i++) {
		if (!is_numbered(concat->names[i].name) && !is_added(concat))
			return false;
		sink_add(sink, concat->names[i].literal.ptr, concat->names[i].literal.len);
	}
	return true;
}

static void end_names(struct concat *concat)
{
	struct decode *decode = concat->decode;

	if (concat->count >= 2 && !decode->full) {
		struct sink sink = decode_sink(decode);
		size_t start = concat->names[0].start, end = concat->names[concat->count - 1].end;
		size_t to = decode->text.len - end < USE_NEAR ? decode->text.len : end + USE_NEAR;

		if ((find_sum(concat, end, to, &sink) || put_in_order(concat, &sink)) && sink.len >= RESULT_LEAST &&
		    (decode_is_text(sink_slice(&sink), TEXT_STRICT) || decode_is_packed(decode, &sink)))
			decode_keep(decode, DECODER_CONCAT, start, end, &sink);
	}
	concat->count = 0;
}

static void take_name(struct concat *concat, size_t open, size_t close)
{
	struct name name;

	if (!read_assignment(concat, open, &name))
		return;
	if (concat->count == NAMES_MAX ||
	    (concat->count > 0 && name.start > concat->names[concat->count - 1].end + USE_NEAR))
		end_names(concat);
	name.literal = between(concat, open, close);
	name.end = close + 1;
	concat->names[concat->count++] = name;
}

/* ---- both ---- */

/* Which quote opens is not known (apostrophes, inches): every pair of neighbours is tried. Takes chains whose first
 * literal opens before `end`; returns where to go on. */
static size_t take_chains(struct concat *concat, size_t at, size_t end)
{
	size_t len = concat->decode->text.len, open = next_quote(concat, at), close, next;

	while (open < end && !concat->decode->full) {
		enum joiner joiner = JOINER_NONE;

		close = next_quote(concat, open + 1);
		if (close == len)
			return len;
		if (is_literal(between(concat, open, close))) {
			next = next_quote(concat, close + 1);
			joiner = next < len ? read_joiner(between(concat, close, next)) : JOINER_NONE;
		}
		open = joiner == JOINER_NONE ? close : take_chain(concat, open, close, joiner, next);
	}
	return open;
}

static size_t take_names(struct concat *concat, size_t at, size_t end)
{
	size_t len = concat->decode->text.len, open = next_quote(concat, at), close;

	while (open < end && !concat->decode->full) {
		close = next_quote(concat, open + 1);
		if (close < len && is_literal(between(concat, open, close)))
			take_name(concat, open, close);
		open = close;
	}
	return open;
}

static void decode_quotes(struct decode *decode, enum map_kind quotes, enum hot_kind joined, enum hot_kind named)
{
	struct concat concat = { .decode = decode, .quotes = quotes, .count = 0 };
	size_t len = decode->text.len, at = 0, end, hot;

	while (!decode->full && (hot = decode_next_hot(decode, joined, at, &end)) < len) {
		/* The first literal is in the blocks before. */
		at = take_chains(&concat, hot < at + CHAIN_BEFORE ? at : hot - CHAIN_BEFORE, end);
	}
	at = 0;
	while (!decode->full && (at = decode_next_hot(decode, named, at, &end)) < len)
		at = take_names(&concat, at, end);
	end_names(&concat);
}

void decode_concat(struct decode *decode)
{
	decode_quotes(decode, MAP_QUOTES, HOT_JOINED, HOT_NAMED);
	if (!decode->full)
		decode_quotes(decode, MAP_APOSTROPHES, HOT_JOINED_SINGLE, HOT_NAMED_SINGLE);
}
