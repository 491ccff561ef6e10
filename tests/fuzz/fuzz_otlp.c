/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a collector answers, what a user writes as headers, and calls whose every
 * member is of the input: the request that is made of them is well-formed to the
 * last attribute, and all its texts are UTF-8.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "config/schema.h"
#include "otlp/answer.h"
#include "otlp/headers.h"
#include "otlp/relations.h"
#include "otlp/request.h"
#include "otlp/sample.c"	/* of the unit tests: its reader aborts at what is malformed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- what others write -------------------------------------------------------------------------------- */

/* Copied to the byte, so that what is read behind the end is seen. */
static void read_answer(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + !size);
	struct answer_part part;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (answer_read((struct slice){ copy, size }, &part) < 0 && (part.rejected > 0 || part.is_partial))
		abort();
	if (part.rejected > INT64_MAX || (part.rejected > 0 && !part.is_partial))
		abort();
	free(copy);
}

static void read_headers(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), problem[FIELD_PROBLEM_BYTES];
	struct headers headers = { 0 };
	bool right;

	if (!text)
		abort();
	right = headers_are_right(text, problem);
	if (right != (headers_add(&headers, text) == 0))
		abort();
	for (size_t i = 0; i < headers.count; i++)
		if (strpbrk(headers.lines[i], "\r\n") || !strstr(headers.lines[i], ": "))
			abort();
	headers_done(&headers);
	free(text);
}

/* ---- calls -------------------------------------------------------------------------------------------- */

static void take(struct slice *input, void *ret, size_t len)
{
	size_t n = len < input->len ? len : input->len;

	memset(ret, 0, len);
	if (n > 0)
		memcpy(ret, input->ptr, n);
	input->ptr += n;
	input->len -= n;
}

static unsigned take_choice(struct slice *input, unsigned count)
{
	uint8_t byte;

	take(input, &byte, 1);
	return byte % count;
}

/* Never negative, as call_check() has it. */
static int64_t take_number(struct slice *input)
{
	int64_t number;

	if (take_choice(input, 4) == 0)
		return CALL_UNKNOWN;
	take(input, &number, sizeof(number));
	return number & INT64_MAX;
}

#define TAKE_TEXT(input, member) take_text(input, member, sizeof(member))
static void take_text(struct slice *input, char *ret, size_t size)
{
	uint8_t len;

	take(input, &len, 1);
	memset(ret, 0, size);
	take(input, ret, len < size ? len : size - 1);
}

static void take_names(struct slice *input, struct call *call)
{
	TAKE_TEXT(input, call->id);
	TAKE_TEXT(input, call->workload.service);
	TAKE_TEXT(input, call->workload.program);
	TAKE_TEXT(input, call->tls);
	TAKE_TEXT(input, call->path);
	TAKE_TEXT(input, call->server_address);
	TAKE_TEXT(input, call->provider);
	TAKE_TEXT(input, call->dialect);
	TAKE_TEXT(input, call->request_model);
	TAKE_TEXT(input, call->response_model);
	TAKE_TEXT(input, call->response_id);
	call->tool_count = take_choice(input, TOOLS_MAX + 1);
	for (uint32_t i = 0; i < call->tool_count; i++)
		TAKE_TEXT(input, call->tools[i]);
	call->finish_reason_count = take_choice(input, FINISH_REASONS_MAX + 1);
	for (uint32_t i = 0; i < call->finish_reason_count; i++)
		TAKE_TEXT(input, call->finish_reasons[i]);
}

static void take_facts(struct slice *input, struct call *call)
{
	call->time_unix_ns = take_number(input);
	call->duration_ns = take_number(input);
	call->request_ns = take_number(input);
	call->ttfb_ns = take_number(input);
	call->ttft_ns = take_number(input);
	call->tokens.output = take_number(input);
	call->output_span_ns = take_number(input);
	call->cost_pico_usd = take_number(input);
	call->status = take_number(input);
	call->role = take_choice(input, ROLE_SERVER + 1);
	call->hop = take_choice(input, HOP_MAX);
	call->protocol = take_choice(input, HTTP_PROTOCOL_MAX);
	call->operation = take_choice(input, OPERATION_MAX);
	call->error = take_choice(input, ERROR_MAX);
	call->capture = take_choice(input, CAPTURE_MAX);
	call->looked_into = take_choice(input, 2);
	call->has_trace = take_choice(input, 2);
	call->trace_sampled = take_choice(input, 2);
	take(input, call->trace_id, sizeof(call->trace_id));
}

static void take_findings(struct slice *input, struct call *call)
{
	call->finding_count = take_choice(input, CALL_FINDINGS_MAX + 1);
	for (uint32_t i = 0; i < call->finding_count; i++) {
		struct call_finding *finding = &call->findings[i];

		TAKE_TEXT(input, finding->rule);
		TAKE_TEXT(input, finding->category);
		finding->severity = take_choice(input, SEVERITY_MAX);
		finding->where = take_choice(input, WHERE_MAX);
		take(input, &finding->count, sizeof(finding->count));
		finding->first_seen_unix_ns = take_number(input);
	}
}

/* ---- what is made of them ----------------------------------------------------------------------------- */

static void check_text(struct slice text)
{
	char *copy = strndup(text.ptr, text.len);
	size_t at = 0;

	if (!copy || strlen(copy) != text.len)
		abort();
	while (copy[at]) {
		size_t len = utf8_bytes(copy + at);

		if (len == 0)
			abort();
		at += len;
	}
	free(copy);
}

static struct slice want(struct slice message, unsigned number, unsigned n)
{
	struct sample_field field;

	if (!sample_field(message, number, n, &field))
		abort();
	return field.bytes;
}

static void check_value(struct slice value)
{
	struct sample_field field;

	if (sample_field(value, 1, 0, &field))
		check_text(field.bytes);
	else if (sample_field(value, 5, 0, &field))
		for (unsigned i = 0; i < sample_count(field.bytes, 1); i++)
			check_value(want(field.bytes, 1, i));
	else if (sample_count(value, 2) + sample_count(value, 3) + sample_count(value, 4) != 1)
		abort();
}

static void check_attributes(struct slice message, unsigned number)
{
	for (unsigned i = 0; i < sample_count(message, number); i++) {
		struct slice pair = want(message, number, i);

		check_text(want(pair, 1, 0));
		check_value(want(pair, 2, 0));
	}
}

static void check_span(struct slice span)
{
	struct sample_field start, end;

	if (want(span, 1, 0).len != 16 || want(span, 2, 0).len != 8)
		abort();
	check_text(want(span, 5, 0));
	if (!sample_field(span, 7, 0, &start) || !sample_field(span, 8, 0, &end) || end.number < start.number)
		abort();
	check_attributes(span, 9);
	for (unsigned i = 0; i < sample_count(span, 11); i++)
		check_attributes(want(span, 11, i), 3);
}

static size_t check_request(struct slice request)
{
	size_t count = 0;

	for (unsigned i = 0; i < sample_count(request, 1); i++) {
		struct slice part = want(request, 1, i), spans = want(part, 2, 0);

		check_attributes(want(part, 1, 0), 1);
		for (unsigned k = 0; k < sample_count(spans, 2); k++)
			check_span(want(spans, 2, k));
		count += sample_count(spans, 2);
	}
	return count;
}

static void put(struct queue *queue, struct relations *relations, const struct call *call, uint8_t number)
{
	struct buffer resource = { .limit = SPAN_BYTES_MAX }, body = { .limit = SPAN_BYTES_MAX };
	struct span_ids ids = { .span_id = { number }, .has_parent = call->has_trace };
	struct related related;

	memcpy(ids.trace_id, call->trace_id, sizeof(ids.trace_id));
	relations_add(relations, call, !call->has_trace, &ids, &related);
	if (span_encode_resource(call, "node", &resource) < 0 || span_encode(call, &related.other, &body) < 0)
		abort();
	if (queue_put(queue, SIZE_MAX, 0, &ids, buffer_slice(&resource), buffer_slice(&body)) < 0)
		abort();
	buffer_done(&resource);
	buffer_done(&body);
}

static void send_calls(struct slice input)
{
	struct relations *relations = relations_new();
	struct queue queue = { 0 };
	struct request request;
	uint8_t count = 0;

	if (!relations)
		abort();
	do {
		struct call call;

		call_init(&call);
		take_names(&input, &call);
		take_facts(&input, &call);
		take_findings(&input, &call);
		put(&queue, relations, &call, ++count);
	} while (input.len > 0 && count < 8);
	if (request_make(&request, &queue, false, 0) < 0 || check_request(buffer_slice(&request.body)) != count)
		abort();
	request_done(&request);
	relations_free(relations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		read_answer(data + 1, size - 1);
		break;
	case 1:
		read_headers(data + 1, size - 1);
		break;
	default:
		send_calls((struct slice){ (const char *)data + 1, size - 1 });
		break;
	}
	return 0;
}
