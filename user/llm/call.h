/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of llm: one finished LLM call. The only thing that downstream knows.
 * No content: only counts, ids, names from closed or bounded sets. Serialised
 * as shared/design/call-record.md says (docs/call-record.md).
 *
 * The struct has no pointers, so that it travels between roles as it is;
 * call_check() validates one that was received. Strings are terminated, ""
 * means unknown. Numbers that the wire did not give are CALL_UNKNOWN.
 */
#ifndef PROMTAP_LLM_CALL_H
#define PROMTAP_LLM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attribution/workload.h"
#include "http/exchange.h"
#include "llm/finding.h"

#define CALL_VERSION 1
#define CALL_UNKNOWN INT64_MIN
#define CALL_RATIO_ONE 1000000	/* ..._ppm */

#define MODEL_BYTES 128
#define RESPONSE_ID_BYTES 128
#define FINGERPRINT_BYTES 64
#define FINISH_REASONS_MAX 16
#define FINISH_REASON_BYTES 32
#define TOOLS_MAX 16
#define TOOL_NAME_BYTES 64

enum call_capture {
	CAPTURE_COMPLETE = 0,
	CAPTURE_TRUNCATED,
	CAPTURE_GAP,
	CAPTURE_MISSED_START,
	CAPTURE_NO_USAGE,	/* all of it was seen, and it carries no token counts */
	CAPTURE_UNDECODABLE,
	CAPTURE_ABORTED,
	CAPTURE_MAX
};
extern const char *const call_capture_names[CAPTURE_MAX];

/* wire-formats section 15. */
enum call_error {
	ERROR_NONE = 0,
	ERROR_AUTHENTICATION,
	ERROR_PERMISSION,
	ERROR_NOT_FOUND,
	ERROR_INVALID_REQUEST,
	ERROR_CONTEXT_LENGTH,
	ERROR_RATE_LIMIT,
	ERROR_QUOTA,
	ERROR_OVERLOADED,
	ERROR_SERVER,
	ERROR_TIMEOUT,
	ERROR_CONTENT_FILTER,
	ERROR_CANCELLED,	/* the client or the connection went away before the end */
	ERROR_TOOL,		/* a tool ran and says that it failed */
	ERROR_OTHER,
	ERROR_MAX
};
extern const char *const call_error_names[ERROR_MAX];	/* [ERROR_NONE] is null */

enum call_operation {
	OPERATION_UNKNOWN = 0,
	OPERATION_CHAT,
	OPERATION_TEXT_COMPLETION,
	OPERATION_EMBEDDINGS,
	OPERATION_IMAGE_GENERATION,
	OPERATION_TRANSCRIPTION,
	OPERATION_SPEECH,
	OPERATION_MODERATION,
	OPERATION_GENERATE_CONTENT,
	OPERATION_RERANK,
	OPERATION_EXECUTE_TOOL,
	OPERATION_INVOKE_AGENT,
	OPERATION_MAX
};
/* gen_ai.operation.name; words of our own where OpenTelemetry has none. */
extern const char *const call_operation_names[OPERATION_MAX];

enum call_usage_source {
	USAGE_NONE = 0,
	USAGE_PROVIDER,
	USAGE_ESTIMATED,
	USAGE_SOURCE_MAX
};
extern const char *const call_usage_source_names[USAGE_SOURCE_MAX];

/* Where the cost is from. */
enum call_cost_source {
	COST_NONE = 0,
	COST_TABLE,
	COST_REPORTED,		/* by the provider or a gateway, in the answer */
	COST_SOURCE_MAX
};
extern const char *const call_cost_source_names[COST_SOURCE_MAX];	/* [COST_NONE] is null */

/* What the confidence of an answer rests on. */
enum call_confidence_source {
	CONFIDENCE_NONE = 0,
	CONFIDENCE_LOGPROBS,	/* probabilities of the tokens, from the wire */
	CONFIDENCE_HEURISTIC,	/* how the answer ended and what is in it (analysis/confidence.h) */
	CONFIDENCE_SOURCE_MAX
};
extern const char *const call_confidence_source_names[CONFIDENCE_SOURCE_MAX];	/* [CONFIDENCE_NONE] is null */

enum call_hop {
	HOP_DIRECT = 0,
	HOP_TO_GATEWAY,
	HOP_FROM_GATEWAY,
	HOP_MAX
};
extern const char *const call_hop_names[HOP_MAX];

extern const char *const call_protocol_names[HTTP_PROTOCOL_MAX];	/* [HTTP_UNKNOWN] is null */

/* The canonical token classes of wire-formats section 3: input and output are
 * totals; the others are subsets. */
struct call_tokens {
	int64_t input;
	int64_t cache_read, cache_write;	/* of input; cache_write is the sum of the next two and of unsplit writes */
	int64_t cache_write_5m, cache_write_1h;
	int64_t output;
	int64_t reasoning;			/* of output */
	int64_t audio_input, audio_output;
	int64_t cache_read_audio;		/* of cache_read and of audio_input */
	int64_t image_input, image_output;
};

/* What is charged for beside tokens, or in place of them. */
struct call_units {
	int64_t search_units;		/* rerank */
	int64_t images;			/* generated */
	int64_t audio_ms;		/* of sound, heard or made */
	int64_t characters;		/* spoken */
	int64_t web_searches;		/* run by the provider */
};

struct call {
	uint32_t version;		/* CALL_VERSION */
	uint32_t size;			/* sizeof(struct call) */
	char id[40];			/* unique over nodes and restarts */
	int64_t time_unix_ns;		/* first request byte, wall clock */
	struct workload workload;
	char tls[16];			/* "openssl", ... ; "none": plaintext HTTP */

	enum exchange_role role;
	enum call_hop hop;
	enum http_protocol protocol;
	char method[16];
	char path[128];			/* no query; identifiers templated */
	char server_address[128];	/* authority as asked for */
	char provider[32];		/* gen_ai.provider.name, or a lower-case id of our own */
	char gateway[32];
	char dialect[32];		/* "openai.chat", "anthropic.messages", ... */
	enum call_operation operation;
	bool streaming;			/* the response was a stream */

	char request_model[MODEL_BYTES], response_model[MODEL_BYTES];
	char service_tier[24];		/* of the response */
	char speed[16];			/* likewise: "fast" */
	char inference_geo[16];		/* likewise: "us" */
	char variant[32];		/* that a price depends on: an image's quality and size, "hd/1024x1792";
					 * the size of the search context, "low" */
	int64_t status;
	enum call_error error;
	uint32_t finish_reason_count;
	char finish_reasons[FINISH_REASONS_MAX][FINISH_REASON_BYTES];	/* as spelt, one per choice */
	char response_id[RESPONSE_ID_BYTES];
	char system_fingerprint[FINGERPRINT_BYTES];	/* of the answering model's configuration, as the provider names it */
	int64_t token_probability_ppm;	/* mean over the output's tokens of exp(logprob), 1e-6; where the answer has them */
	int64_t token_probability_count;	/* tokens that it is the mean of */
	bool refused;			/* the answer says so, by a field of its own or its finish reasons */

	struct call_tokens tokens;
	enum call_usage_source usage_source;
	struct call_units units;
	int64_t reported_cost_pico_usd;	/* 1e-12 USD, as the provider or a gateway says */

	int64_t tool_calls;		/* calls that the client is asked to run */
	uint32_t tool_count;		/* distinct names kept */
	char tools[TOOLS_MAX][TOOL_NAME_BYTES];

	/* Nanoseconds. */
	int64_t duration_ns;		/* first request byte to last response byte */
	int64_t request_ns;		/* first to last request byte */
	int64_t ttfb_ns;		/* first request byte to first response byte */
	int64_t ttft_ns;		/* to the first event that carries generated output; streams only */
	int64_t output_span_ns;		/* first to last such event; streams only */
	int64_t max_gap_ns;		/* longest silence between two of them */
	int64_t request_bytes, response_bytes;	/* body bytes on the wire */
	int64_t retry_count;		/* x-stainless-retry-count */
	uint64_t idempotency_hash;	/* keyed hash of Idempotency-Key, the same for all attempts of one call; 0: none */

	uint8_t trace_id[16], parent_span_id[8];
	bool has_trace;
	bool trace_sampled;	/* the caller keeps its part of the trace; of no meaning without one */

	enum call_capture capture;

	/* Filled in by detect. */
	uint32_t finding_count;		/* kept; the gravest where there are more */
	struct call_finding findings[CALL_FINDINGS_MAX];
	enum risk risk;
	bool looked_into;		/* false: nothing is known of the texts, and the next two are unknown */
	bool hedged, declined;		/* the answer hedges; declines in words */

	/* Filled in by the server. */
	char counted_as[MODEL_BYTES];	/* whose figures it counts in (analysis/counting.h) */
	char priced_as[MODEL_BYTES];
	int64_t cost_pico_usd;		/* 1e-12 USD; CALL_UNKNOWN: no price */
	enum call_cost_source cost_source;
	int64_t confidence_ppm;		/* 1e-6; CALL_UNKNOWN: nothing to base it on */
	enum call_confidence_source confidence_source;
};

/* False: it is plumbing of agents (a tool's run, one agent asking another),
 * which costs no tokens and feeds none of the figures of LLM calls. */
bool call_is_llm(const struct call *call);

/* True: the provider refused it before any work was done. It is not billed: its cost is not missing. One that was
 * cancelled, or failed in its stream, is. */
bool call_was_rejected(const struct call *call);

/* The model whose figures it counts in; before that is set, who answered, else who was asked. */
const char *call_model(const struct call *call);

/* Everything unknown. */
void call_init(struct call *call);

/* The name of a tool that the client is asked to run, kept once; beyond TOOLS_MAX it is left out. */
void call_add_tool(struct call *call, const char name[TOOL_NAME_BYTES]);

/* Between two output tokens; CALL_UNKNOWN where all came in one event, or nobody counted them. */
int64_t call_time_per_output_token_ns(const struct call *call);

/* For a call that came from another role: every string is terminated and
 * printable, every enum and count within its range. 0 or -EBADMSG. */
int call_check(const struct call *call, size_t size);

struct buffer;
/* Appends the call record: one JSON object and a newline. 0 or -errno of the buffer. */
int call_to_json(const struct call *call, const char *node, struct buffer *out);

typedef void (*call_fn)(void *ctx, const struct call *call);

#endif
