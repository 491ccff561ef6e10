/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the table is a field of the record: its path, what it may say, and
 * the member of the call that it fills. Numbers are read as decimals and never
 * pass through a double, so that money stays what it was.
 */
#include "llm/call_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "json/json.h"
#include "llm/text.h"

#define TEXT_BYTES 512	/* of a value that is gathered; no member has room for more */
#define YEAR_MIN 1970
#define YEAR_MAX 2261

enum kind {
	KIND_VERSION = 0,
	KIND_TEXT,
	KIND_TEXTS,	/* of a list: element size in `size`, `count` says how many at most */
	KIND_WORD,	/* one of `words` */
	KIND_ERROR,	/* the same; a word of a later version is "other" */
	KIND_WHOLE,	/* int64_t */
	KIND_SMALL,	/* uint32_t */
	KIND_DECIMAL,	/* int64_t, of 10^-digits */
	KIND_RATIO,	/* the same, 0 to 1 */
	KIND_TIME,
	KIND_BOOL,
	KIND_SEEN,	/* a bool that only who looked into the texts can know */
	KIND_HEX,	/* `size` bytes */
	KIND_HASH,
	KIND_PER_TOKEN,	/* time_per_output_token_ms */
};

enum where {
	IN_CALL = 0,
	IN_FINDING,	/* the finding whose index the path has */
};

struct row {
	const char *path;
	enum kind kind;
	enum where in;
	size_t offset, size;
	const char *const *words;
	unsigned count;
	int digits;
};

#define AT(member) .offset = offsetof(struct call, member), .size = sizeof(((struct call *)0)->member)
#define TEXT(name, member) { name, KIND_TEXT, AT(member) }
#define WHOLE(name, member) { name, KIND_WHOLE, AT(member) }
#define MS(name, member) { name, KIND_DECIMAL, AT(member), .digits = 6 }
#define RATIO(name, member) { name, KIND_RATIO, AT(member), .digits = 6 }
#define BOOL(name, member) { name, KIND_BOOL, AT(member) }
#define WORD(name, member, names, number) { name, KIND_WORD, AT(member), .words = (names), .count = (number) }
#define OF(member) \
	.in = IN_FINDING, .offset = offsetof(struct call_finding, member), .size = sizeof(((struct call_finding *)0)->member)

static const char *const role_names[] = { [ROLE_CLIENT] = "client", [ROLE_SERVER] = "server" };

static const struct row rows[] = {
	{ "v", KIND_VERSION, AT(version) },
	TEXT("id", id),
	{ "time", KIND_TIME, AT(time_unix_ns) },
	TEXT("service", workload.service),
	WORD("service_source", workload.source, service_source_names, SERVICE_SOURCE_MAX),
	TEXT("pod", workload.pod),
	TEXT("container", workload.container),
	{ "pid", KIND_SMALL, AT(workload.tgid) },
	TEXT("program", workload.program),
	TEXT("tls", tls),
	WORD("role", role, role_names, ARRAY_SIZE(role_names)),
	WORD("hop", hop, call_hop_names, HOP_MAX),
	WORD("protocol", protocol, call_protocol_names, HTTP_PROTOCOL_MAX),
	TEXT("method", method),
	TEXT("path", path),
	TEXT("server_address", server_address),
	TEXT("provider", provider),
	TEXT("gateway", gateway),
	TEXT("dialect", dialect),
	WORD("operation", operation, call_operation_names, OPERATION_MAX),
	BOOL("streaming", streaming),
	TEXT("request_model", request_model),
	TEXT("response_model", response_model),
	TEXT("priced_as", priced_as),
	TEXT("service_tier", service_tier),
	WHOLE("status", status),
	{ "error_type", KIND_ERROR, AT(error), .words = call_error_names, .count = ERROR_MAX },
	{ "finish_reasons[]", KIND_TEXTS, .offset = offsetof(struct call, finish_reasons), .size = FINISH_REASON_BYTES,
	  .count = FINISH_REASONS_MAX },
	TEXT("response_id", response_id),
	TEXT("system_fingerprint", system_fingerprint),
	WHOLE("input_tokens", tokens.input),
	WHOLE("cache_read_tokens", tokens.cache_read),
	WHOLE("cache_write_tokens", tokens.cache_write),
	WHOLE("output_tokens", tokens.output),
	WHOLE("reasoning_tokens", tokens.reasoning),
	WORD("usage_source", usage_source, call_usage_source_names, USAGE_SOURCE_MAX),
	{ "cost_usd", KIND_DECIMAL, AT(cost_pico_usd), .digits = 12 },
	WORD("cost_source", cost_source, call_cost_source_names, COST_SOURCE_MAX),
	WHOLE("tool_calls", tool_calls),
	{ "tools[]", KIND_TEXTS, .offset = offsetof(struct call, tools), .size = TOOL_NAME_BYTES, .count = TOOLS_MAX },
	MS("duration_ms", duration_ns),
	MS("request_ms", request_ns),
	MS("ttfb_ms", ttfb_ns),
	MS("ttft_ms", ttft_ns),
	{ "time_per_output_token_ms", KIND_PER_TOKEN, AT(output_span_ns), .digits = 6 },
	MS("max_gap_ms", max_gap_ns),
	WHOLE("request_bytes", request_bytes),
	WHOLE("response_bytes", response_bytes),
	WHOLE("retry_count", retry_count),
	{ "idempotency_hash", KIND_HASH, AT(idempotency_hash) },
	RATIO("confidence", confidence_ppm),
	WORD("confidence_source", confidence_source, call_confidence_source_names, CONFIDENCE_SOURCE_MAX),
	RATIO("token_probability", token_probability_ppm),
	WHOLE("token_probability_tokens", token_probability_count),
	BOOL("refused", refused),
	{ "declined", KIND_SEEN, AT(declined) },
	{ "hedged", KIND_SEEN, AT(hedged) },
	WORD("risk", risk, risk_names, RISK_MAX),
	{ "findings[].rule", KIND_TEXT, OF(rule) },
	{ "findings[].rule_version", KIND_SMALL, OF(rule_version) },
	{ "findings[].category", KIND_TEXT, OF(category) },
	{ "findings[].severity", KIND_WORD, OF(severity), .words = severity_names, .count = SEVERITY_MAX },
	{ "findings[].where", KIND_WORD, OF(where), .words = text_where_names, .count = WHERE_MAX },
	{ "findings[].count", KIND_SMALL, OF(count) },
	{ "findings[].repeats", KIND_SMALL, OF(repeats) },
	{ "findings[].first_seen", KIND_TIME, OF(first_seen_unix_ns) },
	{ "trace_id", KIND_HEX, AT(trace_id) },
	{ "parent_span_id", KIND_HEX, AT(parent_span_id) },
	WORD("capture", capture, call_capture_names, CAPTURE_MAX),
};

struct call_reader {
	struct json_schema *schema;
	struct json_reader *json;
	struct call *call;		/* of the line at hand */
	char text[TEXT_BYTES];		/* of the value at hand */
	size_t text_len;
	int64_t per_token_ns;
	char *problem;			/* the caller's; "" none yet */
};

/* ---- numbers and times ----------------------------------------------------------------------------------- */

static int append_digit(int64_t *value, char digit)
{
	if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, digit - '0', value))
		return -EINVAL;
	return 0;
}

/* What stands behind 'e', within what can matter. */
static long exponent_of(struct slice text)
{
	const char *e = memchr(text.ptr, 'e', text.len), *upper = memchr(text.ptr, 'E', text.len);
	char digits[JSON_NUMBER_BYTES_MAX + 1];
	long exponent;

	e = e ? e : upper;
	if (!e)
		return 0;
	(void)slice_copy(digits, sizeof(digits), (struct slice){ e + 1, text.len - (size_t)(e + 1 - text.ptr) });
	exponent = strtol(digits, NULL, 10);
	return exponent < -1000 ? -1000 : exponent > 1000 ? 1000 : exponent;
}

/* Moves the point; what falls off is cut. */
static int scale_by(int64_t *value, long places)
{
	for (; places > 0 && *value != 0; places--)
		if (__builtin_mul_overflow(*value, 10, value))
			return -EINVAL;
	for (; places < 0 && *value != 0; places++)
		*value /= 10;
	return 0;
}

int call_read_decimal(struct slice text, int digits, int64_t *ret)
{
	long places = exponent_of(text) + digits;	/* by which the point still has to move */
	bool fraction = false;
	int64_t value = 0;

	if (text.len > 0 && text.ptr[0] == '-')
		return -EINVAL;
	for (size_t i = 0; i < text.len && tolower((unsigned char)text.ptr[i]) != 'e'; i++) {
		char c = text.ptr[i];

		if (c == '.') {
			fraction = true;
			continue;
		}
		if (fraction && places <= 0)
			break;
		if (append_digit(&value, c) < 0)
			return -EINVAL;
		places -= fraction;
	}
	if (scale_by(&value, places) < 0)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* `n` digits from *at on; negative: they are not there. */
static long digits_at(struct slice text, size_t *at, size_t n)
{
	long value = 0;

	if (text.len - *at < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text.ptr[*at + i]))
			return -1;
		value = value * 10 + (text.ptr[*at + i] - '0');
	}
	*at += n;
	return value;
}

static bool char_at(struct slice text, size_t *at, const char *any)
{
	if (*at >= text.len || text.ptr[*at] == '\0' || !strchr(any, text.ptr[*at]))
		return false;
	*at += 1;
	return true;
}

/* ".25" as ns; nothing is 0. Negative: a point without a digit. */
static int64_t fraction_at(struct slice text, size_t *at)
{
	int64_t ns = 0, unit = (int64_t)NSEC_PER_SEC;
	size_t from;

	if (!char_at(text, at, "."))
		return 0;
	for (from = *at; *at < text.len && isdigit((unsigned char)text.ptr[*at]); *at += 1) {
		unit /= 10;
		ns += unit * (text.ptr[*at] - '0');
	}
	return *at > from ? ns : -1;
}

/* 'Z' or "+02:00", in seconds east. False: neither, or something behind it. */
static bool zone_at(struct slice text, size_t *at, long *ret_seconds)
{
	long hours, minutes;
	bool west;

	*ret_seconds = 0;
	if (char_at(text, at, "Zz"))
		return *at == text.len;
	west = *at < text.len && text.ptr[*at] == '-';
	if (!char_at(text, at, "+-"))
		return false;
	hours = digits_at(text, at, 2);
	if (hours < 0 || hours > 23 || !char_at(text, at, ":"))
		return false;
	minutes = digits_at(text, at, 2);
	*ret_seconds = (hours * 60 + minutes) * (west ? -60 : 60);
	return minutes >= 0 && minutes < 60 && *at == text.len;
}

/* "2024-05-13T10:00:00", the 60th second of a minute among them. */
static bool moment_at(struct slice text, size_t *at, struct tm *ret)
{
	static const struct {
		const char *before;	/* any one of these */
		size_t digits;
		long min, max;
	} parts[] = {
		{ NULL, 4, YEAR_MIN, YEAR_MAX }, { "-", 2, 1, 12 }, { "-", 2, 1, 31 },
		{ "Tt ", 2, 0, 23 },		 { ":", 2, 0, 59 }, { ":", 2, 0, 60 },
	};
	int *const members[] = { &ret->tm_year, &ret->tm_mon, &ret->tm_mday, &ret->tm_hour, &ret->tm_min, &ret->tm_sec };

	*ret = (struct tm){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		long number;

		if (parts[i].before && !char_at(text, at, parts[i].before))
			return false;
		number = digits_at(text, at, parts[i].digits);
		if (number < parts[i].min || number > parts[i].max)
			return false;
		*members[i] = (int)number;
	}
	ret->tm_year -= 1900;
	ret->tm_mon -= 1;
	return true;
}

/* timegm(3) makes March of February 30. */
static bool date_exists(const struct tm *tm)
{
	struct tm date = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday };

	(void)timegm(&date);
	return date.tm_mday == tm->tm_mday;
}

int call_read_time(struct slice text, int64_t *ret_unix_ns)
{
	struct tm tm;
	size_t at = 0;
	int64_t fraction, seconds;
	long east;

	if (!moment_at(text, &at, &tm) || !date_exists(&tm))
		return -EINVAL;
	fraction = fraction_at(text, &at);
	if (fraction < 0 || !zone_at(text, &at, &east))
		return -EINVAL;
	seconds = (int64_t)timegm(&tm) - east;
	if (seconds < 0)
		return -EINVAL;
	*ret_unix_ns = seconds * (int64_t)NSEC_PER_SEC + fraction;
	return 0;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static struct slice text_of(const struct call_reader *reader)
{
	return (struct slice){ reader->text, reader->text_len };
}

static void complain(struct call_reader *reader, const struct row *row, const char *what)
{
	if (!*reader->problem)
		(void)snprintf(reader->problem, CALL_PROBLEM_BYTES, "%s: %s", row->path, what);
}

static void set_word(struct call_reader *reader, const struct row *row, char *member)
{
	unsigned number = 0;

	while (number < row->count && !(row->words[number] && slice_eq(text_of(reader), slice_of(row->words[number]))))
		number++;
	if (number == row->count && row->kind != KIND_ERROR) {
		complain(reader, row, "is none of the words that it may be");
		return;
	}
	if (number == row->count)
		number = ERROR_OTHER;
	if (row->size == 1)
		*member = (char)number;
	else
		memcpy(member, &number, sizeof(number));
}

static void set_number(struct call_reader *reader, const struct row *row, char *member)
{
	int64_t number;
	uint32_t small;

	if (call_read_decimal(text_of(reader), row->digits, &number) < 0) {
		complain(reader, row, "is negative or too great");
	} else if (row->kind == KIND_RATIO && number > CALL_RATIO_ONE) {
		complain(reader, row, "is greater than 1");
	} else if (row->kind == KIND_VERSION && number != CALL_VERSION) {
		complain(reader, row, "is another version than 1; read it with the promtap that wrote it");
	} else if (row->kind == KIND_SMALL && number > UINT32_MAX) {
		complain(reader, row, "is too great");
	} else if (row->kind == KIND_SMALL) {
		small = (uint32_t)number;
		memcpy(member, &small, sizeof(small));
	} else if (row->kind == KIND_PER_TOKEN) {
		reader->per_token_ns = number;
	} else if (row->kind != KIND_VERSION) {
		memcpy(member, &number, sizeof(number));
	}
}

static int nibble(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct slice text, uint8_t *ret, size_t size)
{
	if (text.len != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = nibble(text.ptr[2 * i]), low = nibble(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void set_hex(struct call_reader *reader, const struct row *row, char *member)
{
	uint8_t bytes[sizeof(reader->call->trace_id)];
	uint64_t hash = 0;

	if (!read_hex(text_of(reader), bytes, row->size)) {
		complain(reader, row, "is not so many hexadecimal digits, in lower case");
		return;
	}
	for (size_t i = 0; row->kind == KIND_HASH && i < sizeof(hash); i++)
		hash = hash << 8 | bytes[i];
	if (row->kind == KIND_HASH)
		memcpy(member, &hash, sizeof(hash));
	else
		memcpy(member, bytes, row->size);
	reader->call->has_trace |= row->kind == KIND_HEX;
}

static void set_time(struct call_reader *reader, const struct row *row, char *member)
{
	int64_t unix_ns;

	if (call_read_time(text_of(reader), &unix_ns) < 0)
		complain(reader, row, "is no time as 2024-05-13T10:00:00.25Z");
	else
		memcpy(member, &unix_ns, sizeof(unix_ns));
}

/* A scalar that has come whole. */
static void set_value(struct call_reader *reader, const struct row *row, char *member, enum json_type type)
{
	static const enum json_type wanted[] = {
		[KIND_VERSION] = JSON_NUMBER, [KIND_TEXT] = JSON_STRING,   [KIND_TEXTS] = JSON_STRING,
		[KIND_WORD] = JSON_STRING,    [KIND_ERROR] = JSON_STRING,  [KIND_WHOLE] = JSON_NUMBER,
		[KIND_SMALL] = JSON_NUMBER,   [KIND_DECIMAL] = JSON_NUMBER, [KIND_RATIO] = JSON_NUMBER,
		[KIND_TIME] = JSON_STRING,    [KIND_BOOL] = JSON_TRUE,	   [KIND_SEEN] = JSON_TRUE,
		[KIND_HEX] = JSON_STRING,     [KIND_HASH] = JSON_STRING,   [KIND_PER_TOKEN] = JSON_NUMBER,
	};

	if ((type == JSON_FALSE ? JSON_TRUE : type) != wanted[row->kind]) {
		complain(reader, row, wanted[row->kind] == JSON_STRING ? "is no text" :
				      wanted[row->kind] == JSON_NUMBER ? "is no number" : "is neither true nor false");
		return;
	}
	switch (row->kind) {
	case KIND_TEXT:
	case KIND_TEXTS:
		text_copy(member, row->size, text_of(reader));
		break;
	case KIND_WORD:
	case KIND_ERROR:
		set_word(reader, row, member);
		break;
	case KIND_BOOL:
	case KIND_SEEN:
		*(bool *)member = type == JSON_TRUE;
		reader->call->looked_into |= row->kind == KIND_SEEN;
		break;
	case KIND_TIME:
		set_time(reader, row, member);
		break;
	case KIND_HEX:
	case KIND_HASH:
		set_hex(reader, row, member);
		break;
	default:
		set_number(reader, row, member);
		break;
	}
}

static void begin_finding(struct call *call, uint32_t index)
{
	for (; call->finding_count <= index; call->finding_count++)
		call->findings[call->finding_count] = (struct call_finding){ .first_seen_unix_ns = CALL_UNKNOWN };
}

static void begin_element(struct call *call, const struct row *row, uint32_t index)
{
	uint32_t *count = row->offset == offsetof(struct call, tools) ? &call->tool_count : &call->finish_reason_count;

	if (*count <= index)
		*count = index + 1;
}

/* The member that a value is for; null: there is no room for that element. */
static char *member_of(struct call_reader *reader, const struct row *row, const struct json_value *value)
{
	struct call *call = reader->call;

	if (row->in == IN_FINDING) {
		if (value->index[0] >= CALL_FINDINGS_MAX)
			return NULL;
		begin_finding(call, value->index[0]);
		return (char *)&call->findings[value->index[0]] + row->offset;
	}
	if (row->kind != KIND_TEXTS)
		return (char *)call + row->offset;
	if (value->index[0] >= row->count)
		return NULL;
	begin_element(call, row, value->index[0]);
	return (char *)call + row->offset + value->index[0] * row->size;
}

static void gather(struct call_reader *reader, const struct json_value *value)
{
	size_t room, n;

	if (value->first)
		reader->text_len = 0;
	if (!value->text)
		return;
	room = sizeof(reader->text) - reader->text_len;
	n = value->len < room ? value->len : room;
	memcpy(reader->text + reader->text_len, value->text, n);
	reader->text_len += n;
}

static void on_value(void *ctx, const struct json_value *value)
{
	struct call_reader *reader = ctx;
	const struct row *row = &rows[value->id];
	char *member;

	gather(reader, value);
	if (!value->last || value->type == JSON_NULL)
		return;
	member = member_of(reader, row, value);
	if (member)
		set_value(reader, row, member, value->type);
}

/* ---- the reader ----------------------------------------------------------------------------------------------- */

static struct json_schema *make_schema(void)
{
	struct json_field fields[ARRAY_SIZE(rows)];

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		fields[i] = (struct json_field){ rows[i].path, i };
	return json_schema_new(fields, ARRAY_SIZE(rows));
}

struct call_reader *call_reader_new(void)
{
	struct call_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->schema = make_schema();
	if (reader->schema)
		reader->json = json_reader_new(reader->schema, 0, on_value, reader);
	if (!reader->json) {
		call_reader_free(reader);
		return NULL;
	}
	return reader;
}

void call_reader_free(struct call_reader *reader)
{
	if (!reader)
		return;
	json_reader_free(reader->json);
	json_schema_free(reader->schema);
	free(reader);
}

/* The record has the time between two tokens, the call that of all of them. */
static void set_output_span(const struct call_reader *reader, struct call *call)
{
	if (reader->per_token_ns == CALL_UNKNOWN || call->tokens.output < 2)
		return;
	if (__builtin_mul_overflow(reader->per_token_ns, call->tokens.output - 1, &call->output_span_ns))
		call->output_span_ns = CALL_UNKNOWN;
}

/* Other documents have no field of a call, and would pass for a call of which nothing is known. */
static bool is_object(struct slice line)
{
	size_t at = 0;

	while (at < line.len && isspace((unsigned char)line.ptr[at]))
		at++;
	return at < line.len && line.ptr[at] == '{';
}

int call_read(struct call_reader *reader, struct slice line, struct call *ret, char ret_problem[CALL_PROBLEM_BYTES])
{
	int err;

	call_init(ret);
	ret->time_unix_ns = CALL_UNKNOWN;
	reader->call = ret;
	reader->text_len = 0;
	reader->per_token_ns = CALL_UNKNOWN;
	reader->problem = ret_problem;
	*ret_problem = '\0';
	json_reader_reset(reader->json, reader->schema);
	err = json_reader_feed(reader->json, line.ptr, line.len);
	if (err == 0)
		err = json_reader_finish(reader->json);
	if (err < 0 || !is_object(line))
		(void)snprintf(ret_problem, CALL_PROBLEM_BYTES, "is no JSON object");
	if (*ret_problem)
		return -EBADMSG;
	set_output_span(reader, ret);
	if (call_check(ret, sizeof(*ret)) == 0)
		return 0;
	(void)snprintf(ret_problem, CALL_PROBLEM_BYTES, "is no call record");
	return -EBADMSG;
}
