/* SPDX-License-Identifier: Apache-2.0 */
/* One function a fact; each is tried the way `promtap run` needs it. */
#include "attach/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "attach/bpf_call.h"
#include "attach/link.h"
#include "attach/perf_ring.h"
#include "base/cleanup.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define PARANOID_FILE "/proc/sys/kernel/perf_event_paranoid"
#define INITIAL_PID_NAMESPACE "pid:[4026531836]"	/* PROC_PID_INIT_INO, fixed in the kernel */

static void set(struct machine_fact *fact, enum fact_verdict verdict, const char *value, const char *cure)
{
	(void)snprintf(fact->value, sizeof(fact->value), "%s", value);
	fact->verdict = verdict;
	fact->cure = verdict == FACT_OK ? "" : cure;
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file auto_fclose = fopen(path, "re");

	if (!file || !fgets(line, (int)size, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void kernel_release(struct machine_fact *fact)
{
	struct utsname name;

	set(fact, FACT_OK, uname(&name) == 0 ? name.release : "unknown", "");
}

static void type_information(struct machine_fact *fact)
{
	if (access(BTF_FILE, R_OK) == 0)
		set(fact, FACT_OK, BTF_FILE, "");
	else
		set(fact, FACT_FAILS, "missing", "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distributions)");
}

static void bpf_programs(struct machine_fact *fact)
{
	int fd auto_close = bpf_trivial_program(0);

	if (fd >= 0)
		set(fact, FACT_OK, "programs load", "");
	else if (fd == -ENOSYS)
		set(fact, FACT_FAILS, "no bpf()", "use a kernel built with CONFIG_BPF_SYSCALL=y");
	else
		set(fact, FACT_FAILS, strerror(-fd),
		    "run as root or with CAP_BPF and CAP_PERFMON; in a container also allow bpf() in its seccomp profile");
}

static void ring_buffer(struct machine_fact *fact)
{
	int fd auto_close = bpf_trivial_ring();

	if (fd >= 0)
		set(fact, FACT_OK, "available", "");
	else if (fd == -EINVAL)
		set(fact, FACT_FAILS, "not in this kernel", "Linux 5.8 or newer is needed");
	else
		set(fact, FACT_FAILS, strerror(-fd),
		    "run as root or with CAP_BPF; before Linux 5.11 also raise the limit of locked memory (LimitMEMLOCK=infinity)");
}

static void attaching(struct machine_fact *fact)
{
	int multi = link_probe_multi();
	int perf = multi == 0 ? 0 : link_probe_perf();

	if (multi == 0)
		set(fact, FACT_OK, "uprobe_multi", "");
	else if (perf == 0)
		set(fact, FACT_OK, "perf events, one by one (no uprobe_multi)", "");
	else
		set(fact, FACT_FAILS, strerror(-(multi == -EOPNOTSUPP ? perf : multi)),
		    link_explain(multi == -EOPNOTSUPP ? perf : multi));
}

static void process_events(struct machine_fact *fact)
{
	struct perf_ring ring = { .fd = -1 };
	char paranoid[16] = "?", value[64];
	int error = perf_ring_open(&ring, 0);

	(void)read_line(PARANOID_FILE, paranoid, sizeof(paranoid));
	(void)snprintf(value, sizeof(value), "%s (perf_event_paranoid %s)", error ? strerror(-error) : "available", paranoid);
	set(fact, error ? FACT_LIMITED : FACT_OK, value,
	    "run as root or with CAP_PERFMON, or processes that live less than a second are missed");
	perf_ring_done(&ring);
}

static void lockdown(struct machine_fact *fact)
{
	char line[96];

	if (!read_line(LOCKDOWN_FILE, line, sizeof(line)))
		set(fact, FACT_OK, "not in this kernel, or not readable", "");
	else if (strstr(line, "[confidentiality]"))
		set(fact, FACT_FAILS, "confidentiality", "boot with lockdown=integrity or without Secure Boot");
	else
		set(fact, FACT_OK, strstr(line, "[integrity]") ? "integrity" : "none", "");
}

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

static void cgroup_layout(struct machine_fact *fact)
{
	if (is_cgroup2("/sys/fs/cgroup"))
		set(fact, FACT_OK, "v2", "");
	else if (is_cgroup2("/sys/fs/cgroup/unified"))
		set(fact, FACT_OK, "hybrid (v1 hierarchies, v2 beside them)", "");
	else if (access("/sys/fs/cgroup/memory", F_OK) == 0 || access("/sys/fs/cgroup/pids", F_OK) == 0)
		set(fact, FACT_OK, "v1", "");
	else
		set(fact, FACT_LIMITED, "none mounted", "mount cgroup2 at /sys/fs/cgroup, or services are named by their programs");
}

static void pid_namespace(struct machine_fact *fact)
{
	char name[64];
	ssize_t n = readlink("/proc/self/ns/pid", name, sizeof(name) - 1);

	name[n > 0 ? n : 0] = '\0';
	if (strcmp(name, INITIAL_PID_NAMESPACE) == 0)
		set(fact, FACT_OK, "the host's", "");
	else
		set(fact, FACT_LIMITED, "a container's", "hostPID: true (Kubernetes) or --pid=host (Docker), or the host's processes are not seen");
}

static const struct {
	const char *name;
	void (*fill)(struct machine_fact *fact);
} facts[] = {
	{ "kernel", kernel_release },
	{ "type information (BTF)", type_information },
	{ "bpf()", bpf_programs },
	{ "ring buffer", ring_buffer },
	{ "attaching", attaching },
	{ "process events", process_events },
	{ "lockdown", lockdown },
	{ "cgroups", cgroup_layout },
	{ "process ids", pid_namespace },
};

/* Numbers from linux/capability.h; older headers lack the last three. */
static const struct {
	const char *name;
	unsigned number;
	enum fact_verdict without;
	const char *cure;
} capabilities[] = {
	{ "CAP_BPF", 39, FACT_FAILS, "run as root, or grant it" },
	{ "CAP_PERFMON", 38, FACT_FAILS, "run as root, or grant it" },
	{ "CAP_SYS_PTRACE", 19, FACT_LIMITED, "grant it, or other users' processes are not seen" },
	{ "CAP_DAC_READ_SEARCH", 2, FACT_LIMITED, "grant it, or files in private directories are not seen" },
	{ "CAP_CHECKPOINT_RESTORE", 40, FACT_LIMITED, "grant it, or deleted and replaced libraries are not seen" },
};
#define CAPABILITY_SYS_ADMIN 21u	/* contains BPF, PERFMON and CHECKPOINT_RESTORE */

static uint64_t effective_capabilities(void)
{
	FILE *file auto_fclose = fopen("/proc/self/status", "re");
	uint64_t set_bits = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "CapEff: %" SCNx64, &set_bits) == 1)
			break;
	}
	return set_bits;
}

static bool has_capability(uint64_t effective, unsigned number)
{
	bool by_admin = number >= 38 && effective >> CAPABILITY_SYS_ADMIN & 1;

	return by_admin || (effective >> number & 1);
}

size_t machine_facts(struct machine_fact ret_facts[MACHINE_FACTS_MAX])
{
	uint64_t effective = effective_capabilities();
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		ret_facts[count].name = facts[i].name;
		facts[i].fill(&ret_facts[count++]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		bool has = has_capability(effective, capabilities[i].number);

		ret_facts[count].name = capabilities[i].name;
		set(&ret_facts[count++], has ? FACT_OK : capabilities[i].without, has ? "yes" : "missing",
		    capabilities[i].cure);
	}
	return count;
}

_Static_assert(ARRAY_SIZE(facts) + ARRAY_SIZE(capabilities) <= MACHINE_FACTS_MAX, "MACHINE_FACTS_MAX");
