/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row per role: system calls and limits. What is not in the row fails with
 * EPERM; it does not kill, because C libraries differ in what they try first.
 */
#include "roles/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define CLONE_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
			  CLONE_NEWNET)

/* What every role does: memory, its sockets, waiting, time, and leaving. */
static const int calls_common[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(readv), SCMP_SYS(close),
	SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mprotect),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(eventfd2),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom), SCMP_SYS(futex), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* abort(3): a failed assertion must end the role, not leave it half alive. */
	SCMP_SYS(tgkill),
};

static const int calls_inspector[] = {
	SCMP_SYS(pread64),
};

static const int calls_decoder[] = {
	SCMP_SYS(ftruncate),	/* a recording on a full disk: half a record is taken back */
};

/* civetweb: listening sockets and worker threads; prices come as an open file;
 * dup3 puts an IPv6 socket in the place of civetweb's (listen_replace()). */
static const int calls_server[] = {
	SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(dup3),
	SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(shutdown),
	SCMP_SYS(pread64), SCMP_SYS(pipe2), SCMP_SYS(socketpair), SCMP_SYS(uname), SCMP_SYS(sysinfo),
	SCMP_SYS(set_robust_list), SCMP_SYS(prctl), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(prlimit64),
	/* Telling others of alerts: names are looked up, certificates read, connections made. */
	SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(connect), SCMP_SYS(sendmmsg),
};

/*
 * The files of the history, in the one folder that the server may have: SQLite
 * opens, locks, syncs, cuts and deletes them; a damaged one is renamed, of which
 * the oldest are found by a listing. It asks for the user because root would
 * have to give files away. What openat(2) reaches is bounded by confine().
 */
static const int calls_folder[] = {
	SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(mknodat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(renameat),
	SCMP_SYS(getdents64), SCMP_SYS(geteuid),
};

struct profile {
	const int *calls;
	size_t count;
	bool threads;		/* may start some, and tell a terminal from a file */
	bool reads;		/* the files of read_only_paths */
	rlim_t memory_bytes;	/* RLIMIT_AS; 0: none */
};

static const struct profile profiles[ROLE_ID_MAX] = {
	[ROLE_ID_INSPECTOR] = { calls_inspector, ARRAY_SIZE(calls_inspector), false, false, 2ul << 30 },
	[ROLE_ID_DECODER] = { calls_decoder, ARRAY_SIZE(calls_decoder), false, false, 0 },
	[ROLE_ID_SERVER] = { calls_server, ARRAY_SIZE(calls_server), true, true, 0 },
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		if (err < 0)
			return err;
	}
	return 0;
}

/*
 * Threads, but neither processes nor namespaces; of ioctl only what asks,
 * because TIOCSTI would type into the user's terminal. A filter cannot look
 * into the argument of clone3: without it the C library takes clone.
 */
static int allow_threads(scmp_filter_ctx filter)
{
	static const unsigned long harmless[] = { TCGETS, FIONREAD, FIONBIO };
	const unsigned long thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
	int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (err == 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, thread | CLONE_NAMESPACES, thread));
	for (size_t i = 0; i < ARRAY_SIZE(harmless) && err == 0; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_EQ, harmless[i]));
	return err;
}

static int load_filter(const struct profile *profile, bool has_folder)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (!filter)
		return -ENOMEM;
	err = allow(filter, calls_common, ARRAY_SIZE(calls_common));
	if (err == 0)
		err = allow(filter, profile->calls, profile->count);
	if (err == 0 && has_folder)
		err = allow(filter, calls_folder, ARRAY_SIZE(calls_folder));
	if (err == 0 && profile->threads)
		err = allow_threads(filter);
	if (err == 0)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

static int drop_capabilities(void)
{
	cap_t none = cap_init();
	int err = 0;

	if (!none)
		return -ENOMEM;
	/* Leaving user 0 has cleared these already, unless a securebit said otherwise. */
	if (cap_set_proc(none) < 0)
		err = -errno;
	(void)cap_free(none);
	return err;
}

static int become_nobody(void)
{
	if (geteuid() != 0)
		return 0;
	/* While still root: what is not in the bounding set cannot come back. */
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		(void)cap_drop_bound(cap);
	if (setgroups(0, NULL) < 0 || setresgid(SANDBOX_UID, SANDBOX_UID, SANDBOX_UID) < 0 ||
	    setresuid(SANDBOX_UID, SANDBOX_UID, SANDBOX_UID) < 0)
		return -errno;
	return 0;
}

static int set_limits(const struct profile *profile)
{
	struct rlimit none = { 0, 0 }, memory = { profile->memory_bytes, profile->memory_bytes };

	/* A core file would hold prompts and keys. */
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	if (profile->memory_bytes > 0 && setrlimit(RLIMIT_AS, &memory) < 0)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

/* What Landlock had first (Linux 5.13): everything that opens or makes a file. */
#define LANDLOCK_ALL (LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1)
#define LANDLOCK_IN_FOLDER                                                                                   \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |      \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* The resolver's files and certificates. All of /etc, because Landlock knows a file by its inode, and resolv.conf is
 * replaced whenever the network changes. What is secret there is not for user 65534. */
static const char *const read_only_paths[] = { "/etc", "/usr/share/ca-certificates", "/usr/lib/ssl", "/run/systemd/resolve" };

static int allow_beneath(int rules, int folder, uint64_t access)
{
	struct landlock_path_beneath_attr beneath = { .allowed_access = access, .parent_fd = folder };

	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0 ? -errno : 0;
}

/* A machine need not have all of them. */
static int allow_reading(int rules)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(read_only_paths) && err == 0; i++) {
		auto_close int fd = open(read_only_paths[i], O_PATH | O_CLOEXEC);

		if (fd >= 0)
			err = allow_beneath(rules, fd, LANDLOCK_READ);
	}
	return err;
}

/*
 * Of all files only those beneath the folder, by whatever name, and what may be
 * read. A kernel without Landlock leaves what user 65534 may open anyway, which
 * is said.
 */
static int confine(int folder)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = LANDLOCK_ALL };
	auto_close int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	int err = 0;

	if (rules < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
		log_info("this kernel has no Landlock: the role could open other files that everybody may read");
		return 0;
	}
	if (rules < 0)
		return -errno;
	if (folder >= 0)
		err = allow_beneath(rules, folder, LANDLOCK_IN_FOLDER);
	if (err == 0)
		err = allow_reading(rules);
	if (err == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		err = -errno;
	return err;
}

int sandbox_enter(enum role_id role, int folder)
{
	const struct profile *profile = &profiles[role];
	int err = become_nobody();

	if (err == 0)
		err = drop_capabilities();
	if (err == 0)
		err = set_limits(profile);
	if (err == 0 && profile->reads)
		err = confine(folder);
	if (err == 0)
		err = load_filter(profile, folder >= 0);
	if (err < 0)
		log_error("cannot give up privileges: %s; --no-separation runs without (for debugging only)",
			  strerror(-err));
	return err;
}
