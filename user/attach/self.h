/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROMTAP_ATTACH_SELF_H
#define PROMTAP_ATTACH_SELF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where in /proc/self/exe the code of this very function begins, 0: not found.
 * A place of our own to try probes on: they are hit only by asking again. */
uint64_t self_function_offset(void);

/* Whether a process runs this very program: promtap is not what promtap is for. */
bool self_is_program_of(pid_t pid);

#endif
