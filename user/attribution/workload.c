/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a cgroup path says to a service's name. Everything that leaves is
 * printable ASCII and fits its field.
 */
#include "attribution/workload.h"

#include "attribution/cgroup.h"

#define SHORT_ID_BYTES 12	/* as docker ps shows ids */

const char *const service_source_names[SERVICE_SOURCE_MAX] = {
	[SERVICE_UNKNOWN] = "unknown",
	[SERVICE_K8S] = "k8s",
	[SERVICE_CONTAINER] = "container",
	[SERVICE_SYSTEMD] = "systemd",
	[SERVICE_PROCESS] = "process",
};

/* What is not printable becomes '_'; cut to fit. */
static void put_text(char *buffer, size_t size, struct slice text)
{
	size_t len = text.len < size ? text.len : size - 1;

	(void)slice_copy(buffer, size, text);
	for (char *c = buffer; c < buffer + len; c++)
		if (*c < ' ' || *c > '~')
			*c = '_';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* systemd writes bytes that a unit name cannot hold as \x and two hex digits
 * (systemd.unit(5), "String escaping"). */
static void put_unit(char *buffer, size_t size, struct slice unit)
{
	char plain[SERVICE_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < unit.len && len < sizeof(plain); i++) {
		const char *p = unit.ptr + i;
		bool escape = unit.len - i >= 4 && p[0] == '\\' && p[1] == 'x' && hex_digit(p[2]) >= 0 && hex_digit(p[3]) >= 0;

		plain[len++] = escape ? (char)(hex_digit(p[2]) << 4 | hex_digit(p[3])) : *p;
		i += escape ? 3 : 0;
	}
	put_text(buffer, size, (struct slice){ plain, len });
}

static void put_pod(struct workload *workload, struct slice uid)
{
	static const char prefix[] = "pod-";

	put_text(workload->pod, sizeof(workload->pod), uid);
	for (char *c = workload->pod; *c; c++)
		if (*c == '_')
			*c = '-';
	(void)slice_copy(workload->service, sizeof(workload->service), SLICE(prefix));
	(void)slice_copy(workload->service + sizeof(prefix) - 1, sizeof(workload->service) - sizeof(prefix) + 1,
			 slice_of(workload->pod));
}

/* An id is shortened, a name is not. */
static void put_container_service(struct workload *workload, struct slice id)
{
	size_t hex = 0;

	while (hex < id.len && hex_digit(id.ptr[hex]) >= 0)
		hex++;
	if (hex >= 32)
		id.len = SHORT_ID_BYTES;
	put_text(workload->service, sizeof(workload->service), id);
}

static void put_identity(struct workload *workload, const struct cgroup_identity *identity)
{
	workload->source = identity->source;
	put_text(workload->container, sizeof(workload->container), identity->container);
	if (identity->source == SERVICE_K8S)
		put_pod(workload, identity->pod);
	else if (identity->source == SERVICE_CONTAINER)
		put_container_service(workload, identity->container);
	else if (identity->source == SERVICE_SYSTEMD)
		put_unit(workload->service, sizeof(workload->service), identity->unit);
}

static struct slice bounded(const char *text, size_t size)
{
	return (struct slice){ text, strnlen(text, size) };
}

static struct cgroup_identity identify(const char (*names)[CGROUP_NAME_BYTES])
{
	struct cgroup_path path = { 0 };

	for (unsigned level = 0; level < CGROUP_LEVELS && names[level][0] != '\0'; level++)
		cgroup_path_add(&path, bounded(names[level], CGROUP_NAME_BYTES));
	return cgroup_identify(&path);
}

/* How much a source tells: with the cgroupfs driver on a hybrid layout a
 * container's processes stay in the unit of the runtime's daemon in the
 * cgroup2 tree, and only the v1 tree tells the container. */
static unsigned worth(enum service_source source)
{
	switch (source) {
	case SERVICE_K8S:
		return 3;
	case SERVICE_CONTAINER:
		return 2;
	case SERVICE_SYSTEMD:
		return 1;
	default:
		return 0;
	}
}

void workload_from_event(const struct event_process *facts, struct workload *ret)
{
	struct cgroup_identity unified = identify(facts->cgroup2), legacy = identify(facts->cgroup1);
	struct slice program = bounded(facts->exe, sizeof(facts->exe));

	*ret = (struct workload){ .tgid = facts->tgid, .start_ns = facts->start_ns };
	if (program.len == 0)
		program = bounded(facts->comm, sizeof(facts->comm));
	put_text(ret->program, sizeof(ret->program), program);
	put_identity(ret, worth(legacy.source) > worth(unified.source) ? &legacy : &unified);
	if (ret->source != SERVICE_UNKNOWN || ret->program[0] == '\0')
		return;
	ret->source = SERVICE_PROCESS;
	(void)slice_copy(ret->service, sizeof(ret->service), slice_of(ret->program));
}

bool workload_from_cgroup(const char *path, const char *program, struct workload *ret)
{
	struct cgroup_path parts = { 0 };
	struct cgroup_identity identity;

	*ret = (struct workload){ 0 };
	put_text(ret->program, sizeof(ret->program), slice_of(program));
	cgroup_path_split(&parts, slice_of(path));
	identity = cgroup_identify(&parts);
	put_identity(ret, &identity);
	return identity.source != SERVICE_UNKNOWN;
}
