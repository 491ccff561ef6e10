/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes for another role, in a memory file that nobody can change any more: what was checked stays so. And mapping such
 * bytes, there or in a file that stays as it is for another reason. */
#ifndef PROMTAP_ROLES_SEALED_H
#define PROMTAP_ROLES_SEALED_H

#include <stdint.h>

#include "base/slice.h"

/* The fd, or -errno. */
int sealed_new(const char *name, struct slice bytes);

/* Maps bytes of it read-only, wherever they begin: `ret` until sealed_unmap(). 0; -EBADMSG: there are not so many; or
 * -errno. */
int sealed_map(int fd, uint64_t offset, uint64_t bytes, struct slice *ret);
void sealed_unmap(struct slice mapped);
/* They are not needed soon: they come back when they are touched. */
void sealed_let_go(struct slice mapped);

#endif
