/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader on what it meets: request bodies with long messages, and the
 * small documents of an event stream.
 *
 * Method: each case runs over the same document again and again for about
 * 0.3 s, five times, in one process; the median counts. The baseline is
 * memchr() for '"' from hit to hit over the same bytes in the same round, as
 * the least that any reader must do. A ratio is time of the reader over time
 * of the baseline. Bodies are fed in pieces of 16 KiB, as records bring them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "json/json.h"

#define BODY_BYTES (256 * 1024)
#define PIECE_BYTES (16 * 1024)
#define ROUNDS 5
#define ROUND_NS (300 * NSEC_PER_MSEC)

static const struct json_field head_fields[] = { { "model", 1 }, { "stream", 2 } };
static const struct json_field text_fields[] = { { "model", 1 }, { "stream", 2 }, { "messages[].content", 3 } };
/* What texts of messages take: containers, roles, any depth. */
static const struct json_field role_fields[] = {
	{ "model", 1 },
	{ "messages[]", 2 },
	{ "messages[].role", 3 },
	{ "messages[].content", 2 },
	{ "messages[].content[].text", 2 },
	{ "messages[].content[].input.**", 4 },
	{ "tools[].**.description", 5 },
};
static const struct json_field chunk_fields[] = {
	{ "model", 1 },
	{ "choices[].delta.content", 2 },
	{ "choices[].finish_reason", 3 },
	{ "usage.prompt_tokens", 4 },
	{ "usage.completion_tokens", 5 },
};

static const char chunk_document[] =
	"{\"id\":\"chatcmpl-0123456789abcdefghij\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
	"\"model\":\"example-model-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},"
	"\"finish_reason\":null}]}";

/* Prose with a line break or a quoted word about every 60 bytes. */
static void build_body(struct buffer *body)
{
	(void)buffer_printf(body, "{\"model\":\"example-model-1\",\"messages\":[");
	while (body->len < BODY_BYTES - 4096) {
		(void)buffer_printf(body, "{\"role\":\"user\",\"content\":\"");
		for (unsigned i = 0; i < 64; i++)
			(void)buffer_printf(body, "The quick brown fox jumps over the lazy dog number %u%s", i,
					    i % 2 ? " again.\\n" : ", says \\\"Al\\\" ");
		(void)buffer_printf(body, "\"},");
	}
	(void)buffer_printf(body, "{\"role\":\"user\",\"content\":\"end\"}],\"stream\":true}");
}

static uint64_t delivered;

static void on_value(void *ctx, const struct json_value *value)
{
	(void)ctx;
	delivered += value->len + 1;
}

struct bench_case {
	const char *name;
	struct slice doc;
	struct json_reader *reader;
	const struct json_schema *schema;
};

static void run_reader(const struct bench_case *bench)
{
	json_reader_reset(bench->reader, bench->schema);
	for (size_t at = 0; at < bench->doc.len; at += PIECE_BYTES) {
		size_t left = bench->doc.len - at;

		(void)json_reader_feed(bench->reader, bench->doc.ptr + at, left < PIECE_BYTES ? left : PIECE_BYTES);
	}
	if (json_reader_finish(bench->reader) != 0)
		abort();
}

static void run_memchr(const struct bench_case *bench)
{
	const char *p = bench->doc.ptr, *end = p + bench->doc.len;

	while ((p = memchr(p, '"', (size_t)(end - p)))) {
		delivered++;
		p++;
	}
}

/* Nanoseconds per document over one round. */
static double round_ns(const struct bench_case *bench, void (*run)(const struct bench_case *))
{
	uint64_t begin = clock_monotonic_ns(), now = begin, documents = 0;
	unsigned batch = (unsigned)(1 + 1000000 / bench->doc.len);

	for (; now - begin < ROUND_NS; now = clock_monotonic_ns()) {
		for (unsigned i = 0; i < batch; i++)
			run(bench);
		documents += batch;
	}
	return (double)(now - begin) / (double)documents;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const struct bench_case *bench)
{
	double reader[ROUNDS], ratio[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		reader[i] = round_ns(bench, run_reader);
		ratio[i] = reader[i] / round_ns(bench, run_memchr);
	}
	qsort(reader, ROUNDS, sizeof(reader[0]), compare);
	qsort(ratio, ROUNDS, sizeof(ratio[0]), compare);
	printf("json %-30s %8.0f MB/s %10.0f ns/doc %6.2f x memchr\n", bench->name,
	       (double)bench->doc.len * 1e3 / reader[ROUNDS / 2], reader[ROUNDS / 2], ratio[ROUNDS / 2]);
}

static void bench_document(const char *name, struct slice doc, const struct json_field *fields, size_t count,
			   unsigned flags)
{
	struct json_schema *schema = json_schema_new(fields, count);
	struct json_reader *reader = schema ? json_reader_new(schema, flags, on_value, NULL) : NULL;

	if (!reader)
		abort();
	measure(&(struct bench_case){ name, doc, reader, schema });
	json_reader_free(reader);
	json_schema_free(schema);
}

int main(void)
{
	struct buffer body = { 0 };
	struct slice doc;

	build_body(&body);
	doc = buffer_slice(&body);
	bench_document("256 KiB body, head only", doc, head_fields, ARRAY_SIZE(head_fields), 0);
	bench_document("256 KiB body, texts", doc, text_fields, ARRAY_SIZE(text_fields), 0);
	bench_document("256 KiB body, texts and places", doc, role_fields, ARRAY_SIZE(role_fields), 0);
	bench_document("256 KiB body, texts, strict", doc, text_fields, ARRAY_SIZE(text_fields), JSON_STRICT);
	bench_document("200-byte stream chunk", SLICE(chunk_document), chunk_fields, ARRAY_SIZE(chunk_fields), 0);
	buffer_done(&body);
	return delivered > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
