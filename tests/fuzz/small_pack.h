/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of every kind in words of a few letters, which a fuzzer finds. */
#ifndef PROMTAP_TESTS_FUZZ_SMALL_PACK_H
#define PROMTAP_TESTS_FUZZ_SMALL_PACK_H

#include <stdio.h>
#include <stdlib.h>

#include "detect/rules.h"

#define SMALL_RULE(id, family, severity, rest)                                                                 \
	"  - id: t." id "\n    version: 1\n    family: " family "\n    severity: " severity "\n    about: t\n"   \
	"    examples: { match: [x], clean: [y] }\n    " rest "\n"
#define SMALL_SIGNAL(name) SMALL_RULE("s_" name, "obfuscation", "low", "signal: " name)

static const char small_pack[] =
	"pack: t\nversion: 1\ndescription: t\n"
	"concepts:\n"
	"  drop: [ignor*, drop, \"let go\", \"\xe5\xbf\xbd\xe7\x95\xa5\"]\n"
	"  orders: [rules, \"old rules\", order*, \"\xe6\x8c\x87\xe4\xbb\xa4\"]\n"
	"  fill: { words: [all, the], common: true }\n"
	"  joke: [joke]\n"
	"rules:\n"
	SMALL_RULE("order", "instruction_override", "high", "sequence: \"{drop} 4 {fill}? 2 {orders}\"\n    unless: \"{joke}\"")
	SMALL_RULE("far", "new_task", "medium", "sequence: \"a 60 b 60 c 60 d\"\n    across: true")
	SMALL_RULE("begins", "new_task", "medium", "sequence: \"^ now 3 do\"")
	SMALL_RULE("alone", "persona_jailbreak", "none", "sequence: dan")
	SMALL_RULE("near", "persona_jailbreak", "medium", "near: \"god mode {fill}\"\n    within: 6")
	SMALL_RULE("bytes", "forged_role", "high", "expression: '<\\|[a-z]{1,8}\\|>'")
	SMALL_RULE("token", "secret", "high", "expression: 'gx_'\n    check: token\n    check_args: \"base62:12\"")
	SMALL_RULE("quoted", "forged_role", "low", "expression: '\\[INST\\]'\n    check: unquoted")
	SMALL_RULE("mail", "personal_data", "low", "expression: '[0-9A-Za-z]@[0-9A-Za-z]'\n    check: email\n    check_args: \"3\"")
	SMALL_RULE("folded", "policy_removal", "none", "expression: 'no limits?'\n    text: folded")
	SMALL_SIGNAL("hidden_words")
	SMALL_SIGNAL("invisible")
	SMALL_SIGNAL("bidi")
	SMALL_SIGNAL("mixed_scripts")
	SMALL_SIGNAL("spaced_letters")
	SMALL_SIGNAL("leetspeak")
	SMALL_SIGNAL("decoded")
	SMALL_SIGNAL("decoded_twice")
	SMALL_RULE("s_flood", "flooding", "low", "signal: flooding")
	SMALL_RULE("s_leak", "leaked_instructions", "high", "signal: leaked_run")
	SMALL_RULE("s_leak_text", "leaked_instructions", "low", "signal: leaked_text")
	SMALL_RULE("s_origin", "cross_channel", "high", "signal: origin_address")
	SMALL_RULE("both", "policy_removal", "critical", "combine: \"t.folded & (t.alone | family:forged_role) & !t.near\"\n    within: 200")
	SMALL_RULE("any", "policy_removal", "low", "combine: \"t.alone & !t.order\"")
	SMALL_RULE("sum", "new_task", "high", "score: 12\n    within: 300");

static inline struct rules *small_rules(void)
{
	struct pack_set set = { 0 };
	char error[PACK_ERROR_BYTES] = "";
	struct rules *rules = NULL;

	if (pack_set_add(&set, "small.yaml", slice_of(small_pack), false, error) < 0 || pack_set_check(&set, error) < 0 ||
	    rules_new(&set, &rules, error) < 0) {
		(void)fprintf(stderr, "%s\n", error);
		abort();
	}
	return rules;
}

#endif
