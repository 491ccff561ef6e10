/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discovery and probes on the running kernel: programs that only count stand in
 * a real libssl while real programs talk TLS. Needs the rights that promtap
 * needs; without them each test says loudly that it was skipped.
 */
#include "attach/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/bpf_call.h"
#include "attach/procs.h"
#include "attach/self.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stats.h"
#include "unit.h"

#define PATIENCE_NS (60 * NSEC_PER_SEC)

static char folder[] = "/tmp/promtap-live-XXXXXX";
static char library[4096];	/* the system's libssl */
static char copy[256];		/* a copy under the same name in `folder` */

/* ---- counting programs -------------------------------------------------------------------------- */

struct instruction {
	uint8_t code, registers;
	int16_t offset;
	int32_t immediate;
};

static int array_map(void)
{
	struct {
		uint32_t type, key_size, value_size, max_entries;
	} attr = { 2, 4, 8, 1 };	/* BPF_MAP_TYPE_ARRAY */

	return bpf_call(BPF_CALL_MAP_CREATE, &attr, sizeof(attr));
}

static uint64_t array_read(int map)
{
	uint32_t key = 0;
	uint64_t value = 0;
	struct {
		uint32_t map, padding;
		uint64_t key, value, flags;
	} attr = { .map = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value };

	ck_assert_int_eq(bpf_call(1, &attr, sizeof(attr)), 0);	/* BPF_MAP_LOOKUP_ELEM */
	return value;
}

/* value = map[0]; if (value) atomic add 1; return 0 */
static int counting_program(int map, bool multi)
{
	const struct instruction code[] = {
		{ 0x62, 0x0a, -4, 0 },		/* *(u32 *)(r10 - 4) = 0 */
		{ 0xbf, 0xa2, 0, 0 },		/* r2 = r10 */
		{ 0x07, 0x02, 0, -4 },		/* r2 += -4 */
		{ 0x18, 0x11, 0, map },		/* r1 = map */
		{ 0, 0, 0, 0 },
		{ 0x85, 0, 0, 1 },		/* bpf_map_lookup_elem */
		{ 0x15, 0x00, 2, 0 },		/* if (!r0) skip two */
		{ 0xb7, 0x01, 0, 1 },		/* r1 = 1 */
		{ 0xdb, 0x10, 0, 0 },		/* atomic *(u64 *)r0 += r1 */
		{ 0xb7, 0x00, 0, 0 },		/* r0 = 0 */
		{ 0x95, 0, 0, 0 },		/* exit */
	};
	struct {
		uint32_t type, count;
		uint64_t instructions, license;
		uint32_t log_level, log_size;
		uint64_t log_buf;
		uint32_t kernel_version, flags;
		char name[16];
		uint32_t ifindex, attach_type;
	} attr = {
		.type = 2,	/* BPF_PROG_TYPE_KPROBE */
		.count = ARRAY_SIZE(code),
		.instructions = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
		.attach_type = multi ? BPF_ATTACH_UPROBE_MULTI : 0,
	};

	return bpf_call(BPF_CALL_PROG_LOAD, &attr, sizeof(attr));
}

/* ---- the tracer's part -------------------------------------------------------------------------- */

static struct {
	struct attach *attach;
	struct attach_programs programs;
	int entries, returns;	/* maps that count */
	int fds[FILES_INSPECTING_MAX];
	struct inspect_request requests[FILES_INSPECTING_MAX];
	size_t count;
	unsigned attached;
	uint32_t awaited;	/* the process whose end a test waits for */
	bool gone;		/* it came: others end as well on a busy machine */
	pid_t own;
} tracer;

static int on_inspect(void *ctx, int fd, const struct inspect_request *request)
{
	(void)ctx;
	tracer.fds[tracer.count] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	tracer.requests[tracer.count++] = *request;
	return 0;
}

static bool on_is_own(void *ctx, pid_t pid)
{
	(void)ctx;
	return pid == getpid() || pid == tracer.own;
}

static void on_gone(void *ctx, uint32_t tgid)
{
	(void)ctx;
	tracer.gone |= tgid == tracer.awaited;
}

static void on_attached(void *ctx, uint32_t index, uint64_t when_ns)
{
	(void)ctx;
	ck_assert_uint_gt(index, 0);
	ck_assert_uint_gt(when_ns, 0);
	tracer.attached++;
}

static void turn(void)
{
	struct pollfd pollfd = { .fd = attach_fd(tracer.attach), .events = POLLIN };

	(void)poll(&pollfd, 1, 20);
	attach_dispatch(tracer.attach);
	while (tracer.count > 0) {
		struct inspect_reply reply;

		tracer.count--;
		inspect_elf(tracer.fds[tracer.count], &tracer.requests[tracer.count], &reply);
		(void)close(tracer.fds[tracer.count]);
		attach_on_inspected(tracer.attach, &reply);
	}
}

#define wait_until(condition)                                                          \
	do {                                                                           \
		uint64_t until_ns_ = clock_monotonic_ns() + PATIENCE_NS;               \
		while (!(condition) && clock_monotonic_ns() < until_ns_)               \
			turn();                                                        \
		ck_assert_msg((condition), "never came: %s", #condition);              \
	} while (0)

/* Whether the process's OpenSSL is observed. */
static bool covered(pid_t pid)
{
	static struct coverage_entry entries[4096];
	size_t count = attach_coverage(tracer.attach, entries, ARRAY_SIZE(entries));

	ck_assert_uint_le(count, ARRAY_SIZE(entries));
	for (size_t i = 0; i < count; i++) {
		if (entries[i].pid == (uint32_t)pid && strcmp(entries[i].stack, "openssl") == 0)
			return entries[i].covered;
	}
	return false;
}

static bool tracer_start(bool multi)
{
	const struct attach_hooks hooks = { NULL, on_inspect, on_is_own, on_gone, on_attached };
	int entry, ret;

	tracer.entries = array_map();
	tracer.returns = array_map();
	entry = counting_program(tracer.entries, multi);
	ret = counting_program(tracer.returns, multi);
	if (entry < 0 || ret < 0)
		return false;
	tracer.programs = (struct attach_programs){ entry, entry, entry, entry, entry, ret, multi };
	tracer.attach = attach_new(&tracer.programs, &hooks);
	ck_assert_ptr_nonnull(tracer.attach);
	ck_assert_int_eq(attach_scan(tracer.attach), 0);
	wait_until(attach_settled(tracer.attach));
	return true;
}

/* ---- observed programs -------------------------------------------------------------------------- */

/* A server that nobody calls waits, with libssl mapped. */
static pid_t waiting_openssl(int *ret_stdin, const char *folder_of_library, const char *bind_over)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[0], 0);
		if (folder_of_library)
			(void)setenv("LD_LIBRARY_PATH", folder_of_library, 1);
		if (bind_over && (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
				  mount(copy, bind_over, NULL, MS_BIND, NULL) != 0))
			_exit(1);
		(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 1);
		(void)execlp("openssl", "openssl", "s_server", "-nocert", "-accept", "127.0.0.1:0", (char *)NULL);
		_exit(1);
	}
	(void)close(ends[0]);
	*ret_stdin = ends[1];
	return pid;
}

static void end(pid_t pid, int stdin_fd)
{
	(void)close(stdin_fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command) == 0;
}

/* What ldd says of the openssl program. */
static bool find_library(void)
{
	FILE *out = popen("ldd \"$(command -v openssl)\" 2>/dev/null | awk '/libssl/ { print $3 }'", "r");
	char link[256] = "";

	if (!out)
		return false;
	if (fgets(link, sizeof(link), out))
		link[strcspn(link, "\n")] = '\0';
	(void)pclose(out);
	return link[0] != '\0' && realpath(link, library) != NULL;
}

static bool ready(bool multi)
{
	int error = multi ? link_probe_multi() : link_probe_perf();

	memset(&tracer, 0, sizeof(tracer));
	memset(stats, 0, sizeof(stats));
	if (error)
		fprintf(stderr, "SKIPPED: attaching by %s: %s\n", multi ? "uprobe_multi" : "perf events", link_explain(error));
	else if (geteuid() != 0 || !find_library())
		fprintf(stderr, "SKIPPED: needs root and an openssl program with a shared libssl\n");
	else
		return tracer_start(multi);
	return false;
}

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/promtap-live-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	if (!find_library())
		return;
	(void)snprintf(copy, sizeof(copy), "%s/libssl.so.3", folder);
	(void)run("cp '%s' '%s'", library, copy);
}

static void teardown(void)
{
	attach_free(tracer.attach);
	/* The kernel lets go of a link's file some time after the link is closed. */
	(void)run("cd '%s' && for m in m?; do [ ! -d $m ] || umount -l $m; done; rm -rf '%s'", folder, folder);
}

/* ---- tests -------------------------------------------------------------------------------------- */

START_TEST(test_probe_on_ourselves)
{
	ck_assert_uint_ne(self_function_offset(), 0);
	ck_assert_int_le(link_probe_multi(), 0);
	ck_assert_int_le(link_probe_perf(), 0);
	if (geteuid() == 0)
		ck_assert_msg(link_probe_multi() == 0 || link_probe_perf() == 0, "root cannot attach: %s",
			      link_explain(link_probe_perf()));
}
END_TEST

START_TEST(test_link_errors)
{
	struct attach_site sites[LINK_SITES_MAX + 1] = { 0 };
	int self auto_close = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct link_set links = { .count = 7 };

	ck_assert_int_eq(link_sites(self, sites, ARRAY_SIZE(sites), 0, true, &links), -E2BIG);
	sites[0].program_fd = -1;
	ck_assert_int_lt(link_sites(self, sites, 1, 0, true, &links), 0);
	ck_assert_int_lt(link_sites(self, sites, 1, 0, false, &links), 0);
	ck_assert_uint_eq(links.count, 7);
	for (int error = 0; error > -140; error--)
		ck_assert_uint_gt(strlen(link_explain(error)), 0);
}
END_TEST

/* An echo through TLS with probes in both ends: nothing breaks, entries and returns are counted. */
static void check_traffic(void)
{
	uint64_t entries, returns;

	ck_assert(run("cd '%s' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=localhost "
		      "-days 1 2>/dev/null", folder));
	ck_assert(run("cd '%s' && { openssl s_server -rev -accept 127.0.0.1:0 -key key -cert cert > log 2>&1 & echo $! > pid; } "
		      "&& for i in $(seq 100); do grep -q ACCEPT log && break; sleep 0.1; done; "
		      "{ echo straw; sleep 1; } | timeout 60 openssl s_client -quiet -no_ign_eof -connect \"$(sed -n 's/ACCEPT //p' log)\" "
		      "> answer 2>/dev/null; kill $(cat pid); grep -q warts answer", folder));
	entries = array_read(tracer.entries);
	returns = array_read(tracer.returns);
	ck_assert_msg(entries >= 2 && returns >= 2,
		      "%" PRIu64 " entries, %" PRIu64 " returns; %u files attached, %" PRIu64 " refused, %" PRIu64 " unreadable",
		      entries, returns, tracer.attached, stats[STAT_ATTACH_REFUSED], stats[STAT_ATTACH_UNREADABLE]);
}

START_TEST(test_traffic_multi)
{
	if (ready(true))
		check_traffic();
}
END_TEST

START_TEST(test_traffic_perf)
{
	if (ready(false))
		check_traffic();
}
END_TEST

START_TEST(test_found_live_and_given_up)
{
	pid_t first, second;
	int first_stdin, second_stdin;
	unsigned before;

	if (!ready(true))
		return;
	before = tracer.attached;
	first = waiting_openssl(&first_stdin, folder, NULL);
	wait_until(covered(first));
	ck_assert_uint_eq(tracer.attached, before + 1);
	second = waiting_openssl(&second_stdin, folder, NULL);
	wait_until(covered(second));
	ck_assert_uint_eq(tracer.attached, before + 1);
	tracer.awaited = (uint32_t)first;
	end(first, first_stdin);
	wait_until(tracer.gone);
	ck_assert(covered(second));
	ck_assert_uint_eq(stats[STAT_DETACHED], 0);
	end(second, second_stdin);
	wait_until(stats[STAT_DETACHED] == 1);
}
END_TEST

START_TEST(test_started_before)
{
	int stdin_fd;
	pid_t pid = waiting_openssl(&stdin_fd, folder, NULL);

	(void)usleep(300000);
	if (ready(true))
		ck_assert(covered(pid));
	end(pid, stdin_fd);
}
END_TEST

/* In a mount namespace of its own the same path is another file. */
START_TEST(test_mount_namespace)
{
	int stdin_fd;
	unsigned before;
	pid_t pid;

	if (!ready(true))
		return;
	before = tracer.attached;
	pid = waiting_openssl(&stdin_fd, NULL, library);
	wait_until(covered(pid));
	ck_assert_uint_eq(tracer.attached, before + 1);
	end(pid, stdin_fd);
}
END_TEST

START_TEST(test_deleted_library)
{
	int stdin_fd;
	pid_t pid = waiting_openssl(&stdin_fd, folder, NULL);

	(void)usleep(300000);
	(void)unlink(copy);
	if (ready(true))
		ck_assert(covered(pid));
	end(pid, stdin_fd);
}
END_TEST

START_TEST(test_replaced_in_place)
{
	int stdin_fd;
	pid_t pid;

	if (!ready(true))
		return;
	pid = waiting_openssl(&stdin_fd, folder, NULL);
	wait_until(covered(pid));
	ck_assert(run("touch -d '2001-01-01' '%s'", copy));
	wait_until(stats[STAT_DETACHED] == 1);
	wait_until(covered(pid));
	end(pid, stdin_fd);
}
END_TEST

/* Two overlay mounts of one file, as two containers of one image have it. */
START_TEST(test_one_image_two_containers)
{
	char mounted[300];
	pid_t pids[2];
	int stdins[2];
	unsigned before;

	if (!ready(true))
		return;
	before = tracer.attached;
	for (int i = 0; i < 2; i++) {
		if (!run("cd '%s' && mkdir -p low u%d w%d m%d && cp -n libssl.so.3 low/ && "
			 "mount -t overlay o -o lowerdir=low,upperdir=u%d,workdir=w%d m%d", folder, i, i, i, i, i, i)) {
			fprintf(stderr, "SKIPPED: overlayfs cannot be mounted here\n");
			return;
		}
		(void)snprintf(mounted, sizeof(mounted), "%s/m%d", folder, i);
		pids[i] = waiting_openssl(&stdins[i], mounted, NULL);
		wait_until(covered(pids[i]));
	}
	ck_assert_uint_eq(tracer.attached, before + 1);
	for (int i = 0; i < 2; i++)
		end(pids[i], stdins[i]);
}
END_TEST

START_TEST(test_own_processes_are_left_alone)
{
	int own_stdin, other_stdin;
	pid_t own = waiting_openssl(&own_stdin, folder, NULL), other;

	(void)usleep(300000);
	if (ready(true)) {
		tracer.own = own;
		ck_assert_int_eq(attach_scan(tracer.attach), 0);
		other = waiting_openssl(&other_stdin, folder, NULL);
		wait_until(covered(other));
		ck_assert(!covered(own));
		end(other, other_stdin);
	}
	end(own, own_stdin);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("attach_live");
	TCase *tests = tcase_create("live");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, test_probe_on_ourselves);
	tcase_add_test(tests, test_link_errors);
	tcase_add_test(tests, test_traffic_multi);
	tcase_add_test(tests, test_traffic_perf);
	tcase_add_test(tests, test_found_live_and_given_up);
	tcase_add_test(tests, test_started_before);
	tcase_add_test(tests, test_mount_namespace);
	tcase_add_test(tests, test_deleted_library);
	tcase_add_test(tests, test_replaced_in_place);
	tcase_add_test(tests, test_one_image_two_containers);
	tcase_add_test(tests, test_own_processes_are_left_alone);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
