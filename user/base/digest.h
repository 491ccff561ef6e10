/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, for ids that nobody can make collide and checksums of what is kept. */
#ifndef PROMTAP_BASE_DIGEST_H
#define PROMTAP_BASE_DIGEST_H

#include "base/slice.h"

#define DIGEST_HEX_BYTES 65	/* lower-case hex and a zero byte */

/* 0; -ENOMEM: the library could not. */
int digest_hex(struct slice bytes, char ret[DIGEST_HEX_BYTES]);

#endif
