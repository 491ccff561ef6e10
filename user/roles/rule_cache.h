/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of compiled rules kept on disk, DIR/rules-KEY.hs: to compile takes
 * most of the start. The key is rule_sources_key(). A file that is not exactly
 * what was written, or that others could have changed, counts as absent.
 */
#ifndef PROMTAP_ROLES_RULE_CACHE_H
#define PROMTAP_ROLES_RULE_CACHE_H

#include <stdint.h>

#include "base/buffer.h"
#include "detect/image.h"

#define RULE_CACHE_FILES_MAX 4	/* the least recently used are removed */

/* Fills an empty buffer with what was kept. 0; -ENOENT: nothing that can be used; -ENOMEM. */
int rule_cache_read(const char *folder, uint64_t key, struct buffer *out);

/* The same of whatever key was used last. */
int rule_cache_read_newest(const char *folder, struct buffer *out);

/* Makes the folder if it is not there. 0 or -errno: nothing was kept, nothing is half written. */
int rule_cache_write(const char *folder, uint64_t key, struct slice image);

#endif
