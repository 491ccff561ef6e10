/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup path says about who runs there. The names are lent by the
 * caller and not trusted; slices of the answer point into them.
 */
#ifndef PROMTAP_ATTRIBUTION_CGROUP_H
#define PROMTAP_ATTRIBUTION_CGROUP_H

#include "attribution/workload.h"
#include "base/slice.h"

#define CGROUP_PARTS_MAX 24	/* of a path: those nearest to the leaf */

struct cgroup_path {
	struct slice names[CGROUP_PARTS_MAX];	/* from the leaf up */
	size_t count;
};

/* The parts that are not there have length 0. */
struct cgroup_identity {
	enum service_source source;	/* K8S, CONTAINER, SYSTEMD or UNKNOWN */
	struct slice pod;		/* uid as the driver wrote it: '-' or '_' */
	struct slice container;		/* id or name */
	struct slice unit;		/* without its suffix and what changes from run to run; escaped as systemd writes it */
};

/* Adds the next name on the way up; names that hold two levels are parted.
 * Empty names and "..", and those beyond CGROUP_PARTS_MAX, are dropped. */
void cgroup_path_add(struct cgroup_path *path, struct slice name);

/* Parts a path such as "/system.slice/nginx.service". */
void cgroup_path_split(struct cgroup_path *path, struct slice text);

struct cgroup_identity cgroup_identify(const struct cgroup_path *path);

#endif
