/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648 section 4) decoded as it comes, cut anywhere. Padding may
 * be missing; white space and anything else that is not of the alphabet is an
 * error.
 */
#ifndef PROMTAP_LLM_BASE64_H
#define PROMTAP_LLM_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct base64 {
	uint32_t bits;		/* of the group so far */
	unsigned int count;	/* characters of it */
	bool ended;		/* padding came */
	bool malformed;
};

/* Decodes from the front of `text`, which is moved on, until it is empty or
 * `size` bytes are full. Returns how many were written. Once malformed nothing
 * comes any more, and text is passed over. */
size_t base64_decode(struct base64 *base64, struct slice *text, char *buffer, size_t size);

#endif
