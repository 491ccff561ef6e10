/* SPDX-License-Identifier: Apache-2.0 */
/* What a call costs, as far as the wire says it: charges, terms, and units beside tokens. */
#include <string.h>

#include "base/cleanup.h"
#include "play.h"
#include "unit.h"

static struct play play;

static void setup(void)
{
	play_init(&play);
}

static void teardown(void)
{
	play_done(&play);
}

#define CHOICES "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"finish_reason\":\"stop\"}]"
#define COUNTS "\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15"

static const struct {
	const char *usage;
	int64_t pico_usd;
} charges[] = {
	{ "", CALL_UNKNOWN },
	{ ",\"cost\":null", CALL_UNKNOWN },
	{ ",\"cost\":0.0014", 1400000000 },
	{ ",\"cost\":3.57e-06", 3570000 },
	{ ",\"cost\":0", 0 },
	{ ",\"cost\":-1", CALL_UNKNOWN },
	{ ",\"cost\":1e9", CALL_UNKNOWN },
	{ ",\"cost\":\"0.5\"", CALL_UNKNOWN },
	/* OpenRouter: the vendor's part is in the cost, unless the key is the customer's. */
	{ ",\"cost\":0.002,\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":0.002}", 2000000000 },
	{ ",\"cost\":0.002,\"cost_details\":{\"upstream_inference_cost\":0.002}", 2000000000 },
	{ ",\"cost\":0.0001,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.002}", 2100000000 },
	{ ",\"cost\":0,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.002}", 2000000000 },
	{ ",\"cost\":0.0001,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":null}", 100000000 },
	/* Perplexity, xAI. */
	{ ",\"cost\":{\"input_tokens_cost\":1e-05,\"request_cost\":0.005,\"total_cost\":0.00502}", 5020000000 },
	{ ",\"cost_in_usd_ticks\":2488500", 248850000 },
};

START_TEST(test_cost_of_an_answer)
{
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"object\":\"chat.completion\"," CHOICES ",\"usage\":{" COUNTS "%s}}",
		       charges[_i].usage);
	play_chat(&play);
	play_answer(&play, 200, body);
	ck_assert_int_eq(play_call(&play)->reported_cost_pico_usd, charges[_i].pico_usd);
	ck_assert_int_eq(play_call(&play)->tokens.input, 10);
}
END_TEST

/* Usage grows from event to event: the last is the whole. */
START_TEST(test_cost_of_a_stream)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],"
			  "\"usage\":{" COUNTS ",\"cost\":0.001}}");
	play_event(&play, "{\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{" COUNTS ",\"cost\":0.003,"
			  "\"server_tool_use\":{\"web_search_requests\":2}}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->reported_cost_pico_usd, 3000000000);
	ck_assert_int_eq(play_call(&play)->units.web_searches, 2);
}
END_TEST

START_TEST(test_search_context)
{
	play_chat(&play);
	play_answer(&play, 200, "{\"object\":\"chat.completion\"," CHOICES ",\"usage\":{" COUNTS
				",\"search_context_size\":\"high\",\"num_search_queries\":3}}");
	ck_assert_str_eq(play_call(&play)->variant, "high");
	ck_assert_int_eq(play_call(&play)->units.web_searches, 3);
}
END_TEST

START_TEST(test_search_context_that_was_asked_for)
{
	play_request(&play, "api.openai.com", "/v1/chat/completions",
		     "{\"model\":\"gpt-4o-search-preview\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
		     "\"web_search_options\":{\"search_context_size\":\"low\"}}");
	play_answer(&play, 200, "{\"object\":\"chat.completion\"," CHOICES ",\"usage\":{" COUNTS "}}");
	ck_assert_str_eq(play_call(&play)->variant, "low");
	ck_assert_int_eq(play_call(&play)->units.web_searches, CALL_UNKNOWN);
}
END_TEST

START_TEST(test_terms_of_messages)
{
	play_messages(&play);
	play_stream(&play);
	play_event(&play, "{\"type\":\"message_start\",\"message\":{\"type\":\"message\",\"role\":\"assistant\",\"usage\":"
			  "{\"input_tokens\":9,\"output_tokens\":1,\"service_tier\":\"standard\",\"inference_geo\":\"us\"}}}");
	play_event(&play, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":30,"
			  "\"speed\":\"fast\",\"server_tool_use\":{\"web_search_requests\":1}}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_str_eq(play_call(&play)->service_tier, "standard");
	ck_assert_str_eq(play_call(&play)->inference_geo, "us");
	ck_assert_str_eq(play_call(&play)->speed, "fast");
	ck_assert_int_eq(play_call(&play)->units.web_searches, 1);
}
END_TEST

/* ---- images ---- */

static const struct {
	const char *asked, *variant;
} drawings[] = {
	{ "", "" },
	{ ",\"size\":\"1024x1792\"", "1024x1792" },
	{ ",\"size\":\"1024x1792\",\"quality\":\"hd\"", "hd/1024x1792" },
	{ ",\"size\":\"1024x1024\",\"quality\":\"standard\"", "1024x1024" },
	{ ",\"quality\":\"hd\"", "hd" },
	{ ",\"size\":null,\"quality\":\"auto\"", "" },
	{ ",\"size\":\"0123456789abcdefgh\",\"quality\":\"0123456789abcdefgh\"", "0123456789abcde/0123456789abcde" },
};

START_TEST(test_images_by_quality_and_size)
{
	char body[256];

	(void)snprintf(body, sizeof(body), "{\"model\":\"dall-e-3\",\"prompt\":\"a cat\"%s}", drawings[_i].asked);
	play_request(&play, "api.openai.com", "/v1/images/generations", body);
	play_answer(&play, 200, "{\"created\":1,\"data\":[{\"url\":\"https://a\"},{\"url\":\"https://b\"}]}");
	ck_assert_str_eq(play_call(&play)->variant, drawings[_i].variant);
	ck_assert_int_eq(play_call(&play)->units.images, 2);
}
END_TEST

START_TEST(test_image_tokens)
{
	play_request(&play, "api.openai.com", "/v1/images/generations", "{\"model\":\"gpt-image-1.5\",\"prompt\":\"a cat\"}");
	play_answer(&play, 200, "{\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}],\"usage\":{\"input_tokens\":50,\"output_tokens\":280,"
				"\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":40},"
				"\"output_tokens_details\":{\"text_tokens\":8,\"image_tokens\":272}}}");
	ck_assert_int_eq(play_call(&play)->tokens.image_input, 40);
	ck_assert_int_eq(play_call(&play)->tokens.image_output, 272);
}
END_TEST

START_TEST(test_edit_by_form)
{
	static const char form[] = "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na cat\r\n"
				   "--x\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n512x512\r\n"
				   "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ndall-e-2\r\n--x--\r\n";

	play_request_head(&play, "POST", "api.openai.com", "/v1/images/edits", "multipart/form-data; boundary=x");
	play_request_body(&play, form, strlen(form));
	play_request_end(&play);
	play_answer(&play, 200, "{\"data\":[{\"url\":\"https://a\"}]}");
	ck_assert_str_eq(play_call(&play)->variant, "512x512");
	ck_assert_int_eq(play_call(&play)->units.images, 1);
}
END_TEST

/* ---- sound ---- */

static const struct {
	const char *input;
	int64_t characters;
} speeches[] = {
	{ "\"\"", 0 },
	{ "\"Hello\"", 5 },
	{ "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"", 6 },
	{ "\"caf\\u00e9 \\ud83d\\ude00\\n\"", 7 },
	{ "[\"a\"]", CALL_UNKNOWN },
};

/* However the request was cut. */
START_TEST(test_characters_of_speech)
{
	char body[256];

	for (play.piece = 1; play.piece < 20; play.piece++) {
		(void)snprintf(body, sizeof(body), "{\"model\":\"tts-1\",\"input\":%s,\"voice\":\"alloy\"}",
			       speeches[_i].input);
		play_request(&play, "api.openai.com", "/v1/audio/speech", body);
		play_answer_head(&play, 200, "audio/mpeg", FRAMING_PLAIN);
		play_answer_body(&play, "\xff\xfb\x90", 3);
		play_end(&play, OUTCOME_COMPLETE);
		ck_assert_int_eq(play_call(&play)->units.characters, speeches[_i].characters);
		play.count = 0;
	}
}
END_TEST

START_TEST(test_only_speech_counts_characters)
{
	play_request(&play, "api.openai.com", "/v1/embeddings", "{\"model\":\"m\",\"input\":\"Hello\"}");
	play_answer(&play, 200, "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]}],\"usage\":{\"prompt_tokens\":2,"
				"\"total_tokens\":2,\"cost\":2e-8}}");
	ck_assert_int_eq(play_call(&play)->units.characters, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->units.images, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->reported_cost_pico_usd, 20000);
}
END_TEST

START_TEST(test_seconds_of_sound)
{
	static const char form[] = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n"
				   "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--x--\r\n";

	play_request_head(&play, "POST", "api.openai.com", "/v1/audio/transcriptions", "multipart/form-data; boundary=x");
	play_request_body(&play, form, strlen(form));
	play_request_end(&play);
	play_answer(&play, 200, "{\"text\":\"hello\",\"usage\":{\"type\":\"duration\",\"seconds\":7}}");
	ck_assert_int_eq(play_call(&play)->units.audio_ms, 7000);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: charges");
	TCase *tcase = tcase_create("charges");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_cost_of_an_answer, 0, ARRAY_SIZE(charges));
	tcase_add_test(tcase, test_cost_of_a_stream);
	tcase_add_test(tcase, test_search_context);
	tcase_add_test(tcase, test_search_context_that_was_asked_for);
	tcase_add_test(tcase, test_terms_of_messages);
	tcase_add_loop_test(tcase, test_images_by_quality_and_size, 0, ARRAY_SIZE(drawings));
	tcase_add_test(tcase, test_image_tokens);
	tcase_add_test(tcase, test_edit_by_form);
	tcase_add_loop_test(tcase, test_characters_of_speech, 0, ARRAY_SIZE(speeches));
	tcase_add_test(tcase, test_only_speech_counts_characters);
	tcase_add_test(tcase, test_seconds_of_sound);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
