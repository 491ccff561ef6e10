/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads cgroup names: a table of how container runtimes name them, the two
 * ways Kubernetes names pods, and systemd units. A pod counts before a
 * container and a container before a unit, wherever on the path they stand.
 */
#include "attribution/cgroup.h"

#include "base/cleanup.h"

#define HEX_ID_BYTES 64

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_are(struct slice s, bool (*is)(char))
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.ptr[i]))
			return false;
	return s.len > 0;
}

static struct slice cut(struct slice s, size_t front, size_t back)
{
	return (struct slice){ s.ptr + front, s.len - front - back };
}

static size_t last_index(struct slice s, char c)
{
	while (s.len > 0 && s.ptr[s.len - 1] != c)
		s.len--;
	return s.len;	/* one past it; 0: not there */
}

/* ---- containers ---- */

static bool id_hex(struct slice id)
{
	return id.len == HEX_ID_BYTES && all_are(id, is_hex);
}

/* Fargate: the task's 32 hex digits, '-', a number. */
static bool id_ecs(struct slice id)
{
	return id.len > 33 && id.len < CONTAINER_ID_BYTES && id.ptr[32] == '-' && all_are(cut(id, 0, id.len - 32), is_hex) &&
	       all_are(cut(id, 33, 0), is_digit);
}

static bool id_any(struct slice id)
{
	return id.len > 0 && id.len < CONTAINER_ID_BYTES;
}

/* One runtime's way to name a container's cgroup: prefix, id, suffix, and
 * where the name says too little, the name of the group above. The conmon
 * processes of CRI-O and Podman stand outside their container, in
 * crio-conmon-ID and libpod-conmon-ID: "conmon-ID" is no id. */
static const struct container_row {
	const char *prefix, *suffix;
	const char *parent;	/* null: any */
	bool top;		/* the parent stands at the top of the tree */
	bool (*id)(struct slice id);
} container_rows[] = {
	/* containerd under Kubernetes, systemd driver */
	{ "cri-containerd-", ".scope", NULL, false, id_hex },
	/* CRI-O, systemd and cgroupfs drivers */
	{ "crio-", ".scope", NULL, false, id_hex },
	{ "crio-", "", NULL, false, id_hex },
	/* Docker, systemd driver; cri-dockerd */
	{ "docker-", ".scope", NULL, false, id_hex },
	/* Podman, systemd and cgroupfs drivers, and what crun and newer Podman nest in them */
	{ "libpod-", ".scope", NULL, false, id_hex },
	{ "libpod-", "", NULL, false, id_hex },
	{ "libpod-payload-", "", NULL, false, id_hex },
	/* nerdctl, systemd driver */
	{ "nerdctl-", ".scope", NULL, false, id_hex },
	/* Docker /docker/ID, containerd /NAMESPACE/ID, pods /kubepods/.../podUID/ID, /libpod_parent/ID, /ecs/TASK/ID */
	{ "", "", NULL, false, id_hex },
	{ "", "", NULL, false, id_ecs },
	/* LXC: lxc.payload.NAME since 4.0, lxc/NAME before and in Proxmox */
	{ "lxc.payload.", "", NULL, false, id_any },
	{ "", "", "lxc.payload", false, id_any },
	{ "", "", "lxc", false, id_any },
	/* ctr in containerd's default namespace: ids are names */
	{ "", "", "default", true, id_any },
};

static bool row_parent_fits(const struct container_row *row, const struct cgroup_path *path, size_t at)
{
	if (!row->parent)
		return true;
	return at + 1 < path->count && slice_eq(path->names[at + 1], slice_of(row->parent)) &&
	       (!row->top || at + 2 == path->count);
}

/* The id when names[at] is a container's group; length 0: it is none. */
static struct slice container_id(const struct cgroup_path *path, size_t at)
{
	struct slice name = path->names[at];

	for (size_t i = 0; i < ARRAY_SIZE(container_rows); i++) {
		const struct container_row *row = &container_rows[i];
		struct slice prefix = slice_of(row->prefix), suffix = slice_of(row->suffix);

		if (name.len > prefix.len + suffix.len && slice_starts(name, prefix) && slice_ends(name, suffix) &&
		    row->id(cut(name, prefix.len, suffix.len)) && row_parent_fits(row, path, at))
			return cut(name, prefix.len, suffix.len);
	}
	return (struct slice){ 0 };
}

/* ---- pods ---- */

/* 8-4-4-4-12 hex digits parted by '-' or (systemd driver) '_'. */
static bool is_uuid(struct slice s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (s.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (form[i] == 'x' ? !is_hex(s.ptr[i]) : s.ptr[i] != '-' && s.ptr[i] != '_')
			return false;
	return true;
}

/* Static pods have the 32 hex digits of a hash of their manifest. */
static bool is_pod_uid(struct slice s)
{
	return is_uuid(s) || (s.len == 32 && all_are(s, is_hex));
}

/*
 * cgroupfs driver: podUID. systemd driver: [PREFIX-]kubepods[-QOS]-podUID.slice,
 * where the prefix is the kubelet's cgroup root ("kubelet" in kind).
 */
static struct slice pod_uid(struct slice name)
{
	static const size_t lengths[] = { 36, 32 };
	struct slice stem = name;
	bool slice_unit = slice_ends(name, SLICE(".slice"));

	if (slice_unit)
		stem.len -= strlen(".slice");
	if (slice_unit && !memmem(stem.ptr, stem.len, "kubepods", strlen("kubepods")))
		return (struct slice){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct slice front = { stem.ptr, stem.len < lengths[i] ? 0 : stem.len - lengths[i] };
		bool fits = slice_unit ? slice_ends(front, SLICE("-pod")) : slice_eq(front, SLICE("pod"));

		if (fits && is_pod_uid(cut(stem, front.len, 0)))
			return cut(stem, front.len, 0);
	}
	return (struct slice){ 0 };
}

/* ---- systemd units ---- */

/* "run-" and what systemd-run adds: r and hex digits, u and a number, pPID-iID. */
static bool is_transient_run(struct slice name)
{
	bool digits = false;

	if (!slice_starts(name, SLICE("run-")) || name.len < 6)
		return false;
	for (size_t i = memchr("rup", name.ptr[4], 3) ? 5 : 4; i < name.len; i++) {
		char c = name.ptr[i];

		digits |= is_digit(c);
		if (!is_hex(c) && c != '-' && c != 'i')
			return false;
	}
	return digits;
}

/* Units that say who is logged in, or how something was started, not what it is. */
static const struct {
	const char *prefix, *suffix;
} no_services[] = {
	{ "init", ".scope" },
	{ "session-", ".scope" },
	{ "vte-spawn-", ".scope" },
	{ "user@", ".service" },
	{ "user-runtime-dir@", ".service" },
};

static bool is_no_service(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(no_services); i++)
		if (slice_starts(name, slice_of(no_services[i].prefix)) &&
		    slice_ends(name, slice_of(no_services[i].suffix)))
			return true;
	return false;
}

/* Scopes are made by programs, which put a process id, a UUID or an id at the
 * end: app-gnome-firefox-1234, snap.x.y-UUID, libpod-conmon-ID. */
static struct slice scope_stable(struct slice name)
{
	size_t dash = last_index(name, '-');
	struct slice tail = cut(name, dash, 0);

	if (name.len > 37 && name.ptr[name.len - 37] == '-' && is_uuid(cut(name, name.len - 36, 0)))
		return cut(name, 0, 37);
	if (dash > 1 && (all_are(tail, is_digit) || (tail.len >= 32 && all_are(tail, is_hex))))
		return cut(name, 0, name.len - dash + 1);
	return name;
}

static bool is_number_or_dash(char c)
{
	return is_digit(c) || c == '-';
}

/* An instance that is a connection of an Accept=yes socket (systemd.socket(5):
 * a number, then the addresses or the peer's ids), or a random mark of a
 * desktop application, names nothing that lasts. */
static struct slice service_stable(struct slice name)
{
	size_t at = last_index(name, '@');
	struct slice instance = cut(name, at, 0);
	bool addresses = memchr(instance.ptr, ':', instance.len);
	bool ids = instance.len > 0 && memchr(instance.ptr, '-', instance.len) && all_are(instance, is_number_or_dash);

	if (at > 1 && (addresses || ids || slice_starts(name, SLICE("app-"))))
		return cut(name, 0, name.len - at + 1);
	return name;
}

static struct slice unit_name(struct slice name)
{
	bool scope = slice_ends(name, SLICE(".scope")), service = slice_ends(name, SLICE(".service"));
	struct slice stem = { name.ptr, name.len - (scope ? 6 : service ? 8 : 0) };

	if ((!scope && !service) || stem.len == 0 || is_no_service(name) || is_transient_run(stem))
		return (struct slice){ 0 };
	return scope ? scope_stable(stem) : service_stable(stem);
}

/* ---- paths ---- */

static void add(struct cgroup_path *path, struct slice name)
{
	if (name.len > 0 && !slice_eq(name, SLICE("..")) && path->count < CGROUP_PARTS_MAX)
		path->names[path->count++] = name;
}

/* A runtime told to use the systemd driver without systemd makes one group
 * "PARENT.slice:RUNTIME:ID"; unit names may hold ':' too, but no ".slice:". */
void cgroup_path_add(struct cgroup_path *path, struct slice name)
{
	static const char mark[] = ".slice:";
	const char *parted = name.len > 0 ? memmem(name.ptr, name.len, mark, strlen(mark)) : NULL;
	size_t colon = parted ? last_index(name, ':') : 0;
	size_t parent = parted ? (size_t)(parted - name.ptr) + strlen(".slice") : name.len;

	if (parted)
		add(path, cut(name, colon, 0));
	add(path, cut(name, 0, name.len - parent));
}

void cgroup_path_split(struct cgroup_path *path, struct slice text)
{
	while (text.len > 0) {
		size_t slash = last_index(text, '/');

		cgroup_path_add(path, cut(text, slash, 0));
		text.len = slash > 0 ? slash - 1 : 0;
	}
}

/* The container that Kubernetes knows: of those below the pod the nearest to
 * it, since more may be nested in it. */
static struct slice container_below(const struct cgroup_path *path, size_t pod)
{
	struct slice id = { 0 };

	for (size_t at = pod; at > 0 && id.len == 0; at--)
		id = container_id(path, at - 1);
	return id;
}

struct cgroup_identity cgroup_identify(const struct cgroup_path *path)
{
	struct cgroup_identity found = { 0 };

	for (size_t at = 0; at < path->count; at++) {
		found.pod = pod_uid(path->names[at]);
		if (found.pod.len > 0) {
			found.container = container_below(path, at);
			found.source = SERVICE_K8S;
			return found;
		}
	}
	for (size_t at = 0; at < path->count && found.container.len == 0; at++)
		found.container = container_id(path, at);
	for (size_t at = 0; at < path->count && found.unit.len == 0; at++)
		found.unit = unit_name(path->names[at]);
	if (found.container.len > 0)
		found.source = SERVICE_CONTAINER;
	else if (found.unit.len > 0)
		found.source = SERVICE_SYSTEMD;
	return found;
}
