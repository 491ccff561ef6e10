/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inspector role: takes one file descriptor and a question from the tracer
 * at a time, answers, and keeps nothing. A file that makes it die costs that
 * file its answer only; the tracer starts another.
 */
#include "roles/inspector.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"
#include "roles/message.h"

static int wait_for(int socket, short events)
{
	struct pollfd pollfd = { .fd = socket, .events = events };

	while (poll(&pollfd, 1, -1) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static int send_waiting(int socket, enum message_type type, const void *body, size_t size)
{
	int error;

	while ((error = message_send(socket, type, body, size, -1)) == -EAGAIN) {
		error = wait_for(socket, POLLOUT);
		if (error)
			return error;
	}
	return error;
}

static int answer(int socket, int fd, const struct inspect_request *request)
{
	struct inspect_reply reply;

	inspect_elf(fd, request, &reply);
	return send_waiting(socket, MESSAGE_INSPECTED, &reply, sizeof(reply));
}

/* *ret_done: the tracer asked us to end. */
static int serve_one(int socket, bool *ret_done)
{
	static union message_body body;
	enum message_type type;
	int fd auto_close = -1;
	int error;

	error = wait_for(socket, POLLIN);
	if (error)
		return error;
	error = message_receive(socket, &type, &body, &fd);
	if (error == -EAGAIN || error == -EBADMSG)
		return 0;
	if (error)
		return error;
	if (type == MESSAGE_INSPECT)
		return answer(socket, fd, &body.inspect);
	*ret_done = type == MESSAGE_SHUTDOWN;
	return 0;
}

int inspector_run(int socket)
{
	bool done = false;
	int error;

	error = send_waiting(socket, MESSAGE_READY, NULL, 0);
	while (!error && !done)
		error = serve_one(socket, &done);
	/* The tracer is gone: nothing is left to do. */
	return error == -EPIPE ? 0 : error;
}
