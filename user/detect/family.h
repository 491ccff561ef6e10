/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Families of findings: the categories of the call record. One row in family.c
 * for each: where it counts, and what it is in other taxonomies.
 */
#ifndef PROMTAP_DETECT_FAMILY_H
#define PROMTAP_DETECT_FAMILY_H

#include <stdbool.h>

#include "base/slice.h"
#include "llm/finding.h"

enum family {
	FAMILY_UNKNOWN = 0,
	FAMILY_INSTRUCTION_OVERRIDE,
	FAMILY_NEW_TASK,
	FAMILY_ADDRESSED_TO_AI,		/* text in data that speaks to the model */
	FAMILY_CONCEALMENT,
	FAMILY_AUTHORITY_CLAIM,
	FAMILY_PERSONA_JAILBREAK,
	FAMILY_POLICY_REMOVAL,
	FAMILY_PROMPT_EXTRACTION,
	FAMILY_SECRET_EXTRACTION,
	FAMILY_FORGED_ROLE,		/* chat-template and role tokens */
	FAMILY_EXFILTRATION,
	FAMILY_AGENT_ABUSE,
	FAMILY_MEMORY_POISONING,
	FAMILY_SELF_REPLICATION,
	FAMILY_OBFUSCATION,
	FAMILY_TERMINAL_CONTROL,
	FAMILY_FLOODING,
	FAMILY_CROSS_CHANNEL,		/* an address from a tool result in a tool's arguments */
	FAMILY_LEAKED_INSTRUCTIONS,
	FAMILY_SECRET,
	FAMILY_PERSONAL_DATA,
	FAMILY_HALLUCINATION_RISK,	/* domains, references, over-confidence */
	FAMILY_HEDGING,			/* hedging, cut-off and identity */
	FAMILY_REFUSAL,
	FAMILY_MAX
};

/* What a model wrote, now or in an earlier turn. */
#define WHERE_MADE (WHERE_BIT(WHERE_COMPLETION) | WHERE_BIT(WHERE_TOOL_ARGS) | WHERE_BIT(WHERE_ASSISTANT))

/* Whether a text of one of these places (0: of any) is of a model for sure. */
static inline bool where_is_made(unsigned int places)
{
	return places != 0 && !(places & ~WHERE_MADE);
}

/* Whether it is an answer, now or before: prose of a model, not what it has tools do. */
static inline bool where_is_answer(unsigned int places)
{
	return where_is_made(places) && !(places & WHERE_BIT(WHERE_TOOL_ARGS));
}

/* Where a rule counts that names this place: what counts in results of tools does in their descriptions, too. */
unsigned int where_bits(enum text_where where);

/* Places whose texts are looked at for the same rules, for they may be sent again as each other; 0: all rules. */
unsigned int where_alike(enum text_where where);

struct family_row {
	const char *name;		/* "instruction_override" */
	unsigned int where;		/* WHERE_BITs in which it counts */
	enum severity system_cap;	/* at most, in system texts: they quote attacks all day */
	enum severity description_cap;	/* at most, in descriptions of tools: they tell models what to do all day */
	unsigned int data_step;		/* severities up in tool results: data does not give orders */
	bool attack;			/* its weights add up towards a score */
	const char *owasp, *atlas;	/* defaults, ids parted by commas; "": none */
};
extern const struct family_row families[FAMILY_MAX];

/* FAMILY_UNKNOWN: there is none of that name. */
enum family family_of(struct slice name);

/* What a match of a rule of that severity is worth in that place; SEVERITY_NONE: nothing. */
enum severity family_severity(enum family family, enum severity severity, enum text_where where);

#endif
