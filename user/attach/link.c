/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf(BPF_LINK_CREATE) for uprobe_multi, perf_event_open(2) with a link or an
 * ioctl for the others. The system's headers may be older than the kernel, so
 * the attributes used here are laid out here; all are stable ABI.
 */
#include "attach/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach/bpf_call.h"
#include "attach/self.h"
#include "base/cleanup.h"

#define UPROBE_MULTI_RETURN 1u		/* BPF_F_UPROBE_MULTI_RETURN */
#define UPROBE_TYPE_FILE "/sys/bus/event_source/devices/uprobe/type"
#define FD_PATH_BYTES 32		/* "/proc/self/fd/" and an int */

const char *const site_rule_names[SITE_RULE_MAX] = { "unknown", "symbol" };

struct multi_attr {
	uint32_t program_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t count, multi_flags, pid, padding;
};

struct perf_link_attr {
	uint32_t program_fd, event_fd, attach_type, flags;
	uint64_t cookie;
};

static void fd_path(int fd, char ret_path[FD_PATH_BYTES])
{
	(void)snprintf(ret_path, FD_PATH_BYTES, "/proc/self/fd/%d", fd);
}

static int multi_create(int file_fd, int program_fd, enum site_kind kind, const uint64_t *offsets,
			const uint64_t *cookies, size_t count)
{
	char path[FD_PATH_BYTES];
	struct multi_attr attr = {
		.program_fd = (uint32_t)program_fd,
		.attach_type = BPF_ATTACH_UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.cookies = (uintptr_t)cookies,
		.count = (uint32_t)count,
		.multi_flags = kind == SITE_RETURN ? UPROBE_MULTI_RETURN : 0,
	};

	fd_path(file_fd, path);
	return bpf_call(BPF_CALL_LINK_CREATE, &attr, sizeof(attr));
}

static bool same_link(const struct attach_site *a, const struct attach_site *b)
{
	return a->program_fd == b->program_fd && a->kind == b->kind;
}

/* Sites of one program and kind share a link. */
static int link_multi(int file_fd, const struct attach_site *sites, size_t count, uint32_t cookie, struct link_set *links)
{
	uint64_t offsets[LINK_SITES_MAX], cookies[LINK_SITES_MAX];
	bool taken[LINK_SITES_MAX] = { false };

	for (size_t i = 0; i < count; i++) {
		size_t n = 0;
		int fd;

		for (size_t j = i; j < count; j++) {
			if (taken[j] || !same_link(&sites[i], &sites[j]))
				continue;
			taken[j] = true;
			offsets[n] = sites[j].offset;
			cookies[n++] = cookie;
		}
		if (n == 0)
			continue;
		fd = multi_create(file_fd, sites[i].program_fd, sites[i].kind, offsets, cookies, n);
		if (fd < 0)
			return fd;
		links->fds[links->count++] = fd;
	}
	return 0;
}

static int uprobe_pmu_type(uint32_t *ret_type)
{
	FILE *file auto_fclose = fopen(UPROBE_TYPE_FILE, "re");

	if (!file)
		return -errno;
	return fscanf(file, "%u", ret_type) == 1 ? 0 : -EINVAL;
}

static int perf_open(int file_fd, const struct attach_site *site)
{
	char path[FD_PATH_BYTES];
	struct perf_event_attr attr = { .size = sizeof(attr) };
	long fd;
	int error;

	error = uprobe_pmu_type(&attr.type);
	if (error)
		return error;
	fd_path(file_fd, path);
	attr.config = site->kind == SITE_RETURN;	/* format/retprobe: bit 0 */
	attr.uprobe_path = (uintptr_t)path;
	attr.probe_offset = site->offset;
	/* Programs run for every process on every CPU, whichever CPU the event is of. */
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

/* Before 5.15 there are no perf links: the program hangs on the event itself. */
static int perf_attach_old(int event_fd, int program_fd)
{
	if (ioctl(event_fd, PERF_EVENT_IOC_SET_BPF, program_fd) != 0)
		return -errno;
	return ioctl(event_fd, PERF_EVENT_IOC_ENABLE, 0) != 0 ? -errno : 0;
}

static int perf_attach(int event_fd, int program_fd, uint32_t cookie, struct link_set *links)
{
	struct perf_link_attr attr = {
		.program_fd = (uint32_t)program_fd,
		.event_fd = (uint32_t)event_fd,
		.attach_type = BPF_ATTACH_PERF_EVENT,
		.cookie = cookie,
	};
	int link = bpf_call(BPF_CALL_LINK_CREATE, &attr, sizeof(attr));

	if (link == -EINVAL || link == -E2BIG)
		return perf_attach_old(event_fd, program_fd);
	if (link < 0)
		return link;
	links->fds[links->count++] = link;
	return 0;
}

static int link_perf(int file_fd, const struct attach_site *sites, size_t count, uint32_t cookie, struct link_set *links)
{
	for (size_t i = 0; i < count; i++) {
		int fd = perf_open(file_fd, &sites[i]);
		int error;

		if (fd < 0)
			return fd;
		links->fds[links->count++] = fd;
		error = perf_attach(fd, sites[i].program_fd, cookie, links);
		if (error)
			return error;
	}
	return 0;
}

int link_sites(int file_fd, const struct attach_site *sites, size_t count, uint32_t cookie, bool multi,
	       struct link_set *ret)
{
	struct link_set links = { .count = 0 };
	int error;

	if (count > LINK_SITES_MAX)
		return -E2BIG;
	error = (multi ? link_multi : link_perf)(file_fd, sites, count, cookie, &links);
	if (error) {
		link_set_done(&links);
		return error;
	}
	*ret = links;
	return 0;
}

void link_set_done(struct link_set *links)
{
	while (links->count > 0)
		(void)close(links->fds[--links->count]);
}

static int probe(bool multi)
{
	int program auto_close = bpf_trivial_program(multi ? BPF_ATTACH_UPROBE_MULTI : 0);
	int self auto_close = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct attach_site site = { .kind = SITE_ENTRY, .rule = SITE_RULE_SYMBOL, .program_fd = program };
	struct link_set links = { .count = 0 };
	int error;

	if (self < 0)
		return -errno;
	/* A kernel before 6.6 does not know the attach type. */
	if (program < 0)
		return multi && program == -EINVAL ? -EOPNOTSUPP : program;
	site.offset = self_function_offset();
	error = link_sites(self, &site, 1, 0, multi, &links);
	link_set_done(&links);
	return multi && error == -EINVAL ? -EOPNOTSUPP : error;
}

int link_probe_multi(void)
{
	return probe(true);
}

int link_probe_perf(void)
{
	return probe(false);
}

const char *link_explain(int error)
{
	switch (-error) {
	case 0:
		return "attached";
	case EPERM:
	case EACCES:
		return "not permitted: needs CAP_BPF and CAP_PERFMON (before Linux 6.6 CAP_SYS_ADMIN), and no lockdown";
	case ENOENT:
		return "no uprobes in this kernel: CONFIG_UPROBE_EVENTS is needed";
	case EOPNOTSUPP:
		return "this kernel cannot attach so";
	case EINVAL:
		return "the kernel refused the place in the file";
	case EIO:
		return "the file's system does not allow probes";
	case EMFILE:
	case ENFILE:
		return "too many open files: raise the limit (LimitNOFILE)";
	case ENOMEM:
	case E2BIG:
		return "out of memory or over a limit";
	default:
		return strerror(-error);
	}
}
