/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the bytes are laid out: the dialects, in the order in which a path or a
 * shape is tried. A longer path stands before one that it ends in; of several
 * that share a path the request tells which.
 */
#include "llm/dialects.h"

#include <string.h>

#include "base/cleanup.h"

const struct dialect *const dialects[] = {
	&dialect_openai_chat,
	&dialect_mistral_fim,
	&dialect_openai_completions,
	&dialect_openai_responses,
	&dialect_ollama_embed,
	&dialect_openai_embeddings,
	&dialect_openai_images,
	&dialect_openai_transcription,
	&dialect_openai_speech,
	&dialect_openai_moderations,
	&dialect_anthropic_messages,
	&dialect_anthropic_complete,
	&dialect_bedrock_converse,
	&dialect_bedrock_invoke,
	&dialect_bedrock_agent,
	&dialect_sagemaker,
	&dialect_grpc,
	&dialect_mcp,
	&dialect_a2a,
	&dialect_gemini_generate,
	&dialect_gemini_embed,
	&dialect_gemini_predict,
	&dialect_gemini_interactions,
	&dialect_cohere_v2,
	&dialect_cohere_v1,
	&dialect_cohere_generate,
	&dialect_cohere_embed,
	&dialect_cohere_rerank,
	&dialect_ollama_chat,
	&dialect_ollama_generate,
	&dialect_mistral_conversations,
	&dialect_watsonx,
	&dialect_aleph_alpha,
	&dialect_replicate,
	&dialect_dashscope,
	&dialect_tgi,
	&dialect_tei_embed,
	&dialect_tei_rerank,
	&dialect_sglang,
	&dialect_llamacpp_completion,
	&dialect_llamacpp_embedding,
	&dialect_openai_realtime,
	&dialect_gemini_live,
};
const size_t dialect_count = ARRAY_SIZE(dialects);

/* Paths that look like a call's, or whose bodies do, and generate nothing. */
static const struct path_rule no_calls[] = {
	{ .after = "/count_tokens" },
	{ .after = "/count-tokens" },
	{ .after = "/models/count-tokens:rawPredict" },	/* Anthropic on Vertex */
	{ .after = ":countTokens" },
	{ .after = "/cachedContents" },	/* Gemini: a prompt that is stored */
	{ .after = "/tokenize" },
	{ .after = "/detokenize" },
	{ .after = "/apply-template" },
	{ .after = "/async/chat/completions" },		/* Perplexity: answered by a poll */
};

const struct header_fact common_headers[] = {
	{ "x-amzn-errortype", FACT_ERROR_TYPE },
	{ "x-ms-served-model", FACT_MODEL },
	{ "x-litellm-response-cost", FACT_COST_USD },
};
const size_t common_header_count = ARRAY_SIZE(common_headers);

#define RPC_MESSAGE(at)                                                                     \
	{ at "jsonrpc", FACT_EVIDENCE + EVIDENCE_JSONRPC },                                 \
	{ at "method", FACT_ITEM_TYPE },                                                    \
	{ at "id", FACT_ITEM_ID },                                                          \
	{ at "params.name", FACT_ITEM_NAME },                                               \
	{ at "params.message.parts", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE }

const struct json_field request_fields[] = {
	{ "model", FACT_MODEL },
	{ "model_id", FACT_MODEL },			/* watsonx */
	{ "messages[].role", FACT_ROLE },
	{ "message", FACT_EVIDENCE + EVIDENCE_MESSAGE },
	{ "input", FACT_INPUT },
	{ "inputs", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "text", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "content", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "texts", FACT_EVIDENCE + EVIDENCE_TEXTS },
	{ "query", FACT_EVIDENCE + EVIDENCE_QUERY },
	{ "documents", FACT_EVIDENCE + EVIDENCE_DOCUMENTS },
	{ "prompt", FACT_EVIDENCE + EVIDENCE_PROMPT },	/* text: counts like FACT_PROMPT */
	{ "input_prefix", FACT_EVIDENCE + EVIDENCE_PROMPT },	/* llama.cpp */
	{ "max_tokens", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "max_tokens_to_sample", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "file", FACT_EVIDENCE + EVIDENCE_FILE },
	{ "size", FACT_IMAGE_SIZE },
	{ "quality", FACT_IMAGE_QUALITY },
	{ "web_search_options.search_context_size", FACT_SEARCH_CONTEXT },
	{ "message.parts", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "message.content", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },	/* A2A 0.3 */
	RPC_MESSAGE(""),
	{ "[]", FACT_ITEM },
	RPC_MESSAGE("[]."),
	{ "contents[].parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },
	{ "request.contents[].parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },	/* Code Assist */
	{ "content.parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },			/* embeddings */
	{ "requests[].content.parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },
	{ "instances", FACT_EVIDENCE + EVIDENCE_INPUT },			/* predictions */
	/* Titan, Nova and Stability behind Bedrock; its agents and knowledge bases. */
	{ "inputText", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "inputImage", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "taskType", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "text_prompts", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "foundationModel", FACT_MODEL },
	{ "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.modelArn", FACT_MODEL },
	{ "retrieveAndGenerateConfiguration.externalSourcesConfiguration.modelArn", FACT_MODEL },

	{ "messages[].content", FACT_PROMPT },
	{ "messages[].content[].text", FACT_PROMPT },
	{ "messages[].content[].content", FACT_PROMPT },	/* results of tools */
	{ "messages[].content[].content[].text", FACT_PROMPT },
	{ "messages[].tool_calls[].function.arguments", FACT_PROMPT },
	{ "tools", FACT_TEXT_JSON },
	{ "messages[].content[].input", FACT_TEXT_JSON },
	{ "response_format", FACT_TEXT_JSON },
	{ "text.format", FACT_TEXT_JSON },
	{ "system", FACT_PROMPT },
	{ "system[].text", FACT_PROMPT },
	{ "instructions", FACT_PROMPT },
	{ "input[]", FACT_PROMPT },
	{ "input[].content", FACT_PROMPT },
	{ "input[].content[].text", FACT_PROMPT },
	{ "input[].output", FACT_PROMPT },
	{ "prompt[]", FACT_PROMPT },
};
const size_t request_field_count = ARRAY_SIZE(request_fields);

bool dialect_has_media(const struct dialect *dialect, struct slice content_type)
{
	for (size_t i = 0; i < dialect->media_count; i++) {
		struct slice media = slice_of(dialect->media[i]);

		if (content_type.len >= media.len && strncasecmp(content_type.ptr, media.ptr, media.len) == 0)
			return true;
	}
	return false;
}

static bool rule_fits(const struct path_rule *rule, struct slice path, const struct provider *provider,
		      struct slice *ret_model)
{
	struct slice after = slice_of(rule->after), before, between;
	const char *at;

	*ret_model = (struct slice){ path.ptr, 0 };
	if (!slice_ends(path, after))
		return false;
	if (rule->provider && (!provider || strcmp(provider->name, rule->provider) != 0))
		return false;
	if (!rule->before)
		return true;
	before = slice_of(rule->before);
	path.len -= after.len;
	at = path.len > before.len ? memmem(path.ptr, path.len, before.ptr, before.len) : NULL;
	if (!at)
		return false;
	at += before.len;
	between = (struct slice){ at, (size_t)(path.ptr + path.len - at) };
	if (rule->is_name)
		return between.len > 0 && !memchr(between.ptr, '/', between.len);
	*ret_model = between;
	return between.len > 0;
}

static bool is_never(struct slice path, const struct provider *provider)
{
	struct slice model;

	for (size_t i = 0; i < ARRAY_SIZE(no_calls); i++)
		if (rule_fits(&no_calls[i], path, provider, &model))
			return true;
	return false;
}

/* The first rule that the path fits; null: none. */
static const struct path_rule *rule_of(const struct path_rule *rules, size_t count, struct slice path,
				       const struct provider *provider, struct slice *ret_model)
{
	for (size_t i = 0; i < count; i++)
		if (rule_fits(&rules[i], path, provider, ret_model))
			return &rules[i];
	return NULL;
}

struct path_match dialect_of_path(struct slice path, const struct provider *provider)
{
	struct path_match match = { 0 };
	struct slice model;

	if (is_never(path, provider))
		return (struct path_match){ .never = true };
	for (size_t i = 0; i < dialect_count && match.count < PATH_DIALECTS_MAX; i++) {
		const struct path_rule *rule = rule_of(dialects[i]->paths, dialects[i]->path_count, path, provider, &model);

		if (!rule)
			continue;
		if (match.count == 0)
			match.model = model;
		match.dialects[match.count++] = (struct path_dialect){ dialects[i], rule };
	}
	return match;
}

struct path_match dialect_of_socket(struct slice path, const struct provider *provider)
{
	struct path_match match = { 0 };

	for (size_t i = 0; i < dialect_count && match.count == 0; i++) {
		const struct session_dialect *session = dialects[i]->session;
		const struct path_rule *rule = NULL;

		if (session)
			rule = rule_of(session->paths, session->path_count, path, provider, &match.model);
		if (rule)
			match.dialects[match.count++] = (struct path_dialect){ dialects[i], rule };
	}
	return match;
}
