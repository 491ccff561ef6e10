/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `promtap scan --jsonl`: lines {"id", "channel", "text"} on standard input,
 * one verdict {"id", "severity", "findings"} for each on standard output, in
 * the same order, through the code that live traffic takes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/processors.h"
#include "detect/detect.h"
#include "json/json.h"
#include "llm/llm.h"
#include "roles/line_jobs.h"
#include "roles/roles.h"
#include "roles/rule_files.h"

#define TEXT_BYTES_MAX (64u * 1024 * 1024)
#define NAME_BYTES_MAX 1024
#define LINE_BYTES_MAX (6 * (size_t)TEXT_BYTES_MAX + 64 * 1024)	/* each byte may be written as \u00XX */

enum scan_field {
	SCAN_ID = 0,
	SCAN_CHANNEL,
	SCAN_TEXT,
	SCAN_MAX
};

static const struct json_field fields[] = {
	{ "id", SCAN_ID },
	{ "channel", SCAN_CHANNEL },
	{ "text", SCAN_TEXT },
};

/* Names of the corpora, which win over those of the call record: "assistant" is an answer there. */
static const struct {
	const char *name;
	enum text_where where;
} channels[] = {
	{ "tool", WHERE_TOOL_RESULT },
	{ "document", WHERE_TOOL_RESULT },
	{ "developer", WHERE_SYSTEM },
	{ "assistant", WHERE_COMPLETION },
};
#define CHANNEL_REQUEST "request"	/* a whole body, roles mixed */

/* Of one worker. */
struct scan {
	struct detect *detect;
	struct llm *llm;
	struct json_schema *schema;
	struct json_reader *reader;
	struct buffer values[SCAN_MAX];
	bool over;
};

struct scans {
	struct rules *rules;
	pthread_mutex_t starting;	/* references to rules are counted by one thread at a time */
	struct scan workers[LINE_JOBS_MAX];
};

static void on_value(void *ctx, const struct json_value *value)
{
	struct scan *scan = ctx;

	if (value->type != JSON_STRING && value->type != JSON_NUMBER)
		return;
	if (value->first || value->type == JSON_NUMBER)
		scan->values[value->id].len = 0;
	scan->over |= buffer_append(&scan->values[value->id], value->text, value->len) < 0;
}

static enum text_where where_of(struct slice channel)
{
	for (size_t i = 0; i < ARRAY_SIZE(channels); i++)
		if (slice_eq(channel, slice_of(channels[i].name)))
			return channels[i].where;
	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++)
		if (slice_eq(channel, slice_of(text_where_names[where])))
			return (enum text_where)where;
	return WHERE_USER;
}

/* Each text by itself. */
static const struct detect_from nowhere;

static void on_text(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view)
{
	struct scan *scan = ctx;

	(void)exchange;
	detect_on_text(scan->detect, user, &nowhere, view);
}

static void scan_text(struct scan *scan, struct slice text, enum text_where where, void **user)
{
	struct text_view piece = { .event = TEXT_PIECE, .where = where, .bytes = text };
	struct text_view end = { .event = TEXT_END, .where = where };

	detect_on_text(scan->detect, user, &nowhere, &piece);
	detect_on_text(scan->detect, user, &nowhere, &end);
}

static void put_string(struct buffer *out, struct slice text)
{
	(void)buffer_append(out, "\"", 1);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];

		if (byte < 0x20 || byte == '"' || byte == '\\')
			(void)buffer_printf(out, "\\u%04x", byte);
		else
			(void)buffer_append(out, &text.ptr[i], 1);
	}
	(void)buffer_append(out, "\"", 1);
}

static void put_verdict(const struct scan *scan, const struct call *call, struct buffer *out)
{
	enum severity worst = SEVERITY_NONE;

	for (uint32_t i = 0; i < call->finding_count; i++)
		if (call->findings[i].severity > worst)
			worst = (enum severity)call->findings[i].severity;
	(void)buffer_printf(out, "{\"id\":");
	put_string(out, buffer_slice(&scan->values[SCAN_ID]));
	(void)buffer_printf(out, ",\"severity\":\"%s\",\"findings\":[", severity_names[worst]);
	for (uint32_t i = 0; i < call->finding_count; i++) {
		const struct call_finding *finding = &call->findings[i];

		(void)buffer_printf(out, "%s{\"rule\":\"%s\",\"category\":\"%s\",\"severity\":\"%s\",\"where\":\"%s\",\"count\":%u}",
				    i > 0 ? "," : "", finding->rule, finding->category, severity_names[finding->severity],
				    text_where_names[finding->where], finding->count + finding->repeats);
	}
	(void)buffer_printf(out, "]}\n");
}

static void scan_record(struct scan *scan, struct buffer *out)
{
	struct slice channel = buffer_slice(&scan->values[SCAN_CHANNEL]);
	struct slice text = buffer_slice(&scan->values[SCAN_TEXT]);
	struct call call;
	void *user = NULL;

	call_init(&call);
	if (!slice_eq(channel, SLICE(CHANNEL_REQUEST)) || llm_texts_of_body(scan->llm, text, true, &user) < 0)
		scan_text(scan, text, where_of(channel), &user);
	detect_finish(scan->detect, user, &call);
	put_verdict(scan, &call, out);
}

static bool is_blank(struct slice line)
{
	size_t i = 0;

	while (i < line.len && strchr(" \t\r\n", line.ptr[i]) && line.ptr[i])
		i++;
	return i == line.len;
}

/* 0; -EINVAL: it is no object; -E2BIG: a value is too long. */
static int scan_line(struct scan *scan, struct slice line, struct buffer *out)
{
	int err;

	for (size_t i = 0; i < SCAN_MAX; i++)
		scan->values[i].len = 0;
	scan->over = false;
	json_reader_reset(scan->reader, scan->schema);
	err = json_reader_feed(scan->reader, line.ptr, line.len);
	if (err == 0)
		err = json_reader_finish(scan->reader);
	if (err < 0)
		return -EINVAL;
	if (scan->over)
		return -E2BIG;
	scan_record(scan, out);
	return 0;
}

static int set_up(struct scan *scan, struct rules *rules)
{
	struct detect_setup setup = { .rules = rules };
	struct llm_setup llm = { .on_text = on_text, .ctx = scan };

	if (scan->reader)
		return 0;
	scan->values[SCAN_ID].limit = NAME_BYTES_MAX;
	scan->values[SCAN_CHANNEL].limit = NAME_BYTES_MAX;
	scan->values[SCAN_TEXT].limit = TEXT_BYTES_MAX;
	scan->detect = detect_new(&setup);
	scan->llm = llm_new(&llm);
	scan->schema = json_schema_new(fields, ARRAY_SIZE(fields));
	if (scan->schema)
		scan->reader = json_reader_new(scan->schema, 0, on_value, scan);
	return scan->detect && scan->llm && scan->reader ? 0 : -ENOMEM;
}

static void tear_down(struct scan *scan)
{
	detect_free(scan->detect);
	llm_free(scan->llm);
	json_reader_free(scan->reader);
	json_schema_free(scan->schema);
	for (size_t i = 0; i < SCAN_MAX; i++)
		buffer_done(&scan->values[i]);
}

static void scan_portion(void *ctx, size_t worker, struct line_portion *portion)
{
	struct scans *scans = ctx;
	struct scan *scan = &scans->workers[worker];
	struct slice rest = portion->lines, line;

	(void)pthread_mutex_lock(&scans->starting);
	portion->err = set_up(scan, scans->rules);
	(void)pthread_mutex_unlock(&scans->starting);
	while (portion->err == 0 && line_next(&rest, &line)) {
		if (!is_blank(line))
			portion->err = scan_line(scan, line, &portion->out);
		portion->line_count += portion->err == 0;
	}
}

static void complain(int err, size_t line)
{
	if (err == -EINVAL)
		log_error("line %zu is not a JSON object; write {\"id\": ..., \"channel\": ..., \"text\": ...} on one line",
			  line);
	else if (err == -E2BIG)
		log_error("line %zu is too long; a text may have 64 MiB", line);
	else if (line > 0)
		log_error("cannot read line %zu: %s", line, strerror(-err));
	else
		log_error("cannot write verdicts: %s", strerror(-err));
}

static int scan_all(const struct options *options, struct rules *rules)
{
	auto_free struct scans *scans = calloc(1, sizeof(*scans));
	struct line_jobs jobs = {
		.fd = STDIN_FILENO,
		.out = stdout,
		.line_bytes_max = LINE_BYTES_MAX,
		.fn = scan_portion,
		.ctx = scans,
		.workers = options->jobs > 0 ? options->jobs : processors_allowed(),
	};
	size_t line;
	int err;

	if (!scans)
		return -ENOMEM;
	if (jobs.workers > LINE_JOBS_MAX)
		jobs.workers = LINE_JOBS_MAX;
	scans->rules = rules;
	(void)pthread_mutex_init(&scans->starting, NULL);
	err = line_jobs_run(&jobs, &line);
	if (err < 0)
		complain(err, line);
	for (size_t i = 0; i < jobs.workers; i++)
		tear_down(&scans->workers[i]);
	return err;
}

int scan_run(const struct options *options)
{
	struct rules *rules = NULL;
	int err;

	if (!options->jsonl) {
		log_error("scan reads and writes lines of JSON; say promtap scan --jsonl");
		return EXIT_FAILURE;
	}
	err = rules_load(options, &rules);
	if (err == 0)
		err = scan_all(options, rules);
	rules_unref(rules);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
