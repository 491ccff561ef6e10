/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROMTAP_ROLES_INSPECTOR_H
#define PROMTAP_ROLES_INSPECTOR_H

/* Says READY, then answers INSPECT messages until SHUTDOWN or until the tracer
 * is gone: 0; or -errno. */
int inspector_run(int socket);

#endif
