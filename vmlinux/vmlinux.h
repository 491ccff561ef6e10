/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel types that the BPF side uses, and of them only the fields used.
 * README.md says why they are kept by hand. */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };

/* User-space ABI: numbers that never change (include/uapi/linux/bpf.h). */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_MMAPABLE = 1U << 10 };
enum { BPF_RB_NO_WAKEUP = 1ULL << 0, BPF_RB_FORCE_WAKEUP = 1ULL << 1 };
enum { BPF_RB_AVAIL_DATA = 0 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Numbers differ between kernels: asked for with bpf_core_enum_value(). */
enum bpf_func_id { BPF_FUNC_get_attach_cookie = 174 };
enum cgroup_subsys_id { memory_cgrp_id = 4, pids_cgrp_id = 11, CGROUP_SUBSYS_COUNT = 14 };

typedef struct { int counter; } atomic_t;

struct qstr { const unsigned char *name; };
struct dentry { struct qstr d_name; };
struct path { struct dentry *dentry; };
struct file { struct path f_path; };
struct mm_struct { struct file *exe_file; };

struct kernfs_node { struct kernfs_node *parent; const char *name; };
/* The field's name since kernel commit 633488947ef6 (2025). */
struct kernfs_node___rcu { struct kernfs_node *__parent; };

struct cgroup { struct kernfs_node *kn; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[CGROUP_SUBSYS_COUNT]; struct cgroup *dfl_cgrp; };

struct signal_struct { atomic_t live; };
typedef struct { __u32 val; } kuid_t;
struct cred { kuid_t euid; };

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	__u64 start_time;	/* CLOCK_MONOTONIC */
	__u64 start_boottime;	/* CLOCK_BOOTTIME; real_start_time before 5.5 */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	const struct cred *cred;
	char comm[16];
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct signal_struct *signal;
};

#include "vmlinux_arch.h"

#pragma clang attribute pop

#endif
