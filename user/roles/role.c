/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the exec'd roles: takes the setup, enters the sandbox, runs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/inspector.h"
#include "roles/roles.h"
#include "roles/sandbox.h"
#include "roles/setup.h"

#define SETUP_PATIENCE_MS 10000

static int receive_setup(struct role_setup *ret)
{
	struct pollfd wait = { .fd = ROLE_FD_TRACER, .events = POLLIN };
	ssize_t n;

	if (poll(&wait, 1, SETUP_PATIENCE_MS) <= 0)
		return -ETIMEDOUT;
	n = recv(ROLE_FD_TRACER, ret, sizeof(*ret), 0);
	if (n < 0)
		return -errno;
	if (n != (ssize_t)sizeof(*ret) || ret->version != ROLE_SETUP_VERSION || ret->log_level >= LOG_LEVEL_MAX)
		return -EBADMSG;
	return 0;
}

/* The tracer leads: its SHUTDOWN, or its end, is ours. Keys pressed in a
 * terminal reach the whole process group and must not cut off what is buffered. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

/* What ps and top call it; it was executed as "/proc/self/exe". */
static void name_process(enum role_id role)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "pt-%s", role_names[role]);
	(void)prctl(PR_SET_NAME, name);
}

static int run(enum role_id role, const struct role_context *context)
{
	switch (role) {
	case ROLE_ID_INSPECTOR:
		return inspector_main(context);
	case ROLE_ID_DECODER:
		return decoder_main(context);
	case ROLE_ID_SERVER:
		return server_main(context);
	default:
		return EXIT_FAILURE;
	}
}

int inspector_main(const struct role_context *context)
{
	return inspector_run(context->fds[ROLE_FD_TRACER]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int role_run(const char *name)
{
	struct role_context context = { 0 };
	enum role_id role = ROLE_ID_INSPECTOR;

	while (role < ROLE_ID_MAX && strcmp(name, role_names[role]) != 0)
		role++;
	if (role == ROLE_ID_MAX || fcntl(ROLE_FD_TRACER, F_GETFD) < 0) {
		log_error("'role' is internal: 'promtap run' starts the roles by it");
		return EXIT_FAILURE;
	}
	log_setup(role_names[role], LOG_INFO);
	name_process(role);
	ignore_signals();
	tzset();	/* reads /etc/localtime, for the lines on the terminal: the sandbox opens no files */
	if (receive_setup(&context.setup) < 0 ||
	    sandbox_enter(role, role == ROLE_ID_SERVER && context.setup.has_state ? ROLE_FD_STATE : -1) < 0)
		return EXIT_FAILURE;
	log_setup(role_names[role], (enum log_level)context.setup.log_level);
	for (int i = 0; i < ROLE_FD_MAX; i++)
		context.fds[i] = i >= ROLE_FD_TRACER && fcntl(i, F_GETFD) >= 0 ? i : -1;
	return run(role, &context);
}
