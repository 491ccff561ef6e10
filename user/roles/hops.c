/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process does is noted beside its workload, which ends with it. That
 * the two ends of one call belong together is told by the id of the answer: the
 * client got the one that the gateway sent. Only the last answers are
 * remembered, for the client's end follows within a moment.
 */
#include "roles/hops.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/slice.h"

#define SERVED_MAX 1024	/* power of two; a newer answer takes the place of an older one */

struct served {
	uint64_t id_hash;	/* of the answer; 0: none */
	uint32_t tgid;
};

struct hops {
	struct workloads *workloads;	/* lent */
	char gateways[GATEWAYS_BYTES];
	struct served served[SERVED_MAX];
};

struct hops *hops_new(struct workloads *workloads, const char *gateways)
{
	struct hops *hops = calloc(1, sizeof(*hops));

	if (!hops)
		return NULL;
	hops->workloads = workloads;
	hops_set_gateways(hops, gateways);
	return hops;
}

void hops_set_gateways(struct hops *hops, const char *gateways)
{
	(void)slice_copy(hops->gateways, sizeof(hops->gateways), slice_of(gateways));
}

void hops_free(struct hops *hops)
{
	free(hops);
}

void hops_on_request(struct hops *hops, uint32_t tgid)
{
	workloads_note(hops->workloads, tgid, WORKLOAD_SERVES);
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list && len > 0) {
		size_t word = strcspn(list, ",");

		if (word == len && memcmp(list, name, len) == 0)
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}

static bool is_declared(const struct hops *hops, uint32_t tgid)
{
	const struct workload *workload = workloads_get(hops->workloads, tgid);

	return workload && (is_listed(hops->gateways, workload->service) || is_listed(hops->gateways, workload->program));
}

static bool is_gateway(const struct hops *hops, uint32_t tgid)
{
	unsigned int both = WORKLOAD_SERVES | WORKLOAD_CALLS;

	return (workloads_noted(hops->workloads, tgid) & both) == both || is_declared(hops, tgid);
}

static uint64_t id_hash(const struct call *call)
{
	return call->response_id[0] ? hash_bytes(call->response_id, strlen(call->response_id), hash_seed()) | 1 : 0;
}

static struct served *served_slot(struct hops *hops, uint64_t hash)
{
	return &hops->served[hash >> 1 & (SERVED_MAX - 1)];
}

static enum call_hop hop_of_server(struct hops *hops, const struct call *call)
{
	uint32_t tgid = call->workload.tgid;
	uint64_t hash = id_hash(call);

	workloads_note(hops->workloads, tgid, WORKLOAD_SERVES);
	if (hash)
		*served_slot(hops, hash) = (struct served){ hash, tgid };
	return is_gateway(hops, tgid) ? HOP_TO_GATEWAY : HOP_DIRECT;
}

static bool gateway_served(struct hops *hops, const struct call *call)
{
	uint64_t hash = id_hash(call);
	const struct served *served = served_slot(hops, hash);

	return hash && served->id_hash == hash && is_gateway(hops, served->tgid);
}

static enum call_hop hop_of_client(struct hops *hops, const struct call *call)
{
	workloads_note(hops->workloads, call->workload.tgid, WORKLOAD_CALLS);
	if (is_gateway(hops, call->workload.tgid))
		return HOP_FROM_GATEWAY;
	return call->gateway[0] || gateway_served(hops, call) ? HOP_TO_GATEWAY : HOP_DIRECT;
}

enum call_hop hops_of(struct hops *hops, const struct call *call)
{
	if (!call_is_llm(call))
		return HOP_DIRECT;
	return call->role == ROLE_SERVER ? hop_of_server(hops, call) : hop_of_client(hops, call);
}
