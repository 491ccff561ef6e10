/* SPDX-License-Identifier: Apache-2.0 */
/* The framings there are, and the media types that announce them. */
#include "http/framing.h"

#include "base/cleanup.h"

static const struct framing_ops *const framings[FRAMING_MAX] = {
	[FRAMING_SSE] = &framing_sse,
	[FRAMING_EVENT_STREAM] = &framing_event_stream,
	[FRAMING_NDJSON] = &framing_ndjson,
	[FRAMING_JSON_ARRAY] = &framing_json_array,
};

static const struct {
	struct slice type;
	enum body_framing framing;
} types[] = {
	{ { "text/event-stream", 17 }, FRAMING_SSE },
	{ { "application/vnd.amazon.eventstream", 34 }, FRAMING_EVENT_STREAM },
	{ { "application/x-ndjson", 20 }, FRAMING_NDJSON },	/* Ollama */
	{ { "application/stream+json", 23 }, FRAMING_NDJSON },	/* Cohere v1 */
	{ { "application/ndjson", 18 }, FRAMING_NDJSON },
	{ { "application/jsonl", 17 }, FRAMING_NDJSON },
	{ { "application/x-jsonlines", 23 }, FRAMING_NDJSON },
};

const struct framing_ops *framing_find(enum body_framing framing)
{
	return framings[framing];
}

enum body_framing framing_of_type(struct slice type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (slice_caseeq(types[i].type, type))
			return types[i].framing;
	return FRAMING_PLAIN;
}
