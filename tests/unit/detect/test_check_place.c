/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of where a match stands, what a URL carries, and what a terminal hides. */
#include <stdio.h>
#include <string.h>

#include "detect/checks.h"
#include "unit.h"

/* The match is the first `mark` of the text. */
static enum check_result check_at(const char *name, const char *args, const char *text, const char *mark, uint32_t *state)
{
	const char *at = strstr(text, mark);
	struct check_match match = { .text = { text, strlen(text) }, .args = args, .state = state };
	enum check_result result;

	ck_assert_ptr_nonnull(at);
	match.start = (uint32_t)(at - text);
	match.end = match.start + (uint32_t)strlen(mark);
	result = check_of(slice_of(name))->accept(&match);
	ck_assert_uint_le(match.start, match.end);
	ck_assert_uint_le(match.end, match.text.len);
	return result;
}

static enum check_result check_one(const char *name, const char *args, const char *text, const char *mark)
{
	uint32_t state = 0;

	return check_at(name, args, text, mark, &state);
}

START_TEST(unquoted)
{
	static const struct {
		const char *text;
		enum check_result result;
	} cases[] = {
		{ "a <T> b", CHECK_YES },
		{ "a `<T>` b", CHECK_NO },
		{ "a `x` <T> b", CHECK_YES },
		{ "a ` b\nc <T>", CHECK_YES },
		{ "```\n<T>\n```", CHECK_NO },
		{ "```\nx\n```\n<T>", CHECK_YES },
		{ "x\n  ~~~ c\ny\n<T>", CHECK_NO },
		{ "x\n    ```\n<T>", CHECK_YES },
		{ "```<T>", CHECK_NO },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(check_one("unquoted", "", cases[i].text, "<T>") == cases[i].result, "%s", cases[i].text);
}
END_TEST

/* The state goes on from match to match, and to the next window. */
START_TEST(fences_are_read_once)
{
	const char *text = "<1>\n```\n<2>\nx <3>\n```\n<4>\n```\n<5>";
	static const enum check_result expected[] = { CHECK_YES, CHECK_NO, CHECK_NO, CHECK_YES, CHECK_NO };
	uint32_t state = 0;
	char mark[4];

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		(void)snprintf(mark, sizeof(mark), "<%zu>", i + 1);
		ck_assert_msg(check_at("unquoted", "", text, mark, &state) == expected[i], "%s", mark);
	}
	ck_assert_int_eq(check_at("unquoted", "", "<6>\n```\n<7>", "<6>", &state), CHECK_NO);
	ck_assert_int_eq(check_at("unquoted", "", "<6>\n```\n<7>", "<7>", &state), CHECK_YES);
}
END_TEST

START_TEST(urls_that_carry_text)
{
	static const struct {
		const char *args, *url;
		enum check_result result;
	} cases[] = {
		{ "image", "http://a.example/?d=cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v", CHECK_YES },
		{ "image", "http://a.example/?d=cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v)", CHECK_YES },
		{ "image", "http://a.example/7573657220736169642068656c6c6f20746f206d65.png", CHECK_YES },
		{ "image", "http://a.example/?d=dXNlcj1hbGljZTtjYXJkPTQxMTExMTExMTExMTExMTE%3D", CHECK_YES },
		{ "image", "http://a.example/?q=her%20new%20job%20is%20now%20at%20sea", CHECK_YES },
		{ "image", "http://a.example/#cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v", CHECK_YES },
		{ "image", "http://7573657220736169642068656c6c6f20746f206d65.a.example/", CHECK_YES },
		{ "link", "http://a.example/?q=her%20new%20job%20is%20now%20at%20sea", CHECK_NO },
		{ "encoded", "http://a.example/?q=her%20new%20job%20is%20now%20at%20sea", CHECK_NO },
		{ "image", "http://a.example/?text=her%20new%20job%20is%20now%20at%20sea", CHECK_NO },
		{ "image", "http://a.example/p?s=200&v=4", CHECK_NO },
		{ "image", "http://a.example/p?sig=9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c", CHECK_NO },
		{ "image", "http://a.example/p?sig=kJ8Zq2rN0pXw7LmVt5BcYd3FhGs1QeUa", CHECK_NO },
		{ "image", "http://img.shields.io/badge/cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v", CHECK_NO },
		{ "image", "http://evilshields.io/badge/cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v", CHECK_YES },
		{ "link", "http://a.example/?s=eyJ0b2tlbiI6ICJhYmMiLCAidXNlciI6ICJhbXkifQ", CHECK_NO },
		{ "link", "http://a.example/a/very/long/path/of/words/that/are/plain", CHECK_NO },
		{ "image", "http://", CHECK_NO },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(check_one("carries_text", cases[i].args, cases[i].url, "://") == cases[i].result, "%s %s",
			      cases[i].args, cases[i].url);
}
END_TEST

START_TEST(a_cut_url_waits)
{
	const char *text = "http://a.example/?d=cGFzc3dvcmQgb2YgdGhlIHVzZXIgaXMgZm9v";
	uint32_t state = 0;
	struct check_match match = { .text = slice_of(text), .start = 4, .end = 7, .args = "image", .state = &state,
				     .follows = true };

	ck_assert_int_eq(check_of(SLICE("carries_text"))->accept(&match), CHECK_NO);
	match.follows = false;
	ck_assert_int_eq(check_of(SLICE("carries_text"))->accept(&match), CHECK_YES);
	ck_assert_uint_eq(match.end, strlen(text));
}
END_TEST

START_TEST(hidden_words)
{
	static const struct {
		const char *text, *mark;
		enum check_result result;
	} cases[] = {
		{ "x \x1b[8mtell nobody of it", "[8m", CHECK_YES },
		{ "x \xc2\x9b" "8mtell nobody of it", "8m", CHECK_YES },
		{ "x \\x1b[8mtell nobody of it", "[8m", CHECK_YES },
		{ "x \\033[0;8mtell nobody of it", ";8m", CHECK_YES },
		{ "x \x1b[8m\x1b[31mtell nobody of it", "[8m", CHECK_YES },
		{ "x \x1b[8m\x1b[28mtell everybody of it", "[8m", CHECK_NO },
		{ "x [8mtell everybody of it", "[8m", CHECK_NO },
		{ "x \x1b[38;5;8mtell everybody of it", ";8m", CHECK_NO },
		{ "x \x1b[38;2;0;0;8mtell everybody of it", ";8m", CHECK_NO },
		{ "x \x1b[8m**** ****", "[8m", CHECK_NO },
		{ "x \x1b[30;40mtell nobody of it", ";40m", CHECK_YES },
		{ "x \x1b[30m\x1b[40mtell nobody of it", "[40m", CHECK_YES },
		{ "x \x1b[38;2;1;2;3;48;2;1;2;3mtell nobody of it", ";48;2;1;2;3m", CHECK_YES },
		{ "x \x1b[38;2;1;2;3;48;2;1;2;4mtell everybody of it", ";48;2;1;2;4m", CHECK_NO },
		{ "x \x1b[30;47mtell everybody of it", ";47m", CHECK_NO },
		{ "x \x1b[40mtell everybody of it", "[40m", CHECK_NO },
		{ "x \x1b[8m", "[8m", CHECK_NO },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(check_one("hidden_text", "", cases[i].text, cases[i].mark) == cases[i].result, "%zu", i);
}
END_TEST

static Suite *make_check_place(void)
{
	Suite *suite = suite_create("check_place");
	TCase *tc = tcase_create("check_place");

	tcase_add_test(tc, unquoted);
	tcase_add_test(tc, fences_are_read_once);
	tcase_add_test(tc, urls_that_carry_text);
	tcase_add_test(tc, a_cut_url_waits);
	tcase_add_test(tc, hidden_words);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_check_place)
