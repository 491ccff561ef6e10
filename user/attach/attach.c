/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ties the tables of files and processes to the kernel: process events and a
 * timer behind one epoll descriptor, probes by links, and the walk of /proc
 * that makes up for what events miss.
 */
#include "attach/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach/files.h"
#include "attach/perf_ring.h"
#include "attach/procs.h"
#include "attach/standing.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define CPUS_MAX 1024
#define WALK_NS (10 * NSEC_PER_SEC)	/* processes that no event told of, files changed in place */
#define WALK_ALL_NS (60 * NSEC_PER_SEC)	/* every process anew */
#define WALK_AGAIN_NS (2 * NSEC_PER_SEC)	/* the same while something is known to be missing */

struct attach {
	struct attach_programs programs;
	bool dry;			/* judge files, attach nothing */
	struct attach_hooks hooks;
	struct files *files;
	struct procs *procs;
	struct standing standing;
	int epoll_fd, timer_fd;
	struct perf_ring *rings;	/* one per CPU; none: events are not allowed */
	size_t ring_count;
	uint64_t walked_ns, walked_all_ns;
};

/* ---- probes ------------------------------------------------------------------------------------- */

static int program_of(const struct attach_programs *programs, enum tls_program program)
{
	switch (program) {
	case TLS_WRITE:
		return programs->write;
	case TLS_WRITE_EX:
		return programs->write_ex;
	case TLS_READ:
		return programs->read;
	case TLS_READ_EX:
		return programs->read_ex;
	case TLS_FREE:
		return programs->free;
	default:
		return -1;
	}
}

/* Two names of one piece of code: a second probe there would count its calls twice. */
static bool offset_taken(const struct attach_site *sites, size_t count, uint64_t offset, enum site_kind kind)
{
	for (size_t i = 0; i < count; i++) {
		if (sites[i].offset == offset && sites[i].kind == kind)
			return true;
	}
	return false;
}

static size_t sites_of_kind(const struct attach *attach, const struct file *file, enum site_kind kind,
			    struct attach_site *sites, size_t count)
{
	for (size_t i = 0; i < file->library->function_count; i++) {
		enum tls_program program = file->library->functions[i].program;
		uint64_t offset = file->offsets[i];

		if (offset == 0 || (kind == SITE_RETURN && program == TLS_FREE) ||
		    offset_taken(sites, count, offset, kind))
			continue;
		sites[count++] = (struct attach_site){
			.offset = offset,
			.kind = kind,
			.rule = file->rule,
			.program_fd = kind == SITE_RETURN ? attach->programs.ret : program_of(&attach->programs, program),
		};
	}
	return count;
}

/* Returns come first: an entry whose return nobody sees would stay in flight. */
static int on_attach(void *ctx, struct file *file)
{
	struct attach *attach = ctx;
	struct attach_site sites[LINK_SITES_MAX];
	uint64_t begun_ns = clock_monotonic_ns(), now_ns;
	size_t count;
	int error;

	if (attach->dry)
		return 0;
	count = sites_of_kind(attach, file, SITE_RETURN, sites, 0);
	count = sites_of_kind(attach, file, SITE_ENTRY, sites, count);
	error = link_sites(file->fd, sites, count, file->index, attach->programs.multi, &file->links);
	now_ns = clock_monotonic_ns();
	if (error) {
		log_limited(LOG_WARN, 10, "a file with TLS functions is not observed: %s", link_explain(error));
		return error;
	}
	log_debug("attachment %u: %zu places in %.1f ms", file->index, count,
		  (double)(now_ns - begun_ns) / (double)NSEC_PER_MSEC);
	if (attach->hooks.on_attached)
		attach->hooks.on_attached(attach->hooks.ctx, file->index, now_ns);
	return 0;
}

static void on_detach(void *ctx, struct file *file)
{
	(void)ctx;
	link_set_done(&file->links);
}

static int on_inspect(void *ctx, int fd, const struct inspect_request *request)
{
	struct attach *attach = ctx;

	return attach->hooks.inspect(attach->hooks.ctx, fd, request);
}

static const struct files_ops files_ops = { .inspect = on_inspect, .attach = on_attach, .detach = on_detach };

/* ---- set-up ------------------------------------------------------------------------------------- */

static int epoll_add(struct attach *attach, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(attach->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : 0;
}

static int timer_start(struct attach *attach)
{
	const struct itimerspec every_second = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 };

	attach->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (attach->timer_fd < 0 || timerfd_settime(attach->timer_fd, 0, &every_second, NULL) != 0)
		return -errno;
	return epoll_add(attach, attach->timer_fd);
}

static void rings_done(struct attach *attach)
{
	while (attach->ring_count > 0)
		perf_ring_done(&attach->rings[--attach->ring_count]);
	free(attach->rings);
	attach->rings = NULL;
}

/* A CPU that is not there now answers ENODEV; one that comes later is not
 * followed, and the walk sees what starts on it. */
static int rings_open(struct attach *attach)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int error = 0;

	cpus = cpus < CPUS_MAX ? cpus : CPUS_MAX;
	attach->rings = calloc((size_t)cpus, sizeof(attach->rings[0]));
	if (!attach->rings)
		return -ENOMEM;
	for (int cpu = 0; cpu < cpus && !error; cpu++) {
		struct perf_ring *ring = &attach->rings[attach->ring_count];

		error = perf_ring_open(ring, cpu);
		if (error == -ENODEV) {
			error = 0;
			continue;
		}
		if (!error) {
			attach->ring_count++;
			error = epoll_add(attach, ring->fd);
		}
	}
	if (error)
		rings_done(attach);
	return error;
}

static int attach_open(struct attach *attach)
{
	struct procs_hooks procs_hooks = { attach->hooks.ctx, attach->hooks.is_own, attach->hooks.on_process_gone };
	int error;

	attach->files = files_new(&files_ops, attach);
	attach->procs = attach->files ? procs_new(attach->files, &procs_hooks) : NULL;
	if (!attach->procs)
		return -ENOMEM;
	attach->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (attach->epoll_fd < 0)
		return -errno;
	error = timer_start(attach);
	if (error || attach->dry)
		return error;
	error = rings_open(attach);
	if (error)
		log_warn("process events are not available (%s): looking for processes every second, "
			 "so those that live shorter are missed; CAP_PERFMON is needed", strerror(-error));
	return 0;
}

struct attach *attach_new(const struct attach_programs *programs, const struct attach_hooks *hooks)
{
	struct attach *attach = calloc(1, sizeof(*attach));
	int error;

	if (!attach)
		return NULL;
	attach->epoll_fd = attach->timer_fd = -1;
	attach->dry = !programs;
	attach->hooks = *hooks;
	if (programs)
		attach->programs = *programs;
	error = attach_open(attach);
	if (error) {
		attach_free(attach);
		errno = -error;
		return NULL;
	}
	return attach;
}

void attach_free(struct attach *attach)
{
	if (!attach)
		return;
	rings_done(attach);
	procs_free(attach->procs);
	standing_done(&attach->standing, 0);
	files_free(attach->files);
	close_fd(&attach->timer_fd);
	close_fd(&attach->epoll_fd);
	free(attach);
}

/* ---- running ------------------------------------------------------------------------------------ */

int attach_fd(const struct attach *attach)
{
	return attach->epoll_fd;
}

static void on_event(void *ctx, const struct process_event *event)
{
	struct attach *attach = ctx;

	procs_on_event(attach->procs, event, clock_monotonic_ns());
}

static int walk(struct attach *attach, bool all, uint64_t now_ns)
{
	if (!attach->dry)
		standing_refresh(&attach->standing, attach->files, now_ns);
	attach->walked_ns = now_ns;
	if (all)
		attach->walked_all_ns = now_ns;
	return procs_walk(attach->procs, all, now_ns);
}

static bool walk_all_due(struct attach *attach, uint64_t now_ns)
{
	uint64_t age_ns = now_ns - attach->walked_all_ns;

	return age_ns >= WALK_ALL_NS || (procs_incomplete(attach->procs) && age_ns >= WALK_AGAIN_NS);
}

static void on_timer(struct attach *attach, uint64_t now_ns)
{
	bool live = attach->ring_count > 0;
	bool all;

	files_tick(attach->files, now_ns);
	all = !live || walk_all_due(attach, now_ns);
	if (!all && now_ns - attach->walked_ns < WALK_NS)
		return;
	all |= files_check_changed(attach->files, now_ns);
	(void)walk(attach, all, now_ns);
}

void attach_dispatch(struct attach *attach)
{
	uint64_t expirations;

	for (size_t i = 0; i < attach->ring_count; i++)
		perf_ring_read(&attach->rings[i], on_event, attach);
	if (read(attach->timer_fd, &expirations, sizeof(expirations)) == (ssize_t)sizeof(expirations))
		on_timer(attach, clock_monotonic_ns());
}

int attach_scan(struct attach *attach)
{
	return walk(attach, true, clock_monotonic_ns());
}

void attach_on_inspected(struct attach *attach, const struct inspect_reply *reply)
{
	files_on_inspected(attach->files, reply, clock_monotonic_ns());
}

void attach_on_inspector_gone(struct attach *attach)
{
	files_on_inspector_gone(attach->files, clock_monotonic_ns());
}

bool attach_settled(const struct attach *attach)
{
	return files_settled(attach->files) && !procs_incomplete(attach->procs);
}

/* ---- coverage ----------------------------------------------------------------------------------- */

struct coverage_fill {
	struct coverage_entry *entries;
	size_t max, count;
};

static void process_coverage(void *ctx, const struct process *process)
{
	struct coverage_fill *fill = ctx;
	struct coverage_entry entries[PROCESS_FILES_MAX];
	size_t count = coverage_of_files(process->pid, process->files, process->file_count, entries);

	for (size_t i = 0; i < count; i++) {
		if (fill->count < fill->max)
			fill->entries[fill->count] = entries[i];
		fill->count++;
	}
}

size_t attach_coverage(const struct attach *attach, struct coverage_entry *entries, size_t max)
{
	struct coverage_fill fill = { .entries = entries, .max = max };

	procs_each(attach->procs, process_coverage, &fill);
	return fill.count;
}
