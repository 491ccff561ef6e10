/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "roles/outputs.h"

#define BACKOFF_MIN_NS (100 * NSEC_PER_MSEC)
#define BACKOFF_MAX_NS (10 * NSEC_PER_SEC)
#define LIVED_LONG_NS (30 * NSEC_PER_SEC)	/* then the next death begins with the shortest back-off */
#define KILL_PATIENCE_MS 1000
#define EXIT_NOT_EXECUTED 127
#define FD_ASIDE 64				/* above every fixed number */

typedef int (*role_main_fn)(const struct role_context *context);

static const role_main_fn role_mains[ROLE_ID_MAX] = {
	[ROLE_ID_INSPECTOR] = inspector_main,
	[ROLE_ID_DECODER] = decoder_main,
	[ROLE_ID_SERVER] = server_main,
};

/* A role that was taken over must not read what the user types, nor write to
 * what the user pipes elsewhere. Standard error is for the log. */
static int arrange_standard_fds(const struct child *child)
{
	const struct role_setup *setup = &child->context.setup;
	bool terminal = (child->role == ROLE_ID_SERVER && setup->has_terminal) ||
			(child->role == ROLE_ID_DECODER && setup->has_contexts);
	int null = open("/dev/null", O_RDWR);
	int output = terminal ? outputs_standard_output() : null;

	if (null < 0 || output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0)
		return -errno;
	if (null > STDERR_FILENO)
		(void)close(null);
	if (terminal)
		(void)close(output);
	return 0;
}

/* In the child: puts each fd at its number and closes all others. Two steps,
 * for a source may stand where another must go. */
static int arrange_fds(const struct role_context *context)
{
	int aside[ROLE_FD_MAX];

	for (int i = ROLE_FD_TRACER; i < ROLE_FD_MAX; i++) {
		aside[i] = context->fds[i] < 0 ? -1 : fcntl(context->fds[i], F_DUPFD, FD_ASIDE);
		if (context->fds[i] >= 0 && aside[i] < 0)
			return -errno;
	}
	for (int i = ROLE_FD_TRACER; i < ROLE_FD_MAX; i++) {
		if (aside[i] < 0)
			(void)close(i);
		else if (dup2(aside[i], i) < 0)
			return -errno;
	}
	/* Linux 5.9; older than any kernel with the features needed. */
	return syscall(SYS_close_range, (unsigned)ROLE_FD_MAX, ~0u, 0u) < 0 ? -errno : 0;
}

static void become_role(const struct child *child)
{
	const char *const argv[] = { "promtap", "role", role_names[child->role], NULL };
	static char *const empty_environment[] = { NULL };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (arrange_fds(&child->context) == 0 && arrange_standard_fds(child) == 0)
		(void)execve("/proc/self/exe", (char *const *)argv, empty_environment);
	_exit(EXIT_NOT_EXECUTED);
}

static void *thread_main(void *argument)
{
	struct child *child = argument;

	child->thread_status = role_mains[child->role](&child->context);
	atomic_store(&child->thread_ended, true);
	/* As the end of a process would do: the tracer wakes up. */
	(void)shutdown(child->context.fds[ROLE_FD_TRACER], SHUT_RDWR);
	return NULL;
}

static int start_process(struct child *child)
{
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	if (child->pid == 0)
		become_role(child);
	/* Only the child keeps its end: its death must be seen. */
	close_fd(&child->context.fds[ROLE_FD_TRACER]);
	child->context.fds[ROLE_FD_TRACER] = -1;
	/* One that died at once does not take it, and is reaped as any other. */
	(void)send(child->socket, &child->context.setup, sizeof(child->context.setup), MSG_NOSIGNAL);
	return 0;
}

static int start_thread(struct child *child)
{
	atomic_store(&child->thread_ended, false);
	return -pthread_create(&child->thread, NULL, thread_main, child);
}

static void forget(struct child *child)
{
	child->pid = 0;
	child->ready = false;
	close_fd(&child->socket);
	child->socket = -1;
	close_fd(&child->context.fds[ROLE_FD_TRACER]);
	child->context.fds[ROLE_FD_TRACER] = -1;
}

static void set_restart(struct child *child, uint64_t now_ns)
{
	if (child->backoff_ns == 0 || now_ns - child->started_ns > LIVED_LONG_NS)
		child->backoff_ns = BACKOFF_MIN_NS;
	else if (child->backoff_ns < BACKOFF_MAX_NS)
		child->backoff_ns *= 2;
	child->restart_due_ns = now_ns + child->backoff_ns;
}

int child_start(struct child *child, bool separate)
{
	int sockets[2], err = message_pair(sockets);

	child->started_ns = clock_monotonic_ns();
	if (err == 0) {
		child->socket = sockets[0];
		child->context.fds[ROLE_FD_TRACER] = sockets[1];
		child->context.setup.version = ROLE_SETUP_VERSION;
		child->context.setup.instance++;
		child->ready = false;
		child->is_thread = !separate;
		err = separate ? start_process(child) : start_thread(child);
	}
	if (err < 0) {
		log_error("cannot start the %s: %s", role_names[child->role], strerror(-err));
		forget(child);
		set_restart(child, child->started_ns);
	}
	return err;
}

void child_give_up(struct child *child)
{
	if (child->is_thread || child->pid <= 0 || kill(child->pid, SIGKILL) == 0)
		return;
	log_limited(LOG_WARN, 60, "the %s cannot be ended: %s", role_names[child->role], strerror(errno));
}

static void report_end(const struct child *child, int status)
{
	const char *name = role_names[child->role];

	if (WIFSIGNALED(status))
		log_warn("the %s was ended by signal %d (%s)", name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == EXIT_NOT_EXECUTED)
		log_error("the %s could not be executed: /proc/self/exe must be executable", name);
	/* One that never got ready has said why in a line of its own. */
	else if (WEXITSTATUS(status) != 0 && child->was_ready)
		log_warn("the %s ended with status %d", name, WEXITSTATUS(status));
}

/* Whether it has ended; *ret_status is as of waitpid(). */
static bool has_ended(struct child *child, int *ret_status)
{
	if (child->socket < 0)
		return false;
	if (!child->is_thread)
		return child->pid > 0 && waitpid(child->pid, ret_status, WNOHANG) == child->pid;
	if (!atomic_load(&child->thread_ended))
		return false;
	(void)pthread_join(child->thread, NULL);
	*ret_status = W_EXITCODE(child->thread_status, 0);
	return true;
}

bool child_reap(struct child *child, uint64_t now_ns)
{
	int status;

	if (!has_ended(child, &status))
		return false;
	report_end(child, status);
	forget(child);
	set_restart(child, now_ns);
	return true;
}

/* As waitpid(); 0: it has not ended in time. */
static pid_t wait_for_end(pid_t pid, unsigned timeout_ms, int *ret_status)
{
	uint64_t deadline = clock_monotonic_ns() + timeout_ms * NSEC_PER_MSEC;
	pid_t ended;

	while ((ended = waitpid(pid, ret_status, WNOHANG)) == 0 && clock_monotonic_ns() < deadline)
		(void)poll(NULL, 0, 5);
	return ended;
}

/* Without CAP_KILL we may not end what runs as another user, and a process that hangs in the kernel ends when it will. */
static void stop_process(struct child *child, unsigned timeout_ms)
{
	const char *name = role_names[child->role];
	int status = 0;

	if (wait_for_end(child->pid, timeout_ms, &status) == 0) {
		log_warn("the %s does not end: it is killed", name);
		if (kill(child->pid, SIGKILL) < 0 || wait_for_end(child->pid, KILL_PATIENCE_MS, &status) == 0) {
			log_error("the %s (process %d) cannot be ended and is left behind: kill it", name, (int)child->pid);
			return;
		}
	}
	report_end(child, status);
}

void child_stop(struct child *child, unsigned timeout_ms)
{
	if (child->socket < 0)
		return;
	(void)message_send(child->socket, MESSAGE_SHUTDOWN, NULL, 0, -1);
	if (child->is_thread) {
		(void)pthread_join(child->thread, NULL);
	} else if (child->pid > 0) {
		stop_process(child, timeout_ms);
	}
	forget(child);
}
