/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decoder knows of processes: tgid -> workload. Filled by the
 * kernel's EVENT_PROCESS, emptied by its EVENT_EXIT; bounded by number, for an
 * exit can be lost: full, the one that was announced first goes.
 */
#ifndef PROMTAP_ROLES_WORKLOADS_H
#define PROMTAP_ROLES_WORKLOADS_H

#include "attribution/workload.h"

struct workloads;

struct workloads *workloads_new(size_t max);
void workloads_free(struct workloads *workloads);

/* -ENOMEM: the process stays unknown. */
int workloads_put(struct workloads *workloads, const struct event_process *facts);
void workloads_remove(struct workloads *workloads, uint32_t tgid);

/* What a process was seen to do; forgotten with it. Of one that is not known nothing is noted. */
enum workload_deed {
	WORKLOAD_SERVES = 1,	/* answers LLM calls */
	WORKLOAD_CALLS = 2,	/* makes LLM calls */
};
void workloads_note(struct workloads *workloads, uint32_t tgid, enum workload_deed deed);
unsigned int workloads_noted(const struct workloads *workloads, uint32_t tgid);

/* Lent until the next put or remove. Null: not known. */
const struct workload *workloads_get(const struct workloads *workloads, uint32_t tgid);

#endif
