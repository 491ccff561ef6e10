/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs every suite that this program was linked with. A test file registers
 * its suite with UNIT_SUITE. CK_FORK=no under a debugger; CK_RUN_SUITE and
 * CK_RUN_CASE choose one.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKS_FILE "/check_"	/* Check makes it with mkstemp() and unlinks it */
#define FDS_MAX 64

static struct unit_suite *suites;

void unit_register(struct unit_suite *suite)
{
	suite->next = suites;
	suites = suite;
}

void unit_mute(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int fd = STDERR_FILENO + 1; fd < FDS_MAX && null >= 0; fd++) {
		char path[32], target[256] = "";

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, CHECKS_FILE))
			(void)dup2(null, fd);
	}
}

int main(void)
{
	SRunner *runner;
	int failed;

	/* Check's 4 s are no judgement on a busy machine: only what hangs shall fail. */
	(void)setenv("CK_DEFAULT_TIMEOUT", "120", 0);
	runner = srunner_create(NULL);
	for (struct unit_suite *suite = suites; suite; suite = suite->next)
		srunner_add_suite(runner, suite->make());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
