/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching BPF programs to places in a file, by uprobe_multi (one link for
 * many offsets, Linux 6.6) or by perf events, and knowing which of the two the
 * kernel has. The raw system calls: libbpf 1.1 has no uprobe_multi.
 */
#ifndef PROMTAP_ATTACH_LINK_H
#define PROMTAP_ATTACH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum site_kind {
	SITE_ENTRY = 0,		/* before the instruction at the offset */
	SITE_RETURN,		/* when the function that begins there returns */
	SITE_KIND_MAX
};

/* How the place was chosen; it decides what a hit costs. */
enum site_rule {
	SITE_RULE_UNKNOWN = 0,
	SITE_RULE_SYMBOL,	/* first instruction of the function itself */
	SITE_RULE_MAX
};
extern const char *const site_rule_names[SITE_RULE_MAX];

struct attach_site {
	uint64_t offset;	/* in the file */
	enum site_kind kind;
	enum site_rule rule;
	int program_fd;
};

#define LINK_SITES_MAX 16

/* The links of one file; all are closed by link_set_done(). */
struct link_set {
	int fds[2 * LINK_SITES_MAX];
	size_t count;
};

/* Attaches all sites or none, in the order given; the programs see `cookie`
 * where the kernel has cookies (5.15). `file_fd` is the file itself: what was
 * inspected is what is attached. 0 or -errno. */
int link_sites(int file_fd, const struct attach_site *sites, size_t count, uint32_t cookie, bool multi,
	       struct link_set *ret);

/* In the order given to link_sites(), reversed: entries go before returns. */
void link_set_done(struct link_set *links);

/* Whether programs can be attached by uprobe_multi: 0; -EOPNOTSUPP: this
 * kernel has it not; another -errno: why it may have it, but refuses. Tries on
 * this process's own executable. */
int link_probe_multi(void);

/* The same by perf events. */
int link_probe_perf(void);

/* Why attaching failed, and what helps, for people. Never null. */
const char *link_explain(int error);

#endif
