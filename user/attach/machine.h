/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and our rights allow, found out by trying, never by version numbers. */
#ifndef PROMTAP_ATTACH_MACHINE_H
#define PROMTAP_ATTACH_MACHINE_H

#include <stddef.h>

enum fact_verdict {
	FACT_OK = 0,
	FACT_LIMITED,	/* works, but not everything is seen */
	FACT_FAILS,	/* `promtap run` would not work */
	FACT_VERDICT_MAX
};

struct machine_fact {
	const char *name;
	char value[96];
	enum fact_verdict verdict;
	const char *cure;	/* what to do, where the verdict is not FACT_OK */
};

#define MACHINE_FACTS_MAX 24

/* Returns how many facts there are. */
size_t machine_facts(struct machine_fact ret_facts[MACHINE_FACTS_MAX]);

#endif
