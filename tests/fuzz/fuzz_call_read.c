/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of call records. One that is taken passes the check of calls, and is
 * the same once it was written and read again; one that is not says why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "llm/call_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct call_reader *reader, const struct call *call, const char *node, char *problem)
{
	struct buffer once = { 0 }, twice = { 0 };
	struct call again;

	if (call_to_json(call, node, &once) < 0)
		abort();
	if (call_read(reader, buffer_slice(&once), &again, problem) < 0 || call_to_json(&again, node, &twice) < 0)
		abort();
	if (!slice_eq(buffer_slice(&once), buffer_slice(&twice)))
		abort();
	buffer_done(&once);
	buffer_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct call_reader *reader;
	char *copy = malloc(size ? size : 1);
	char problem[CALL_PROBLEM_BYTES];
	struct call call;
	int err;

	if (!reader)
		reader = call_reader_new();
	if (!copy || !reader)
		abort();
	memcpy(copy, data, size);
	err = call_read(reader, (struct slice){ copy, size }, &call, problem);
	if ((err < 0) != (*problem != '\0'))
		abort();
	if (err == 0 && call_check(&call, sizeof(call)) < 0)
		abort();
	if (err == 0 && call.time_unix_ns != CALL_UNKNOWN)
		write_again(reader, &call, "node", problem);
	free(copy);
	return 0;
}
