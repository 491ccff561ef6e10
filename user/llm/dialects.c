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
	{ at "params.arguments.**", FACT_ARGS },                                            \
	{ at "params.message.parts", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },              \
	AGENT_MESSAGE(at "params.message")

#define AGENT_MESSAGE(at)                            \
	{ at, FACT_PROMPT },                         \
	{ at ".role", FACT_SPEAKER },                \
	{ at ".parts[].text", FACT_PROMPT },         \
	{ at ".parts[].data.**", FACT_PROMPT },      \
	{ at ".content[].text", FACT_PROMPT }

/* A function as JSON Schema describes it. */
#define FUNCTION(at, fact)                           \
	{ at "name", fact },                         \
	{ at "description", fact },                  \
	{ at "parameters.**.description", fact }

#define TOOLS(at)                                                           \
	{ at, FACT_TOOL },                                                  \
	FUNCTION(at ".", FACT_TOOL),                                        \
	FUNCTION(at ".function.", FACT_TOOL),                               \
	{ at ".custom.name", FACT_TOOL },                                   \
	{ at ".custom.description", FACT_TOOL },                            \
	{ at ".input_schema.**.description", FACT_TOOL },	/* Anthropic */ \
	{ at ".parameter_definitions.**.description", FACT_TOOL }	/* Cohere */

/* Blocks of a message; of what tools gave back each is a text. */
#define BLOCKS(at)                                                          \
	{ at, FACT_RESULT },                                                \
	{ at ".text", FACT_PROMPT },                                        \
	{ at ".refusal", FACT_PROMPT },                                     \
	{ at ".thinking", FACT_PROMPT },                                    \
	{ at ".thinking[].text", FACT_PROMPT },	/* Mistral */               \
	{ at ".title", FACT_RESULT },		/* of documents */          \
	{ at ".context", FACT_RESULT },                                     \
	{ at ".source.data", FACT_RESULT_OR_DATA },                         \
	{ at ".source.content", FACT_RESULT },                              \
	{ at ".source.content[].text", FACT_RESULT },                       \
	{ at ".document.data.**", FACT_RESULT },	/* Cohere */        \
	{ at ".content", FACT_RESULT },                                     \
	{ at ".content[].text", FACT_RESULT },                              \
	{ at ".content[].title", FACT_RESULT },                             \
	{ at ".content[].content[].text", FACT_RESULT },                    \
	{ at ".content[].source.data", FACT_RESULT_OR_DATA },               \
	{ at ".content.stdout", FACT_RESULT },                              \
	{ at ".content.stderr", FACT_RESULT },                              \
	{ at ".input", FACT_TEXT_JSON },                                    \
	{ at ".input.**", FACT_ARGS },                                      \
	CONVERSE_BLOCKS(at)

#define CONVERSE_BLOCKS(at)                                                 \
	{ at ".reasoningContent.reasoningText.text", FACT_PROMPT },         \
	{ at ".citationsContent.content[].text", FACT_PROMPT },             \
	{ at ".guardContent.text.text", FACT_PROMPT },                      \
	{ at ".toolUse.input.**", FACT_ARGS },                              \
	{ at ".toolResult.content[].text", FACT_RESULT },                   \
	{ at ".toolResult.content[].json.**", FACT_RESULT },                \
	{ at ".toolResult.content[].document.source.text", FACT_RESULT },   \
	{ at ".document.name", FACT_RESULT },                               \
	{ at ".document.context", FACT_RESULT },                            \
	{ at ".document.source.text", FACT_RESULT },                        \
	{ at ".document.source.content[].text", FACT_RESULT },              \
	{ at ".searchResult.title", FACT_RESULT },                          \
	{ at ".searchResult.content[].text", FACT_RESULT }

/* OpenAI's, Anthropic's, Cohere's, Bedrock's, Ollama's. */
#define MESSAGES(at, role)                                                  \
	{ at, FACT_PROMPT },                                                \
	{ at ".role", role },                                               \
	{ at ".content", FACT_PROMPT },                                     \
	BLOCKS(at ".content[]"),                                            \
	{ at ".refusal", FACT_PROMPT },                                     \
	{ at ".reasoning_content", FACT_PROMPT },                           \
	{ at ".reasoning", FACT_PROMPT },                                   \
	{ at ".thinking", FACT_PROMPT },                                    \
	{ at ".tool_plan", FACT_PROMPT },                                   \
	{ at ".tool_calls[].function.arguments.**", FACT_ARGS },            \
	{ at ".tool_calls[].custom.input", FACT_ARGS },                     \
	{ at ".function_call.arguments", FACT_ARGS }

/* Items of Responses, entries of Mistral's conversations, turns of Google's interactions. */
#define ITEMS(at)                                                           \
	{ at, FACT_PROMPT },                                                \
	{ at ".role", FACT_SPEAKER },                                       \
	{ at ".text", FACT_PROMPT },                                        \
	{ at ".content", FACT_PROMPT },                                     \
	{ at ".content[].text", FACT_PROMPT },                              \
	{ at ".content[].refusal", FACT_PROMPT },                           \
	{ at ".summary", FACT_EARLIER },                                    \
	{ at ".summary[].text", FACT_EARLIER },                             \
	{ at ".arguments.**", FACT_ARGS },                                  \
	{ at ".input", FACT_ARGS },                                         \
	{ at ".code", FACT_ARGS },                                          \
	{ at ".action.**", FACT_ARGS },                                     \
	{ at ".output", FACT_RESULT },                                      \
	{ at ".output[].text", FACT_RESULT },                               \
	{ at ".output[].stdout", FACT_RESULT },                             \
	{ at ".output[].stderr", FACT_RESULT },                             \
	{ at ".outputs", FACT_RESULT },                                     \
	{ at ".outputs[].logs", FACT_RESULT },                              \
	{ at ".results", FACT_RESULT },                                     \
	{ at ".results[].text", FACT_RESULT },                              \
	{ at ".result", FACT_RESULT },                                      \
	{ at ".result[].text", FACT_RESULT },                               \
	{ at ".result.*", FACT_RESULT },                                    \
	TOOLS(at ".tools[]")

/* Keys of Google's come in either case. */
#define CONTENT(at)                                                         \
	{ at, FACT_PROMPT },                                                \
	{ at ".role", FACT_SPEAKER },                                       \
	{ at ".parts[].text", FACT_PROMPT },                                \
	{ at ".parts[].functionCall.args.**", FACT_ARGS },                  \
	{ at ".parts[].function_call.args.**", FACT_ARGS },                 \
	{ at ".parts[].functionResponse.response.**", FACT_RESULT },        \
	{ at ".parts[].function_response.response.**", FACT_RESULT },       \
	{ at ".parts[].executableCode.code", FACT_ARGS },                   \
	{ at ".parts[].codeExecutionResult.output", FACT_RESULT }

/* One of Gemini's tools is a list of functions. */
#define DECLARATIONS(at)                                                    \
	{ at, FACT_TOOL_FUNCTION },                                         \
	FUNCTION(at ".", FACT_TOOL_FUNCTION),                               \
	{ at ".parametersJsonSchema.**.description", FACT_TOOL_FUNCTION }

#define GENERATE(at)                                                        \
	{ at "contents[].parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },       \
	CONTENT(at "contents[]"),                                           \
	{ at "systemInstruction", FACT_SYSTEM },                            \
	{ at "systemInstruction.parts[].text", FACT_SYSTEM },               \
	{ at "system_instruction", FACT_SYSTEM },                           \
	{ at "system_instruction.parts[].text", FACT_SYSTEM },              \
	DECLARATIONS(at "tools[].functionDeclarations[]"),                  \
	DECLARATIONS(at "tools[].function_declarations[]")

const struct json_field request_fields[] = {
	{ "model", FACT_MODEL },
	{ "model_id", FACT_MODEL },			/* watsonx */
	{ "max_tokens", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "max_tokens_to_sample", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "file", FACT_EVIDENCE + EVIDENCE_FILE },
	{ "size", FACT_IMAGE_SIZE },
	{ "quality", FACT_IMAGE_QUALITY },
	{ "web_search_options.search_context_size", FACT_SEARCH_CONTEXT },

	MESSAGES("messages[]", FACT_ROLE),
	{ "tools", FACT_TEXT_JSON },
	TOOLS("tools[]"),
	TOOLS("functions[]"),
	{ "response_format", FACT_TEXT_JSON },
	{ "response_format", FACT_SYSTEM },
	{ "response_format.**.description", FACT_SYSTEM },
	{ "text.format", FACT_TEXT_JSON },
	{ "text.format", FACT_SYSTEM },
	{ "text.format.**.description", FACT_SYSTEM },
	{ "system", FACT_SYSTEM },
	{ "system[].text", FACT_SYSTEM },
	{ "system[].guardContent.text.text", FACT_SYSTEM },
	{ "system_prompt", FACT_SYSTEM },
	{ "instructions", FACT_SYSTEM },
	{ "preamble", FACT_SYSTEM },			/* Cohere */
	{ "prediction.content", FACT_EARLIER },
	{ "prediction.content[].text", FACT_EARLIER },

	{ "input", FACT_INPUT },
	ITEMS("input[]"),
	{ "prompt", FACT_EVIDENCE + EVIDENCE_PROMPT },
	{ "prompt", FACT_PROMPT },
	{ "prompt[]", FACT_PROMPT },
	{ "prompt[].data", FACT_PROMPT_OR_DATA },	/* Aleph Alpha */
	{ "prompt.variables.**", FACT_PROMPT },		/* of a stored one */
	{ "suffix", FACT_PROMPT },
	{ "input_prefix", FACT_EVIDENCE + EVIDENCE_PROMPT },	/* llama.cpp */
	{ "input_prefix", FACT_PROMPT },
	{ "input_suffix", FACT_PROMPT },
	{ "input_extra[]", FACT_RESULT },
	{ "input_extra[].text", FACT_RESULT },
	{ "text", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "text", FACT_PROMPT },
	{ "text[]", FACT_PROMPT },
	{ "texts", FACT_EVIDENCE + EVIDENCE_TEXTS },
	{ "texts[]", FACT_PROMPT },
	{ "inputs", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "inputs", FACT_PROMPT },
	{ "inputs[][]", FACT_PROMPT },
	ITEMS("inputs[]"),
	{ "query", FACT_EVIDENCE + EVIDENCE_QUERY },
	{ "query", FACT_PROMPT },
	{ "documents", FACT_EVIDENCE + EVIDENCE_DOCUMENTS },
	{ "documents[].**", FACT_RESULT },

	/* Cohere's first version of a chat. */
	{ "message", FACT_EVIDENCE + EVIDENCE_MESSAGE },
	{ "chat_history[]", FACT_PROMPT },
	{ "chat_history[].role", FACT_SPEAKER },
	{ "chat_history[].message", FACT_PROMPT },
	{ "chat_history[].tool_calls[].parameters.**", FACT_ARGS },
	{ "chat_history[].tool_results[].outputs.**", FACT_RESULT },
	{ "tool_results[].outputs.**", FACT_RESULT },

	/* Agents. */
	{ "message.parts", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "message.content", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },	/* A2A 0.3 */
	AGENT_MESSAGE("message"),
	RPC_MESSAGE(""),
	{ "[]", FACT_ITEM },
	RPC_MESSAGE("[]."),

	/* Google's; Code Assist wraps the same. */
	GENERATE(""),
	GENERATE("request."),
	{ "content", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "content.parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },			/* embeddings */
	CONTENT("content"),
	{ "content[]", FACT_PROMPT },
	{ "requests[].content.parts", FACT_EVIDENCE + EVIDENCE_CONTENTS },
	CONTENT("requests[].content"),
	{ "instances", FACT_EVIDENCE + EVIDENCE_INPUT },			/* predictions */
	{ "instances[]", FACT_PROMPT },
	{ "instances[].content", FACT_PROMPT },
	{ "instances[].prompt", FACT_PROMPT },
	{ "instances[].text", FACT_PROMPT },

	/* Titan, Nova and Stability behind Bedrock; its agents and knowledge bases. */
	{ "toolConfig.tools[]", FACT_TOOL },
	{ "toolConfig.tools[].toolSpec.name", FACT_TOOL },
	{ "toolConfig.tools[].toolSpec.description", FACT_TOOL },
	{ "toolConfig.tools[].toolSpec.inputSchema.json.**.description", FACT_TOOL },
	{ "inputText", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "inputText", FACT_PROMPT },
	{ "inputImage", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "taskType", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "singleEmbeddingParams.text.value", FACT_PROMPT },
	{ "textToImageParams.text", FACT_PROMPT },
	{ "textToVideoParams.text", FACT_PROMPT },
	{ "imageVariationParams.text", FACT_PROMPT },
	{ "inPaintingParams.text", FACT_PROMPT },
	{ "outPaintingParams.text", FACT_PROMPT },
	{ "text_prompts", FACT_EVIDENCE + EVIDENCE_INPUTS },
	{ "text_prompts[].text", FACT_PROMPT },
	{ "input.text", FACT_PROMPT },
	{ "instruction", FACT_SYSTEM },
	{ "sessionState.returnControlInvocationResults.**", FACT_RESULT },
	{ "foundationModel", FACT_MODEL },
	{ "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.modelArn", FACT_MODEL },
	{ "retrieveAndGenerateConfiguration.externalSourcesConfiguration.modelArn", FACT_MODEL },

	/* What Replicate and DashScope put into one object. */
	{ "input.prompt", FACT_PROMPT },
	{ "input.system_prompt", FACT_SYSTEM },
	MESSAGES("input.messages[]", FACT_SPEAKER),
	{ "input.texts[]", FACT_PROMPT },
	{ "input.contents[].text", FACT_PROMPT },
	{ "input.query", FACT_PROMPT },
	{ "input.documents[].**", FACT_RESULT },
	TOOLS("parameters.tools[]"),
	{ "parameters.incremental_output", FACT_MARK },
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
