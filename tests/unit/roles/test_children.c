/* SPDX-License-Identifier: Apache-2.0 */
/* Roles as threads: the end of one is seen, and leaves nothing behind. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/children.h"

static struct child child;

static void setup(void)
{
	child = (struct child){ .role = ROLE_ID_INSPECTOR, .socket = -1 };
	for (int i = 0; i < ROLE_FD_MAX; i++)
		child.context.fds[i] = -1;
}

static void wait_for_word(void)
{
	struct pollfd wait = { .fd = child.socket, .events = POLLIN };

	ck_assert_int_eq(poll(&wait, 1, -1), 1);
}

START_TEST(a_thread_that_fails_is_reaped)
{
	child.role = ROLE_ID_SERVER;
	(void)strcpy(child.context.setup.listen, "no address");
	ck_assert_int_eq(child_start(&child, false), 0);
	while (!child_reap(&child, 1))
		wait_for_word();
	ck_assert_int_eq(child.socket, -1);
	ck_assert_int_eq(child.context.fds[ROLE_FD_TRACER], -1);
	ck_assert_uint_gt(child.restart_due_ns, 1);
	ck_assert(!child_reap(&child, 1));
}
END_TEST

START_TEST(a_thread_that_lives_is_not_reaped)
{
	ck_assert_int_eq(child_start(&child, false), 0);
	wait_for_word();
	ck_assert(!child_reap(&child, 1));
	child_stop(&child, 1000);
	ck_assert_int_eq(child.socket, -1);
	ck_assert_int_eq(child.context.fds[ROLE_FD_TRACER], -1);
}
END_TEST

/* Of another user, and deaf: it can be asked to end, and not made to. */
static pid_t start_deaf(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (setresuid(65534, 65534, 65534) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(1);
	for (;;)
		(void)pause();
}

START_TEST(what_cannot_be_killed_is_left_behind)
{
	auto_close int other = -1;
	int sockets[2];

	if (geteuid() != 0) {
		fprintf(stderr, "  SKIPPED what_cannot_be_killed_is_left_behind: not root\n");
		return;
	}
	ck_assert_int_eq(message_pair(sockets), 0);
	child.socket = sockets[0];
	other = sockets[1];
	child.pid = start_deaf();
	ck_assert_int_gt(child.pid, 0);
	ck_assert_int_eq(setresuid(65533, 65533, 65533), 0);
	child_stop(&child, 20);
	ck_assert_int_eq(child.socket, -1);
	ck_assert_int_eq(child.pid, 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/children");
	TCase *tcase = tcase_create("threads");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_thread_that_fails_is_reaped);
	tcase_add_test(tcase, a_thread_that_lives_is_not_reaped);
	tcase_add_test(tcase, what_cannot_be_killed_is_left_behind);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
