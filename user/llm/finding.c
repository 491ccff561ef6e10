/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/finding.h"

const char *const severity_names[SEVERITY_MAX] = {
	[SEVERITY_NONE] = "none",     [SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium", [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

const char *const text_where_names[WHERE_MAX] = {
	[WHERE_UNKNOWN] = "unknown",	       [WHERE_SYSTEM] = "system",	  [WHERE_USER] = "user",
	[WHERE_ASSISTANT] = "assistant",       [WHERE_TOOL_RESULT] = "tool_result", [WHERE_COMPLETION] = "completion",
	[WHERE_TOOL_ARGS] = "tool_args",       [WHERE_TOOL_DESCRIPTION] = "tool_description",
};

const char *const risk_names[RISK_MAX] = {
	[RISK_LOW] = "low", [RISK_MEDIUM] = "medium", [RISK_HIGH] = "high", [RISK_CRITICAL] = "critical",
};

const double risk_confidence[RISK_MAX] = {
	[RISK_NONE] = 1, [RISK_LOW] = 0.95, [RISK_MEDIUM] = 0.85, [RISK_HIGH] = 0.70, [RISK_CRITICAL] = 0.50,
};
