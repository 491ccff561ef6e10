/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of the command line, as a regression test. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, capacity = 0, n = 1;

	if (!file) {
		perror(path);
		return -1;
	}
	while (n > 0) {
		if (size == capacity) {
			capacity = capacity ? capacity * 2 : 65536;
			data = realloc(data, capacity);
			if (!data)
				abort();
		}
		n = fread(data + size, 1, capacity - size, file);
		size += n;
	}
	(void)fclose(file);
	/* An exact copy, so that a sanitizer sees a read past the end. */
	data = realloc(data, size ? size : 1);
	if (!data)
		abort();
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= run_file(argv[i]);
	printf("%d inputs\n", argc - 1);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
