/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/confidence.h"

#include <math.h>

#include "llm/finish.h"

static bool generates_text(const struct call *call)
{
	return call->operation == OPERATION_CHAT || call->operation == OPERATION_TEXT_COMPLETION ||
	       call->operation == OPERATION_GENERATE_CONTENT;
}

static bool is_empty(const struct call *call)
{
	return call->tokens.output == 0 && call->tool_calls <= 0;
}

static double factor_of_end(enum finish_kind finish)
{
	switch (finish) {
	case FINISH_LENGTH:
		return CONFIDENCE_CUT;
	case FINISH_FILTER:
		return CONFIDENCE_FILTERED;
	default:
		return 1;
	}
}

/* Needs an end that was seen: of half an answer nothing is known. */
static bool heuristic(const struct call *call, double *ret)
{
	enum finish_kind finish = call_finish_kind(call);

	if (finish == FINISH_UNKNOWN || finish == FINISH_OTHER)
		return false;
	*ret = CONFIDENCE_BASE * factor_of_end(finish);
	if (finish == FINISH_REFUSAL || (finish != FINISH_FILTER && (call->refused || call->declined)))
		*ret *= CONFIDENCE_REFUSED;
	if (call->hedged)
		*ret *= CONFIDENCE_HEDGED;
	if (is_empty(call))
		*ret *= CONFIDENCE_EMPTY;
	return true;
}

void confidence_set(struct call *call)
{
	bool failed = call->error != ERROR_NONE && call->error != ERROR_CONTENT_FILTER;
	double confidence;

	call->confidence_ppm = CALL_UNKNOWN;
	call->confidence_source = CONFIDENCE_NONE;
	if (!generates_text(call) || failed || call->status >= 400)
		return;
	if (call->token_probability_ppm != CALL_UNKNOWN) {
		confidence = (double)call->token_probability_ppm / CALL_RATIO_ONE;
		call->confidence_source = CONFIDENCE_LOGPROBS;
	} else if (heuristic(call, &confidence)) {
		call->confidence_source = CONFIDENCE_HEURISTIC;
	} else {
		return;
	}
	call->confidence_ppm = llround(confidence * risk_confidence[call->risk] * CALL_RATIO_ONE);
}
