/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled rules kept on disk, DIR/rules-KEY.hs: to compile takes most of the
 * start. The key says for which packs, program, Hyperscan and processor. A
 * file that is not exactly what was written, or that others could have
 * changed, counts as absent.
 */
#ifndef PROMTAP_ROLES_RULE_CACHE_H
#define PROMTAP_ROLES_RULE_CACHE_H

#include <stdint.h>

#include "base/buffer.h"
#include "detect/image.h"

#define RULE_CACHE_FILES_MAX 4	/* the least recently used are removed */

uint64_t rule_cache_key(const struct rule_source *sources, size_t count);

/* Fills an empty buffer with what was kept. 0; -ENOENT: nothing that can be used; -ENOMEM. */
int rule_cache_read(const char *folder, uint64_t key, struct buffer *out);

/* Makes the folder if it is not there. 0 or -errno: nothing was kept, nothing is half written. */
int rule_cache_write(const char *folder, uint64_t key, struct slice databases);

#endif
