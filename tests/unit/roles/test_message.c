/* SPDX-License-Identifier: Apache-2.0 */
/* Packets between roles: what is sent arrives; what is not of the agreed form is dropped, with its fd. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/message.h"

static int pair[2];
static union message_body body;

static void setup(void)
{
	ck_assert_int_eq(message_pair(pair), 0);
}

static void teardown(void)
{
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}

static int receive(enum message_type *type, int *fd)
{
	*fd = -1;
	return message_receive(pair[1], type, &body, fd);
}

static unsigned open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

START_TEST(a_message_arrives_whole)
{
	struct message_stats sent = { .role = ROLE_ID_DECODER, .instance = 7 };
	enum message_type type;
	int fd;

	sent.values[STAT_MAX - 1] = 99;
	ck_assert_int_eq(message_send(pair[0], MESSAGE_STATS, &sent, sizeof(sent), -1), 0);
	ck_assert_int_eq(receive(&type, &fd), 0);
	ck_assert_int_eq(type, MESSAGE_STATS);
	ck_assert_mem_eq(&body.stats, &sent, sizeof(sent));
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(receive(&type, &fd), -EAGAIN);
}
END_TEST

START_TEST(an_fd_travels_along)
{
	struct message_prices sent = { .path = "p" };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;
	enum message_type type;

	ck_assert_int_eq(message_send(pair[0], MESSAGE_PRICES, &sent, sizeof(sent), null), 0);
	ck_assert_int_eq(receive(&type, &fd), 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fd, null);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close_fd(&fd);
	close_fd(&null);
}
END_TEST

START_TEST(other_packets_are_dropped)
{
	static const struct message_header wrong[] = {
		{ MESSAGE_UNKNOWN, 0 }, { MESSAGE_TYPE_MAX, 0 }, { MESSAGE_READY, 4 }, { MESSAGE_CALL, 0 },
	};
	enum message_type type;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ck_assert_int_gt(send(pair[0], &wrong[i], sizeof(wrong[i]), 0), 0);
		ck_assert_int_eq(receive(&type, &fd), -EBADMSG);
	}
	ck_assert_int_eq(send(pair[0], "abc", 3, 0), 3);
	ck_assert_int_eq(receive(&type, &fd), -EBADMSG);
}
END_TEST

START_TEST(a_dropped_packet_leaks_no_fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;
	unsigned before = open_fds();
	enum message_type type;

	/* READY has no body: its size is wrong. */
	ck_assert_int_eq(message_send(pair[0], MESSAGE_READY, "x", 1, null), 0);
	ck_assert_int_eq(receive(&type, &fd), -EBADMSG);
	ck_assert_uint_eq(open_fds(), before);
	close_fd(&null);
}
END_TEST

/* message_send() cannot; a sender that was taken over can. */
static void send_two_fds(int fd)
{
	struct message_header header = { MESSAGE_READY, 0 };
	struct iovec part = { &header, sizeof(header) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct msghdr packet = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&packet);
	int fds[2] = { fd, fd };

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	ck_assert_int_gt(sendmsg(pair[0], &packet, 0), 0);
}

START_TEST(two_fds_in_a_packet_leak_none)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;
	unsigned before = open_fds();
	enum message_type type;

	send_two_fds(null);
	ck_assert_int_eq(receive(&type, &fd), -EBADMSG);
	ck_assert_uint_eq(open_fds(), before);
	close_fd(&null);
}
END_TEST

START_TEST(a_peer_that_is_gone_is_said)
{
	enum message_type type;
	int fd;

	close_fd(&pair[0]);
	ck_assert_int_eq(receive(&type, &fd), -EPIPE);
	ck_assert_int_eq(message_send(pair[1], MESSAGE_READY, NULL, 0, -1), -EPIPE);
	pair[0] = -1;
}
END_TEST

START_TEST(a_full_socket_never_blocks)
{
	static struct call call;
	int err = 0;

	for (int i = 0; i < 100000 && err == 0; i++)
		err = message_send(pair[0], MESSAGE_CALL, &call, sizeof(call), -1);
	ck_assert_int_eq(err, -EAGAIN);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/message");
	TCase *tcase = tcase_create("packets");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_message_arrives_whole);
	tcase_add_test(tcase, an_fd_travels_along);
	tcase_add_test(tcase, other_packets_are_dropped);
	tcase_add_test(tcase, a_dropped_packet_leaks_no_fd);
	tcase_add_test(tcase, two_fds_in_a_packet_leak_none);
	tcase_add_test(tcase, a_peer_that_is_gone_is_said);
	tcase_add_test(tcase, a_full_socket_never_blocks);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
