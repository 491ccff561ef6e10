/* SPDX-License-Identifier: Apache-2.0 */
/* gemini.generate, .embed, .predict and .interactions. */
#include <stdio.h>
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

#define GEMINI "generativelanguage.googleapis.com"
#define VERTEX "us-central1-aiplatform.googleapis.com"
#define GOOGLE_MODELS "/v1/projects/p/locations/us-central1/publishers/google/models/"
#define CONTENTS "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hello\"}]}]}"
#define CANDIDATE "{\"content\":{\"parts\":[{\"text\":\"Hi\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}"
#define PART(parts) "{\"candidates\":[{\"content\":{\"parts\":[" parts "],\"role\":\"model\"}}]}"

static void ask(const char *method)
{
	char target[128];

	(void)snprintf(target, sizeof(target), "/v1beta/models/gemini-2.5-flash:%s", method);
	play_request(&play, GEMINI, target, CONTENTS);
}

static const struct call *answer(const char *body)
{
	ask("generateContent");
	play_answer(&play, 200, body);
	return play_call(&play);
}

START_TEST(test_identity)
{
	const struct call *call = answer("{\"candidates\":[" CANDIDATE "],\"modelVersion\":\"gemini-2.5-flash-001\","
					 "\"responseId\":\"r1\",\"usageMetadata\":{\"promptTokenCount\":3,\"serviceTier\":\"flex\"}}");

	ck_assert_str_eq(call->provider, "gcp.gemini");
	ck_assert_str_eq(call->dialect, "gemini.generate");
	ck_assert_int_eq(call->operation, OPERATION_GENERATE_CONTENT);
	ck_assert_str_eq(call->request_model, "gemini-2.5-flash");
	ck_assert_str_eq(call->response_model, "gemini-2.5-flash-001");
	ck_assert_str_eq(call->response_id, "r1");
	ck_assert_str_eq(call->service_tier, "flex");
	ck_assert_int_eq(call->tool_calls, 0);
	ck_assert(!call->streaming);
}
END_TEST

/* wire-formats sections 3 and 7.1. */
static const struct {
	const char *usage;
	int64_t input, cache_read, output, reasoning;
} usages[] = {
	{ "{\"promptTokenCount\":20,\"candidatesTokenCount\":7,\"thoughtsTokenCount\":5,\"totalTokenCount\":32}", 20, CALL_UNKNOWN,
	  12, 5 },
	{ "{\"promptTokenCount\":20,\"cachedContentTokenCount\":8,\"candidatesTokenCount\":7}", 20, 8, 7, CALL_UNKNOWN },
	/* More cached than asked: still a part of the input. */
	{ "{\"promptTokenCount\":20,\"cachedContentTokenCount\":30,\"candidatesTokenCount\":7,\"totalTokenCount\":27}", 20, 30, 7,
	  CALL_UNKNOWN },
	{ "{\"promptTokenCount\":20,\"toolUsePromptTokenCount\":770,\"candidatesTokenCount\":18,\"thoughtsTokenCount\":742,"
	  "\"totalTokenCount\":1550}", 790, CALL_UNKNOWN, 760, 742 },
	{ "{\"promptTokenCount\":20,\"thoughtsTokenCount\":5}", 20, CALL_UNKNOWN, 5, 5 },
	{ "{\"promptTokenCount\":20}", 20, CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN },
	{ "{\"trafficType\":\"ON_DEMAND\"}", CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN },
};

START_TEST(test_usage)
{
	char body[1024];
	const struct call *call;

	(void)snprintf(body, sizeof(body), "{\"usageMetadata\":%s,\"candidates\":[" CANDIDATE "]}", usages[_i].usage);
	call = answer(body);
	ck_assert_int_eq(call->tokens.input, usages[_i].input);
	ck_assert_int_eq(call->tokens.cache_read, usages[_i].cache_read);
	ck_assert_int_eq(call->tokens.output, usages[_i].output);
	ck_assert_int_eq(call->tokens.reasoning, usages[_i].reasoning);
	ck_assert_int_eq(call->usage_source, usages[_i].input >= 0 ? USAGE_PROVIDER : USAGE_NONE);
}
END_TEST

#define DETAIL(kind, count) "{\"modality\":" kind ",\"tokenCount\":" #count "}"

/* Enums by name and by number, keys in any order, prompts of tools added. */
START_TEST(test_modalities)
{
	static const char *const details[] = {
		"\"promptTokensDetails\":[" DETAIL("\"TEXT\"", 1) "," DETAIL("\"AUDIO\"", 2) "," DETAIL("\"IMAGE\"", 3) "],"
		"\"toolUsePromptTokensDetails\":[" DETAIL("\"AUDIO\"", 40) "],\"cacheTokensDetails\":[" DETAIL("\"AUDIO\"", 2) "],"
		"\"candidatesTokensDetails\":[" DETAIL("\"IMAGE\"", 5) "," DETAIL("\"AUDIO\"", 6) "]",
		"\"promptTokensDetails\":[" DETAIL("1", 1) ",{\"tokenCount\":42,\"modality\":4}," DETAIL("2", 3) ",{\"modality\":4},"
		"{\"tokenCount\":9}],\"cacheTokensDetails\":[" DETAIL("4", 2) "],"
		"\"candidatesTokensDetails\":[" DETAIL("2", 5) "," DETAIL("4", 6) "]",
	};
	char body[1024];
	const struct call *call;

	(void)snprintf(body, sizeof(body), "{\"usageMetadata\":{\"promptTokenCount\":6,%s},\"candidates\":[" CANDIDATE "]}",
		       details[_i]);
	call = answer(body);
	ck_assert_int_eq(call->tokens.audio_input, 42);
	ck_assert_int_eq(call->tokens.image_input, 3);
	ck_assert_int_eq(call->tokens.cache_read_audio, 2);
	ck_assert_int_eq(call->tokens.image_output, 5);
	ck_assert_int_eq(call->tokens.audio_output, 6);
}
END_TEST

/* In a stream the last breakdown counts, like all usage. */
START_TEST(test_modalities_are_totals)
{
	ask("streamGenerateContent?alt=sse");
	play_stream(&play);
	for (int i = 0; i < 3; i++)
		play_event(&play, "{\"candidates\":[" CANDIDATE "],\"usageMetadata\":{\"promptTokensDetails\":[" DETAIL("\"AUDIO\"", 7) "]}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.audio_input, 7);
}
END_TEST

START_TEST(test_hostile_counts)
{
	const struct call *call = answer("{\"candidates\":[" CANDIDATE "],\"usageMetadata\":{\"promptTokensDetails\":["
					 DETAIL("\"AUDIO\"", 1099511627776) "," DETAIL("\"AUDIO\"", 1099511627776) ","
					 DETAIL("\"IMAGE\"", -1) "," DETAIL("\"IMAGE\"", 99999999999999999999) ",[1],2]}}");

	ck_assert_int_eq(call->tokens.audio_input, 1ll << 40);
	ck_assert_int_eq(call->tokens.image_input, CALL_UNKNOWN);
}
END_TEST

static const struct {
	const char *traffic, *tier;
} traffics[] = {
	{ "\"ON_DEMAND_FLEX\"", "ON_DEMAND_FLEX" },
	{ "0", "UNSPECIFIED" },
	{ "1", "ON_DEMAND" },
	{ "2", "PROVISIONED_THROUGHPUT" },
	{ "77", "77" },
};

START_TEST(test_traffic)
{
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"candidates\":[" CANDIDATE "],\"usageMetadata\":{\"trafficType\":%s}}",
		       traffics[_i].traffic);
	ck_assert_str_eq(answer(body)->service_tier, traffics[_i].tier);
}
END_TEST

/* A function call does not change the reason; enums may be numbers. */
START_TEST(test_candidates)
{
	const struct call *call = answer(
		"{\"candidates\":[{\"index\":0,\"finishReason\":1,\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":"
		"{\"name\":\"no\"}}},{\"functionCall\":{\"args\":{},\"name\":\"g\"}},{\"functionCall\":{\"name\":\"f\"}},"
		"{\"toolCall\":{\"toolType\":\"FILE_SEARCH\"}}]}},{\"index\":1,\"finishReason\":\"MAX_TOKENS\"}],\"usageMetadata\":{}}");

	ck_assert_uint_eq(call->finish_reason_count, 2);
	ck_assert_str_eq(call->finish_reasons[0], "1");
	ck_assert_str_eq(call->finish_reasons[1], "MAX_TOKENS");
	ck_assert_int_eq(call->tool_calls, 3);
	ck_assert_uint_eq(call->tool_count, 2);
	ck_assert_str_eq(call->tools[0], "f");
	ck_assert_str_eq(call->tools[1], "g");
}
END_TEST

START_TEST(test_searches)
{
	const struct call *call = answer("{\"candidates\":[{\"groundingMetadata\":{\"webSearchQueries\":[\"a\",\"\",\"b\"]},"
					 "\"finishReason\":\"STOP\"}],\"usageMetadata\":{}}");

	ck_assert_int_eq(call->units.web_searches, 2);
}
END_TEST

/* What ends the time to the first token. */
static const struct {
	const char *event;
	bool output;
} events[] = {
	{ PART("{\"text\":\"a\"}"), true },
	{ PART("{\"text\":\"a\",\"thought\":true}"), true },
	{ PART("{\"functionCall\":{\"name\":\"f\",\"args\":{}}}"), true },
	{ PART("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"$.a\",\"stringValue\":\"b\"}]}}"), true },
	{ PART("{\"inlineData\":{\"mimeType\":\"audio/L16\",\"data\":\"AAAA\"}}"), true },
	{ PART("{\"executableCode\":{\"code\":\"1\"}}"), true },
	{ "{\"response\":" PART("{\"text\":\"a\"}") "}", true },
	{ PART("{\"text\":\"\",\"thoughtSignature\":\"abc\"}"), false },
	{ PART("{\"thoughtSignature\":\"abc\"}"), false },
	{ PART("{\"functionCall\":{}}"), false },
	{ "{\"usageMetadata\":{\"promptTokenCount\":1}}", false },
};

START_TEST(test_first_output)
{
	ask("streamGenerateContent?alt=sse");
	play_stream(&play);
	play_event(&play, events[_i].event);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->ttft_ns != CALL_UNKNOWN, events[_i].output);
}
END_TEST

/* The arguments of a function in pieces: one call. */
START_TEST(test_function_in_pieces)
{
	ask("streamGenerateContent?alt=sse");
	play_stream(&play);
	play_event(&play, PART("{\"functionCall\":{\"name\":\"f\",\"willContinue\":true}}"));
	play_event(&play, PART("{\"functionCall\":{\"partialArgs\":[{\"jsonPath\":\"$.a\",\"numberValue\":1}],\"willContinue\":true}}"));
	play_event(&play, PART("{\"functionCall\":{}}"));
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, 1);
}
END_TEST

START_TEST(test_last_model)
{
	ask("streamGenerateContent?alt=sse");
	play_stream(&play);
	play_event(&play, "{\"modelVersion\":\"a\",\"candidates\":[" CANDIDATE "]}");
	play_event(&play, "{\"modelVersion\":\"b\",\"candidates\":[" CANDIDATE "]}");
	play_event(&play, "{\"usageMetadata\":{\"promptTokenCount\":1}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_str_eq(play_call(&play)->response_model, "b");
	ck_assert_uint_eq(play_call(&play)->finish_reason_count, 1);
}
END_TEST

/* Streams are arrays where nobody asked for events; errors are no streams. */
START_TEST(test_framing)
{
	ask("streamGenerateContent");
	play_answer_head(&play, 200, "application/json; charset=UTF-8", FRAMING_PLAIN);
	ck_assert_int_eq(play.exchange.response_framing, FRAMING_JSON_ARRAY);
	play_event(&play, "{\"candidates\":[" CANDIDATE "],\"usageMetadata\":{\"promptTokenCount\":1}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert(play_call(&play)->streaming);
	ck_assert_int_eq(play_call(&play)->tokens.input, 1);
	play.exchange.response_framing = FRAMING_PLAIN;
	ask("streamGenerateContent");
	play_answer(&play, 429, "[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}]");
	ck_assert(!play.calls[1].streaming);
	ck_assert_int_eq(play.calls[1].error, ERROR_RATE_LIMIT);
}
END_TEST

static const struct {
	unsigned int status;
	const char *body;
	enum call_error error;
} errors[] = {
	{ 400, "{\"error\":{\"code\":400,\"message\":\"Bad\",\"status\":\"INVALID_ARGUMENT\"}}", ERROR_INVALID_REQUEST },
	{ 400, "{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\",\"details\":["
	       "{\"reason\":\"API_KEY_INVALID\"},{\"locale\":\"en-US\"}]}}", ERROR_AUTHENTICATION },
	{ 400, "{\"error\":{\"code\":400,\"message\":\"The input token count (1250074) exceeds the maximum number of tokens allowed "
	       "(1048576).\",\"status\":\"INVALID_ARGUMENT\"}}", ERROR_CONTEXT_LENGTH },
	{ 403, "{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"details\":[{\"reason\":\"BILLING_DISABLED\"}]}}",
	  ERROR_QUOTA },
	{ 404, "[{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\"}}]", ERROR_NOT_FOUND },
	{ 429, "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}", ERROR_RATE_LIMIT },
	{ 503, "{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}", ERROR_OVERLOADED },
	{ 504, "{\"error\":{\"code\":504,\"status\":\"DEADLINE_EXCEEDED\"}}", ERROR_TIMEOUT },
	{ 500, "<html>", ERROR_SERVER },
	/* Inside an answer that began well. */
	{ 200, "{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}", ERROR_OVERLOADED },
	{ 200, "{\"error\":{\"code\":500,\"status\":\"INTERNAL\"}}", ERROR_SERVER },
	/* Held back: the prompt, the only candidate, one of two. */
	{ 200, "{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"usageMetadata\":{\"promptTokenCount\":3}}",
	  ERROR_CONTENT_FILTER },
	{ 200, "{\"candidates\":[{\"finishReason\":\"SAFETY\"}]}", ERROR_CONTENT_FILTER },
	{ 200, "{\"candidates\":[{\"finishReason\":\"SAFETY\"}," CANDIDATE "]}", ERROR_NONE },
	{ 200, "{\"candidates\":[" CANDIDATE "],\"promptFeedback\":{\"safetyRatings\":[]}}", ERROR_NONE },
};

START_TEST(test_error)
{
	ask("generateContent");
	play_answer(&play, errors[_i].status, errors[_i].body);
	ck_assert_int_eq(play_call(&play)->error, errors[_i].error);
}
END_TEST

/* Code Assist wraps request and answer; the body names the model. */
START_TEST(test_code_assist)
{
	const struct call *call;

	play_request(&play, "cloudcode-pa.googleapis.com", "/v1internal:streamGenerateContent?alt=sse",
		     "{\"model\":\"gemini-2.5-pro\",\"project\":\"p\",\"request\":" CONTENTS "}");
	play_stream(&play);
	play_event(&play, "{\"response\":{\"candidates\":[" CANDIDATE "],\"modelVersion\":\"v\",\"usageMetadata\":"
			  "{\"promptTokenCount\":4,\"candidatesTokenCount\":2}},\"traceId\":\"t\"}");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_str_eq(call->request_model, "gemini-2.5-pro");
	ck_assert_str_eq(call->response_model, "v");
	ck_assert_str_eq(call->finish_reasons[0], "STOP");
	ck_assert_int_eq(call->tokens.output, 2);
}
END_TEST

START_TEST(test_aborted)
{
	ask("streamGenerateContent?alt=sse");
	play_stream(&play);
	play_event(&play, "{\"candidates\":[" CANDIDATE "],\"usageMetadata\":{\"promptTokenCount\":4}}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CANCELLED);
	ck_assert_int_eq(play_call(&play)->tokens.input, 4);
}
END_TEST

/* ---- embeddings and predictions ---- */

static const struct {
	const char *method, *body;
	int64_t input, image;
} embeddings[] = {
	{ "embedContent", "{\"embedding\":{\"values\":[1,2]}}", CALL_UNKNOWN, CALL_UNKNOWN },
	{ "batchEmbedContents", "{\"embeddings\":[{\"values\":[1]}],\"usageMetadata\":{\"promptTokenCount\":261,"
	  "\"promptTokenDetails\":[" DETAIL("\"TEXT\"", 3) "," DETAIL("\"IMAGE\"", 258) "]}}", 261, 258 },
	{ "embedContent", "{\"embedding\":{\"values\":[1]},\"usageMetadata\":{\"totalTokenCount\":5}}", 5, CALL_UNKNOWN },
};

START_TEST(test_embedding)
{
	char target[128];
	const struct call *call;

	(void)snprintf(target, sizeof(target), "/v1beta/models/gemini-embedding-001:%s", embeddings[_i].method);
	play_request(&play, GEMINI, target, "{\"content\":{\"parts\":[{\"text\":\"a\"}]}}");
	play_answer(&play, 200, embeddings[_i].body);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "gemini.embed");
	ck_assert_int_eq(call->operation, OPERATION_EMBEDDINGS);
	ck_assert_str_eq(call->request_model, "gemini-embedding-001");
	ck_assert_int_eq(call->tokens.input, embeddings[_i].input);
	ck_assert_int_eq(call->tokens.image_input, embeddings[_i].image);
	ck_assert_int_eq(call->tokens.output, CALL_UNKNOWN);
}
END_TEST

#define STATISTICS(count) "{\"embeddings\":{\"values\":[1],\"statistics\":{\"token_count\":" #count ",\"truncated\":false}}}"

static const struct {
	const char *authority, *target, *body;
	unsigned int status;
	enum call_operation operation;
	int64_t input, images;
} predictions[] = {
	{ VERTEX, GOOGLE_MODELS "text-embedding-005:predict", "{\"predictions\":[" STATISTICS(1) "," STATISTICS(2.0) "," STATISTICS(4) "]}",
	  200, OPERATION_EMBEDDINGS, 7, CALL_UNKNOWN },
	{ VERTEX, GOOGLE_MODELS "multimodalembedding@001:predict", "{\"predictions\":[{\"textEmbedding\":[1],\"imageEmbedding\":[2]}]}",
	  200, OPERATION_EMBEDDINGS, CALL_UNKNOWN, CALL_UNKNOWN },
	{ VERTEX, GOOGLE_MODELS "imagen-4.0-generate-001:predict",
	  "{\"predictions\":[{\"bytesBase64Encoded\":\"aaaa\",\"mimeType\":\"image/png\"},{\"mimeType\":\"image/png\","
	  "\"bytesBase64Encoded\":\"bbbb\"},{\"raiFilteredReason\":\"no\"}]}", 200, OPERATION_IMAGE_GENERATION, CALL_UNKNOWN, 2 },
	{ VERTEX, GOOGLE_MODELS "imagen-4.0-generate-001:predict",
	  "{\"predictions\":[{\"gcsUri\":\"gs://b/a.png\",\"mimeType\":\"image/png\"}]}", 200, OPERATION_IMAGE_GENERATION,
	  CALL_UNKNOWN, 1 },
	{ VERTEX, GOOGLE_MODELS "lyria-002:predict", "{\"predictions\":[{\"bytesBase64Encoded\":\"aaaa\",\"mimeType\":\"audio/wav\"}]}",
	  200, OPERATION_SPEECH, CALL_UNKNOWN, CALL_UNKNOWN },
	{ GEMINI, "/v1beta/models/imagen-4.0-generate-001:predict", "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\"}}", 400,
	  OPERATION_IMAGE_GENERATION, CALL_UNKNOWN, CALL_UNKNOWN },
};

START_TEST(test_prediction)
{
	const struct call *call;

	play_request(&play, predictions[_i].authority, predictions[_i].target, "{\"instances\":[{\"content\":\"a\"}]}");
	play_answer(&play, predictions[_i].status, predictions[_i].body);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "gemini.predict");
	ck_assert_int_eq(call->operation, predictions[_i].operation);
	ck_assert_int_eq(call->tokens.input, predictions[_i].input);
	ck_assert_int_eq(call->units.images, predictions[_i].images);
}
END_TEST

/* ---- interactions ---- */

static void interact(void)
{
	play_request(&play, GEMINI, "/v1beta/interactions", "{\"model\":\"gemini-2.5-flash\",\"input\":\"hello\"}");
}

START_TEST(test_interaction)
{
	const struct call *call;

	interact();
	play_answer(&play, 200,
		    "{\"id\":\"v1_a\",\"object\":\"interaction\",\"model\":\"gemini-2.5-flash\",\"status\":\"requires_action\","
		    "\"service_tier\":\"standard\",\"steps\":[{\"type\":\"thought\",\"signature\":\"x\"},{\"type\":\"function_call\","
		    "\"id\":\"c\",\"name\":\"f\",\"arguments\":{\"name\":\"no\"}},{\"type\":\"google_search_call\"}],\"usage\":{"
		    "\"total_input_tokens\":11,\"total_cached_tokens\":4,\"total_tool_use_tokens\":100,\"total_output_tokens\":42,"
		    "\"total_thought_tokens\":126,\"total_tokens\":279,\"input_tokens_by_modality\":[{\"modality\":\"audio\",\"tokens\":9}],"
		    "\"grounding_tool_count\":[{\"type\":\"google_maps\",\"count\":5},{\"count\":2,\"type\":\"google_search\"}]}}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "gemini.interactions");
	ck_assert_int_eq(call->operation, OPERATION_GENERATE_CONTENT);
	ck_assert_str_eq(call->response_id, "v1_a");
	ck_assert_str_eq(call->service_tier, "standard");
	ck_assert_str_eq(call->finish_reasons[0], "requires_action");
	ck_assert_int_eq(call->tokens.input, 111);
	ck_assert_int_eq(call->tokens.cache_read, 4);
	ck_assert_int_eq(call->tokens.output, 168);
	ck_assert_int_eq(call->tokens.reasoning, 126);
	ck_assert_int_eq(call->tokens.audio_input, 9);
	ck_assert_int_eq(call->units.web_searches, 2);
	ck_assert_int_eq(call->tool_calls, 1);
	ck_assert_str_eq(call->tools[0], "f");
}
END_TEST

/* Both spellings; Vertex's keys. The end event ends it, also if the client hangs up then. */
static const struct {
	const char *begin, *item, *delta, *end;
} spellings[] = {
	{ "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"i\",\"status\":\"in_progress\",\"model\":\"m\"}}",
	  "{\"event_type\":\"step.start\",\"index\":1,\"step\":{\"type\":\"function_call\",\"id\":\"c\",\"name\":\"f\"}}",
	  "{\"event_type\":\"step.delta\",\"index\":1,\"delta\":{\"type\":\"arguments_delta\",\"arguments\":\"{}\"}}",
	  "{\"event_type\":\"interaction.completed\",\"interaction\":{\"status\":\"completed\",\"usage\":{\"total_input_tokens\":3}}}" },
	{ "{\"event_type\":\"interaction.start\",\"interaction\":{\"id\":\"i\",\"status\":\"in_progress\",\"model\":\"m\"}}",
	  "{\"event_type\":\"content.start\",\"index\":1,\"content\":{\"type\":\"function_call\"}}",
	  "{\"event_type\":\"content.delta\",\"index\":1,\"delta\":{\"type\":\"function_call\",\"id\":\"c\",\"name\":\"f\",\"arguments\":{}}}",
	  "{\"event_type\":\"interaction.complete\",\"interaction\":{\"status\":\"completed\",\"usage\":{\"total_input_tokens\":3}}}" },
	{ "{\"eventType\":\"interaction.created\",\"interaction\":{\"id\":\"i\",\"model\":\"m\"},\"metadata\":{\"usage\":{\"totalInputTokens\":2}}}",
	  "{\"eventType\":\"step.start\",\"index\":1,\"step\":{\"type\":\"function_call\",\"name\":\"f\"}}",
	  "{\"eventType\":\"step.delta\",\"index\":1,\"delta\":{\"type\":\"mcp_server_tool_call\",\"name\":\"no\"}}",
	  "{\"eventType\":\"interaction.completed\",\"interaction\":{\"status\":\"completed\",\"usage\":{\"totalInputTokens\":3}}}" },
};

START_TEST(test_interaction_stream)
{
	const struct call *call;

	interact();
	play_stream(&play);
	play_event(&play, spellings[_i].begin);
	play_event(&play, "{\"event_type\":\"interaction.status_update\",\"status\":\"in_progress\"}");
	play_event(&play, spellings[_i].item);
	play_event(&play, spellings[_i].delta);
	play_event(&play, spellings[_i].end);
	play_end(&play, OUTCOME_ABORTED);
	call = play_call(&play);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_str_eq(call->response_id, "i");
	ck_assert_str_eq(call->response_model, "m");
	ck_assert_uint_eq(call->finish_reason_count, 1);
	ck_assert_str_eq(call->finish_reasons[0], "completed");
	ck_assert_int_eq(call->tokens.input, 3);
	ck_assert_int_eq(call->tool_calls, 1);
	ck_assert_uint_eq(call->tool_count, 1);
	ck_assert_str_eq(call->tools[0], "f");
	ck_assert_int_ne(call->ttft_ns, CALL_UNKNOWN);
}
END_TEST

/* Broken off: usage so far, no reason why it ended. */
START_TEST(test_interaction_aborted)
{
	interact();
	play_stream(&play);
	play_event(&play, "{\"event_type\":\"interaction.created\",\"interaction\":{\"status\":\"in_progress\"},\"metadata\":"
			  "{\"usage\":{\"total_input_tokens\":2}}}");
	play_event(&play, "{\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":\"thought_signature\",\"signature\":\"x\"}}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
	ck_assert_uint_eq(play_call(&play)->finish_reason_count, 0);
	ck_assert_int_eq(play_call(&play)->tokens.input, 2);
	ck_assert_int_eq(play_call(&play)->ttft_ns, CALL_UNKNOWN);
}
END_TEST

static const struct {
	const char *event;
	enum call_error error;
} interaction_errors[] = {
	{ "{\"event_type\":\"error\",\"error\":{\"message\":\"no\",\"code\":\"resource_exhausted\"}}", ERROR_RATE_LIMIT },
	{ "{\"event_type\":\"interaction.failed\",\"interaction\":{\"status\":\"failed\"}}", ERROR_OTHER },
};

START_TEST(test_interaction_error)
{
	interact();
	play_stream(&play);
	play_event(&play, interaction_errors[_i].event);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, interaction_errors[_i].error);
}
END_TEST

/* ---- others on Vertex ---- */

START_TEST(test_anthropic_on_vertex)
{
	const struct call *call;

	play_request(&play, VERTEX, "/v1/projects/p/locations/l/publishers/anthropic/models/claude-3-7-sonnet%4020250219:streamRawPredict",
		     "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
	play_stream(&play);
	play_event(&play, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\",\"model\":\"claude-3-7\","
			  "\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":6,\"output_tokens\":1}}}");
	play_event(&play, "{\"type\":\"message_stop\"}");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_str_eq(call->provider, "gcp.vertex_ai");
	ck_assert_str_eq(call->dialect, "anthropic.messages");
	ck_assert_str_eq(call->request_model, "claude-3-7-sonnet@20250219");
	ck_assert_int_eq(call->tokens.input, 11);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: gemini");
	TCase *tcase = tcase_create("gemini");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_identity);
	tcase_add_loop_test(tcase, test_usage, 0, ARRAY_SIZE(usages));
	tcase_add_loop_test(tcase, test_modalities, 0, 2);
	tcase_add_test(tcase, test_modalities_are_totals);
	tcase_add_test(tcase, test_hostile_counts);
	tcase_add_loop_test(tcase, test_traffic, 0, ARRAY_SIZE(traffics));
	tcase_add_test(tcase, test_candidates);
	tcase_add_test(tcase, test_searches);
	tcase_add_loop_test(tcase, test_first_output, 0, ARRAY_SIZE(events));
	tcase_add_test(tcase, test_function_in_pieces);
	tcase_add_test(tcase, test_last_model);
	tcase_add_test(tcase, test_framing);
	tcase_add_loop_test(tcase, test_error, 0, ARRAY_SIZE(errors));
	tcase_add_test(tcase, test_code_assist);
	tcase_add_test(tcase, test_aborted);
	tcase_add_loop_test(tcase, test_embedding, 0, ARRAY_SIZE(embeddings));
	tcase_add_loop_test(tcase, test_prediction, 0, ARRAY_SIZE(predictions));
	tcase_add_test(tcase, test_interaction);
	tcase_add_loop_test(tcase, test_interaction_stream, 0, ARRAY_SIZE(spellings));
	tcase_add_test(tcase, test_interaction_aborted);
	tcase_add_loop_test(tcase, test_interaction_error, 0, ARRAY_SIZE(interaction_errors));
	tcase_add_test(tcase, test_anthropic_on_vertex);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
