/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: any bytes are read, or refused with exactly one line. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options options;
	char *printed = NULL;
	size_t printed_len = 0;
	FILE *errors = open_memstream(&printed, &printed_len);
	int err;

	assert(errors);
	err = options_parse_text("fuzz.yaml", data, size, &options, errors);
	(void)fclose(errors);
	assert((err == 0) == (printed_len == 0));
	assert(err == 0 || strchr(printed, '\n') == printed + printed_len - 1);
	assert(err < 0 || (options.listen && options.log_level && options.ring_bytes >= 65536));
	options_done(&options);
	free(printed);
	return 0;
}
