/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of requests: an object of texts, strictly read. */
#ifndef PROMTAP_API_BODY_H
#define PROMTAP_API_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define BODY_MEMBERS_MAX 8
#define BODY_PROBLEM_BYTES 128

struct body_member {
	const char *name;
	char *text;		/* of `bytes` bytes; filled in, "" where it is not there */
	size_t bytes;
	bool required;
};

/* 0; -EINVAL: `ret_problem` says what is wrong; -ENOMEM. Refused are members that are not in the table, twice the
 * same, no text, longer than fits, or with control characters in them. */
int body_read(struct slice body, const struct body_member *members, size_t count,
	      char ret_problem[BODY_PROBLEM_BYTES]);

#endif
