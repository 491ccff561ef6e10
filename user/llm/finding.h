/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found in the texts of a call. Here, and not in detect/, because a
 * call carries it. Never the text itself.
 */
#ifndef PROMTAP_LLM_FINDING_H
#define PROMTAP_LLM_FINDING_H

#include <stdint.h>

enum severity {
	SEVERITY_NONE = 0,	/* a signal that counts only together with others */
	SEVERITY_INFO,		/* no attack: a domain, hedging */
	SEVERITY_LOW,		/* worth counting */
	SEVERITY_MEDIUM,	/* likely, or harmless without a second signal */
	SEVERITY_HIGH,		/* an unmistakable attack */
	SEVERITY_CRITICAL,	/* data is leaving, or an agent acts on planted instructions */
	SEVERITY_MAX
};
extern const char *const severity_names[SEVERITY_MAX];	/* "none", "info", ... */

/* Where a text stands in a call. */
enum text_where {
	WHERE_UNKNOWN = 0,
	WHERE_SYSTEM,		/* system, developer, instructions */
	WHERE_USER,
	WHERE_ASSISTANT,	/* earlier answers, in a request */
	WHERE_TOOL_RESULT,	/* results of tools, documents: data, never instructions */
	WHERE_COMPLETION,	/* the answer */
	WHERE_TOOL_ARGS,	/* arguments of tool calls, in answers and in requests */
	WHERE_TOOL_DESCRIPTION,	/* of tools and their parameters: often written by others than the application */
	WHERE_MAX
};
extern const char *const text_where_names[WHERE_MAX];	/* as in the call record; [UNKNOWN] is "unknown" */
#define WHERE_BIT(where) (1u << (where))

/* How much an answer's domain asks for care: the call record's `risk`. */
enum risk {
	RISK_NONE = 0,
	RISK_LOW,
	RISK_MEDIUM,
	RISK_HIGH,
	RISK_CRITICAL,
	RISK_MAX
};
extern const char *const risk_names[RISK_MAX];		/* [NONE] is null */
extern const double risk_confidence[RISK_MAX];		/* what a confidence is multiplied with: 1, 0.95, 0.85, 0.70, 0.50 */

#define CALL_FINDINGS_MAX 16
#define RULE_ID_BYTES 48
#define CATEGORY_BYTES 32

/* Matches of one rule in the texts of one place. */
struct call_finding {
	char rule[RULE_ID_BYTES];
	char category[CATEGORY_BYTES];	/* the rule's family */
	uint8_t severity;		/* enum severity */
	uint8_t where;			/* enum text_where */
	uint8_t reserved[2];
	uint32_t count;			/* matches in texts that were not judged before for this service; 0: only in such */
	uint32_t repeats;		/* matches in texts that were */
	uint32_t rule_version;
	int64_t first_seen_unix_ns;	/* when such a text was judged first; CALL_UNKNOWN where that is now */
};

#endif
