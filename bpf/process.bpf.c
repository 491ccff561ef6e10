// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The ends of processes: what to forget. exec ends a process for us as exit
 * does: its TLS objects are gone with its memory.
 */
#include "common.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void forget_process(__u32 tgid)
{
	struct event_exit *event;

	if (bpf_map_delete_elem(&processes, &tgid) != 0)
		return;		/* it never made a TLS call */
	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		drop(SKIP_EVENT_LOST, 1);
		return;
	}
	event->header.size = sizeof(*event);
	event->header.kind = EVENT_EXIT;
	event->header.reserved = 0;
	event->header.ts_ns = bpf_ktime_get_ns();
	event->tgid = tgid;
	event->reserved = 0;
	bpf_ringbuf_submit(event, wake_flags(sizeof(*event)));
}

static __always_inline void forget_thread(__u32 tgid, __u32 tid)
{
	__u64 key = (__u64)tgid << 32 | tid;

	(void)bpf_map_delete_elem(&threads, &key);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);

	forget_thread(tgid, BPF_CORE_READ(task, pid));
	/* do_exit() has taken this thread off `live` before it gets here. */
	if (BPF_CORE_READ(task, signal, live.counter) == 0)
		forget_process(tgid);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);

	forget_thread(tgid, old_pid);
	forget_thread(tgid, tgid);
	forget_process(tgid);
	return 0;
}
