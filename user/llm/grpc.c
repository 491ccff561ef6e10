/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc: calls whose bodies are Protocol Buffers. Without their schema only the
 * path and the status can be read: the call is counted, its model and tokens
 * are unknown. Methods from xAI's and Google's published service definitions;
 * those that fetch, list or count are none.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define GEMINI(version)                                                                            \
	{ .after = "/google.ai.generativelanguage." version ".GenerativeService/GenerateContent" },   \
	{ .after = "/google.ai.generativelanguage." version ".GenerativeService/StreamGenerateContent", \
	  .streams = true },                                                                           \
	{ .after = "/google.ai.generativelanguage." version ".GenerativeService/EmbedContent",         \
	  .operation = OPERATION_EMBEDDINGS },                                                         \
	{ .after = "/google.ai.generativelanguage." version ".GenerativeService/BatchEmbedContents",   \
	  .operation = OPERATION_EMBEDDINGS }

#define VERTEX(version)                                                                            \
	{ .after = "/google.cloud.aiplatform." version ".PredictionService/GenerateContent" },        \
	{ .after = "/google.cloud.aiplatform." version ".PredictionService/StreamGenerateContent",    \
	  .streams = true }

static const struct path_rule paths[] = {
	{ .after = "/xai_api.Chat/GetCompletion", .operation = OPERATION_CHAT },
	{ .after = "/xai_api.Chat/GetCompletionChunk", .operation = OPERATION_CHAT, .streams = true },
	{ .after = "/xai_api.Chat/StartDeferredCompletion", .operation = OPERATION_CHAT },
	{ .after = "/xai_api.Sample/SampleText", .operation = OPERATION_TEXT_COMPLETION },
	{ .after = "/xai_api.Sample/SampleTextStreaming", .operation = OPERATION_TEXT_COMPLETION, .streams = true },
	{ .after = "/xai_api.Embedder/Embed", .operation = OPERATION_EMBEDDINGS },
	{ .after = "/xai_api.Image/GenerateImage", .operation = OPERATION_IMAGE_GENERATION },
	GEMINI("v1"),
	GEMINI("v1alpha"),
	GEMINI("v1beta"),
	VERTEX("v1"),
	VERTEX("v1beta1"),
};

/* In the trailers, or in the head of an answer that has no body. */
static const struct header_fact headers[] = { { "grpc-status", FACT_GRPC_STATUS } };

/* Also "+proto", "-web" and the like. */
static const char *const media[] = { "application/grpc" };

static bool fits(const struct document *document)
{
	(void)document;
	return false;
}

const struct dialect dialect_grpc = {
	.name = "grpc",
	.operation = OPERATION_GENERATE_CONTENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.headers = headers,
	.header_count = ARRAY_SIZE(headers),
	.media = media,
	.media_count = ARRAY_SIZE(media),
	.path_only = true,
	.opaque = true,
	.fits = fits,
};
