/* SPDX-License-Identifier: Apache-2.0 */
/* Chained hash table, with a list in the order of announcement for eviction. */
#include "roles/workloads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define BUCKETS 4096	/* power of two */

struct entry {
	struct entry *next;		/* in the bucket; owned */
	struct entry *older, *newer;	/* in the list */
	struct workload workload;
	unsigned int deeds;		/* enum workload_deed */
};

struct workloads {
	struct entry *buckets[BUCKETS];
	struct entry *oldest, *newest;
	size_t count, max;
};

static struct entry **bucket_of(const struct workloads *workloads, uint32_t tgid)
{
	uint64_t hash = hash_bytes(&tgid, sizeof(tgid), hash_seed());

	return (struct entry **)&workloads->buckets[hash & (BUCKETS - 1)];
}

/* The link that points to the entry of tgid, or to null. */
static struct entry **find(const struct workloads *workloads, uint32_t tgid)
{
	struct entry **link = bucket_of(workloads, tgid);

	while (*link && (*link)->workload.tgid != tgid)
		link = &(*link)->next;
	return link;
}

struct workloads *workloads_new(size_t max)
{
	struct workloads *workloads = calloc(1, sizeof(*workloads));

	if (workloads)
		workloads->max = max;
	return workloads;
}

void workloads_free(struct workloads *workloads)
{
	if (!workloads)
		return;
	while (workloads->oldest)
		workloads_remove(workloads, workloads->oldest->workload.tgid);
	free(workloads);
}

void workloads_remove(struct workloads *workloads, uint32_t tgid)
{
	struct entry **link = find(workloads, tgid);
	struct entry *entry = *link;

	if (!entry)
		return;
	*link = entry->next;
	*(entry->older ? &entry->older->newer : &workloads->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &workloads->newest) = entry->older;
	workloads->count--;
	free(entry);
}

/* Of the same program: an exec keeps number and start. */
static unsigned int deeds_of_same(const struct workloads *workloads, const struct event_process *facts)
{
	const struct entry *entry = *find(workloads, facts->tgid);
	struct workload workload;

	if (!entry)
		return 0;
	workload_from_event(facts, &workload);
	if (workload.start_ns != entry->workload.start_ns || strcmp(workload.program, entry->workload.program) != 0)
		return 0;
	return entry->deeds;
}

int workloads_put(struct workloads *workloads, const struct event_process *facts)
{
	unsigned int deeds = deeds_of_same(workloads, facts);
	struct entry *entry;

	workloads_remove(workloads, facts->tgid);
	if (workloads->count >= workloads->max)
		workloads_remove(workloads, workloads->oldest->workload.tgid);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	workload_from_event(facts, &entry->workload);
	entry->workload.tgid = facts->tgid;
	entry->deeds = deeds;
	entry->next = *bucket_of(workloads, facts->tgid);
	*bucket_of(workloads, facts->tgid) = entry;
	entry->older = workloads->newest;
	*(workloads->newest ? &workloads->newest->newer : &workloads->oldest) = entry;
	workloads->newest = entry;
	workloads->count++;
	return 0;
}

const struct workload *workloads_get(const struct workloads *workloads, uint32_t tgid)
{
	struct entry *entry = *find(workloads, tgid);

	return entry ? &entry->workload : NULL;
}

void workloads_note(struct workloads *workloads, uint32_t tgid, enum workload_deed deed)
{
	struct entry *entry = *find(workloads, tgid);

	if (entry)
		entry->deeds |= deed;
}

unsigned int workloads_noted(const struct workloads *workloads, uint32_t tgid)
{
	const struct entry *entry = *find(workloads, tgid);

	return entry ? entry->deeds : 0;
}
