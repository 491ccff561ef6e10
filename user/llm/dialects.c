/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the bytes are laid out: the dialects, in the order in which a path or a
 * shape is tried. A longer suffix stands before one that it ends in.
 */
#include "llm/dialects.h"

#include "base/cleanup.h"

const struct dialect *const dialects[] = {
	&dialect_openai_chat,
	&dialect_openai_completions,
	&dialect_openai_responses,
	&dialect_openai_embeddings,
	&dialect_anthropic_messages,
};
const size_t dialect_count = ARRAY_SIZE(dialects);

const struct json_field request_fields[] = {
	{ "model", FACT_MODEL },
	{ "messages[].role", FACT_ROLE },
	{ "input", FACT_EVIDENCE + EVIDENCE_INPUT },
	{ "prompt", FACT_EVIDENCE + EVIDENCE_PROMPT },
	{ "max_tokens", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
};
const size_t request_field_count = ARRAY_SIZE(request_fields);

const struct dialect *dialect_of_path(struct slice path)
{
	for (size_t i = 0; i < dialect_count; i++)
		for (size_t j = 0; j < dialects[i]->suffix_count; j++)
			if (slice_ends(path, slice_of(dialects[i]->suffixes[j])))
				return dialects[i];
	return NULL;
}
