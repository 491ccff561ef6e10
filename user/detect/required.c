/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/required.h"

#include <stdint.h>

#define DEPTH_MAX 32		/* of groups */
#define PIECES_MAX 128		/* of a sequence; of what comes behind nothing is known */
#define WINDOW_PIECES_MAX 24	/* that are put together to literals */
#define CLASS_MAX 8		/* characters that are tried one by one */
#define COPIES_MAX 4		/* of what is repeated */
#define NO_END UINT32_MAX

/* A part of an expression. */
struct piece {
	struct literal_set exact;	/* it matches these and nothing else, may be the empty one */
	struct literal_set best;	/* whatever it matches holds one of these */
	bool plain;			/* a character that stands for itself, or some */
};

struct sequence_pieces {
	struct piece pieces[PIECES_MAX];
	size_t count;
	bool over;			/* there was no room for all */
};

struct reader {
	const char *at;
	struct arena *arena;
	bool caseless;
	bool failed;			/* it holds what is not known here */
	bool floats;			/* a sequence outside of groups does not begin with ^ */
	unsigned int depth;
};

/* Of a class: those that it holds. */
struct characters {
	bool has[256];
};

static struct piece read_alternatives(struct reader *reader);

static const struct piece anything;

static unsigned char lower(unsigned char c)
{
	return (unsigned int)(c - 'A') < 26 ? c | 0x20 : c;
}

static struct piece piece_of(struct reader *reader, struct slice literal)
{
	return (struct piece){ .exact = literal_set_one(reader->arena, literal) };
}

static struct piece piece_of_byte(struct reader *reader, unsigned char byte)
{
	char c = (char)(reader->caseless ? lower(byte) : byte);
	struct piece piece = piece_of(reader, (struct slice){ &c, 1 });

	piece.plain = true;
	return piece;
}

static struct piece piece_fail(struct reader *reader)
{
	reader->failed = true;
	return anything;
}

/* ---- what is better to look for ---- */

static struct literal_set cheaper(struct reader *reader, struct literal_set a, const struct literal_set *b)
{
	struct literal_set reduced;

	if (literal_set_hopeless(b, &a))
		return a;
	reduced = literal_set_reduced(reader->arena, b);
	return literal_set_cheaper(&reduced, &a) ? reduced : a;
}

/* Of what is matched by either: of each its best, or itself. */
static struct piece either(struct reader *reader, const struct piece *a, const struct piece *b)
{
	struct literal_set best_a = cheaper(reader, a->best, &a->exact);
	struct literal_set best_b = cheaper(reader, b->best, &b->exact);

	return (struct piece){
		.exact = literal_set_either(reader->arena, &a->exact, &b->exact),
		.best = literal_set_either(reader->arena, &best_a, &best_b),
	};
}

/* The best that pieces from `first` on make together, as long as all are exact. */
static struct literal_set best_from(struct reader *reader, const struct sequence_pieces *sequence, size_t first,
				    struct piece *whole)
{
	struct literal_set best = sequence->pieces[first].best, joined = sequence->pieces[first].exact;
	size_t end = first + 1;

	best = cheaper(reader, best, &joined);
	for (; end < sequence->count && joined.count > 0 && end < first + WINDOW_PIECES_MAX; end++) {
		joined = literal_set_both(reader->arena, &joined, &sequence->pieces[end].exact);
		best = cheaper(reader, best, &joined);
	}
	if (first == 0 && end == sequence->count && !sequence->over)
		whole->exact = joined;
	return best;
}

static struct piece piece_of_sequence(struct reader *reader, const struct sequence_pieces *sequence)
{
	struct piece whole = anything;

	if (sequence->count == 0)
		return piece_of(reader, SLICE(""));
	for (size_t i = 0; i < sequence->count; i++) {
		struct literal_set best = best_from(reader, sequence, i, &whole);

		whole.best = cheaper(reader, whole.best, &best);
	}
	return whole;
}

/* ---- classes ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH and \x{H...}; behind the x. -1: none of these, or no byte. */
static int read_hex(struct reader *reader)
{
	bool braces = *reader->at == '{';
	int value = 0, digits = 0;

	reader->at += braces;
	for (; hex_digit(*reader->at) >= 0 && digits < (braces ? 8 : 2); digits++)
		value = value > 0xff ? value : value * 16 + hex_digit(*reader->at++);
	if (digits == 0 || value > 0xff || (braces && *reader->at != '}'))
		return -1;
	reader->at += braces;
	return value;
}

/* At most three digits, of which the first was `first`. */
static int read_octal(struct reader *reader, char first)
{
	int value = first - '0';

	for (int digits = 1; digits < 3 && *reader->at >= '0' && *reader->at <= '7'; digits++)
		value = value * 8 + (*reader->at++ - '0');
	return value;
}

/* The byte that an escape stands for, behind the backslash and `c`. -1: it stands for none. */
static int escaped_byte(struct reader *reader, char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'f':
		return '\f';
	case 'a':
		return '\a';
	case 'e':
		return 0x1b;
	case 'x':
		return read_hex(reader);
	case '0':
		return read_octal(reader, c);
	default:
		return (unsigned int)((c | 0x20) - 'a') < 26 || (unsigned int)(c - '0') < 10 ? -1 : (unsigned char)c;
	}
}

/* \s, \d, \w, and in upper case what they are not; false: none of these. */
static bool add_escaped_class(struct characters *characters, char c)
{
	char kind = c | 0x20;

	for (int i = 0; i < 256; i++) {
		bool digit = i >= '0' && i <= '9', letter = (unsigned int)((i | 0x20) - 'a') < 26;
		bool in = (kind == 's' && (i == ' ' || (i >= '\t' && i <= '\r'))) || (kind == 'd' && digit) ||
			  (kind == 'w' && (digit || letter || i == '_'));

		characters->has[i] |= in == (c == kind);
	}
	return kind == 's' || kind == 'd' || kind == 'w';
}

/* One member, or the end of a range. -1: it is a class by itself, and in `characters`; reads nothing that is not known. */
static int read_member(struct reader *reader, struct characters *characters)
{
	char c = *reader->at++, escaped;
	int byte;

	if (c != '\\')
		return (unsigned char)c;
	escaped = *reader->at;
	if (escaped == '\0')
		return '\\';
	reader->at++;
	if (escaped == 'b')
		return '\b';
	byte = escaped_byte(reader, escaped);
	if (byte < 0 && !add_escaped_class(characters, escaped))
		reader->failed = true;
	return byte;
}

static void read_members(struct reader *reader, struct characters *characters)
{
	bool first = true;

	while (*reader->at && (*reader->at != ']' || first) && !reader->failed) {
		int from, to;

		/* [:alpha:] and its like. */
		if (reader->at[0] == '[' && strchr(":.=", reader->at[1]) && reader->at[1]) {
			reader->failed = true;
			return;
		}
		first = false;
		from = to = read_member(reader, characters);
		if (reader->at[0] == '-' && reader->at[1] && reader->at[1] != ']') {
			reader->at++;
			to = read_member(reader, characters);
			reader->failed |= from < 0 || to < from;
		}
		for (int i = from; i >= 0 && i <= to; i++)
			characters->has[i] = true;
	}
	reader->failed |= *reader->at != ']';
	reader->at += *reader->at == ']';
}

static struct piece piece_of_characters(struct reader *reader, const struct characters *characters, bool negated)
{
	bool seen[256] = { false };
	struct piece piece = anything;
	size_t count = 0;

	for (int i = 0; i < 256; i++) {
		unsigned char c = reader->caseless ? lower((unsigned char)i) : (unsigned char)i;
		struct piece one;

		if (characters->has[i] == negated || seen[c])
			continue;
		seen[c] = true;
		if (++count > CLASS_MAX)
			return anything;
		one = piece_of_byte(reader, c);
		piece.exact = count > 1 ? literal_set_either(reader->arena, &piece.exact, &one.exact) : one.exact;
	}
	return piece;
}

static struct piece read_class(struct reader *reader)
{
	struct characters characters = { { false } };
	bool negated = *reader->at == '^';

	reader->at += negated;
	read_members(reader, &characters);
	return piece_of_characters(reader, &characters, negated);
}

/* ---- characters and groups ---- */

static struct piece read_escape(struct reader *reader)
{
	struct characters characters = { { false } };
	char c = *reader->at;
	int byte;

	if (c == '\0')
		return piece_fail(reader);
	reader->at++;
	if (strchr("bBAzZ", c))
		return piece_of(reader, SLICE(""));
	byte = escaped_byte(reader, c);
	if (byte >= 0)
		return piece_of_byte(reader, (unsigned char)byte);
	return add_escaped_class(&characters, c) ? piece_of_characters(reader, &characters, false) : piece_fail(reader);
}

/* Behind "(?": the flags of (?i) and (?i:...), which change nothing but case, and that was asked for before. */
static bool skip_flags(struct reader *reader)
{
	while (*reader->at && strchr("ims-", *reader->at))
		reader->at++;
	return *reader->at == ':' || *reader->at == ')';
}

static struct piece read_group(struct reader *reader)
{
	struct piece piece;

	if (*reader->at == '*' || ++reader->depth > DEPTH_MAX)
		return piece_fail(reader);
	if (*reader->at == '?') {
		reader->at++;
		if (!skip_flags(reader))
			return piece_fail(reader);
		if (*reader->at++ == ')') {
			reader->depth--;
			return piece_of(reader, SLICE(""));
		}
	}
	piece = read_alternatives(reader);
	if (*reader->at != ')')
		return piece_fail(reader);
	reader->at++;
	reader->depth--;
	return piece;
}

static struct piece read_atom(struct reader *reader)
{
	char c = *reader->at++;

	switch (c) {
	case '.':
		return anything;
	case '^':
	case '$':
		return piece_of(reader, SLICE(""));
	case '[':
		return read_class(reader);
	case '(':
		return read_group(reader);
	case '\\':
		return read_escape(reader);
	case '*':
	case '+':
	case '?':
		return piece_fail(reader);
	default:
		return piece_of_byte(reader, (unsigned char)c);
	}
}

/* ---- repetition ---- */

static bool read_number(const char **at, uint32_t *ret)
{
	const char *from = *at;

	for (*ret = 0; **at >= '0' && **at <= '9'; (*at)++)
		*ret = *ret < NO_END / 16 ? *ret * 10 + (uint32_t)(**at - '0') : NO_END;
	return *at > from;
}

/* {n}, {n,}, {n,m}; else the brace stands for itself. */
static bool read_braces(struct reader *reader, uint32_t *least, uint32_t *most)
{
	const char *at = reader->at + 1;

	if (!read_number(&at, least))
		return false;
	*most = *least;
	if (*at == ',') {
		at++;
		if (!read_number(&at, most))
			*most = NO_END;
	}
	if (*at != '}')
		return false;
	reader->at = at + 1;
	return true;
}

/* False: the atom stands once. */
static bool read_repeat(struct reader *reader, uint32_t *least, uint32_t *most)
{
	char c = *reader->at;

	*least = c == '+';
	*most = c == '?' ? 1 : NO_END;
	if (c == '{') {
		if (!read_braces(reader, least, most))
			return false;
	} else if (c == '*' || c == '+' || c == '?') {
		reader->at++;
	} else {
		return false;
	}
	reader->at += *reader->at == '?';	/* how much is tried first makes no difference */
	return true;
}

static void add(struct sequence_pieces *sequence, struct reader *reader, struct piece piece)
{
	struct piece *last = sequence->count ? &sequence->pieces[sequence->count - 1] : NULL;

	/* One word of plain characters is no two: a part of it says no more, and the rest is in the way. */
	if (last && last->plain && piece.plain) {
		struct literal_set joined = literal_set_both(reader->arena, &last->exact, &piece.exact);

		if (joined.count > 0) {
			last->exact = joined;
			return;
		}
	}
	if (sequence->count < PIECES_MAX)
		sequence->pieces[sequence->count++] = piece;
	else
		sequence->over = true;
}

/* It begins with `least` of them, and ends with as many. */
static void add_repeated(struct sequence_pieces *sequence, struct reader *reader, struct piece piece, uint32_t least,
			 uint32_t most)
{
	uint32_t copies = least < COPIES_MAX ? least : COPIES_MAX;

	if (least == 0) {
		struct literal_set empty = literal_set_one(reader->arena, SLICE(""));

		add(sequence, reader,
		    (struct piece){ .exact = most == 1 ? literal_set_either(reader->arena, &piece.exact, &empty) :
							 (struct literal_set){ 0 } });
		return;
	}
	for (uint32_t i = 0; i < copies; i++)
		add(sequence, reader, piece);
	if (most == copies)
		return;
	add(sequence, reader, anything);
	for (uint32_t i = 0; i < copies; i++)
		add(sequence, reader, piece);
}

static struct piece read_sequence(struct reader *reader)
{
	struct sequence_pieces sequence = { .count = 0 };

	reader->floats |= reader->depth == 0 && *reader->at != '^';
	while (*reader->at && *reader->at != '|' && *reader->at != ')' && !reader->failed) {
		struct piece piece = read_atom(reader);
		uint32_t least, most;

		if (read_repeat(reader, &least, &most))
			add_repeated(&sequence, reader, piece, least, most);
		else
			add(&sequence, reader, piece);
	}
	return piece_of_sequence(reader, &sequence);
}

static struct piece read_alternatives(struct reader *reader)
{
	struct piece piece = read_sequence(reader);

	while (*reader->at == '|' && !reader->failed) {
		struct piece other;

		reader->at++;
		other = read_sequence(reader);
		piece = either(reader, &piece, &other);
	}
	return piece;
}

/* ---- the whole ---- */

/* Somewhere a group ignores case: then all is looked for so, which finds more. */
static bool has_caseless_group(const char *expression)
{
	for (const char *at = strstr(expression, "(?"); at; at = strstr(at + 2, "(?"))
		if (at[2 + strspn(at + 2, "ms-")] == 'i')
			return true;
	return false;
}

void required_read(const char *expression, bool caseless, struct arena *arena, struct required *ret)
{
	struct reader reader = {
		.at = expression,
		.arena = arena,
		.caseless = caseless || has_caseless_group(expression),
	};
	struct piece piece = read_alternatives(&reader);

	*ret = (struct required){ .caseless = reader.caseless, .anchored = !reader.floats };
	if (reader.failed || *reader.at)
		return;
	piece.best = cheaper(&reader, (struct literal_set){ 0 }, &piece.best);
	ret->literals = cheaper(&reader, piece.best, &piece.exact);
	piece.exact = literal_set_reduced(arena, &piece.exact);
	ret->whole = ret->literals.count > 0 && literal_set_equal(&piece.exact, &ret->literals);
}
