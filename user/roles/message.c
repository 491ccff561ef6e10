/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between roles: packets with at most one fd. See message.h. */
#include "roles/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"

const char *const role_names[ROLE_ID_MAX] = { "tracer", "inspector", "decoder", "server" };

/* A burst of finished calls must fit while the server is busy with a scrape. */
#define SEND_BUFFER_BYTES (4 << 20)

static const size_t body_sizes[MESSAGE_TYPE_MAX] = {
	[MESSAGE_CALL] = sizeof(struct call),
	[MESSAGE_STATS] = sizeof(struct message_stats),
	[MESSAGE_COVERAGE] = sizeof(struct message_coverage),
	[MESSAGE_PRICES] = sizeof(struct message_prices),
	[MESSAGE_RULES] = sizeof(struct message_rules),
	[MESSAGE_SETTINGS] = sizeof(struct message_settings),
	[MESSAGE_NAMES] = sizeof(struct message_names),
	[MESSAGE_INSPECT] = sizeof(struct inspect_request),
	[MESSAGE_INSPECTED] = sizeof(struct inspect_reply),
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach_fd(struct msghdr *packet, union control *control, int fd)
{
	struct cmsghdr *header;

	memset(control, 0, sizeof(*control));
	packet->msg_control = control->bytes;
	packet->msg_controllen = sizeof(control->bytes);
	header = CMSG_FIRSTHDR(packet);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

int message_send(int socket, enum message_type type, const void *body, size_t size, int fd)
{
	struct message_header header = { (uint32_t)type, (uint32_t)size };
	struct iovec parts[2] = { { &header, sizeof(header) }, { (void *)body, size } };
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = size > 0 ? 2 : 1 };
	union control control;
	ssize_t n;

	if (fd >= 0)
		attach_fd(&packet, &control, fd);
	do {
		n = sendmsg(socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : errno == ENOBUFS ? -EAGAIN : -errno;
}

/* The fd that came with the packet, or -1. More than one cannot come: see message_receive(). */
static int taken_fd(struct msghdr *packet)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static bool well_formed(const struct message_header *header, size_t got, int flags)
{
	return got >= sizeof(*header) && !(flags & (MSG_TRUNC | MSG_CTRUNC)) && header->type > MESSAGE_UNKNOWN &&
	       header->type < MESSAGE_TYPE_MAX && header->size == body_sizes[header->type] &&
	       got == sizeof(*header) + header->size;
}

int message_receive(int socket, enum message_type *ret_type, union message_body *ret_body, int *ret_fd)
{
	struct message_header header = { 0 };
	struct iovec parts[2] = { { &header, sizeof(header) }, { ret_body, sizeof(*ret_body) } };
	union control control;
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		/* Not CMSG_SPACE: its padding has room for a second fd, which the kernel would give us. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	auto_close int fd = -1;
	ssize_t n;

	do {
		n = recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	if (n < 0)
		return -errno;
	fd = taken_fd(&packet);
	if (!well_formed(&header, (size_t)n, packet.msg_flags))
		return -EBADMSG;
	*ret_type = (enum message_type)header.type;
	*ret_fd = take_fd(&fd);
	return 0;
}

int message_pair(int ret_sockets[2])
{
	int size = SEND_BUFFER_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_sockets) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		/* FORCE passes wmem_max and needs CAP_NET_ADMIN; without it what the system allows must do. */
		if (setsockopt(ret_sockets[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			(void)setsockopt(ret_sockets[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	return 0;
}
