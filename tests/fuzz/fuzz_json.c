/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte chooses the flags, the second seeds the cuts, the rest is the
 * document. Whole and cut input must give the same events and the same result;
 * what the strict reader accepts the lenient one accepts, with the same events.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/event_log.c"

#define CUTS_MAX 64

static const struct json_field fields[] = {
	{ "model", 1 },
	{ "stream", 2 },
	{ "usage", 3 },
	{ "usage.prompt_tokens", 4 },
	{ "choices", 5 },
	{ "choices[]", 6 },
	{ "choices[].delta.content", 7 },
	{ "metadata.*", 8 },
	{ "metadata.user_id", 9 },
	{ "[].model", 10 },
	{ "messages[].content", 11 },
	{ "messages[].content[].text", 12 },
	{ "grid[][][]", 13 },
	{ "model", 14 },
	{ "x.*.*", 15 },
	{ "tools[]", 16 },
	{ "deep.**", 17 },
	{ "tools[].**.description", 18 },
	{ "grid[][][][][][]", 19 },
	{ "grid[].**", 20 },
};

struct outcome {
	int result;
	struct event_log log;
};

/* Ascending places in the document, about as far apart as the seed says. */
static size_t make_cuts(size_t *cuts, size_t len, unsigned seed)
{
	uint32_t random = seed * 2654435761u + 1;
	size_t at = 0, count = 0;

	while (count < CUTS_MAX) {
		random = random * 1664525u + 1013904223u;
		at += (random >> 16) % (1 + (seed % 8) * 13);
		if (at > len)
			break;
		cuts[count++] = at;
	}
	return count;
}

static void run(const struct json_schema *schema, unsigned flags, struct slice doc, const size_t *cuts, size_t count,
		struct outcome *ret)
{
	*ret = (struct outcome){ 0 };
	ret->result = event_log_run(&ret->log, schema, flags, doc, cuts, count);
	(void)event_log_text(&ret->log);
	assert(ret->log.broken == 0);
}

static void check_same(struct outcome *a, struct outcome *b)
{
	assert(a->result == b->result);
	assert(slice_eq(buffer_slice(&a->log.text), buffer_slice(&b->log.text)));
}

/* Values that somebody looks at must not throw the arithmetic off. */
static void check_number(struct slice text)
{
	struct json_value value = { .type = JSON_NUMBER, .text = text.ptr, .len = text.len };
	uint64_t whole;
	double real;

	(void)json_value_u64(&value, &whole);
	(void)json_value_double(&value, &real);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_schema *schema;
	size_t cuts[CUTS_MAX], count;
	struct outcome whole, cut, strict;
	struct slice doc;
	unsigned flags;

	if (size < 3)
		return 0;
	if (!schema)
		schema = json_schema_new(fields, ARRAY_SIZE(fields));
	assert(schema);
	flags = data[0] % 4;
	doc = (struct slice){ (const char *)data + 2, size - 2 };
	count = make_cuts(cuts, doc.len, data[1]);
	run(schema, flags, doc, NULL, 0, &whole);
	run(schema, flags, doc, cuts, count, &cut);
	run(schema, flags | JSON_STRICT, doc, cuts, count, &strict);
	check_same(&whole, &cut);
	if (strict.result == 0 && !(flags & JSON_STRICT))
		check_same(&whole, &strict);
	check_number(doc);
	event_log_done(&whole.log);
	event_log_done(&cut.log);
	event_log_done(&strict.log);
	return 0;
}
