/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hop of its way a call is. A process that was seen to serve LLM calls,
 * and makes some itself, is a gateway; so is one that the user names. Never by
 * guess: a client's call goes to a gateway if the answer or the host says so, or
 * if the gateway's own end of the same call was seen.
 */
#ifndef PROMTAP_ROLES_HOPS_H
#define PROMTAP_ROLES_HOPS_H

#include "roles/workloads.h"
#include "llm/call.h"

#define GATEWAYS_BYTES 1024

struct hops;

/* `workloads` must outlive it. `gateways`: names of services or programs, parted
 * by commas; null: none. Null: out of memory. */
struct hops *hops_new(struct workloads *workloads, const char *gateways);
/* Others from now on. */
void hops_set_gateways(struct hops *hops, const char *gateways);
void hops_free(struct hops *hops);

/* A process begins to serve an LLM call. Its own calls may end before that one does. */
void hops_on_request(struct hops *hops, uint32_t tgid);

/* The hop of a finished call, whose workload is known as far as it ever will be. */
enum call_hop hops_of(struct hops *hops, const struct call *call);

#endif
