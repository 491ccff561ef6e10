/* SPDX-License-Identifier: Apache-2.0 */
#include "export/jsonl.h"

#include <errno.h>
#include <stdlib.h>

#include "base/slice.h"
#include "export/lines.h"

#define RECORD_BYTES_MAX (64u << 10)
#define STOP_MS 1000

struct jsonl {
	struct lines lines;
	struct buffer record;	/* the line at hand */
	char node[64];
};

static int start(const struct export_context *context, void **ret)
{
	struct jsonl *jsonl;

	if (context->setup->calls_fd < 0)
		return 0;
	jsonl = calloc(1, sizeof(*jsonl));
	if (!jsonl)
		return -ENOMEM;
	lines_init(&jsonl->lines, context->setup->calls_fd, context->lost);
	jsonl->record.limit = RECORD_BYTES_MAX;
	(void)slice_copy(jsonl->node, sizeof(jsonl->node), slice_of(context->setup->node));
	*ret = jsonl;
	return 0;
}

static void publish_call(void *self, const struct call *call)
{
	struct jsonl *jsonl = self;

	jsonl->record.len = 0;
	if (call_to_json(call, jsonl->node, &jsonl->record) < 0)
		metric_add(jsonl->lines.lost, 1);
	else
		lines_put(&jsonl->lines, buffer_slice(&jsonl->record));
}

static bool flush(void *self)
{
	struct jsonl *jsonl = self;

	return lines_flush(&jsonl->lines);
}

static void stop(void *self)
{
	struct jsonl *jsonl = self;

	lines_done(&jsonl->lines, STOP_MS);
	buffer_done(&jsonl->record);
	free(jsonl);
}

const struct exporter jsonl_exporter = {
	.name = "jsonl",
	.start = start,
	.publish_call = publish_call,
	.flush = flush,
	.stop = stop,
};
