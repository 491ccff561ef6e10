/* SPDX-License-Identifier: Apache-2.0 */
/* Work that cannot be undone, as giving up privileges is, in a process of its own. */
#ifndef PROMTAP_TESTS_ROLES_CHILD_H
#define PROMTAP_TESTS_ROLES_CHILD_H

/* Returns what `work` returned, 0 to 255. */
int in_child(int (*work)(void));

#endif
