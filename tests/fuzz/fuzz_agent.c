/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole agent from a recording of any bytes: every stage of the decoder, with
 * a few rules, then the server's analysis. Each call that comes out must be one that the
 * server accepts, and fit into one line of JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/buffer.h"
#include "capture/record.h"
#include "no_files.h"
#include "roles/pipeline.h"
#include "small_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct analysis *analysis;
static struct rules *rules;

static void on_priced(void *ctx, const struct call *call)
{
	struct buffer line = { 0 };

	(void)ctx;
	if (call_check(call, sizeof(*call)) < 0 || call_to_json(call, "node", &line) < 0)
		abort();
	if (memchr(line.data, '\n', line.len) != line.data + line.len - 1)
		abort();
	buffer_done(&line);
}

static void on_call(void *ctx, const struct call *call)
{
	struct call copy = *call;

	(void)ctx;
	if (call_check(call, sizeof(*call)) < 0)
		abort();
	analysis_call(analysis, &copy);
}

static int recording_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pipeline_setup setup = { .on_call = on_call, .estimate_tokens = size % 2 };
	struct pipeline *pipeline;
	int64_t clock;
	uint64_t offset;

	if (!rules)
		rules = small_rules();
	setup.rules = rules;
	pipeline = pipeline_new(&setup);
	if (!analysis)
		analysis = analysis_new("fuzz", MONEY_AT_APPLICATION, on_priced, NULL);
	if (!pipeline || !analysis)
		abort();
	(void)recording_replay(recording_of(data, size), pipeline_on_chunk, pipeline, &clock, &offset);
	pipeline_free(pipeline);
	return 0;
}
