/* SPDX-License-Identifier: Apache-2.0 */
/* Checks without the engine: a text, where the match stands in it, and what the check says. */
#ifndef PROMTAP_TESTS_CHECK_PLAY_H
#define PROMTAP_TESTS_CHECK_PLAY_H

#include <string.h>

#include "detect/checks.h"
#include "unit.h"

/* The last one, for what it set. */
static struct check_match played;
static uint32_t played_state;

/* `from` and `to` of the match, in a text that is copied to its exact size, so that sanitizers see what reads beside it. */
static enum check_result play_at(const char *name, const char *args, struct slice text, uint32_t from, uint32_t to)
{
	static char copy[64 * 1024];
	const struct check *check = check_of(slice_of(name));
	char *place = copy + sizeof(copy) - text.len;
	uint32_t before = played_state;
	enum check_result result;

	ck_assert_msg(check != NULL, "%s", name);
	ck_assert_msg(check_args_fit(check, args), "%s %s", name, args);
	memcpy(place, text.ptr, text.len);
	played.text = (struct slice){ place, text.len };
	played.start = from;
	played.end = to;
	played.args = args;
	played.state = &played_state;
	result = check->accept(&played);
	ck_assert_msg(check->keeps || played_state == before, "%s keeps something, and its row does not say so", name);
	return result;
}

/* The match is what stands between the signs [[ and ]], which are left out. */
static enum check_result play(const char *name, const char *args, const char *marked)
{
	static char text[32 * 1024];
	const char *open = strstr(marked, "[["), *close = strstr(marked, "]]");
	size_t from = (size_t)(open - marked), to = (size_t)(close - open) - 2 + from;
	size_t len = strlen(marked) - 4;

	ck_assert(len < sizeof(text));
	memcpy(text, marked, from);
	memcpy(text + from, open + 2, to - from);
	memcpy(text + to, close + 2, len - to);
	return play_at(name, args, (struct slice){ text, len }, (uint32_t)from, (uint32_t)to);
}

#define yes(...) ck_assert_int_eq(play(__VA_ARGS__), CHECK_YES)
#define weak(...) ck_assert_int_eq(play(__VA_ARGS__), CHECK_WEAK)
#define no(...) ck_assert_int_eq(play(__VA_ARGS__), CHECK_NO)

#endif
