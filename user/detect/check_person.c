/* SPDX-License-Identifier: Apache-2.0 */
/* Finds numbers of person_ids.h where an expression saw one end, or beside a word that names one. */
#include "detect/check_kinds.h"
#include "detect/check_text.h"
#include "detect/person_ids.h"

#define NEAR_BYTES 48u
#define WORDS_BYTES 64u
#define SIGNS_MAX 6u	/* that part the groups of one number */

static bool fits_place(char place, char c)
{
	return char_is(c, (place != 'A' ? CHARS_DIGIT : 0) | (place != 'd' ? CHARS_UPPER : 0));
}

static bool is_between(const struct person_id *kind, char c)
{
	return c && strchr(kind->between, c);
}

static enum check_result judge(const struct person_id *kind, const char *id)
{
	struct slice text = { id, kind->len };

	if (!kind->valid(id))
		return CHECK_NO;
	return kind->specimen && slice_eq(text, slice_of(kind->specimen)) ? CHECK_WEAK : CHECK_YES;
}

/* ---- numbers that end where the match does --------------------------------------------------------- */

/* The characters before the end, and at which lengths a number may start: most kinds fail there. */
struct tail {
	uint32_t end;
	uint32_t at[PERSON_ID_CHARS + 1];	/* of the character that so many stand from, to the end */
	uint32_t starts;			/* bits: a border is there */
};

static struct tail tail_of(const struct check_match *match, uint32_t end)
{
	struct tail tail = { .end = end };
	uint32_t count = 0, signs = 0;

	for (uint32_t at = end; at > 0 && count < PERSON_ID_CHARS && signs <= SIGNS_MAX; at--) {
		char c = match->text.ptr[at - 1];

		if (!char_is(c, CHARS_DIGIT | CHARS_UPPER)) {
			if (!char_is(c, CHAR_DOT | CHAR_HYPHEN | CHAR_PLUS | CHAR_SLASH) && c != ' ')
				break;
			signs++;
			continue;
		}
		tail.at[++count] = at - 1;
		if (at == 1 || !char_is(match->text.ptr[at - 2], CHARS_DIGIT | CHARS_UPPER))
			tail.starts |= (uint32_t)check_number_starts(match, at - 1) << count;
	}
	return tail;
}

static bool has_layout(const struct check_match *match, const struct person_id *kind)
{
	struct slice layouts = slice_of(kind->layouts), layout;

	while ((layout = check_next_word(&layouts, '|')).len > 0) {
		if (check_is_laid_out(match, match->end, layout) && match->end - match->start == layout.len)
			return true;
	}
	return false;
}

static bool is_named(const struct check_match *match, const struct person_id *kind)
{
	return check_has_word(check_line_before(match, match->start, WORDS_BYTES), kind->words) ||
	       check_has_word(check_line_after(match, match->end, WORDS_BYTES / 2), kind->words);
}

/* The characters of the pattern from `start` on, signs left out; no group but the first and the last is of one. */
static bool take_id(const struct check_match *match, const struct person_id *kind, uint32_t start, uint32_t end,
		    char id[PERSON_ID_CHARS])
{
	uint32_t n = 0;

	for (uint32_t at = start; at < end; at++) {
		char c = match->text.ptr[at];

		if (kind->pattern[n] && fits_place(kind->pattern[n], c))
			id[n++] = c;
		else if (n < 1 || !is_between(kind, c) || (at >= start + 2 && is_between(kind, match->text.ptr[at - 2])))
			return false;
	}
	return kind->pattern[n] == '\0' && match->text.ptr[end - 2] != ' ';
}

static enum check_result id_ending(struct check_match *match, const struct tail *tail, const struct person_id *kind)
{
	char id[PERSON_ID_CHARS];
	enum check_result result;
	uint32_t start = tail->at[kind->len];

	if (!take_id(match, kind, start, tail->end, id))
		return CHECK_NO;
	result = judge(kind, id);
	if (result == CHECK_NO)
		return CHECK_NO;
	match->start = start;
	match->end = tail->end;
	return (kind->layouts && has_layout(match, kind)) || is_named(match, kind) ? result : CHECK_NO;
}

static enum check_result any_ending(struct check_match *match, const struct person_ids *ids, uint32_t end)
{
	enum check_result result = CHECK_NO;
	struct tail tail;

	if (!check_number_ends(match, end))
		return CHECK_NO;
	tail = tail_of(match, end);
	for (uint32_t i = 0; tail.starts && result == CHECK_NO && i < ids->count; i++) {
		if (tail.starts >> ids->ids[i].len & 1)
			result = id_ending(match, &tail, &ids->ids[i]);
	}
	return result;
}

/* The match ends with nine digits or more, and what is none behind them: the last character of some numbers. */
enum check_result check_person_id(struct check_match *match)
{
	const struct person_ids *ids = person_ids_of(slice_of(match->args));
	uint32_t end = check_digits_end(match);
	enum check_result result;

	if (!ids || !end)
		return CHECK_NO;
	result = any_ending(match, ids, end);
	if (result == CHECK_NO && end < match->text.len && char_is(match->text.ptr[end], CHARS_UPPER))
		result = any_ending(match, ids, end + 1);
	return result;
}

bool check_person_group_fits(const char *args)
{
	return person_ids_of(slice_of(args)) != NULL;
}

/* ---- numbers that a word names, or an expression spells ----------------------------------------------- */

/* A valid number of that kind from there on. */
static enum check_result id_at(struct check_match *match, uint32_t at, const struct person_id *kind)
{
	uint32_t n = 0, end = at, signs = 0;
	char id[PERSON_ID_CHARS];
	enum check_result result;

	for (; kind->pattern[n]; end++) {
		char c = end < match->text.len ? match->text.ptr[end] : '\0';

		if (fits_place(kind->pattern[n], c))
			id[n++] = c;
		else if (n == 0 || !is_between(kind, c) || ++signs > SIGNS_MAX || match->text.ptr[end - 1] == c)
			return CHECK_NO;
	}
	if (!check_number_starts(match, at) || !check_number_ends(match, end))
		return CHECK_NO;
	result = judge(kind, id);
	if (result != CHECK_NO) {
		match->start = at;
		match->end = end;
	}
	return result;
}

/* The first number of the kind in the stretch. */
static enum check_result id_within(struct check_match *match, uint32_t from, uint32_t to, const struct person_id *kind)
{
	enum check_result result = CHECK_NO;

	for (uint32_t at = from; result == CHECK_NO && at < to; at++) {
		if (fits_place(kind->pattern[0], match->text.ptr[at]) && check_border_before(match, at))
			result = id_at(match, at, kind);
	}
	return result;
}

static bool has_digit(const struct check_match *match, uint32_t from, uint32_t to)
{
	while (from < to && !char_is(match->text.ptr[from], CHARS_DIGIT))
		from++;
	return from < to;
}

/* The match is a word that names the number, which stands beside it on the same line: behind, or a little before. */
enum check_result check_person_id_near(struct check_match *match)
{
	uint32_t start = match->start, end = match->end;
	uint32_t to = end + (uint32_t)check_line_after(match, end, NEAR_BYTES).len;
	uint32_t from = start - (uint32_t)check_line_before(match, start, NEAR_BYTES).len;
	struct slice names = slice_of(match->args), name;
	enum check_result result = CHECK_NO;

	/* "cpr" is no part of "cprs"; "cpr_number" it may be. */
	if (end < match->text.len && char_is(match->text.ptr[end], CHARS_ALNUM))
		return CHECK_NO;
	if (!has_digit(match, end, to) && !has_digit(match, from, start))
		return CHECK_NO;
	while (result == CHECK_NO && (name = check_next_word(&names, ' ')).len > 0) {
		for (const struct person_id *kind = NULL; result == CHECK_NO && (kind = person_id_of(name, kind));) {
			result = id_within(match, end, to, kind);
			if (result == CHECK_NO)
				result = id_within(match, from, start, kind);
		}
	}
	return result;
}

/* The match ends where the number does, which is written without signs. */
enum check_result check_person_id_itself(struct check_match *match)
{
	struct slice names = slice_of(match->args), name;
	enum check_result result = CHECK_NO;
	uint32_t end = match->end;

	while (result == CHECK_NO && (name = check_next_word(&names, ' ')).len > 0) {
		const struct person_id *kind = person_id_of(name, NULL);

		if (kind && kind->len <= end)
			result = id_at(match, end - kind->len, kind);
	}
	return match->end == end ? result : CHECK_NO;
}

bool check_person_args_fit(const char *args)
{
	struct slice names = slice_of(args), name;

	while ((name = check_next_word(&names, ' ')).len > 0) {
		if (!person_id_of(name, NULL))
			return false;
	}
	return args[0] != '\0';
}
