/* SPDX-License-Identifier: Apache-2.0 */
/* The inspector's input: one file, whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inspect_request request = { .id = 1, .symbol_count = 3 };
	struct inspect_reply reply;
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("elf", MFD_CLOEXEC);
		(void)strcpy(request.symbols[0], "SSL_write");
		(void)strcpy(request.symbols[1], "SSL_read");
		(void)strcpy(request.symbols[2], "SSL_free");
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	inspect_elf(fd, &request, &reply);
	if (reply.result >= INSPECT_RESULT_MAX || reply.build_id_len > BUILD_ID_BYTES)
		abort();
	for (size_t i = 0; i < INSPECT_SYMBOLS_MAX; i++) {
		if (reply.offsets[i] != 0 && reply.offsets[i] >= size)
			abort();
	}
	return 0;
}
