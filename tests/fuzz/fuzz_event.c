/* SPDX-License-Identifier: Apache-2.0 */
/* A recording of any bytes: replay must end, with whole records delivered and never read past them. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned char sink;

static void touch(void *ctx, const struct chunk *chunk)
{
	(void)ctx;
	for (size_t i = 0; i < chunk->len; i++)
		sink = (unsigned char)(sink + chunk->data[i]);
	if (chunk->kind == CHUNK_PROCESS)
		sink = (unsigned char)(sink + chunk->process->cgroup1[CGROUP_LEVELS - 1][CGROUP_NAME_BYTES - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	int64_t clock;
	uint64_t offset;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	(void)recording_replay(fd, touch, NULL, &clock, &offset);
	return 0;
}
