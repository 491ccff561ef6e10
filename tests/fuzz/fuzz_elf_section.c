/* SPDX-License-Identifier: Apache-2.0 */
/* The program's own file: where its rules are. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/elf_section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file_range range;
	static int fd = -1;
	int err;

	if (fd < 0)
		fd = memfd_create("elf", MFD_CLOEXEC);
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	err = elf_section_find(fd, ".promtap.rules", &range);
	assert(err == 0 || err == -ENOENT || err == -EBADMSG);
	assert(err < 0 || (range.offset <= size && range.bytes <= size - range.offset));
	return 0;
}
