/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of attribution: which service a process belongs to. The identity
 * comes from the infrastructure (the cgroup), the name is for people.
 */
#ifndef PROMTAP_ATTRIBUTION_WORKLOAD_H
#define PROMTAP_ATTRIBUTION_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "event.h"

#define SERVICE_BYTES 96
#define CONTAINER_ID_BYTES 72	/* 64 hex digits */
#define POD_UID_BYTES 40	/* 36 characters, with '-' */

enum service_source {
	SERVICE_UNKNOWN = 0,
	SERVICE_K8S,		/* kubepods cgroup; named by pod uid until names come from the API */
	SERVICE_CONTAINER,	/* Docker, containerd, CRI-O, Podman, LXC */
	SERVICE_SYSTEMD,	/* a unit: name without ".service" or ".scope" */
	SERVICE_PROCESS,	/* none of these: base name of the executable */
	SERVICE_SOURCE_MAX
};
extern const char *const service_source_names[SERVICE_SOURCE_MAX];

/* All strings are terminated; "" is unknown. */
struct workload {
	char service[SERVICE_BYTES];
	enum service_source source;
	char container[CONTAINER_ID_BYTES];	/* full id */
	char pod[POD_UID_BYTES];		/* uid with '-', whatever the driver wrote */
	char program[NAME_BYTES];		/* base name of the executable */
	uint32_t tgid;
	uint64_t start_ns;			/* since boot; (tgid, start_ns) is one process */
};

/* Fills *ret from the kernel's facts. Never fails: what cannot be told is "".
 * The facts are not trusted: names need not be terminated or be text; what is
 * not printable ASCII becomes '_'. */
void workload_from_event(const struct event_process *facts, struct workload *ret);

/* The same from a cgroup path such as "/system.slice/nginx.service" (of
 * /proc/PID/cgroup, v1 or v2). False: it names no workload ("/", user slices
 * without a unit of their own); *ret has then only `program`. */
bool workload_from_cgroup(const char *path, const char *program, struct workload *ret);

#endif
