/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/held.h"

#include <math.h>
#include <string.h>

#include "analysis/call_metrics.h"
#include "judge/marks.h"

/* Those that detect/family.c calls attacks; a test holds the two against each other. */
const char *const held_category_names[HELD_CATEGORIES_MAX] = {
	[HELD_SECRET] = "secret",
	"instruction_override",
	"new_task",
	"addressed_to_ai",
	"concealment",
	"authority_claim",
	"persona_jailbreak",
	"policy_removal",
	"prompt_extraction",
	"secret_extraction",
	"forged_role",
	"exfiltration",
	"agent_abuse",
	"memory_poisoning",
	"self_replication",
	"obfuscation",
	"terminal_control",
};

static int64_t end_of(const struct call *call)
{
	int64_t end;

	if (call->duration_ns < 0)
		return call->time_unix_ns;
	return __builtin_add_overflow(call->time_unix_ns, call->duration_ns, &end) ? INT64_MAX : end;
}

static double known(int64_t number)
{
	return number < 0 ? NAN : (double)number;
}

static int64_t counted(const struct call *call, int64_t tokens)
{
	return call->usage_source == USAGE_ESTIMATED ? CALL_UNKNOWN : tokens;
}

static void take_samples(const struct call *call, bool pays, struct held *ret)
{
	ret->cost_pico_usd = pays ? call->cost_pico_usd : CALL_UNKNOWN;
	ret->samples[SERIES_LATENCY] = known(call->duration_ns);
	ret->samples[SERIES_INPUT_TOKENS] = known(counted(call, call->tokens.input));
	ret->samples[SERIES_OUTPUT_TOKENS] = known(counted(call, call->tokens.output));
	ret->samples[SERIES_COST] = known(ret->cost_pico_usd);
	ret->samples[SERIES_CONFIDENCE] = known(call->confidence_ppm);
}

static int category_of(const char *name)
{
	for (int i = 0; i < HELD_CATEGORIES_MAX && held_category_names[i]; i++)
		if (strcmp(name, held_category_names[i]) == 0)
			return i;
	return -1;
}

/* Repeats are not told again, and a credential of low severity is most likely none. */
static void take_finding(const struct call_finding *finding, struct held *ret)
{
	int category = category_of(finding->category);
	struct held_finding *held = &ret->findings[ret->finding_count];

	if (category < 0 || finding->count == 0)
		return;
	if (category == HELD_SECRET && finding->severity < SEVERITY_MEDIUM)
		return;
	(void)slice_copy(held->rule, sizeof(held->rule), slice_of(finding->rule));
	held->count = finding->count;
	held->category = (uint8_t)category;
	held->severity = finding->severity;
	ret->finding_count++;
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

static void copy_label(const char *model, char *ret)
{
	if (*model)
		model_label(model, ret);
}

bool held_from_call(const struct call *call, enum money_place place, struct held *ret)
{
	struct call_share share = call_share_of(money_hop(call), place);
	bool pays = share.money && call_cost_known(call);

	if (call->role == ROLE_SERVER || !call_is_llm(call) || (!share.figures && !pays))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->end_unix_ns = end_of(call);
	(void)slice_copy(ret->id, sizeof(ret->id), slice_of(call->id));
	(void)slice_copy(ret->asked.service, sizeof(ret->asked.service), slice_of(or_unknown(call->workload.service)));
	model_label(*call->request_model ? call->request_model : call->response_model, ret->asked.model);
	ret->counted = ret->asked;
	memset(ret->counted.model, 0, sizeof(ret->counted.model));
	model_label(call_model(call), ret->counted.model);
	copy_label(call->response_model, ret->answered);
	(void)slice_copy(ret->fingerprint, sizeof(ret->fingerprint), slice_of(call->system_fingerprint));
	ret->mark = mark_of_call(call);
	ret->risk = (uint8_t)call->risk;
	ret->failed = call->error != ERROR_NONE;
	ret->incomplete = call->capture != CAPTURE_COMPLETE && call->capture != CAPTURE_NO_USAGE;
	ret->cost_only = !share.figures;
	take_samples(call, pays, ret);
	for (uint32_t i = 0; i < call->finding_count; i++)
		take_finding(&call->findings[i], ret);
	return true;
}

int held_compare(const void *a, const void *b)
{
	const struct held *left = *(const struct held *const *)a, *right = *(const struct held *const *)b;

	if (left->end_unix_ns != right->end_unix_ns)
		return left->end_unix_ns < right->end_unix_ns ? -1 : 1;
	return memcmp(left->id, right->id, sizeof(*left) - offsetof(struct held, id));
}
