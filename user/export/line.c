/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names come from the wire and go to a terminal: only printable ASCII passes.
 */
#include "export/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/slice.h"
#include "export/lines.h"

#define NAME_WIDTH_MIN 12
#define NAME_WIDTH_MAX 32
#define MODEL_WIDTH 26		/* to begin with: most models fit, and the columns stay where they are */
#define CELL_BYTES 24
#define STOP_MS 300

#define COLOR_OFF "\033[0m"
#define COLOR_DIM "\033[2m"
#define COLOR_GOOD "\033[32m"
#define COLOR_BAD "\033[31m"
#define COLOR_DOUBT "\033[33m"

struct line {
	struct lines lines;
	struct line_layout layout;
	struct buffer text;	/* the line at hand */
};

/* ---- cells ---- */

/* A name cut to NAME_WIDTH_MAX; '~' says that it was. */
static void name_cell(const char *name, char ret[NAME_WIDTH_MAX + 1])
{
	bool fits = slice_copy(ret, NAME_WIDTH_MAX + 1, slice_of(*name ? name : "-"));

	for (char *at = ret; *at; at++) {
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	}
	if (!fits)
		ret[NAME_WIDTH_MAX - 1] = '~';
}

static void time_cell(int64_t unix_ns, char ret[CELL_BYTES])
{
	time_t seconds = (time_t)(unix_ns / (int64_t)NSEC_PER_SEC);
	unsigned ms = (unsigned)(unix_ns % (int64_t)NSEC_PER_SEC / (int64_t)NSEC_PER_MSEC);
	struct tm tm;

	if (unix_ns < 0 || !localtime_r(&seconds, &tm)) {
		(void)strcpy(ret, "-");
		return;
	}
	(void)snprintf(ret, CELL_BYTES, "%02u:%02u:%02u.%03u%s", (unsigned)tm.tm_hour % 24u, (unsigned)tm.tm_min % 60u,
		       (unsigned)tm.tm_sec % 61u, ms, tm.tm_gmtoff == 0 ? "Z" : "");
}

static void count_cell(int64_t count, char ret[CELL_BYTES])
{
	if (count < 0)
		(void)strcpy(ret, "-");
	else
		(void)snprintf(ret, CELL_BYTES, "%" PRId64, count);
}

/* Micro-dollars are what one small call costs. */
static void cost_cell(int64_t pico_usd, char ret[CELL_BYTES])
{
	int64_t micro = pico_usd / 1000000 + (pico_usd % 1000000 >= 500000);

	if (pico_usd < 0)
		(void)strcpy(ret, "-");
	else
		(void)snprintf(ret, CELL_BYTES, "$%" PRId64 ".%06" PRId64, micro / 1000000, micro % 1000000);
}

static void duration_cell(int64_t ns, char ret[CELL_BYTES])
{
	if (ns < 0)
		(void)strcpy(ret, "-");
	else if (ns < 10 * (int64_t)NSEC_PER_SEC)
		(void)snprintf(ret, CELL_BYTES, "%" PRId64 "ms", ns / (int64_t)NSEC_PER_MSEC);
	else
		(void)snprintf(ret, CELL_BYTES, "%.1fs", (double)ns / (double)NSEC_PER_SEC);
}

/* The model, or the tool that ran. */
static const char *subject(const struct call *call)
{
	if (!call_is_llm(call))
		return call->tool_count > 0 ? call->tools[0] : call->dialect;
	return *call->response_model ? call->response_model : call->request_model;
}

/* Which end or hop it is of a call that stands here more than once. */
static const char *place(const struct call *call)
{
	if (call->role == ROLE_SERVER)
		return ", served";
	return call->hop == HOP_FROM_GATEWAY ? ", upstream" : "";
}

/* The gravest of what was found here for the first time, if it is worth a look; the findings are in that order. */
static const struct call_finding *finding_of(const struct call *call)
{
	for (uint32_t i = 0; i < call->finding_count; i++)
		if (call->findings[i].count > 0)
			return call->findings[i].severity >= SEVERITY_MEDIUM ? &call->findings[i] : NULL;
	return NULL;
}

/* "ok", "429 rate_limit", "ok, truncated", with its place, and "!high prompt_extraction". */
static void outcome_cell(const struct call *call, char *ret, size_t size)
{
	char status[CELL_BYTES] = "";
	const char *capture = call->capture == CAPTURE_COMPLETE ? NULL : call_capture_names[call->capture];
	const struct call_finding *finding = finding_of(call);

	if (call->error != ERROR_NONE && call->status >= 0)
		(void)snprintf(status, sizeof(status), "%" PRId64 " ", call->status);
	(void)snprintf(ret, size, "%s%s%s%s%s%s%s%s%.32s", status,
		       call->error == ERROR_NONE ? "ok" : call_error_names[call->error], capture ? ", " : "",
		       capture ? capture : "", place(call), finding ? "  !" : "",
		       finding ? severity_names[finding->severity] : "", finding ? " " : "",
		       finding ? finding->category : "");
}

static const char *outcome_color(const struct call *call)
{
	const struct call_finding *finding = finding_of(call);

	if (call->error != ERROR_NONE || (finding && finding->severity >= SEVERITY_HIGH))
		return COLOR_BAD;
	if (finding)
		return COLOR_DOUBT;
	return call->capture == CAPTURE_COMPLETE ? COLOR_GOOD : COLOR_DOUBT;
}

/* ---- the line ---- */

static int widen(int width, const char *name)
{
	int len = (int)strlen(name);

	if (width < NAME_WIDTH_MIN)
		width = NAME_WIDTH_MIN;
	return len > width ? len : width;
}

static int put_heading(struct line_layout *layout, struct buffer *out)
{
	layout->headed = true;
	return buffer_printf(out, "%s%-13s %-*s %-*s %8s %8s %11s %8s %8s  %s%s\n", layout->color ? COLOR_DIM : "",
			     "TIME", layout->service_width, "SERVICE", layout->model_width, "MODEL", "IN", "OUT",
			     "COST", "LATENCY", "TTFT", "OUTCOME", layout->color ? COLOR_OFF : "");
}

int line_format(struct line_layout *layout, const struct call *call, struct buffer *out)
{
	char service[NAME_WIDTH_MAX + 1], model[NAME_WIDTH_MAX + 1], outcome[160];
	char when[CELL_BYTES], input[CELL_BYTES], output[CELL_BYTES], cost[CELL_BYTES], latency[CELL_BYTES],
		ttft[CELL_BYTES];
	int err = 0;

	name_cell(call->workload.service, service);
	name_cell(subject(call), model);
	time_cell(call->time_unix_ns, when);
	count_cell(call->tokens.input, input);
	count_cell(call->tokens.output, output);
	cost_cell(call->cost_pico_usd, cost);
	duration_cell(call->duration_ns, latency);
	duration_cell(call->ttft_ns, ttft);
	outcome_cell(call, outcome, sizeof(outcome));
	layout->service_width = widen(layout->service_width, service);
	layout->model_width = widen(layout->model_width, model);
	if (!layout->headed)
		err = put_heading(layout, out);
	if (err < 0)
		return err;
	return buffer_printf(out, "%-13s %-*s %-*s %8s %8s %11s %8s %8s  %s%s%s\n", when, layout->service_width, service,
			     layout->model_width, model, input, output, cost, latency, ttft,
			     layout->color ? outcome_color(call) : "", outcome, layout->color ? COLOR_OFF : "");
}

/* ---- the exporter ---- */

static int start(const struct export_context *context, void **ret)
{
	const struct export_setup *setup = context->setup;
	struct line *line;

	if (setup->terminal_fd < 0)
		return 0;
	line = calloc(1, sizeof(*line));
	if (!line)
		return -ENOMEM;
	lines_init(&line->lines, setup->terminal_fd, context->lost);
	line->layout.model_width = MODEL_WIDTH;
	line->layout.color = setup->color && isatty(setup->terminal_fd);
	*ret = line;
	return 0;
}

/* The first call brings two lines. */
static void put_lines(struct line *line)
{
	struct slice rest = buffer_slice(&line->text);

	while (rest.len > 0) {
		size_t len = (size_t)((const char *)memchr(rest.ptr, '\n', rest.len) + 1 - rest.ptr);

		lines_put(&line->lines, (struct slice){ rest.ptr, len });
		rest = (struct slice){ rest.ptr + len, rest.len - len };
	}
}

static void publish_call(void *self, const struct call *call)
{
	struct line *line = self;

	line->text.len = 0;
	if (line_format(&line->layout, call, &line->text) < 0)
		metric_add(line->lines.lost, 1);
	else
		put_lines(line);
}

static bool flush(void *self)
{
	struct line *line = self;

	return lines_flush(&line->lines);
}

static void stop(void *self)
{
	struct line *line = self;

	lines_done(&line->lines, STOP_MS);
	buffer_done(&line->text);
	free(line);
}

const struct exporter line_exporter = {
	.name = "line",
	.start = start,
	.publish_call = publish_call,
	.flush = flush,
	.stop = stop,
};
