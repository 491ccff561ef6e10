/* SPDX-License-Identifier: Apache-2.0 */
/* The state folder for commands that only read it, which root may run. */
#ifndef PROMTAP_ROLES_STATE_FOLDER_H
#define PROMTAP_ROLES_STATE_FOLDER_H

/* Opens the folder and becomes its owner for good: what is in it was written by a role without privileges, which must
 * not be read with more. The fd, or -errno with one line logged. */
int state_folder_open_as_owner(const char *path);

#endif
