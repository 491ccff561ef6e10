/* SPDX-License-Identifier: Apache-2.0 */
#include "history/packed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/money.h"
#include "base/cleanup.h"

#define LIST_SEPARATOR '\n'	/* stands in no name: they are printable */
#define RUN_IS_ALL (-1)		/* in place of a number: the run is the whole id */

#define OFFSET(member) offsetof(struct call, member)

const char *const figure_columns[FIGURE_MAX] = {
#define X(id, column, member) [id] = (column),
	FIGURES(X)
#undef X
};

static const size_t figure_offsets[FIGURE_MAX] = {
#define X(id, column, member) [id] = OFFSET(member),
	FIGURES(X)
#undef X
};

/* ---- kinds ------------------------------------------------------------------------------------------- */

/* Those that have no names elsewhere. */
static const char *const role_words[] = { "client", "server" };
static const char *const protocol_words[HTTP_PROTOCOL_MAX] = { "", "http/1.0", "http/1.1", "h2", "websocket" };

/* A text of a call is a string, a list of strings, or the name of an enum's value. */
struct kind_text {
	const char *column;
	size_t offset, size;	/* of a string, or of one in a list */
	size_t count_offset, list_max;
	const char *const *words;
	size_t word_count;
};

#define TEXT(column_name, member) \
	{ .column = (column_name), .offset = OFFSET(member), .size = sizeof(((struct call *)NULL)->member) }
#define LIST(column_name, member, count, max)                                                             \
	{ .column = (column_name), .offset = OFFSET(member), .size = sizeof(((struct call *)NULL)->member[0]), \
	  .count_offset = OFFSET(count), .list_max = (max) }
#define WORD(column_name, member, table, max) \
	{ .column = (column_name), .offset = OFFSET(member), .words = (table), .word_count = (max) }

static const struct kind_text kinds[KIND_COLUMNS] = {
	TEXT("service", workload.service),
	WORD("service_source", workload.source, service_source_names, SERVICE_SOURCE_MAX),
	TEXT("container", workload.container),
	TEXT("pod", workload.pod),
	TEXT("program", workload.program),
	TEXT("tls", tls),
	WORD("role", role, role_words, ARRAY_SIZE(role_words)),
	WORD("hop", hop, call_hop_names, HOP_MAX),
	WORD("protocol", protocol, protocol_words, HTTP_PROTOCOL_MAX),
	TEXT("method", method),
	TEXT("path", path),
	TEXT("server_address", server_address),
	TEXT("provider", provider),
	TEXT("gateway", gateway),
	TEXT("dialect", dialect),
	WORD("operation", operation, call_operation_names, OPERATION_MAX),
	TEXT("request_model", request_model),
	TEXT("response_model", response_model),
	TEXT("service_tier", service_tier),
	TEXT("speed", speed),
	TEXT("inference_geo", inference_geo),
	TEXT("variant", variant),
	TEXT("system_fingerprint", system_fingerprint),
	TEXT("priced_as", priced_as),
	WORD("error", error, call_error_names, ERROR_MAX),
	LIST("finish_reasons", finish_reasons, finish_reason_count, FINISH_REASONS_MAX),
	LIST("tools", tools, tool_count, TOOLS_MAX),
	WORD("usage_source", usage_source, call_usage_source_names, USAGE_SOURCE_MAX),
	WORD("cost_source", cost_source, call_cost_source_names, COST_SOURCE_MAX),
	WORD("confidence_source", confidence_source, call_confidence_source_names, CONFIDENCE_SOURCE_MAX),
	WORD("capture", capture, call_capture_names, CAPTURE_MAX),
	WORD("risk", risk, risk_names, RISK_MAX),
};

void kind_columns(const char *ret[KIND_COLUMNS])
{
	for (size_t i = 0; i < KIND_COLUMNS; i++)
		ret[i] = kinds[i].column;
}

static unsigned enum_at(const struct call *call, size_t offset)
{
	unsigned value;

	memcpy(&value, (const char *)call + offset, sizeof(value));
	return value;
}

static const char *word(const char *const *words, size_t count, unsigned value)
{
	return value < count && words[value] ? words[value] : "";
}

/* The place of a word, 0 where it is none. */
static unsigned find_word(const char *const *words, size_t count, const char *text)
{
	for (unsigned i = 0; i < count; i++)
		if (words[i] && strcmp(words[i], text) == 0)
			return i;
	return 0;
}

static int put_text(const char *text, struct buffer *out)
{
	return buffer_append(out, text, strlen(text) + 1);
}

static int put_list(const struct call *call, const struct kind_text *kind, struct buffer *out)
{
	const char *items = (const char *)call + kind->offset;
	unsigned count = enum_at(call, kind->count_offset);
	static const char separator = LIST_SEPARATOR;
	int err = 0;

	for (unsigned i = 0; i < count && i < kind->list_max && err == 0; i++) {
		const char *item = items + i * kind->size;

		if (i > 0)
			err = buffer_append(out, &separator, 1);
		if (err == 0)
			err = buffer_append(out, item, strlen(item));
	}
	return err < 0 ? err : buffer_append(out, "", 1);
}

static int put_kind(const struct call *call, struct buffer *out)
{
	int err = 0;

	for (size_t i = 0; i < KIND_COLUMNS && err == 0; i++) {
		const struct kind_text *kind = &kinds[i];

		if (kind->words)
			err = put_text(word(kind->words, kind->word_count, enum_at(call, kind->offset)), out);
		else if (kind->list_max)
			err = put_list(call, kind, out);
		else
			err = put_text((const char *)call + kind->offset, out);
	}
	return err;
}

static void take_list(struct call *call, const struct kind_text *kind, const char *text)
{
	char *items = (char *)call + kind->offset;
	uint32_t count = 0;

	while (*text && count < kind->list_max) {
		size_t len = strcspn(text, (const char[]){ LIST_SEPARATOR, '\0' });

		(void)slice_copy(items + count++ * kind->size, kind->size, (struct slice){ text, len });
		text += len + (text[len] != '\0');
	}
	memcpy((char *)call + kind->count_offset, &count, sizeof(count));
}

void unpack_kind(struct call *call, size_t column, const char *text)
{
	const struct kind_text *kind = &kinds[column];
	char *member = (char *)call + kind->offset;

	if (kind->words) {
		unsigned value = find_word(kind->words, kind->word_count, text);

		memcpy(member, &value, sizeof(value));
	} else if (kind->list_max) {
		take_list(call, kind, text);
	} else {
		(void)slice_copy(member, kind->size, slice_of(text));
	}
}

/* ---- id, time, figures ------------------------------------------------------------------------------- */

/* "RUN-NUMBER", as the decoder makes them: the number in hexadecimal, and only one spelling gives it back. */
static struct slice run_of(const char *id, int64_t *ret_number)
{
	const char *dash = strrchr(id, '-');
	char again[24] = "";
	char *end = NULL;

	*ret_number = RUN_IS_ALL;
	if (!dash)
		return slice_of(id);
	errno = 0;
	*ret_number = strtoll(dash + 1, &end, 16);
	(void)snprintf(again, sizeof(again), "%" PRIx64, (uint64_t)*ret_number);
	if (errno == 0 && *ret_number >= 0 && strcmp(again, dash + 1) == 0)
		return (struct slice){ id, (size_t)(dash - id) };
	*ret_number = RUN_IS_ALL;
	return slice_of(id);
}

static int end_of(const struct call *call, int64_t *ret_ns)
{
	int64_t duration = call->duration_ns >= 0 ? call->duration_ns : 0;

	if (call->time_unix_ns < 0 || __builtin_add_overflow(call->time_unix_ns, duration, ret_ns))
		return -EBADMSG;
	return 0;
}

void unpack_figure(struct call *call, enum figure figure, int64_t number)
{
	memcpy((char *)call + figure_offsets[figure], &number, sizeof(number));
}

void unpack_place(struct call *call, const char *run, int64_t number, int64_t end_ns)
{
	if (number == RUN_IS_ALL)
		(void)snprintf(call->id, sizeof(call->id), "%s", run);
	else
		(void)snprintf(call->id, sizeof(call->id), "%s-%" PRIx64, run, (uint64_t)number);
	call->time_unix_ns = call->duration_ns > 0 ? end_ns - call->duration_ns : end_ns;
}

/* ---- records ----------------------------------------------------------------------------------------- */

/* Calls of observed clients, as in ai_requests_total; of those over a gateway both hops, for money may stand at either. */
static bool in_hours(const struct call *call)
{
	return call->role == ROLE_CLIENT && call_is_llm(call);
}

static int put_series(const struct call *call, struct buffer *out)
{
	int err = put_text(call->workload.service, out);

	if (err == 0)
		err = put_text(call_model(call), out);
	if (err == 0)
		err = put_text(call->provider, out);
	return err < 0 ? err : put_text(call_hop_names[money_hop(call)], out);
}

static int put_finding(const struct call_finding *finding, struct buffer *out)
{
	const char *texts[] = { finding->rule, finding->category, word(severity_names, SEVERITY_MAX, finding->severity),
				word(text_where_names, WHERE_MAX, finding->where) };
	struct packed_finding packed = {
		.count = finding->count,
		.repeats = finding->repeats,
		.rule_version = finding->rule_version,
		.first_seen_ns = finding->first_seen_unix_ns,
	};
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		packed.key_bytes += (uint32_t)strlen(texts[i]) + 1;
	err = buffer_append(out, &packed, sizeof(packed));
	for (size_t i = 0; i < ARRAY_SIZE(texts) && err == 0; i++)
		err = put_text(texts[i], out);
	return err;
}

static int put_run(struct slice run, struct buffer *out)
{
	int err = buffer_append(out, run.ptr, run.len);

	return err < 0 ? err : buffer_append(out, "", 1);
}

static int put_parts(const struct call *call, struct slice run, struct packed_call *packed, struct buffer *out)
{
	size_t at = out->len;
	int err = put_run(run, out);

	packed->run_bytes = (uint32_t)(out->len - at);
	at = out->len;
	if (err == 0)
		err = put_kind(call, out);
	packed->kind_bytes = (uint32_t)(out->len - at);
	at = out->len;
	if (err == 0)
		err = put_series(call, out);
	packed->series_bytes = (uint32_t)(out->len - at);
	for (uint32_t i = 0; i < call->finding_count && i < CALL_FINDINGS_MAX && err == 0; i++)
		err = put_finding(&call->findings[i], out);
	return err;
}

static int pad(size_t begin, struct buffer *out)
{
	static const char zeros[8];

	return buffer_append(out, zeros, (begin - out->len) % sizeof(zeros));
}

static void copy_figures(const struct call *call, int64_t ret[FIGURE_MAX])
{
	for (size_t i = 0; i < FIGURE_MAX; i++)
		memcpy(&ret[i], (const char *)call + figure_offsets[i], sizeof(ret[i]));
}

int pack_call(const struct call *call, struct buffer *out)
{
	size_t begin = out->len;
	struct packed_call packed = {
		.head.type = PACKED_CALL,
		.pid = call->workload.tgid,
		.streaming = call->streaming,
		.refused = call->refused,
		.hedged = call->hedged,
		.declined = call->declined,
		.looked_into = call->looked_into,
		.in_hours = in_hours(call),
		.failed = call->error != ERROR_NONE,
		.rejected = call_was_rejected(call),
		.usage_source = (uint8_t)call->usage_source,
		.cost_source = (uint8_t)call->cost_source,
		.findings = call->finding_count < CALL_FINDINGS_MAX ? call->finding_count : CALL_FINDINGS_MAX,
	};
	struct slice run = run_of(call->id, &packed.number);
	int err = end_of(call, &packed.end_ns);

	if (err < 0)
		return err;
	copy_figures(call, packed.figures);
	err = buffer_append(out, &packed, sizeof(packed));
	if (err == 0)
		err = put_parts(call, run, &packed, out);
	if (err == 0)
		err = pad(begin, out);
	if (err < 0) {
		out->len = begin;
		return err;
	}
	packed.head.bytes = (uint32_t)(out->len - begin);
	memcpy(out->data + begin, &packed, sizeof(packed));
	return 0;
}

int pack_alert(const struct alert *alert, struct buffer *out)
{
	struct packed_alert packed = {
		.head = { .bytes = sizeof(packed), .type = PACKED_ALERT },
		.alert = *alert,
	};

	packed.alert.playbook = NULL;
	return buffer_append(out, &packed, sizeof(packed));
}
