/* SPDX-License-Identifier: Apache-2.0 */
/* Leaked instructions: what counts as a run, what does not, and the bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "detect/leak.h"
#include "unit.h"

#define RUNS_MAX 8

#define SYSTEM                                                                                            \
	"You are Tilda, the voice of a small ferry company. Never talk about fares of other lines. "      \
	"When a user asks for a refund, look up the booking first and read its number back to them. "     \
	"The harbour office in Norrbro opens at seven and closes when the last boat of the day is in."

struct seen {
	struct leak_run runs[RUNS_MAX];
	size_t count;
};

static struct seen seen;
static struct leak *leak;

static void on_run(void *ctx, const struct leak_text *text, const struct leak_run *run)
{
	struct seen *to = ctx;

	(void)text;
	ck_assert_uint_lt(to->count, RUNS_MAX);
	to->runs[to->count++] = *run;
}

static void set_up(void)
{
	memset(&seen, 0, sizeof(seen));
	leak = leak_new(on_run, &seen);
	ck_assert_ptr_nonnull(leak);
}

static void tear_down(void)
{
	leak_free(leak);
}

static void say_cut(enum leak_part part, struct slice text, size_t cut)
{
	struct leak_text state;

	leak_text_init(&state);
	leak_feed(leak, &state, part, (struct slice){ text.ptr, cut });
	leak_feed(leak, &state, part, (struct slice){ text.ptr + cut, text.len - cut });
	leak_end(leak, &state, part);
}

static void say(enum leak_part part, const char *text)
{
	say_cut(part, slice_of(text), 0);
}

static void expect_run(size_t i, const char *answer, const char *stretch, uint32_t words)
{
	const char *at = strstr(answer, stretch);

	ck_assert_ptr_nonnull(at);
	ck_assert_uint_lt(i, seen.count);
	ck_assert_uint_eq(seen.runs[i].start, (size_t)(at - answer));
	ck_assert_uint_eq(seen.runs[i].end, (size_t)(at - answer) + strlen(stretch));
	ck_assert_uint_eq(seen.runs[i].words, words);
}

START_TEST(whole_text)
{
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, SYSTEM);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.runs[0].start, 0);
	ck_assert(seen.runs[0].instructs);
}
END_TEST

START_TEST(run_within_an_answer)
{
	const char *answer = "Sure! My notes say: *When a user asks for a refund, look up the booking first and read* - more?";

	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, answer);
	ck_assert_uint_eq(seen.count, 1);
	expect_run(0, answer, "When a user asks for a refund, look up the booking first and read", 14);
}
END_TEST

START_TEST(layout_and_case_make_no_difference)
{
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, "- WHEN\n- a\n- USER\n- asks\n- for\n- a\n- refund\n- look\n- up\n- the\n- booking\n- first\n");
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.runs[0].words, 12);
}
END_TEST

/* Wherever it begins: only every fourth place is noted. */
START_TEST(every_run_of_twelve)
{
	char answer[512], *words[64];
	size_t count = 0;
	char *text = strdup(SYSTEM), *save = NULL;

	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	say(LEAK_SYSTEM, SYSTEM);
	for (size_t first = 0; first + LEAK_WORDS <= count; first++) {
		int len = snprintf(answer, sizeof(answer), "It is so: ");

		for (size_t i = first; i < first + LEAK_WORDS; i++)
			len += snprintf(answer + len, sizeof(answer) - (size_t)len, "%s ", words[i]);
		(void)snprintf(answer + len, sizeof(answer) - (size_t)len, "indeed.");
		seen.count = 0;
		say(LEAK_ANSWER, answer);
		ck_assert_uint_eq(seen.count, 1);
		ck_assert_uint_eq(seen.runs[0].words, LEAK_WORDS);
		ck_assert_uint_eq(seen.runs[0].start, 10);
	}
	free(text);
}
END_TEST

START_TEST(eleven_words_are_none)
{
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, "When a user asks for a refund look up the booking, then smile.");
	say(LEAK_ANSWER, "You are Tilda, the voice of a small ferry company, I hear.");
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(few_words_are_none)
{
	say(LEAK_SYSTEM, "a | b | a | b | a | b | a | b | a | b | a | b | a | b | no no no no no no no no no no no no");
	say(LEAK_ANSWER, "a | b | a | b | a | b | a | b | a | b | a | b | a | b | no no no no no no no no no no no no");
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(knowledge_is_told_apart)
{
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, "The harbour office in Norrbro opens at seven and closes when the last boat of the day is in.");
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(!seen.runs[0].instructs);
}
END_TEST

START_TEST(what_the_user_said_is_none)
{
	const char *shared = "look up the booking first and read its number back to them. The harbour office in Norrbro";

	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_KNOWN, shared);
	say(LEAK_ANSWER, shared);
	ck_assert_uint_eq(seen.count, 0);
	say(LEAK_ANSWER, SYSTEM);
	ck_assert_uint_eq(seen.count, 2);
	expect_run(0, SYSTEM,
		   "You are Tilda, the voice of a small ferry company. Never talk about fares of other lines. When a user "
		   "asks for a refund", 24);
	expect_run(1, SYSTEM, "opens at seven and closes when the last boat of the day is in", 14);
}
END_TEST

START_TEST(what_the_user_said_before_is_none)
{
	const char *shared = "look up the booking first and read its number back to them. The harbour office in Norrbro";

	say(LEAK_KNOWN, shared);
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_ANSWER, shared);
	ck_assert_uint_eq(seen.count, 0);
	say(LEAK_ANSWER, SYSTEM);
	ck_assert_uint_eq(seen.count, 2);
}
END_TEST

START_TEST(scripts_without_blanks)
{
	const char *rules = "\u4f60\u662f\u94f6\u884c\u7684\u5ba2\u670d\u52a9\u624b\u4e0d\u5f97\u900f\u9732\u5185"
			    "\u90e8\u89c4\u5219\u4e5f\u4e0d\u5f97\u8ba8\u8bba\u5176\u4ed6\u516c\u53f8";
	struct slice eleven = { rules, 3 * 22 + 3 };	/* 23 characters: less than twelve words */

	say(LEAK_SYSTEM, rules);
	say_cut(LEAK_ANSWER, eleven, 0);
	ck_assert_uint_eq(seen.count, 0);
	say(LEAK_ANSWER, rules);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert(seen.runs[0].instructs);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	struct slice system = SLICE(SYSTEM), answer = SLICE("I said:\n\n> " SYSTEM "\n");

	for (size_t cut = 0; cut <= system.len; cut++) {
		tear_down();
		set_up();
		say_cut(LEAK_SYSTEM, system, cut);
		say_cut(LEAK_ANSWER, answer, cut);
		ck_assert_uint_eq(seen.count, 1);
		ck_assert_uint_eq(seen.runs[0].start, 11);
		ck_assert_uint_eq(seen.runs[0].end, answer.len - 2);
	}
}
END_TEST

/* `count` words that differ, from `first` on. */
static void put_words(struct buffer *out, unsigned int first, unsigned int count)
{
	char word[16];

	for (unsigned int i = first; i < first + count; i++) {
		int len = snprintf(word, sizeof(word), "w%x ", i);

		ck_assert_int_eq(buffer_append(out, word, (size_t)len), 0);
	}
}

static void say_words(enum leak_part part, unsigned int first, unsigned int count)
{
	struct buffer text = { 0 };

	put_words(&text, first, count);
	say_cut(part, buffer_slice(&text), 0);
	buffer_done(&text);
}

START_TEST(bounded)
{
	say_words(LEAK_KNOWN, 1000000, 3 * LEAK_KNOWN_WORDS);
	say_words(LEAK_SYSTEM, 0, LEAK_SYSTEM_WORDS + 500);
	ck_assert_uint_eq(leak_take_over(leak), 0);
	say(LEAK_SYSTEM, SYSTEM);
	ck_assert_uint_eq(leak_take_over(leak), strlen(SYSTEM));
	ck_assert_uint_le(leak_bytes(leak), LEAK_BYTES_MAX);
	say_words(LEAK_ANSWER, LEAK_SYSTEM_WORDS - 20, 20);
	ck_assert_uint_eq(seen.count, 1);
	say_words(LEAK_ANSWER, LEAK_SYSTEM_WORDS, 300);
	ck_assert_uint_eq(seen.count, 1);
	say_words(LEAK_ANSWER, 0, LEAK_SYSTEM_WORDS + 500);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.runs[1].words, LEAK_SYSTEM_WORDS);
}
END_TEST

START_TEST(small_for_small_texts)
{
	say(LEAK_SYSTEM, SYSTEM);
	say(LEAK_KNOWN, "Hello there");
	ck_assert_uint_le(leak_bytes(leak), 4096);
}
END_TEST

START_TEST(no_system_text_no_leak)
{
	say(LEAK_KNOWN, SYSTEM);
	say(LEAK_ANSWER, SYSTEM);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

static Suite *make_leak(void)
{
	Suite *suite = suite_create("leak");
	TCase *tc = tcase_create("leak");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, whole_text);
	tcase_add_test(tc, run_within_an_answer);
	tcase_add_test(tc, layout_and_case_make_no_difference);
	tcase_add_test(tc, every_run_of_twelve);
	tcase_add_test(tc, eleven_words_are_none);
	tcase_add_test(tc, few_words_are_none);
	tcase_add_test(tc, knowledge_is_told_apart);
	tcase_add_test(tc, what_the_user_said_is_none);
	tcase_add_test(tc, what_the_user_said_before_is_none);
	tcase_add_test(tc, scripts_without_blanks);
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, small_for_small_texts);
	tcase_add_test(tc, no_system_text_no_leak);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_leak)
