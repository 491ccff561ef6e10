/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stats.h"

const struct stat_desc stat_descs[STAT_MAX] = {
#define X(name, metric, label, value, help) [name] = { metric, label, value, help },
	STATS_TABLE(X)
#undef X
};

_Thread_local uint64_t stats[STAT_MAX];
