/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the queue on disk, of any bytes: what is taken from it comes back the same from what is written of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "notify/notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };
	static struct notice notice, again;
	struct buffer out = { 0 }, summary = { 0 };

	if (size == 0 || notice_decode(line, &notice) < 0)
		return 0;
	if (notice_encode(&notice, &out) < 0 || memchr(out.data, '\n', out.len))
		abort();
	/* NAN is not equal to itself: the texts are compared. */
	if (notice_decode(buffer_slice(&out), &again) < 0 || notice_encode(&again, &summary) < 0)
		abort();
	if (!slice_eq(buffer_slice(&out), buffer_slice(&summary)))
		abort();
	summary.len = 0;
	if (notice_summary(&notice, &summary) < 0)
		abort();
	buffer_done(&out);
	buffer_done(&summary);
	return 0;
}
