/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The facts of a process, in the ring before its first TLS byte: for a 10 ms
 * curl is gone when /proc is read. Sent once to each decoder (its epoch).
 */
#ifndef PROMTAP_ANNOUNCE_BPF_H
#define PROMTAP_ANNOUNCE_BPF_H

/* Written by the tracer: counts decoders, from 1. A new one knows nothing. */
__u32 decoder_epoch = 1;
/* Set before load: the tracer, as the kernel numbers it. */
const volatile __u32 agent_tgid = 0;

#define PF_FORKNOEXEC 0x40	/* include/linux/sched.h: forked but did not exec */
#define ANCESTORS 4		/* a role, or what it starts */

static __always_inline bool is_own(struct task_struct *leader)
{
	struct task_struct *task = leader;

#pragma unroll
	for (int i = 0; i < ANCESTORS; i++) {
		if ((__u32)BPF_CORE_READ(task, tgid) == agent_tgid)
			return true;
		task = BPF_CORE_READ(task, real_parent);
	}
	return false;
}

static __always_inline void copy_cgroup(char (*names)[CGROUP_NAME_BYTES], struct cgroup *cgroup)
{
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn), *parent;

#pragma unroll
	for (int i = 0; i < CGROUP_LEVELS; i++) {
		names[i][0] = '\0';
		parent = node ? kernfs_parent(node) : (void *)0;
		/* The root's name is empty and it has no parent. */
		if (parent)
			bpf_probe_read_kernel_str(names[i], CGROUP_NAME_BYTES, BPF_CORE_READ(node, name));
		node = parent;
	}
}

static __always_inline struct cgroup *v1_cgroup(struct css_set *set)
{
	struct cgroup_subsys_state *css = (void *)0;
	__u64 at;

	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		at = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		bpf_probe_read_kernel(&css, sizeof(css), &set->subsys[at]);
	} else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) {
		at = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		bpf_probe_read_kernel(&css, sizeof(css), &set->subsys[at]);
	}
	return css ? BPF_CORE_READ(css, cgroup) : (void *)0;
}

static __always_inline int announce(__u32 tgid, struct task_struct *leader, __u64 now)
{
	struct css_set *set = BPF_CORE_READ(leader, cgroups);
	struct event_process *event;
	const unsigned char *exe;

	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		drop(SKIP_EVENT_LOST, 1);
		return -1;
	}
	event->header.size = sizeof(*event);
	event->header.kind = EVENT_PROCESS;
	event->header.reserved = 0;
	event->header.ts_ns = now;
	event->tgid = tgid;
	event->uid = BPF_CORE_READ(leader, cred, euid.val);
	event->start_ns = BPF_CORE_READ(leader, start_boottime);
	event->cgroup_id = bpf_get_current_cgroup_id();
	bpf_probe_read_kernel(event->comm, sizeof(event->comm), &leader->comm);
	event->exe[0] = '\0';
	exe = BPF_CORE_READ(leader, mm, exe_file, f_path.dentry, d_name.name);
	bpf_probe_read_kernel_str(event->exe, sizeof(event->exe), exe);
	copy_cgroup(event->cgroup2, BPF_CORE_READ(set, dfl_cgrp));
	copy_cgroup(event->cgroup1, v1_cgroup(set));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The process of the current task, announced to the current decoder. Null: the table is full. */
static __always_inline struct process *process_get(__u32 tgid, __u64 now)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader;
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);
	struct process fresh = {};

	if (process && (process->announced == decoder_epoch || process->own))
		return process;
	leader = BPF_CORE_READ(task, group_leader);
	if (!process) {
		fresh.incarnation = (__u32)(now >> 8);
		fresh.own = is_own(leader);
		fresh.exec_after_ns = BPF_CORE_READ(leader, flags) & PF_FORKNOEXEC ?
					      ~0ull : BPF_CORE_READ(leader, start_time);
		(void)bpf_map_update_elem(&processes, &tgid, &fresh, BPF_NOEXIST);
		process = bpf_map_lookup_elem(&processes, &tgid);
		if (!process || process->own)
			return process;
	}
	if (announce(tgid, leader, now) == 0)
		process->announced = decoder_epoch;
	return process;
}

#endif
