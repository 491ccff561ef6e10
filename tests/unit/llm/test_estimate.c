/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/estimate.h"

#include <string.h>

#include "play.h"
#include "unit.h"

static int64_t tokens_of(const char *text)
{
	struct text_size size = { 0 };

	text_size_add(&size, text, strlen(text));
	return estimate_tokens(&size, 0);
}

START_TEST(test_sizes)
{
	ck_assert_int_eq(tokens_of(""), 0);
	ck_assert_int_eq(tokens_of("a"), 1);
	ck_assert_int_eq(tokens_of("four"), 1);
	ck_assert_int_eq(tokens_of("fives"), 2);
	ck_assert_int_eq(tokens_of("\xe6\xbc\xa2\xe5\xad\x97"), 2);
	ck_assert_int_eq(estimate_tokens(&(struct text_size){ 0 }, 3), 12);
}
END_TEST

/* Twelve characters of prompt and a message around them; eight of answer. */
#define PROMPT "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"0123456789ab\"}],\"stream\":true}"
#define CHUNK(text) "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}"

static void play_stream_of(struct play *play, const char *last, enum exchange_outcome outcome)
{
	play_request(play, "api.openai.com", "/v1/chat/completions", PROMPT);
	play_stream(play);
	play_event(play, CHUNK("0123"));
	play_event(play, CHUNK("4567"));
	if (last)
		play_event(play, last);
	if (outcome == OUTCOME_COMPLETE)
		play_answer_end(play);
	play_end(play, outcome);
}

START_TEST(test_off_by_default)
{
	struct play play;

	play_init(&play);
	play_stream_of(&play, "[DONE]", OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	play_done(&play);
}
END_TEST

START_TEST(test_estimates)
{
	struct play play;

	play_init_estimating(&play);
	play_stream_of(&play, "[DONE]", OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, 3 + 4);
	ck_assert_int_eq(play_call(&play)->tokens.output, 2);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_ESTIMATED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
	play_done(&play);
}
END_TEST

START_TEST(test_the_provider_wins)
{
	struct play play;

	play_init_estimating(&play);
	play_stream_of(&play, "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}", OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, 9);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_PROVIDER);
	play_done(&play);
}
END_TEST

/* What was generated before the client went away; nothing where bytes are missing. */
START_TEST(test_broken_off)
{
	struct play play;

	play_init_estimating(&play);
	play_stream_of(&play, NULL, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->tokens.output, 2);
	play_done(&play);

	play_init_estimating(&play);
	play_stream_of(&play, NULL, OUTCOME_GAP);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	play_done(&play);
}
END_TEST

START_TEST(test_whole_answer)
{
	struct play play;

	play_init_estimating(&play);
	play_request(&play, "api.anthropic.com", "/v1/messages",
		     "{\"model\":\"m\",\"max_tokens\":1,\"system\":\"0123\",\"messages\":[{\"role\":\"user\",\"content\":"
		     "[{\"type\":\"text\",\"text\":\"4567\"}]}],\"tools\":[{\"name\":\"x\"}]}");
	play_answer(&play, 200, "{\"type\":\"message\",\"role\":\"assistant\",\"stop_reason\":\"end_turn\",\"content\":["
				"{\"type\":\"text\",\"text\":\"01234567\"},{\"type\":\"tool_use\",\"input\":{\"a\":1}}]}");
	play_end(&play, OUTCOME_COMPLETE);
	/* 4 + 4 + [{"name":"x"}] and a message; 8 + {"a":1}. */
	ck_assert_int_eq(play_call(&play)->tokens.input, 6 + 4);
	ck_assert_int_eq(play_call(&play)->tokens.output, 4);
	play_done(&play);
}
END_TEST

static Suite *make_estimate(void)
{
	Suite *s = suite_create("llm: estimates");
	TCase *tcase = tcase_create("estimates");

	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_off_by_default);
	tcase_add_test(tcase, test_estimates);
	tcase_add_test(tcase, test_the_provider_wins);
	tcase_add_test(tcase, test_broken_off);
	tcase_add_test(tcase, test_whole_answer);
	suite_add_tcase(s, tcase);
	return s;
}
UNIT_SUITE(make_estimate)
