/* SPDX-License-Identifier: Apache-2.0 */
/* Finds numbers of person_ids.h where an expression saw one end, or beside a word that names one. */
#include "detect/check_kinds.h"
#include "detect/check_text.h"
#include "detect/person_ids.h"

#define NEAR_BYTES 48u
#define SIGNS_MAX 6u	/* that part the groups of one number */

bool check_person_args_fit(const char *args)
{
	struct slice names = slice_of(args), name;

	while ((name = check_next_word(&names, ' ')).len > 0) {
		if (!person_id_of(name, NULL))
			return false;
	}
	return args[0] != '\0';
}

static bool fits_place(char place, char c)
{
	switch (place) {
	case 'd':
		return char_is(c, CHARS_DIGIT);
	case 'A':
		return char_is(c, CHARS_UPPER);
	case 'c':
		return c && strchr("-+ABCDEFUVWXY", c);
	default:
		return char_is(c, CHARS_DIGIT | CHARS_UPPER);
	}
}

/* The characters that the pattern asks for, signs between them left out. Where it ends, or 0. */
static uint32_t read_id(const struct check_match *match, uint32_t at, const struct person_id *kind, char id[PERSON_ID_CHARS])
{
	uint32_t n = 0, signs = 0;

	for (; kind->pattern[n]; at++) {
		if (at >= match->text.len)
			return 0;
		if (fits_place(kind->pattern[n], match->text.ptr[at]))
			id[n++] = match->text.ptr[at];
		else if (n == 0 || !match->text.ptr[at] || !strchr(kind->between, match->text.ptr[at]) || ++signs > SIGNS_MAX ||
			 match->text.ptr[at - 1] == match->text.ptr[at])
			return 0;
	}
	return at;
}

static enum check_result judge(const struct person_id *kind, const char *id)
{
	struct slice text = { id, strlen(kind->pattern) };

	if (!kind->valid(id))
		return CHECK_NO;
	return kind->specimen && slice_eq(text, slice_of(kind->specimen)) ? CHECK_WEAK : CHECK_YES;
}

/* A valid number of that kind from there on. */
static enum check_result id_at(struct check_match *match, uint32_t at, const struct person_id *kind)
{
	char id[PERSON_ID_CHARS];
	uint32_t end;
	enum check_result result;

	if (!check_number_starts(match, at))
		return CHECK_NO;
	end = read_id(match, at, kind, id);
	if (!end || !check_number_ends(match, end))
		return CHECK_NO;
	result = judge(kind, id);
	if (result != CHECK_NO) {
		match->start = at;
		match->end = end;
	}
	return result;
}

static enum check_result id_ending(struct check_match *match, const struct person_id *kind)
{
	uint32_t len = (uint32_t)strlen(kind->pattern), end = match->end;

	for (uint32_t width = len; width <= len + SIGNS_MAX && width <= end; width++) {
		char id[PERSON_ID_CHARS];

		if (read_id(match, end - width, kind, id) == end)
			return id_at(match, end - width, kind);
	}
	return CHECK_NO;
}

/* The match ends with the number. */
enum check_result check_person_id(struct check_match *match)
{
	struct slice names = slice_of(match->args), name;
	enum check_result result = CHECK_NO;

	while (result == CHECK_NO && (name = check_next_word(&names, ' ')).len > 0) {
		for (const struct person_id *kind = NULL; result == CHECK_NO && (kind = person_id_of(name, kind));)
			result = id_ending(match, kind);
	}
	return result;
}

/* The first number of the kind in the stretch. */
static enum check_result id_within(struct check_match *match, uint32_t from, uint32_t to, struct slice name)
{
	enum check_result result = CHECK_NO;

	for (uint32_t at = from; at < to; at++) {
		if (!char_is(match->text.ptr[at], CHARS_DIGIT | CHARS_UPPER))
			continue;
		for (const struct person_id *kind = NULL; result == CHECK_NO && (kind = person_id_of(name, kind));)
			result = id_at(match, at, kind);
		if (result != CHECK_NO)
			break;
	}
	return result;
}

/* The match is a word that names the number, which stands beside it on the same line: behind, or a little before. */
enum check_result check_person_id_near(struct check_match *match)
{
	struct slice after = check_line_after(match, match->end, NEAR_BYTES);
	struct slice before = check_line_before(match, match->start, NEAR_BYTES / 2);
	struct slice names = slice_of(match->args), name;
	uint32_t start = match->start, end = match->end;
	enum check_result result = CHECK_NO;

	/* "cpr" is no part of "cprs"; "cpr_number" it may be. */
	if (end < match->text.len && char_is(match->text.ptr[end], CHARS_ALNUM))
		return CHECK_NO;
	while (result == CHECK_NO && (name = check_next_word(&names, ' ')).len > 0) {
		result = id_within(match, end, end + (uint32_t)after.len, name);
		if (result == CHECK_NO)
			result = id_within(match, start - (uint32_t)before.len, start, name);
	}
	return result;
}
