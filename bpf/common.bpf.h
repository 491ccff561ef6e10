/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Includes, drop counters and wake-ups shared by all objects. */
#ifndef PROMTAP_COMMON_BPF_H
#define PROMTAP_COMMON_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "event.h"
#include "maps.bpf.h"
#include "compat.bpf.h"

/* Set before load. Unread bytes at which the consumer is woken, a fraction of
 * the ring; below, its timer comes in time. */
const volatile __u64 wake_bytes = 64 * 1024;

static __always_inline void drop(__u32 reason, __u64 n)
{
	__u64 *count = bpf_map_lookup_elem(&drops, &reason);

	/* Atomic although the map is per CPU: a program may be preempted by another thread's. */
	if (count)
		(void)__sync_fetch_and_add(count, n);
}

/* Wakes once when the unread bytes cross the threshold: a wake-up for each
 * record costs more than the probe. */
static __always_inline __u64 wake_flags(__u64 size)
{
	__u64 unread = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	/* The query may already include this record. */
	return unread >= wake_bytes && unread < wake_bytes + 2 * size ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#endif
