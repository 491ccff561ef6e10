/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that a terminal does not show: concealed (SGR 8), or in the colour of
 * their ground. ECMA-48 section 8.3.117; extended colours are those of
 * ISO 8613-6. Introducers are taken raw, in eight bits, and written out.
 */
#include "base/cleanup.h"
#include "detect/check_kinds.h"

#define SEQUENCES_MAX 8		/* one behind the other before the words */
#define PARAMETERS_BYTES_MAX 48
#define HIDDEN_WORDS_MIN 3
#define LOOK_BACK 96

struct look {
	bool concealed;
	int32_t front, back;	/* colours as one number; -1: the terminal's own */
};

/* Bytes of a control sequence introducer at the front; 0: there is none. */
static size_t introducer(struct slice left)
{
	static const struct slice forms[] = {
		SLICE("\x1b["), SLICE("\xc2\x9b"), SLICE("\\x1b["), SLICE("\\x1B["), SLICE("\\033["), SLICE("\\33["),
		SLICE("\\u001b["), SLICE("\\u001B["), SLICE("\\e["), SLICE("^[["), SLICE("\\u{1b}["), SLICE("\\x9b"),
	};

	if (left.len < 2 || !strchr("\x1b\\^\xc2", *left.ptr))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (slice_starts(left, forms[i]))
			return forms[i].len;
	return 0;
}

/* The next number of a list of parameters, -1 at its end; an empty one is 0. */
static int32_t next_number(struct slice *left)
{
	int32_t number = 0;

	if (left->len == 0)
		return -1;
	while (left->len > 0 && *left->ptr >= '0' && *left->ptr <= '9') {
		number = number < 1000 ? number * 10 + (*left->ptr - '0') : number;
		left->ptr++;
		left->len--;
	}
	if (left->len > 0) {
		left->ptr++;
		left->len--;
	}
	return number;
}

/* Behind 38 and 48: "5;N" or "2;R;G;B". */
static int32_t extended_colour(struct slice *left)
{
	int32_t kind = next_number(left), red, green, blue;

	if (kind == 5)
		return next_number(left);
	if (kind != 2)
		return -1;
	red = next_number(left);
	green = next_number(left);
	blue = next_number(left);
	return blue < 0 ? -1 : 0x1000000 | (red & 0xff) << 16 | (green & 0xff) << 8 | (blue & 0xff);
}

static void set_look(struct look *look, struct slice parameters)
{
	for (int32_t number; (number = next_number(&parameters)) >= 0;) {
		if (number == 0)
			*look = (struct look){ false, -1, -1 };
		else if (number == 8)
			look->concealed = true;
		else if (number == 28)
			look->concealed = false;
		else if (number == 38)
			look->front = extended_colour(&parameters);
		else if (number == 48)
			look->back = extended_colour(&parameters);
		else if (number >= 30 && number <= 37)
			look->front = number - 30;
		else if (number >= 40 && number <= 47)
			look->back = number - 40;
		else if (number >= 90 && number <= 97)
			look->front = number - 90 + 8;
		else if (number >= 100 && number <= 107)
			look->back = number - 100 + 8;
		else if (number == 39)
			look->front = -1;
		else if (number == 49)
			look->back = -1;
	}
}

/* Reads one sequence that sets colours. Its length; 0: there is none. */
static size_t take_sequence(struct slice left, struct look *look)
{
	size_t begin = introducer(left), end = begin;

	if (begin == 0)
		return 0;
	while (end < left.len && end - begin < PARAMETERS_BYTES_MAX &&
	       ((left.ptr[end] >= '0' && left.ptr[end] <= '9') || left.ptr[end] == ';' || left.ptr[end] == ':'))
		end++;
	if (end == left.len || left.ptr[end] != 'm')
		return 0;
	set_look(look, (struct slice){ left.ptr + begin, end - begin });
	return end + 1;
}

static bool hides(const struct look *look)
{
	return look->concealed || (look->front >= 0 && look->front == look->back);
}

/* Words up to the next control; where controls are written out, up to the end of the string literal. */
static bool has_words(struct slice left, bool written)
{
	unsigned int words = 0, letters = 0;

	for (size_t i = 0; i < left.len && words < HIDDEN_WORDS_MIN; i++) {
		unsigned char c = (unsigned char)left.ptr[i];
		bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;

		if (c == 0x1b || (written && strchr("\"'\n", c)) || introducer((struct slice){ left.ptr + i, left.len - i }) > 0)
			break;
		words += letter && letters == 1;
		letters = letter ? letters + 1 : 0;
	}
	return words >= HIDDEN_WORDS_MIN;
}

/* Where the sequence that the match ends begins, and others right before it. */
static size_t first_sequence(const struct check_match *match)
{
	size_t low = match->end > LOOK_BACK ? match->end - LOOK_BACK : 0;

	for (size_t at = low; at < match->end; at++) {
		struct look look = { false, -1, -1 };
		size_t step, end = at;

		while ((step = take_sequence((struct slice){ match->text.ptr + end, match->end - end }, &look)) > 0)
			end += step;
		if (end == match->end)
			return at;
	}
	return match->end;
}

/* The match ends with the sequence that may hide what follows. */
enum check_result check_hidden_text(struct check_match *match)
{
	size_t start = first_sequence(match), at = start, step;
	struct look look = { false, -1, -1 };
	struct slice text = match->text;
	bool written;

	if (start == match->end)
		return CHECK_NO;
	written = text.ptr[start] == '\\' || text.ptr[start] == '^';
	for (int i = 0; i < 2 * SEQUENCES_MAX; i++) {
		step = take_sequence((struct slice){ text.ptr + at, text.len - at }, &look);
		if (step == 0)
			break;
		at += step;
	}
	if (at < match->end || !hides(&look) || !has_words((struct slice){ text.ptr + at, text.len - at }, written))
		return CHECK_NO;
	match->start = (uint32_t)start;
	match->end = (uint32_t)at;
	return CHECK_YES;
}
