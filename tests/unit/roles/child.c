/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

int in_child(int (*work)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(work());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}
