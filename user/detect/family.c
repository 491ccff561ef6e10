/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/family.h"

#include "base/cleanup.h"

#define TOOLS (WHERE_BIT(WHERE_TOOL_RESULT) | WHERE_BIT(WHERE_TOOL_DESCRIPTION))
#define GIVEN (WHERE_BIT(WHERE_SYSTEM) | WHERE_BIT(WHERE_USER) | TOOLS | WHERE_BIT(WHERE_UNKNOWN))
#define ANYWHERE (GIVEN | WHERE_MADE)
#define ANSWERS (WHERE_BIT(WHERE_COMPLETION) | WHERE_BIT(WHERE_ASSISTANT))

unsigned int where_bits(enum text_where where)
{
	return where == WHERE_TOOL_RESULT ? TOOLS : WHERE_BIT(where);
}

unsigned int where_alike(enum text_where where)
{
	static const unsigned int alike[] = {
		WHERE_BIT(WHERE_SYSTEM) | WHERE_BIT(WHERE_USER),
		TOOLS,
		ANSWERS,
		WHERE_BIT(WHERE_TOOL_ARGS),
	};

	for (size_t i = 0; i < ARRAY_SIZE(alike); i++)
		if (alike[i] & WHERE_BIT(where))
			return alike[i];
	return 0;
}

/* OWASP Top 10 for LLM Applications 2025; MITRE ATLAS data of May 2026. */
const struct family_row families[FAMILY_MAX] = {
	[FAMILY_UNKNOWN] = { "unknown", 0, SEVERITY_NONE, SEVERITY_NONE, 0, false, "", "" },
	[FAMILY_INSTRUCTION_OVERRIDE] = { "instruction_override", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 1, true,
		"LLM01",   "AML.T0051.000,AML.T0051.001" },
	[FAMILY_NEW_TASK] = { "new_task", GIVEN, SEVERITY_LOW, SEVERITY_MEDIUM, 0, true, "LLM01", "AML.T0051" },
	[FAMILY_ADDRESSED_TO_AI] = { "addressed_to_ai", GIVEN, SEVERITY_LOW, SEVERITY_MEDIUM, 1, true,
		"LLM01", "AML.T0051.001" },
	[FAMILY_CONCEALMENT] = { "concealment", GIVEN, SEVERITY_LOW, SEVERITY_MEDIUM, 0, true,
		"LLM01", "AML.T0051.001,AML.T0067" },
	[FAMILY_AUTHORITY_CLAIM] = { "authority_claim", GIVEN, SEVERITY_LOW, SEVERITY_MEDIUM, 0, true,
		"LLM01", "AML.T0051,AML.T0054" },
	[FAMILY_PERSONA_JAILBREAK] = { "persona_jailbreak", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM01", "AML.T0054" },
	[FAMILY_POLICY_REMOVAL] = { "policy_removal", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM01", "AML.T0054" },
	[FAMILY_PROMPT_EXTRACTION] = { "prompt_extraction", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM07",        "AML.T0056,AML.T0069.002" },
	[FAMILY_SECRET_EXTRACTION] = { "secret_extraction", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM07,LLM02",        "AML.T0056,AML.T0057" },
	[FAMILY_FORGED_ROLE] = { "forged_role", GIVEN, SEVERITY_HIGH, SEVERITY_CRITICAL, 0, true,
		"LLM01", "AML.T0051,AML.T0069.000" },
	[FAMILY_EXFILTRATION] = { "exfiltration", ANYWHERE, SEVERITY_CRITICAL, SEVERITY_CRITICAL, 0, true,
		"LLM02,LLM05",   "AML.T0057,AML.T0077,AML.T0086" },
	[FAMILY_AGENT_ABUSE] = { "agent_abuse", ANYWHERE, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM06",  "AML.T0053,AML.T0099,AML.T0101,AML.T0110" },
	[FAMILY_MEMORY_POISONING] = { "memory_poisoning", GIVEN, SEVERITY_LOW, SEVERITY_MEDIUM, 0, true,
		"LLM01,LLM04",       "AML.T0080.000,AML.T0080.001,AML.T0070,AML.T0071,AML.T0081" },
	[FAMILY_SELF_REPLICATION] = { "self_replication", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, true,
		"LLM01", "AML.T0061" },
	[FAMILY_OBFUSCATION] = { "obfuscation", GIVEN, SEVERITY_HIGH, SEVERITY_CRITICAL, 0, true,
		"LLM01", "AML.T0068" },
	[FAMILY_TERMINAL_CONTROL] = { "terminal_control", ANYWHERE, SEVERITY_HIGH, SEVERITY_CRITICAL, 0, true,
		"LLM05", "AML.T0077" },
	[FAMILY_FLOODING] = { "flooding", GIVEN, SEVERITY_LOW, SEVERITY_CRITICAL, 0, false,
		"LLM10", "AML.T0034.001,AML.T0029" },
	[FAMILY_CROSS_CHANNEL] = { "cross_channel", WHERE_BIT(WHERE_TOOL_ARGS), SEVERITY_NONE, SEVERITY_NONE, 0, false,
		"LLM01,LLM06",    "AML.T0051.001,AML.T0086" },
	[FAMILY_LEAKED_INSTRUCTIONS] = { "leaked_instructions", ANSWERS, SEVERITY_NONE, SEVERITY_NONE, 0, false,
		"LLM07", "AML.T0056" },
	[FAMILY_SECRET] = { "secret", ANYWHERE, SEVERITY_CRITICAL, SEVERITY_CRITICAL, 0, false, "LLM02", "AML.T0057" },
	[FAMILY_PERSONAL_DATA] = { "personal_data", ANYWHERE, SEVERITY_CRITICAL, SEVERITY_CRITICAL, 0, false,
		"LLM02", "AML.T0057" },
	[FAMILY_HALLUCINATION_RISK] = { "hallucination_risk", WHERE_BIT(WHERE_COMPLETION), SEVERITY_NONE, SEVERITY_NONE, 0, false,
		"LLM09", "AML.T0060,AML.T0062" },
	[FAMILY_HEDGING] = { "hedging", WHERE_BIT(WHERE_COMPLETION), SEVERITY_NONE, SEVERITY_NONE, 0, false,
		"LLM09", "" },
	[FAMILY_REFUSAL] = { "refusal", WHERE_BIT(WHERE_COMPLETION), SEVERITY_NONE, SEVERITY_NONE, 0, false, "", "" },
};

enum family family_of(struct slice name)
{
	for (int family = FAMILY_UNKNOWN + 1; family < FAMILY_MAX; family++)
		if (slice_eq(name, slice_of(families[family].name)))
			return (enum family)family;
	return FAMILY_UNKNOWN;
}

static enum severity cap_of(const struct family_row *row, enum text_where where)
{
	switch (where) {
	case WHERE_SYSTEM:
		return row->system_cap;
	case WHERE_TOOL_DESCRIPTION:
		return row->description_cap;
	default:
		return SEVERITY_CRITICAL;
	}
}

enum severity family_severity(enum family family, enum severity severity, enum text_where where)
{
	const struct family_row *row = &families[family];
	unsigned int step = where == WHERE_TOOL_RESULT && severity >= SEVERITY_LOW ? row->data_step : 0;
	enum severity cap;

	if (!(row->where & WHERE_BIT(where)))
		return SEVERITY_NONE;
	severity += step;
	cap = cap_of(row, where);
	return severity < cap ? severity : cap;
}
