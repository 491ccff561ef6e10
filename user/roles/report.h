/* SPDX-License-Identifier: Apache-2.0 */
/* What the tracer tells the server now and then: its counters, those of the kernel half, and what is covered. */
#ifndef PROMTAP_ROLES_REPORT_H
#define PROMTAP_ROLES_REPORT_H

#include "attach/attach.h"
#include "attach/load.h"

/* Never blocks; what a full socket does not take is sent the next time. */
void report_send(const struct kernel_half *kernel, struct attach *attach, int socket);

#endif
