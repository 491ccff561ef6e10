/* SPDX-License-Identifier: Apache-2.0 */
/* bpf(2) as far as attaching and checking the machine need it, independent of
 * the age of the system's headers. */
#ifndef PROMTAP_ATTACH_BPF_CALL_H
#define PROMTAP_ATTACH_BPF_CALL_H

#include <stddef.h>
#include <stdint.h>

#define BPF_CALL_MAP_CREATE 0
#define BPF_CALL_PROG_LOAD 5
#define BPF_CALL_LINK_CREATE 28

#define BPF_ATTACH_PERF_EVENT 41u
#define BPF_ATTACH_UPROBE_MULTI 48u

/* What the call returned, or -errno. Returned fds are close-on-exec. */
int bpf_call(int command, void *attr, size_t size);

/* A program for uprobes that does nothing: fd or -errno. `attach_type` 0: for
 * perf events, else one of the above. */
int bpf_trivial_program(uint32_t attach_type);

/* A ring buffer map of one page: fd or -errno. */
int bpf_trivial_ring(void);

#endif
