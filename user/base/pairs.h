/* SPDX-License-Identifier: Apache-2.0 */
/* "KEY=VALUE,KEY=VALUE": how an option holds a small table on one line. */
#ifndef PROMTAP_BASE_PAIRS_H
#define PROMTAP_BASE_PAIRS_H

#include "base/slice.h"

/* Of the table of providers, which config checks, roles carry and llm reads. */
#define PROVIDERS_BYTES 8192
#define PROVIDERS_MAX 256
#define PROVIDER_HOST_BYTES 256
#define PROVIDER_NAME_BYTES 32

struct pair_of_text {
	struct slice key, value;	/* without surrounding blanks; views into the text */
};

/* Takes the next pair from the front of `text`. 1: `ret` is one; 0: none is
 * left; -EINVAL: no '=', or nothing before or behind it (`ret->key` is then
 * what stands there). Empty parts between commas are skipped. */
int pairs_next(struct slice *text, struct pair_of_text *ret);

#endif
