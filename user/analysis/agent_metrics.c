/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools (MCP) and agents (A2A), each seen at the asking or at the answering
 * end: as with LLM calls the two ends have series of their own. A tool's name
 * means something on its server only, so the server is a label too.
 */
#include "analysis/agent_metrics.h"

#include <stdlib.h>

#include "analysis/call_metrics.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define SETS_MAX 1000

#define SERVICE_AND_SERVER { "service", SERVICES_MAX }, { "server", SERVER_LABELS_MAX }
#define TOOL { "tool", TOOL_LABELS_MAX }

enum subject {
	SUBJECT_TOOL = 0,
	SUBJECT_AGENT,
	SUBJECT_MAX
};

enum figure {
	FIGURE_CALLS = 0,
	FIGURE_ERRORS,
	FIGURE_DURATION,
	FIGURE_MAX
};

#define MS(n) ((n) * NSEC_PER_MSEC)

static const uint64_t duration_bounds[] = {
	MS(5), MS(10), MS(25), MS(50), MS(100), MS(200), MS(500), MS(1000), MS(2000), MS(5000), MS(10000),
	MS(30000), MS(60000), MS(120000)
};

#define COUNTER(name_text, help_text, ...) \
	{ .name = (name_text), .help = (help_text), .unit = "calls", .type = METRIC_COUNTER, .labels = { __VA_ARGS__ }, .series_max = 2 * SETS_MAX }

#define DURATION(name_text, help_text, ...)                                                           \
	{ .name = (name_text), .help = (help_text), .unit = "milliseconds", .type = METRIC_HISTOGRAM, \
	  .labels = { __VA_ARGS__ }, .series_max = SETS_MAX, .scale = NSEC_PER_MSEC,                  \
	  .bounds = duration_bounds, .bound_count = ARRAY_SIZE(duration_bounds) }

#define ENDS ROLE_SERVER + 1

static const struct metric_desc descs[ENDS][SUBJECT_MAX][FIGURE_MAX] = {
	[ROLE_CLIENT][SUBJECT_TOOL] = {
		[FIGURE_CALLS] = COUNTER("ai_tool_calls_total", "Tools run over MCP, failed ones included; no LLM calls",
					 SERVICE_AND_SERVER, TOOL),
		[FIGURE_ERRORS] = COUNTER("ai_tool_errors_total", "Calls in ai_tool_calls_total that failed, by kind of error",
					  SERVICE_AND_SERVER, TOOL, { "error_type", 0 }),
		[FIGURE_DURATION] = DURATION("ai_tool_call_duration_ms", "First request byte to the tool's answer",
					     SERVICE_AND_SERVER, TOOL),
	},
	[ROLE_CLIENT][SUBJECT_AGENT] = {
		[FIGURE_CALLS] = COUNTER("ai_agent_calls_total", "Other agents asked by A2A, failed ones included; no LLM calls",
					 SERVICE_AND_SERVER),
		[FIGURE_ERRORS] = COUNTER("ai_agent_errors_total", "Calls in ai_agent_calls_total that failed, by kind of error",
					  SERVICE_AND_SERVER, { "error_type", 0 }),
		[FIGURE_DURATION] = DURATION("ai_agent_call_duration_ms", "First request byte to the agent's last answer",
					     SERVICE_AND_SERVER),
	},
	[ROLE_SERVER][SUBJECT_TOOL] = {
		[FIGURE_CALLS] = COUNTER("ai_server_tool_calls_total", "Tools run by an observed process for others",
					 SERVICE_AND_SERVER, TOOL),
		[FIGURE_ERRORS] = COUNTER("ai_server_tool_errors_total", "Calls in ai_server_tool_calls_total that failed",
					  SERVICE_AND_SERVER, TOOL, { "error_type", 0 }),
		[FIGURE_DURATION] = DURATION("ai_server_tool_call_duration_ms",
					     "First request byte to the tool's answer, at the answering end",
					     SERVICE_AND_SERVER, TOOL),
	},
	[ROLE_SERVER][SUBJECT_AGENT] = {
		[FIGURE_CALLS] = COUNTER("ai_server_agent_calls_total", "A2A calls answered by an observed agent",
					 SERVICE_AND_SERVER),
		[FIGURE_ERRORS] = COUNTER("ai_server_agent_errors_total", "Calls in ai_server_agent_calls_total that failed",
					  SERVICE_AND_SERVER, { "error_type", 0 }),
		[FIGURE_DURATION] = DURATION("ai_server_agent_call_duration_ms",
					     "First request byte to the agent's last answer, at the answering end",
					     SERVICE_AND_SERVER),
	},
};

struct agent_metrics {
	struct metric_family *families[ENDS][SUBJECT_MAX][FIGURE_MAX];
};

struct agent_metrics *agent_metrics_new(struct metrics *metrics)
{
	struct agent_metrics *agents = calloc(1, sizeof(*agents));
	const struct metric_desc *desc = &descs[0][0][0];
	struct metric_family **family = agents ? &agents->families[0][0][0] : NULL;
	bool ok = agents;

	for (size_t i = 0; ok && i < (size_t)(ENDS) * SUBJECT_MAX * FIGURE_MAX; i++) {
		family[i] = metrics_family(metrics, &desc[i]);
		ok = family[i];
	}
	if (!ok) {
		free(agents);
		return NULL;
	}
	return agents;
}

void agent_metrics_free(struct agent_metrics *agents)
{
	free(agents);
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

void agent_metrics_add(struct agent_metrics *agents, const struct call *call)
{
	enum subject subject = call->operation == OPERATION_EXECUTE_TOOL ? SUBJECT_TOOL : SUBJECT_AGENT;
	struct metric_family *const *families = agents->families[call->role][subject];
	const char *labels[4] = { or_unknown(call->workload.service), or_unknown(call->server_address) };
	size_t count = 2;

	if (subject == SUBJECT_TOOL)
		labels[count++] = call->tool_count > 0 ? call->tools[0] : "unknown";
	metric_add(metric_get(families[FIGURE_CALLS], labels), 1);
	if (call->duration_ns >= 0)
		metric_observe(metric_get(families[FIGURE_DURATION], labels), (uint64_t)call->duration_ns);
	labels[count] = call_error_names[call->error];
	if (call->error != ERROR_NONE)
		metric_add(metric_get(families[FIGURE_ERRORS], labels), 1);
}
