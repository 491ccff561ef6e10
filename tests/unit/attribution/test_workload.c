/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroup paths as runtimes and systemd write them, and what they name. */
#include <stdio.h>
#include <string.h>

#include "attribution/workload.h"
#include "base/cleanup.h"
#include "base/slice.h"
#include "unit.h"

#define ID "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa00112233445566778899"
#define ID_SHORT "3f4e5d6c7b8a"
#define OUTER "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define UID "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
#define UID_ "0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0"
#define HASH "00112233445566778899aabbccddeeff"

static const struct {
	const char *path;
	enum service_source source;
	const char *service, *container, *pod;
} rows[] = {
	/* Kubernetes, systemd driver, v2 and v1, each quality of service */
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	  SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_ ".slice/cri-containerd-" ID ".scope",
	  SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope/container", SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", SERVICE_K8S, "pod-" UID, "", UID },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/docker-" ID ".scope", SERVICE_K8S,
	  "pod-" UID, ID, UID },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" HASH ".slice/cri-containerd-" ID ".scope",
	  SERVICE_K8S, "pod-" HASH, ID, HASH },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice", SERVICE_K8S, "pod-" UID, "", UID },
	/* Kubernetes, cgroupfs driver */
	{ "/kubepods/burstable/pod" UID "/" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/besteffort/pod" UID "/" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/pod" UID "/" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/burstable/pod" UID "/crio-" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/burstable/pod" HASH "/" ID, SERVICE_K8S, "pod-" HASH, ID, HASH },
	{ "/kubepods/burstable/pod" UID, SERVICE_K8S, "pod-" UID, "", UID },
	/* systemd driver asked for, no systemd: one group with three names */
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, SERVICE_K8S, "pod-" UID,
	  ID, UID },
	{ "/kubepods-pod" UID_ ".slice:crio:" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	/* the kubelet under a cgroup root of its own; kind, where the node is a container */
	{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" UID_
	  ".slice/cri-containerd-" ID ".scope",
	  SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/docker/" OUTER "/kubelet/kubepods/burstable/pod" UID "/" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/system.slice/docker-" OUTER ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" UID_
	  ".slice/cri-containerd-" ID ".scope",
	  SERVICE_K8S, "pod-" UID, ID, UID },
	/* kind inside a pod: the inner pod. Docker inside a pod: the container that the pod has */
	{ "/kubepods/burstable/pod" HASH "/" OUTER "/kubelet/kubepods/pod" UID "/" ID, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/burstable/pod" UID "/" ID "/docker/" OUTER, SERVICE_K8S, "pod-" UID, ID, UID },
	{ "/kubepods/burstable/pod" UID "/" ID "/system.slice/nginx.service", SERVICE_K8S, "pod-" UID, ID, UID },
	/* Docker */
	{ "/docker/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/docker/" OUTER "/docker/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/docker-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/docker-" ID ".scope/init.scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice:docker:" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/../" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	/* containerd, nerdctl, CRI-O without a pod */
	{ "/default/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/default/redis", SERVICE_CONTAINER, "redis", "redis", "" },
	{ "/k8s.io/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/nerdctl-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/crio-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	/* Podman; conmon is outside */
	{ "/machine.slice/libpod-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/machine.slice/libpod-" ID ".scope/container", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/machine.slice/libpod-" ID ".scope/libpod-payload-" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container", SERVICE_CONTAINER, ID_SHORT,
	  ID, "" },
	{ "/machine.slice/machine-libpod_pod_" OUTER ".slice/libpod-" ID ".scope", SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/libpod_parent/libpod-" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/libpod_parent/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/system.slice/web.service/libpod-payload-" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/machine.slice/libpod-conmon-" ID ".scope", SERVICE_SYSTEMD, "libpod-conmon", "", "" },
	{ "/system.slice/crio-conmon-" ID ".scope", SERVICE_SYSTEMD, "crio-conmon", "", "" },
	/* LXC */
	{ "/lxc/web1", SERVICE_CONTAINER, "web1", "web1", "" },
	{ "/lxc/101/ns/system.slice/nginx.service", SERVICE_CONTAINER, "101", "101", "" },
	{ "/lxc.payload.web1", SERVICE_CONTAINER, "web1", "web1", "" },
	{ "/lxc.payload.web1/system.slice/nginx.service", SERVICE_CONTAINER, "web1", "web1", "" },
	{ "/lxc.payload/web1", SERVICE_CONTAINER, "web1", "web1", "" },
	{ "/lxc.payload.web1/docker/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/lxc.monitor.web1", SERVICE_UNKNOWN, "", "", "" },
	/* ECS */
	{ "/ecs/" HASH "/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/ecs/cluster/" HASH "/" ID, SERVICE_CONTAINER, ID_SHORT, ID, "" },
	{ "/ecs/" HASH "/" HASH "-1234567890", SERVICE_CONTAINER, "001122334455", HASH "-1234567890", "" },
	/* systemd units */
	{ "/system.slice/nginx.service", SERVICE_SYSTEMD, "nginx", "", "" },
	{ "/system.slice/docker.service", SERVICE_SYSTEMD, "docker", "", "" },
	{ "/system.slice/my-app.service/workers/3", SERVICE_SYSTEMD, "my-app", "", "" },
	{ "/system.slice/system-postgresql.slice/postgresql@14-main.service", SERVICE_SYSTEMD, "postgresql@14-main", "", "" },
	{ "/system.slice/system-worker.slice/worker@2.service", SERVICE_SYSTEMD, "worker@2", "", "" },
	{ "/system.slice/sshd@17-10.0.0.1:22-10.0.0.2:51234.service", SERVICE_SYSTEMD, "sshd", "", "" },
	{ "/system.slice/systemd-coredump@3-4711-0.service", SERVICE_SYSTEMD, "systemd-coredump", "", "" },
	{ "/system.slice/a\\x2db\\x20c.service", SERVICE_SYSTEMD, "a-b c", "", "" },
	{ "/system.slice/a\\x00\\xc3\\xa9.service", SERVICE_SYSTEMD, "a___", "", "" },
	{ "/system.slice/a\\x2.service", SERVICE_SYSTEMD, "a\\x2", "", "" },
	{ "/system.slice/session-manager.service", SERVICE_SYSTEMD, "session-manager", "", "" },
	{ "/system.slice/run-redis.service", SERVICE_SYSTEMD, "run-redis", "", "" },
	{ "/machine.slice/systemd-nspawn@web.service/payload", SERVICE_SYSTEMD, "systemd-nspawn@web", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service", SERVICE_SYSTEMD, "app-foo", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.example.Foo@0123abcd.service", SERVICE_SYSTEMD,
	  "app-org.example.Foo", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope", SERVICE_SYSTEMD,
	  "app-gnome-firefox", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/snap.code.code-" UID ".scope", SERVICE_SYSTEMD,
	  "snap.code.code", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/session.slice/dbus-:1.2-org.example.Foo@0.service", SERVICE_SYSTEMD,
	  "dbus-:1.2-org.example.Foo@0", "", "" },
	/* names no service */
	{ "/", SERVICE_UNKNOWN, "", "", "" },
	{ "", SERVICE_UNKNOWN, "", "", "" },
	{ "/init.scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/user.slice/user-1000.slice/session-3.scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/user.slice/user-1000.slice/session-c1.scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/init.scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-" UID ".scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/system.slice/run-r" HASH ".scope", SERVICE_UNKNOWN, "", "", "" },
	{ "/system.slice/run-u42.service", SERVICE_UNKNOWN, "", "", "" },
	{ "/system.slice/run-p4711-i4712.service", SERVICE_UNKNOWN, "", "", "" },
	{ "/system.slice", SERVICE_UNKNOWN, "", "", "" },
	{ "/system.slice/.service", SERVICE_UNKNOWN, "", "", "" },
	/* nearly */
	{ "/kubepods/burstable/pod" UID "x/web", SERVICE_UNKNOWN, "", "", "" },
	{ "/kubepods", SERVICE_UNKNOWN, "", "", "" },
	{ "/other-pod" UID_ ".slice/x", SERVICE_UNKNOWN, "", "", "" },
	{ "/docker/" ID "0", SERVICE_UNKNOWN, "", "", "" },
	{ "/docker/" HASH, SERVICE_UNKNOWN, "", "", "" },
	{ "/docker-" ID ".scop", SERVICE_UNKNOWN, "", "", "" },
	{ "/a/default/redis", SERVICE_UNKNOWN, "", "", "" },
	{ "/lxc", SERVICE_UNKNOWN, "", "", "" },
	{ "/x.slice:y:", SERVICE_UNKNOWN, "", "", "" },
};

START_TEST(paths)
{
	const char *path = rows[_i].path;
	struct workload workload;
	bool named = workload_from_cgroup(path, "python3.11", &workload);

	ck_assert_msg(named == (rows[_i].source != SERVICE_UNKNOWN), "%s", path);
	ck_assert_msg(workload.source == rows[_i].source, "%s: %s", path, service_source_names[workload.source]);
	ck_assert_msg(strcmp(workload.service, rows[_i].service) == 0, "%s: service %s", path, workload.service);
	ck_assert_msg(strcmp(workload.container, rows[_i].container) == 0, "%s: container %s", path, workload.container);
	ck_assert_msg(strcmp(workload.pod, rows[_i].pod) == 0, "%s: pod %s", path, workload.pod);
	ck_assert_str_eq(workload.program, "python3.11");
}
END_TEST

/* Whether every name fitted. */
static bool set_levels(char (*levels)[CGROUP_NAME_BYTES], const char *path)
{
	bool whole = true;
	char copy[1024];
	unsigned level = 0;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = strrchr(copy, '/'); slash && level < CGROUP_LEVELS; slash = strrchr(copy, '/')) {
		whole &= slice_copy(levels[level++], CGROUP_NAME_BYTES, slice_of(slash + 1));
		*slash = '\0';
	}
	return whole;
}

/* The kernel's names give what the path gives; of a name that it cut, the
 * container id at its end is not known. */
START_TEST(events_as_paths)
{
	struct event_process facts = { .tgid = 42, .start_ns = 7, .exe = "python3.11", .comm = "main" };
	struct workload workload;
	bool named = rows[_i].source != SERVICE_UNKNOWN;
	bool whole = set_levels(facts.cgroup2, rows[_i].path);

	workload_from_event(&facts, &workload);
	ck_assert_str_eq(workload.service, named ? rows[_i].service : "python3.11");
	ck_assert_int_eq(workload.source, named ? rows[_i].source : SERVICE_PROCESS);
	ck_assert_str_eq(workload.container, whole ? rows[_i].container : "");
	ck_assert_str_eq(workload.pod, rows[_i].pod);
	ck_assert_uint_eq(workload.tgid, 42);
	ck_assert_uint_eq(workload.start_ns, 7);
}
END_TEST

static const struct {
	const char *cgroup2, *cgroup1;
	enum service_source source;
	const char *service;
} layouts[] = {
	{ "/system.slice/a.service", "", SERVICE_SYSTEMD, "a" },
	{ "/", "/docker/" ID, SERVICE_CONTAINER, ID_SHORT },
	{ "", "/docker/" ID, SERVICE_CONTAINER, ID_SHORT },
	{ "", "/kubepods/burstable/pod" UID "/" ID, SERVICE_K8S, "pod-" UID },
	{ "/user.slice/user-0.slice/session-1.scope", "/user.slice", SERVICE_PROCESS, "curl" },
	{ "/user.slice/user-0.slice/session-1.scope", "/system.slice/b.service", SERVICE_SYSTEMD, "b" },
	{ "/system.slice/a.service", "/system.slice/b.service", SERVICE_SYSTEMD, "a" },
	/* hybrid, cgroupfs driver: the cgroup2 tree knows only the runtime's daemon */
	{ "/system.slice/containerd.service", "/kubepods/burstable/pod" UID "/" ID, SERVICE_K8S, "pod-" UID },
	{ "/system.slice/containerd.service", "/docker/" ID, SERVICE_CONTAINER, ID_SHORT },
	{ "/system.slice/docker-" ID ".scope", "/system.slice", SERVICE_CONTAINER, ID_SHORT },
};

START_TEST(v2_v1_and_hybrid)
{
	struct event_process facts = { .exe = "curl" };
	struct workload workload;

	(void)set_levels(facts.cgroup2, layouts[_i].cgroup2);
	(void)set_levels(facts.cgroup1, layouts[_i].cgroup1);
	workload_from_event(&facts, &workload);
	ck_assert_int_eq(workload.source, layouts[_i].source);
	ck_assert_str_eq(workload.service, layouts[_i].service);
}
END_TEST

START_TEST(program_names)
{
	struct event_process facts = { .comm = "worker:1" };
	struct workload workload;

	workload_from_event(&facts, &workload);
	ck_assert_str_eq(workload.program, "worker:1");
	ck_assert_str_eq(workload.service, "worker:1");
	(void)snprintf(facts.exe, sizeof(facts.exe), "a\tb\xc3\xa9\x7f~ ");
	workload_from_event(&facts, &workload);
	ck_assert_str_eq(workload.service, "a_b___~ ");
	facts.exe[0] = facts.comm[0] = '\0';
	workload_from_event(&facts, &workload);
	ck_assert_int_eq(workload.source, SERVICE_UNKNOWN);
	ck_assert_str_eq(workload.service, "");
}
END_TEST

/* Names without an end, of any byte. */
START_TEST(names_unterminated)
{
	struct event_process facts;
	struct workload workload;

	for (unsigned c = 1; c < 256; c++) {
		memset(&facts, (int)c, sizeof(facts));
		workload_from_event(&facts, &workload);
		ck_assert_uint_eq(strlen(workload.program), NAME_BYTES - 1);
		ck_assert_uint_lt(strlen(workload.service), SERVICE_BYTES);
		for (const char *p = workload.service; *p; p++)
			ck_assert(*p >= ' ' && *p <= '~');
	}
}
END_TEST

START_TEST(path_long_and_absent)
{
	struct workload workload;
	char path[20000];

	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? 'a' : '/';
	memcpy(path + sizeof(path) - 16, "/foo.service/aa", 16);
	ck_assert(workload_from_cgroup(path, NULL, &workload));
	ck_assert_str_eq(workload.service, "foo");
	ck_assert_str_eq(workload.program, "");
	memset(path, 'u', sizeof(path) - 1);
	memcpy(path + sizeof(path) - 9, ".service", 9);
	ck_assert(workload_from_cgroup(path, "x", &workload));
	ck_assert_uint_eq(strlen(workload.service), SERVICE_BYTES - 1);
	ck_assert(!workload_from_cgroup(NULL, "x", &workload));
}
END_TEST

static Suite *workload_suite(void)
{
	Suite *suite = suite_create("attribution/workload");
	TCase *tcase = tcase_create("workload");

	tcase_add_loop_test(tcase, paths, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, events_as_paths, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, v2_v1_and_hybrid, 0, (int)ARRAY_SIZE(layouts));
	tcase_add_test(tcase, program_names);
	tcase_add_test(tcase, names_unterminated);
	tcase_add_test(tcase, path_long_and_absent);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(workload_suite)
