/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is billed: providers by the host that was asked, and by what their
 * servers say in their answers where the host is an alias. One row for each
 * host pattern; rows that are more specific stand first. Hosts and headers
 * from vendor documentation, SDK sources and recorded traffic.
 */
#include "llm/provider.h"

#include "base/cleanup.h"

static const struct provider providers[] = {
	{ "openai", "api.openai.com", NULL, 0 },
	{ "openai", "*.api.openai.com", NULL, 0 },	/* data residency: us., eu. */
	{ "openai", "chatgpt.com", "/backend-api/codex/", 0 },

	{ "azure.ai.openai", "*.openai.azure.com", NULL, 0 },
	{ "azure.ai.openai", "*.services.ai.azure.com", "/openai/", 0 },
	{ "azure.ai.openai", "*.cognitiveservices.azure.com", NULL, PROVIDER_MIXED },
	{ "azure.ai.openai", "*.azure-api.net", NULL, PROVIDER_MIXED },	/* API Management: anything */
	{ "azure.ai.inference", "*.services.ai.azure.com", NULL, 0 },
	{ "azure.ai.inference", "*.inference.ai.azure.com", NULL, 0 },
	{ "azure.ai.inference", "models.github.ai", NULL, 0 },

	{ "anthropic", "api.anthropic.com", NULL, 0 },
	{ "anthropic", "aws-external-anthropic.*.api.aws", NULL, 0 },

	{ "gcp.gemini", "generativelanguage.googleapis.com", NULL, 0 },
	/* Code Assist: the same models, paid for by a subscription. */
	{ "gcp.gemini", "cloudcode-pa.googleapis.com", NULL, 0 },
	{ "gcp.gemini", "*-cloudcode-pa.sandbox.googleapis.com", NULL, 0 },
	{ "gcp.vertex_ai", "aiplatform.googleapis.com", NULL, 0 },
	{ "gcp.vertex_ai", "*-aiplatform.googleapis.com", NULL, 0 },
	{ "gcp.vertex_ai", "aiplatform.*.rep.googleapis.com", NULL, 0 },
	{ "gcp.vertex_ai", "*.prediction.vertexai.goog", NULL, PROVIDER_MIXED },	/* endpoints of customers */

	/* With -fips, of VPC endpoints, in China, and the names for IPv6 (api.aws). */
	{ "aws.bedrock", "bedrock-runtime.*.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-runtime-fips.*.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-runtime.*.amazonaws.com.cn", NULL, 0 },
	{ "aws.bedrock", "*.bedrock-runtime*.*.vpce.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-runtime.*.api.aws", NULL, 0 },
	{ "aws.bedrock", "bedrock-runtime-fips.*.api.aws", NULL, 0 },
	{ "aws.bedrock", "bedrock-mantle.*.api.aws", NULL, 0 },
	{ "aws.bedrock", "*.bedrock-mantle.*.vpce.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-agent-runtime.*.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-agent-runtime-fips.*.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "*.bedrock-agent-runtime.*.vpce.amazonaws.com", NULL, 0 },
	{ "aws.bedrock", "bedrock-agent-runtime.*.api.aws", NULL, 0 },
	{ "aws.sagemaker", "runtime.sagemaker.*.amazonaws.com", NULL, PROVIDER_MIXED },
	{ "aws.sagemaker", "runtime-fips.sagemaker.*.amazonaws.com", NULL, PROVIDER_MIXED },
	{ "aws.sagemaker", "runtime.sagemaker.*.amazonaws.com.cn", NULL, PROVIDER_MIXED },
	{ "aws.sagemaker", "*.runtime.sagemaker.*.vpce.amazonaws.com", NULL, PROVIDER_MIXED },
	{ "aws.sagemaker", "runtime.sagemaker.*.api.aws", NULL, PROVIDER_MIXED },

	{ "groq", "api.groq.com", NULL, 0 },
	{ "deepseek", "api.deepseek.com", NULL, 0 },
	{ "mistral_ai", "api.mistral.ai", NULL, 0 },
	{ "mistral_ai", "codestral.mistral.ai", NULL, 0 },
	{ "x_ai", "api.x.ai", NULL, PROVIDER_REASONING_APART },
	{ "x_ai", "*.api.x.ai", NULL, PROVIDER_REASONING_APART },
	{ "cohere", "api.cohere.com", NULL, 0 },
	{ "cohere", "api.cohere.ai", NULL, 0 },
	{ "perplexity", "api.perplexity.ai", NULL, 0 },
	{ "together_ai", "api.together.xyz", NULL, 0 },
	{ "together_ai", "api.together.ai", NULL, 0 },
	{ "fireworks_ai", "api.fireworks.ai", NULL, 0 },
	{ "cerebras", "api.cerebras.ai", NULL, 0 },
	{ "moonshot_ai", "api.moonshot.ai", NULL, 0 },
	{ "moonshot_ai", "api.moonshot.cn", NULL, 0 },
	{ "z_ai", "api.z.ai", NULL, 0 },
	{ "z_ai", "open.bigmodel.cn", NULL, 0 },
	{ "dashscope", "dashscope.aliyuncs.com", NULL, 0 },
	{ "dashscope", "dashscope-*.aliyuncs.com", NULL, 0 },
	{ "minimax", "api.minimax.io", NULL, 0 },
	{ "minimax", "api.minimaxi.com", NULL, 0 },
	{ "voyage", "api.voyageai.com", NULL, 0 },
	{ "avian", "api.avian.io", NULL, 0 },
	{ "crusoe", "api.inference.crusoecloud.com", NULL, 0 },
	{ "deepinfra", "api.deepinfra.com", NULL, 0 },
	{ "hyperbolic", "api.hyperbolic.xyz", NULL, 0 },
	{ "lambda", "api.lambda.ai", NULL, 0 },
	{ "nebius", "api.studio.nebius.*", NULL, 0 },
	{ "novita", "api.novita.ai", NULL, 0 },
	{ "nvidia", "integrate.api.nvidia.com", NULL, 0 },
	{ "ovhcloud", "oai.endpoints.kepler.ai.cloud.ovh.net", NULL, 0 },
	{ "sambanova", "api.sambanova.ai", NULL, 0 },
	{ "writer", "api.writer.com", NULL, 0 },
	{ "snowflake", "*.snowflakecomputing.com", "/api/v2/cortex/", 0 },
	{ "databricks", "*.cloud.databricks.com", "/serving-endpoints/", 0 },
	{ "databricks", "*.gcp.databricks.com", "/serving-endpoints/", 0 },
	{ "databricks", "*.azuredatabricks.net", "/serving-endpoints/", 0 },
	{ "ibm.watsonx.ai", "*.ml.cloud.ibm.com", "/ml/", 0 },
	{ "replicate", "api.replicate.com", NULL, 0 },
	{ "ai21", "api.ai21.com", NULL, 0 },
	{ "aleph_alpha", "api.aleph-alpha.com", NULL, 0 },
	{ "jina", "api.jina.ai", NULL, 0 },
	{ "scaleway", "api.scaleway.ai", NULL, 0 },
	{ "nscale", "inference.api.nscale.com", NULL, 0 },
	{ "github_copilot", "api.githubcopilot.com", NULL, 0 },
	{ "github_copilot", "api.*.githubcopilot.com", NULL, 0 },
	{ "ollama", "ollama.com", NULL, 0 },

	/* Gateways bill for what they pass on: they stand as provider too. */
	{ "openrouter", "openrouter.ai", NULL, PROVIDER_GATEWAY },
	{ "openrouter", "api.openrouter.ai", NULL, PROVIDER_GATEWAY },
	{ "vercel", "ai-gateway.vercel.sh", NULL, PROVIDER_GATEWAY },
	{ "cloudflare", "gateway.ai.cloudflare.com", NULL, PROVIDER_GATEWAY },
	{ "portkey", "api.portkey.ai", NULL, PROVIDER_GATEWAY },
	{ "hugging_face", "router.huggingface.co", NULL, PROVIDER_GATEWAY },
	{ "hugging_face", "api-inference.huggingface.co", NULL, 0 },
	{ "hugging_face", "*.endpoints.huggingface.cloud", NULL, PROVIDER_MIXED },
};

/* Gateways first: they hand on headers of the vendor behind them. */
static const struct fingerprint fingerprints[] = {
	{ "x-litellm-call-id", NULL, "litellm" },
	{ "x-litellm-model-id", NULL, "litellm" },
	{ "x-generation-id", "openrouter", "openrouter" },
	{ "x-groq-region", "groq", NULL },
	{ "mistral-correlation-id", "mistral_ai", NULL },
	{ "x-ds-trace-id", "deepseek", NULL },
	{ "fireworks-*", "fireworks_ai", NULL },
	{ "x-trial-endpoint-call-*", "cohere", NULL },
	{ "num_chars", "cohere", NULL },
	{ "anthropic-organization-id", "anthropic", NULL },
	{ "anthropic-ratelimit-*", "anthropic", NULL },
	{ "azureml-model-session", "azure.ai.openai", NULL },
	{ "x-ms-deployment-name", "azure.ai.openai", NULL },
	{ "x-ms-rai-invoked", "azure.ai.openai", NULL },
	{ "x-amzn-bedrock-*", "aws.bedrock", NULL },
	{ "openai-processing-ms", "openai", NULL },
	{ "openai-version", "openai", NULL },
	{ "openai-organization", "openai", NULL },
};

/* '*' stands for any characters, none included. ASCII case-insensitive. */
static bool glob(const char *pattern, struct slice text)
{
	const char *star = NULL;
	size_t i = 0, resume = 0;

	while (i < text.len) {
		if (*pattern == '*') {
			star = pattern++;
			resume = i;
		} else if (*pattern && strncasecmp(pattern, text.ptr + i, 1) == 0) {
			pattern++;
			i++;
		} else if (star) {
			pattern = star + 1;
			i = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static struct slice without_port(struct slice authority)
{
	const char *colon = memrchr(authority.ptr ? authority.ptr : "", ':', authority.len);

	/* An address of IPv6 has colons of its own, in brackets. */
	if (colon && !memchr(colon, ']', (size_t)(authority.ptr + authority.len - colon)))
		authority.len = (size_t)(colon - authority.ptr);
	if (authority.len > 0 && authority.ptr[authority.len - 1] == '.')
		authority.len--;
	return authority;
}

/* Some SDKs send two slashes where a base URL ends in one. */
static struct slice one_slash(struct slice path)
{
	while (path.len > 1 && path.ptr[0] == '/' && path.ptr[1] == '/') {
		path.ptr++;
		path.len--;
	}
	return path;
}

bool provider_fits(const struct provider *row, struct slice authority, struct slice path)
{
	struct slice host = without_port(authority);

	/* A row that names a port is of that port alone. */
	if (host.len == 0 || !(glob(row->host, host) || glob(row->host, authority)))
		return false;
	return !row->path || slice_starts(one_slash(path), slice_of(row->path));
}

const struct provider *provider_of(struct slice authority, struct slice path)
{
	for (size_t i = 0; i < ARRAY_SIZE(providers); i++)
		if (provider_fits(&providers[i], authority, path))
			return &providers[i];
	return NULL;
}

const struct fingerprint *fingerprint_of(const struct http_head *head)
{
	for (size_t i = 0; i < ARRAY_SIZE(fingerprints); i++)
		for (size_t j = 0; j < head->header_count; j++)
			if (glob(fingerprints[i].header, head->headers[j].name))
				return &fingerprints[i];
	return NULL;
}
