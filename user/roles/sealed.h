/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes for another role, in a memory file that nobody can change any more: what was checked stays so. */
#ifndef PROMTAP_ROLES_SEALED_H
#define PROMTAP_ROLES_SEALED_H

#include "base/slice.h"

/* The fd, or -errno. */
int sealed_new(const char *name, struct slice bytes);

/* Maps it read-only: `ret` until sealed_unmap(). 0 or -errno. */
int sealed_map(int fd, size_t bytes, struct slice *ret);
void sealed_unmap(struct slice mapped);

#endif
