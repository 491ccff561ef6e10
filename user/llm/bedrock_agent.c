/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrock.agent: Bedrock's agents, and answers from its knowledge bases. An
 * agent asks its models as often as it likes; only with traces on does the
 * stream say which, and with how many tokens each time. What it says of the
 * text is base64, of which it matters only that it is there. Known by the
 * host, for the paths are common words.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define TRACE(at)                                                                            \
	{ "trace." at ".modelInvocationInput.foundationModel", FACT_MODEL },                 \
	{ "trace." at ".modelInvocationOutput.metadata.usage.inputTokens", FACT_COUNT + COUNT_INPUT }, \
	{ "trace." at ".modelInvocationOutput.metadata.usage.outputTokens", FACT_COUNT + COUNT_OUTPUT }

#define ERRORS                                  \
	{ "message", FACT_ERROR_MESSAGE },      \
	{ "Message", FACT_ERROR_MESSAGE },      \
	{ "__type", FACT_ERROR_TYPE }

/* What a knowledge base found. */
#define CITATIONS(at) { at ".retrievedReferences[].content.text", FACT_RESULT }

static const struct json_field response[] = {
	{ "output.text", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "output.text", FACT_TEXT },
	CITATIONS("citations[]"),
	ERRORS,
};

static const struct json_field event[] = {
	{ "bytes", FACT_OUTPUT_BASE64 },
	{ "text", FACT_OUTPUT },	/* of a knowledge base */
	CITATIONS("citation"),
	TRACE("preProcessingTrace"),
	TRACE("orchestrationTrace"),
	TRACE("postProcessingTrace"),
	TRACE("routingClassifierTrace"),
	ERRORS,
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_TEXT);
}

/* InvokeAgent, InvokeInlineAgent, and the two that answer from documents. */
static const struct path_rule paths[] = {
	{ .after = "/text", .provider = "aws.bedrock" },
	{ .before = "/agents/", .after = "", .provider = "aws.bedrock", .is_name = true },
	{ .after = "/retrieveAndGenerate", .provider = "aws.bedrock", .operation = OPERATION_CHAT },
	{ .after = "/retrieveAndGenerateStream", .provider = "aws.bedrock", .operation = OPERATION_CHAT },
};

const struct dialect dialect_bedrock_agent = {
	.name = "bedrock.agent",
	.operation = OPERATION_INVOKE_AGENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.usage_adds = true,
	.fits = fits,
};
