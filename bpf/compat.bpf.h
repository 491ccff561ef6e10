/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Kernel differences, each with its reason and the test of what exists. */
#ifndef PROMTAP_COMPAT_BPF_H
#define PROMTAP_COMPAT_BPF_H

/* bpf_get_attach_cookie: commit 7adfc6c9b315 (5.15). Without it the file that
 * a probe belongs to is not known: index 0. */
static __always_inline __u32 attachment_index(void *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_attach_cookie))
		return (__u32)bpf_get_attach_cookie(ctx);
	return 0;
}

/* kernfs_node.parent became __parent: commit 633488947ef6 (6.15). */
static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___rcu *renamed = (void *)node;

	if (bpf_core_field_exists(renamed->__parent))
		return BPF_CORE_READ(renamed, __parent);
	return BPF_CORE_READ(node, parent);
}

/* Address of the return slot, the same at a function's entry and in its return
 * probe: x86 has popped it by then, arm64 keeps the return address in a register. */
static __always_inline __u64 return_slot(struct pt_regs *ctx, bool returned)
{
#if defined(__TARGET_ARCH_x86)
	return PT_REGS_SP(ctx) - (returned ? 8 : 0);
#else
	return PT_REGS_SP(ctx);
#endif
}

#endif
