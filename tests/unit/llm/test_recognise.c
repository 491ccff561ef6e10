/* SPDX-License-Identifier: Apache-2.0 */
/* What is an LLM call and what is not; who provides it; what is skipped early. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/dialects.h"
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

#define CHAT_BODY "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
#define CHAT_ANSWER "{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"
#define MESSAGES_BODY "{\"model\":\"m\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
#define CONTENTS_BODY "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hello\"}]}]}"
#define CONTENTS_ANSWER "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}"
#define MESSAGES_ANSWER "{\"type\":\"message\",\"role\":\"assistant\",\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"

static const struct {
	const char *authority, *path, *provider;
} hosts[] = {
	{ "api.openai.com", "/", "openai" },
	{ "API.OpenAI.com.:443", "/", "openai" },
	{ "eu.api.openai.com", "/", "openai" },
	{ "api.openai.com.evil.example", "/", NULL },
	{ "xapi.openai.com", "/", NULL },
	{ "chatgpt.com", "/backend-api/codex/responses", "openai" },
	{ "chatgpt.com", "/backend-api/conversation", NULL },
	{ "corp.openai.azure.com", "/", "azure.ai.openai" },
	{ "corp.services.ai.azure.com", "/openai/v1/responses", "azure.ai.openai" },
	{ "corp.services.ai.azure.com", "//openai/v1/responses", "azure.ai.openai" },
	{ "corp.services.ai.azure.com", "/models/chat/completions", "azure.ai.inference" },
	{ "bedrock-mantle.us-east-1.api.aws", "/", "aws.bedrock" },
	{ "bedrock-runtime.us-gov-west-1.amazonaws.com", "/", "aws.bedrock" },
	{ "bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "/", "aws.bedrock" },
	{ "bedrock-runtime.cn-north-1.amazonaws.com.cn", "/", "aws.bedrock" },
	{ "bedrock-runtime.us-east-1.api.aws", "/", "aws.bedrock" },
	{ "vpce-0a1b-2c3d.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "/", "aws.bedrock" },
	{ "bedrock-agent-runtime.us-east-1.amazonaws.com", "/", "aws.bedrock" },
	{ "bedrock-runtime.us-east-1.amazonaws.com.evil.example", "/", NULL },
	{ "bedrock.us-east-1.amazonaws.com", "/", NULL },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/", "aws.sagemaker" },
	{ "vpce-0a1b-2c3d.runtime.sagemaker.us-east-1.vpce.amazonaws.com", "/", "aws.sagemaker" },
	{ "us-east5-aiplatform.googleapis.com", "/", "gcp.vertex_ai" },
	{ "aiplatform.eu.rep.googleapis.com", "/", "gcp.vertex_ai" },
	{ "7.us-central1-9.prediction.vertexai.goog", "/", "gcp.vertex_ai" },
	{ "generativelanguage.googleapis.com", "/", "gcp.gemini" },
	{ "cloudcode-pa.googleapis.com", "/", "gcp.gemini" },
	{ "daily-cloudcode-pa.sandbox.googleapis.com", "/", "gcp.gemini" },
	{ "storage.googleapis.com", "/", NULL },
	{ "[::1]:8000", "/", NULL },
	{ "127.0.0.1", "/", NULL },
	{ "", "/", NULL },
};

START_TEST(test_hosts)
{
	const struct provider *provider = provider_of(slice_of(hosts[_i].authority), slice_of(hosts[_i].path));

	if (hosts[_i].provider)
		ck_assert_str_eq(provider->name, hosts[_i].provider);
	else
		ck_assert_ptr_null(provider);
}
END_TEST

static const struct {
	const char *method, *authority, *target;
	const char *dialect;	/* null: no call */
} requests[] = {
	{ "POST", "api.openai.com", "/v1/chat/completions", "openai.chat" },
	{ "POST", "api.openai.com", "/v1/chat/completions?x=/messages", "openai.chat" },
	{ "POST", "api.openai.com", "https://api.openai.com/v1/chat/completions", "openai.chat" },
	{ "POST", "api.openai.com", "/v1/chat/completions/", "openai.chat" },
	{ "GET", "api.openai.com", "/v1/chat/completions", NULL },
	{ "POST", "api.openai.com", "/v1/completions", "openai.completions" },
	{ "POST", "api.groq.com", "/openai/v1/chat/completions", "openai.chat" },
	{ "POST", "api.openai.com", "/v1/responses", "openai.responses" },
	{ "POST", "api.openai.com", "/v1/responses/compact", NULL },
	{ "POST", "api.openai.com", "/v1/responses/input_tokens", NULL },
	{ "GET", "api.openai.com", "/v1/responses/resp_1", NULL },
	{ "POST", "api.openai.com", "/v1/threads/thread_1/messages", NULL },
	{ "POST", "api.openai.com", "/v1/threads/thread_1/runs", NULL },
	{ "POST", "api.openai.com", "/v1/images/generations", "openai.images" },
	{ "POST", "api.openai.com", "/v1/images/edits", "openai.images" },
	{ "POST", "api.openai.com", "/v1/images/variations", "openai.images" },
	{ "POST", "api.openai.com", "/v1/audio/transcriptions", "openai.audio" },
	{ "POST", "api.openai.com", "/v1/audio/translations", "openai.audio" },
	{ "POST", "api.openai.com", "/v1/audio/speech", "openai.audio" },
	{ "POST", "api.openai.com", "/v1/audio/voices", NULL },
	{ "POST", "api.openai.com", "/v1/moderations", "openai.moderations" },
	{ "POST", "api.openai.com", "/v1/files", NULL },
	{ "POST", "api.openai.com", "/v1/batches", NULL },
	{ "GET", "api.openai.com", "/v1/models", NULL },
	{ "POST", "api.anthropic.com", "/v1/messages?beta=true", "anthropic.messages" },
	{ "POST", "api.anthropic.com", "/v1/messages/count_tokens", NULL },
	{ "POST", "api.anthropic.com", "/v1/messages/batches", NULL },
	{ "POST", "api.anthropic.com", "/v1/complete", "anthropic.complete" },
	{ "POST", "api.deepseek.com", "/anthropic/v1/messages", "anthropic.messages" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-pro:generateContent?key=k",
	  "gemini.generate" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
	  "gemini.generate" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/tunedModels/mine:generateContent", "gemini.generate" },
	{ "POST", "cloudcode-pa.googleapis.com", "/v1internal:streamGenerateContent?alt=sse", "gemini.generate" },
	{ "POST", "cloudcode-pa.googleapis.com", "/v1internal:loadCodeAssist", NULL },
	{ "POST", "cloudcode-pa.googleapis.com", "/v1internal:countTokens", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-embedding-001:embedContent",
	  "gemini.embed" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-embedding-001:batchEmbedContents",
	  "gemini.embed" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-embedding-001:asyncBatchEmbedContent",
	  NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/imagen-4.0-generate-001:predict", "gemini.predict" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/veo-3.1:predictLongRunning", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-pro:countTokens", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/models/gemini-2.5-pro:batchGenerateContent",
	  NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/cachedContents", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/upload/v1beta/files", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/interactions", "gemini.interactions" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/interactions/v1_x/cancel", NULL },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", "openai.chat" },
	{ "POST", "generativelanguage.googleapis.com", "/v1beta/openai/embeddings", "openai.embeddings" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-pro:generateContent",
	  "gemini.generate" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/endpoints/12:streamGenerateContent",
	  "gemini.generate" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/google/models/text-embedding-005:predict",
	  "gemini.predict" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/google/models/gemini-embedding-2:embedContent",
	  "gemini.embed" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict",
	  "anthropic.messages" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4@20250514:streamRawPredict",
	  "anthropic.messages" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/publishers/anthropic/models/count-tokens:rawPredict",
	  NULL },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/endpoints/openapi/chat/completions",
	  "openai.chat" },
	{ "POST", "aiplatform.googleapis.com", "/v1/projects/p/locations/global/endpoints/12:predict", NULL },
	{ "GET", "generativelanguage.googleapis.com", "/v1beta/interactions/v1_x", NULL },
	{ "POST", "api.openai.com", "", NULL },
	{ "POST", "api.openai.com", "*", NULL },
};

/* On hosts that are known the head is enough: no body is asked for in vain. */
START_TEST(test_known_hosts)
{
	play_request_head(&play, requests[_i].method, requests[_i].authority, requests[_i].target, "application/json");
	ck_assert_int_eq(play.exchange.skip_bodies, !requests[_i].dialect);
	play_request_end(&play);
	play_answer(&play, 200, "{}");
	ck_assert_uint_eq(play.count, requests[_i].dialect != NULL);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], !requests[_i].dialect);
	if (requests[_i].dialect)
		ck_assert_str_eq(play_call(&play)->dialect, requests[_i].dialect);
}
END_TEST

static const struct {
	const char *path, *request;
	unsigned int status;
	const char *answer;
	const char *dialect;	/* null: no call */
} unknown[] = {
	{ "/v1/chat/completions", CHAT_BODY, 200, CHAT_ANSWER, "openai.chat" },
	{ "/litellm/v1/messages", MESSAGES_BODY, 200, MESSAGES_ANSWER, "anthropic.messages" },
	{ "/v1/completions", "{\"prompt\":\"a\"}", 200, "{\"object\":\"text_completion\",\"choices\":[]}", "openai.completions" },
	{ "/v1/responses", "{\"model\":\"m\",\"input\":\"a\"}", 200, "{\"object\":\"response\",\"status\":\"completed\"}", "openai.responses" },
	{ "/v1/embeddings", "{\"model\":\"m\",\"input\":\"a\"}", 200, "{\"data\":[{\"embedding\":[1]}]}", "openai.embeddings" },
	/* A path of the gateway's own: request and response have to agree. */
	{ "/api/llm", CHAT_BODY, 200, CHAT_ANSWER, "openai.chat" },
	{ "/api/llm", MESSAGES_BODY, 200, MESSAGES_ANSWER, "anthropic.messages" },
	{ "/api/llm", "{\"model\":\"m\",\"input\":\"a\"}", 200, "{\"object\":\"response\"}", "openai.responses" },
	{ "/api/llm", CHAT_BODY, 200, "{\"text\":\"a\"}", NULL },
	{ "/api/llm", "{\"text\":\"a\"}", 200, CHAT_ANSWER, NULL },
	{ "/api/llm", CHAT_BODY, 429, "{\"error\":{\"type\":\"rate_limit_error\"}}", NULL },
	{ "/v1/complete", "{\"model\":\"m\",\"prompt\":\"a\",\"max_tokens_to_sample\":1}", 200,
	  "{\"type\":\"completion\",\"stop_reason\":\"max_tokens\"}", "anthropic.complete" },
	{ "/v1/complete", "{\"task\":1}", 200, "{\"type\":\"completion\",\"stop_reason\":\"max_tokens\"}", NULL },
	{ "/v1/moderations", "{\"input\":\"a\"}", 200, "{\"results\":[{\"flagged\":true}]}", "openai.moderations" },
	{ "/v1/images/generations", "{\"prompt\":\"a\"}", 200, "{\"data\":[{\"url\":\"u\"}]}", "openai.images" },
	/* An error has no shape; the request has. */
	{ "/v1/chat/completions", CHAT_BODY, 429, "{\"error\":{\"type\":\"rate_limit_error\"}}", "openai.chat" },
	{ "/v1/chat/completions", CHAT_BODY, 502, "<html>Bad Gateway</html>", "openai.chat" },
	{ "/v1/chat/completions", CHAT_BODY, 200, "{\"error\":{\"message\":\"no\"}}", "openai.chat" },
	{ "/v1/chat/completions", CHAT_BODY, 307, "", NULL },
	/* Google's, at a proxy. */
	{ "/google/v1beta/models/gemini-2.5-pro:generateContent", CONTENTS_BODY, 200, CONTENTS_ANSWER, "gemini.generate" },
	{ "/v1internal:generateContent", "{\"model\":\"m\",\"request\":" CONTENTS_BODY "}", 200,
	  "{\"response\":" CONTENTS_ANSWER "}", "gemini.generate" },
	{ "/api/llm", "{\"model\":\"m\"," "\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}", 200, CONTENTS_ANSWER, "gemini.generate" },
	{ "/v1beta/models/gemini-2.5-pro:generateContent", CONTENTS_BODY, 400, "{\"error\":{\"code\":400}}", "gemini.generate" },
	{ "/v1beta/models/x:embedContent", "{\"content\":{\"parts\":[{\"text\":\"a\"}]}}", 200, "{\"embedding\":{\"values\":[1]}}", "gemini.embed" },
	{ "/v1/projects/p/publishers/google/models/e:predict", "{\"instances\":[{\"content\":\"a\"}]}", 200,
	  "{\"predictions\":[{\"embeddings\":{\"values\":[1]}}]}", "gemini.predict" },
	{ "/v1beta/interactions", "{\"model\":\"m\",\"input\":\"a\"}", 200, "{\"object\":\"interaction\"}", "gemini.interactions" },
	{ "/api/llm", CONTENTS_BODY, 200, CONTENTS_ANSWER, NULL },	/* names no model */
	{ "/v1beta/cachedContents", "{\"model\":\"m\",\"contents\":[{\"parts\":[]}]}", 200, CONTENTS_ANSWER, NULL },
	{ "/v1beta/models/m:generateContent", CONTENTS_BODY, 200, "{\"usageMetadata\":{\"totalTokenCount\":1}}", NULL },
	{ "/discord/interactions", "{\"type\":2,\"data\":{}}", 200, "{\"object\":\"interaction\"}", NULL },
	/* A server of models that are no LLM (TensorFlow Serving). */
	{ "/v1/models/half_plus_two:predict", "{\"instances\":[1]}", 200, "{\"predictions\":[{\"embeddings\":{\"values\":[1]}}]}", NULL },
	/* Other services with paths and words like these. */
	{ "/v1/messages", "{\"channel\":\"c\",\"text\":\"hello\"}", 200, "{\"type\":\"message\",\"id\":1}", NULL },
	{ "/v1/messages", MESSAGES_BODY, 200, "{\"type\":\"message\",\"id\":1}", NULL },
	{ "/v1/messages", "{\"messages\":[{\"role\":\"admin\"}],\"max_tokens\":1,\"model\":\"m\"}", 200, MESSAGES_ANSWER, NULL },
	{ "/surveys/1/responses", "{\"answers\":[1]}", 200, "{\"object\":\"response\"}", NULL },
	{ "/embeddings", "{\"input\":\"a\"}", 200, "{\"items\":[{\"embedding\":[1]}]}", NULL },
	{ "/embeddings", "{\"graph\":\"g\"}", 404, "{\"error\":\"none\"}", NULL },
	{ "/chat/completions", "", 200, CHAT_ANSWER, NULL },
	{ "/chat/completions", "model=m&messages=1", 200, CHAT_ANSWER, NULL },
};

START_TEST(test_unknown_host)
{
	play_request(&play, "service.internal", unknown[_i].path, unknown[_i].request);
	play_answer(&play, unknown[_i].status, unknown[_i].answer);
	ck_assert_uint_eq(play.count, unknown[_i].dialect != NULL);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], !unknown[_i].dialect);
	if (unknown[_i].dialect) {
		ck_assert_str_eq(play_call(&play)->dialect, unknown[_i].dialect);
		ck_assert_str_eq(play_call(&play)->provider, "unknown");
	}
}
END_TEST

/* Hosts that serve all kinds of APIs: as unknown ones, but the name is known. */
START_TEST(test_mixed_host)
{
	play_request(&play, "corp.azure-api.net", "/orders/responses", "{\"order\":1}");
	ck_assert(play.exchange.skip_bodies);
	play_answer(&play, 200, "{}");
	ck_assert_uint_eq(play.count, 0);
	play_request(&play, "corp.azure-api.net", "/ai/chat/completions", CHAT_BODY);
	play_answer(&play, 200, CHAT_ANSWER);
	ck_assert_str_eq(play_call(&play)->provider, "azure.ai.openai");
}
END_TEST

/* Vertex serves models of all kinds behind one verb: it is no proof, though the host is known. */
static const struct {
	const char *path, *request, *answer;
	bool is_call;
} raw[] = {
	{ "/publishers/mistralai/models/m%402411:rawPredict", CHAT_BODY, CHAT_ANSWER, true },
	{ "/publishers/mistralai/models/mistral-ocr:rawPredict", "{\"model\":\"m\",\"document\":{}}", "{\"pages\":[]}", false },
	{ "/endpoints/12:rawPredict", "{\"instances\":[1]}", "{\"predictions\":[1]}", false },
	{ "/endpoints/12:rawPredict", CHAT_BODY, CHAT_ANSWER, true },
};

START_TEST(test_raw_predict)
{
	char target[128];

	(void)snprintf(target, sizeof(target), "/v1/projects/p/locations/l%s", raw[_i].path);
	play_request(&play, "us-central1-aiplatform.googleapis.com", target, raw[_i].request);
	play_answer(&play, 200, raw[_i].answer);
	ck_assert_uint_eq(play.count, raw[_i].is_call);
	if (!raw[_i].is_call)
		return;
	ck_assert_str_eq(play_call(&play)->dialect, "openai.chat");
	ck_assert_str_eq(play_call(&play)->provider, "gcp.vertex_ai");
	ck_assert_str_eq(play_call(&play)->request_model, strstr(target, "endpoints") ? "12" : "m@2411");
}
END_TEST

/* As soon as the request shows that it is none, the answer is not wanted. */
START_TEST(test_request_turns_it_down)
{
	play_request_head(&play, "POST", "service.internal", "/v1/things", "application/json");
	ck_assert(!play.exchange.skip_bodies);
	play_request_body(&play, "{\"model\":\"m\"}", strlen("{\"model\":\"m\"}"));
	play_request_end(&play);
	ck_assert(play.exchange.skip_bodies);
	ck_assert_ptr_null(play.exchange.user);
	play_answer(&play, 200, CHAT_ANSWER);
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

START_TEST(test_other_content_is_not_read)
{
	play_request_head(&play, "POST", "service.internal", "/upload", "application/octet-stream");
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_COMPLETE);
	play_request_head(&play, "POST", "service.internal", "/upload", NULL);
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 2);
}
END_TEST

static const struct {
	const char *header, *value, *provider, *gateway;
} fingerprints[] = {
	{ "openai-processing-ms", "12", "openai", "" },
	{ "Anthropic-RateLimit-Requests-Limit", "5", "anthropic", "" },
	{ "X-LiteLLM-Call-Id", "x", "unknown", "litellm" },
	{ "x-amzn-bedrock-input-token-count", "1", "aws.bedrock", "" },
	{ "x-other", "1", "unknown", "" },
};

START_TEST(test_fingerprint)
{
	play_request(&play, "llm.internal", "/v1/chat/completions", CHAT_BODY);
	play_header(&play, fingerprints[_i].header, fingerprints[_i].value);
	play_answer(&play, 200, CHAT_ANSWER);
	ck_assert_str_eq(play_call(&play)->provider, fingerprints[_i].provider);
	ck_assert_str_eq(play_call(&play)->gateway, fingerprints[_i].gateway);
}
END_TEST

START_TEST(test_gateway)
{
	play_request(&play, "openrouter.ai", "/api/v1/chat/completions", CHAT_BODY);
	play_header(&play, "openai-processing-ms", "12");
	play_answer(&play, 200, CHAT_ANSWER);
	ck_assert_str_eq(play_call(&play)->provider, "openrouter");
	ck_assert_str_eq(play_call(&play)->gateway, "openrouter");
}
END_TEST

static struct path_match match_of(const struct path_rule *rule)
{
	struct provider provider = { .name = rule->provider };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s%s%s", rule->before ? rule->before : "", rule->before ? "m%3A1" : "",
		       rule->after);
	return dialect_of_path(slice_of(path), rule->provider ? &provider : NULL);
}

/* How many dialects are asked before this one, each of which needs another request. */
static size_t place_of(const struct path_match *match, const struct dialect *dialect, const struct path_rule *rule)
{
	size_t i = 0;

	while (i < match->count && match->dialects[i].dialect != dialect) {
		ck_assert_uint_ne(match->dialects[i].dialect->request_needs, dialect->request_needs);
		i++;
	}
	ck_assert_uint_lt(i, match->count);
	ck_assert_ptr_eq(match->dialects[i].rule, rule);
	return i;
}

/* No path of one dialect is taken by an earlier one, or for no call. */
START_TEST(test_paths)
{
	for (size_t i = 0; i < dialect_count; i++)
		for (size_t j = 0; j < dialects[i]->path_count; j++) {
			const struct path_rule *rule = &dialects[i]->paths[j];
			struct path_match match = match_of(rule);

			ck_assert(!match.never);
			if (place_of(&match, dialects[i], rule) == 0)
				ck_assert_uint_eq(match.model.len, rule->before && !rule->is_name ? strlen("m%3A1") : 0);
		}
}
END_TEST

START_TEST(test_paths_of_no_call)
{
	ck_assert(dialect_of_path(SLICE("/v1/messages/count_tokens"), NULL).never);
	ck_assert(dialect_of_path(SLICE("/model/m/count-tokens"), NULL).never);
	ck_assert(dialect_of_path(SLICE("/v1beta/models/m:countTokens"), NULL).never);
	ck_assert(!dialect_of_path(SLICE("/v1/messages"), NULL).never);
}
END_TEST

/* A count and its alternative are the same fact where only one is given. */
static unsigned int same(unsigned int fact)
{
	switch (fact) {
	case FACT_COUNT + COUNT_INPUT_ALT:
	case FACT_COUNT + COUNT_OUTPUT_ALT:
	case FACT_COUNT + COUNT_CACHE_READ_ALT:
	case FACT_COUNT + COUNT_CACHE_WRITE_ALT:
	case FACT_COUNT + COUNT_REASONING_ALT:
		return fact - 1;
	default:
		return fact;
	}
}

static void check_rows(const struct json_field *a, size_t a_count, const struct json_field *b, size_t b_count)
{
	for (size_t i = 0; i < a_count; i++)
		for (size_t j = 0; j < b_count; j++)
			if (strcmp(a[i].path, b[j].path) == 0)
				ck_assert_msg(same(a[i].id) == same(b[j].id), "%s", a[i].path);
}

/* While the dialect is not known the paths of all that a shape may tell are
 * read at once: none may mean two things. */
START_TEST(test_paths_agree)
{
	for (size_t i = 0; i < dialect_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct dialect *a = dialects[i], *b = dialects[j];

			if (a->path_only || b->path_only || a->by_request || b->by_request)
				continue;
			check_rows(a->response, a->response_count, b->response, b->response_count);
			check_rows(a->event, a->event_count, b->event, b->event_count);
		}
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: recognition");
	TCase *tcase = tcase_create("recognition");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_hosts, 0, ARRAY_SIZE(hosts));
	tcase_add_loop_test(tcase, test_known_hosts, 0, ARRAY_SIZE(requests));
	tcase_add_loop_test(tcase, test_unknown_host, 0, ARRAY_SIZE(unknown));
	tcase_add_test(tcase, test_mixed_host);
	tcase_add_loop_test(tcase, test_raw_predict, 0, ARRAY_SIZE(raw));
	tcase_add_test(tcase, test_request_turns_it_down);
	tcase_add_test(tcase, test_other_content_is_not_read);
	tcase_add_loop_test(tcase, test_fingerprint, 0, ARRAY_SIZE(fingerprints));
	tcase_add_test(tcase, test_gateway);
	tcase_add_test(tcase, test_paths);
	tcase_add_test(tcase, test_paths_of_no_call);
	tcase_add_test(tcase, test_paths_agree);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
