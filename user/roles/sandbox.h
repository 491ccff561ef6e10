/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up privileges: what a role that reads hostile bytes keeps is what it needs. */
#ifndef PROMTAP_ROLES_SANDBOX_H
#define PROMTAP_ROLES_SANDBOX_H

#include "roles/message.h"

#define SANDBOX_UID 65534	/* of every role but the tracer */

/* Becomes an unprivileged user without capabilities, sets no_new_privs and
 * limits, and loads the role's system call filter. For the calling process, before
 * it has threads. `folder`: the one folder in which the server may open, make and delete files, -1: none; it may read the
 * resolver's files and certificates. 0 or -errno with one line logged. */
int sandbox_enter(enum role_id role, int folder);

#endif
