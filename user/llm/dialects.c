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
	&dialect_openai_images,
	&dialect_openai_transcription,
	&dialect_openai_speech,
	&dialect_openai_moderations,
	&dialect_anthropic_messages,
	&dialect_anthropic_complete,
};
const size_t dialect_count = ARRAY_SIZE(dialects);

const struct json_field request_fields[] = {
	{ "model", FACT_MODEL },
	{ "messages[].role", FACT_ROLE },
	{ "input", FACT_EVIDENCE + EVIDENCE_INPUT },
	{ "prompt", FACT_EVIDENCE + EVIDENCE_PROMPT },
	{ "max_tokens", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "max_tokens_to_sample", FACT_EVIDENCE + EVIDENCE_MAX_TOKENS },
	{ "file", FACT_EVIDENCE + EVIDENCE_FILE },
};
const size_t request_field_count = ARRAY_SIZE(request_fields);

bool dialect_has_media(const struct dialect *dialect, struct slice content_type)
{
	for (size_t i = 0; i < dialect->media_count; i++) {
		struct slice media = slice_of(dialect->media[i]);

		if (content_type.len >= media.len && strncasecmp(content_type.ptr, media.ptr, media.len) == 0)
			return true;
	}
	return false;
}

const struct dialect *dialect_of_path(struct slice path)
{
	for (size_t i = 0; i < dialect_count; i++)
		for (size_t j = 0; j < dialects[i]->suffix_count; j++)
			if (slice_ends(path, slice_of(dialects[i]->suffixes[j])))
				return dialects[i];
	return NULL;
}
