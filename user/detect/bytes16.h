/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen bytes side by side: the compiler makes the processor's own vectors of them. */
#ifndef PROMTAP_DETECT_BYTES16_H
#define PROMTAP_DETECT_BYTES16_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static inline bytes16 bytes16_load(const char *from)
{
	bytes16 bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

static inline bool bytes16_any(bytes16 bytes)
{
	uint64_t halves[2];

	memcpy(halves, &bytes, sizeof(halves));
	return halves[0] | halves[1];
}

#endif
