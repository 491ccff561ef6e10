/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Registers of x86_64, in the order of the kernel's struct pt_regs. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
} __attribute__((preserve_access_index));
