/* SPDX-License-Identifier: Apache-2.0 */
/* openai.images, openai.moderations, anthropic.complete. */
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

#define USAGE "{\"input_tokens\":50,\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":40,\"cached_tokens\":8}," \
	"\"output_tokens\":272,\"total_tokens\":322}"
#define DRAW "{\"model\":\"gpt-image-1\",\"prompt\":\"a cat\"}"

START_TEST(test_image)
{
	const struct call *call;

	play_request(&play, "api.openai.com", "/v1/images/generations", DRAW);
	play_answer(&play, 200, "{\"created\":1,\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}],\"usage\":" USAGE "}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.images");
	ck_assert_str_eq(call_operation_names[call->operation], "image_generation");
	ck_assert_str_eq(call->request_model, "gpt-image-1");
	ck_assert_int_eq(call->tokens.input, 50);
	ck_assert_int_eq(call->tokens.cache_read, 8);
	ck_assert_int_eq(call->tokens.output, 272);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_image_without_usage)
{
	play_request(&play, "api.openai.com", "/v1/images/generations", "{\"prompt\":\"a cat\"}");
	play_answer(&play, 200, "{\"created\":1,\"data\":[{\"url\":\"https://example.com/a.png\"}]}");
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
}
END_TEST

START_TEST(test_edit_by_form)
{
	static const char form[] = "--x\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\n\r\n\r\n--\r\n"
				   "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nmodel\r\n"
				   "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-1\r\n--x--\r\n";

	play.piece = (size_t)_i;
	play_request_head(&play, "POST", "images.internal", "/v1/images/edits", "multipart/form-data; boundary=x");
	play_request_body(&play, form, strlen(form));
	play_request_end(&play);
	play_answer(&play, 200, "{\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}],\"usage\":" USAGE "}");
	ck_assert_str_eq(play_call(&play)->request_model, "gpt-image-1");
	ck_assert_int_eq(play_call(&play)->tokens.output, 272);
}
END_TEST

START_TEST(test_image_stream)
{
	play_request(&play, "api.openai.com", "/v1/images/generations", DRAW);
	play_stream(&play);
	play_event(&play, "{\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBO\",\"partial_image_index\":0}");
	play_event(&play, "{\"type\":\"image_generation.completed\",\"b64_json\":\"iVBORw0KGgo=\",\"usage\":" USAGE "}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert(play_call(&play)->streaming);
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->tokens.input, 50);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_image_stream_fails)
{
	play_request(&play, "api.openai.com", "/v1/images/generations", DRAW);
	play_stream(&play);
	play_event(&play, "{\"type\":\"error\",\"error\":{\"type\":\"image_generation_user_error\",\"code\":\"moderation_blocked\"}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CONTENT_FILTER);
}
END_TEST

/* Many services answer with data[].url. */
START_TEST(test_other_services)
{
	play_request(&play, "gallery.internal", "/images/generations", "{\"album\":1}");
	play_answer(&play, 200, "{\"data\":[{\"url\":\"https://example.com/a.png\"}]}");
	play_request(&play, "gallery.internal", "/things", DRAW);
	play_answer(&play, 200, "{\"data\":[{\"url\":\"https://example.com/a.png\"}]}");
	play_request(&play, "forum.internal", "/moderations", "{\"post\":1}");
	play_answer(&play, 200, "{\"results\":[{\"flagged\":true}]}");
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

START_TEST(test_moderation)
{
	play_request(&play, "api.openai.com", "/v1/moderations", "{\"model\":\"omni-moderation-latest\",\"input\":\"a\"}");
	play_answer(&play, 200, "{\"id\":\"modr-1\",\"model\":\"omni-moderation-latest\",\"results\":[{\"flagged\":false}]}");
	ck_assert_str_eq(play_call(&play)->dialect, "openai.moderations");
	ck_assert_str_eq(call_operation_names[play_call(&play)->operation], "moderation");
	ck_assert_str_eq(play_call(&play)->response_id, "modr-1");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
}
END_TEST

#define COMPLETE "{\"model\":\"claude-2.1\",\"prompt\":\"\\n\\nHuman: a\\n\\nAssistant:\",\"max_tokens_to_sample\":9}"

START_TEST(test_complete)
{
	play_request(&play, "api.anthropic.com", "/v1/complete", COMPLETE);
	play_answer(&play, 200,
		    "{\"type\":\"completion\",\"id\":\"compl_1\",\"completion\":\" a\",\"stop_reason\":\"stop_sequence\",\"model\":\"claude-2.1\"}");
	ck_assert_str_eq(play_call(&play)->dialect, "anthropic.complete");
	ck_assert_int_eq(play_call(&play)->operation, OPERATION_TEXT_COMPLETION);
	ck_assert_str_eq(play_call(&play)->response_id, "compl_1");
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "stop_sequence");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
}
END_TEST

START_TEST(test_complete_stream)
{
	play_request(&play, "claude.internal", "/v1/complete", COMPLETE);
	play_stream(&play);
	play_event(&play, "{\"type\":\"completion\",\"id\":\"compl_1\",\"completion\":\" a\",\"stop_reason\":null,\"model\":\"claude-2.1\"}");
	play_event(&play, "{\"type\":\"ping\"}");
	play_event(&play, "{\"type\":\"completion\",\"id\":\"compl_1\",\"completion\":\"\",\"stop_reason\":\"stop_sequence\",\"model\":\"claude-2.1\"}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "stop_sequence");
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
}
END_TEST

START_TEST(test_complete_fails)
{
	play_request(&play, "api.anthropic.com", "/v1/complete", COMPLETE);
	play_stream(&play);
	play_event(&play, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_OVERLOADED);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: images, moderations, complete");
	TCase *tcase = tcase_create("images");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_image);
	tcase_add_test(tcase, test_image_without_usage);
	tcase_add_loop_test(tcase, test_edit_by_form, 0, 8);
	tcase_add_test(tcase, test_image_stream);
	tcase_add_test(tcase, test_image_stream_fails);
	tcase_add_test(tcase, test_other_services);
	tcase_add_test(tcase, test_moderation);
	tcase_add_test(tcase, test_complete);
	tcase_add_test(tcase, test_complete_stream);
	tcase_add_test(tcase, test_complete_fails);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
