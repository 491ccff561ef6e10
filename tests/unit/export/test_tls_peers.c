/* SPDX-License-Identifier: Apache-2.0 */
/* Which end stands for whom. */
#include "unit.h"

#include <string.h>

#include "export/tls_peers.h"

static struct tls_peers *peers;

static void setup(void)
{
	peers = tls_peers_new(3);
	ck_assert_ptr_nonnull(peers);
}

static void teardown(void)
{
	tls_peers_free(peers);
}

static struct sockaddr_in end_at(in_port_t port)
{
	struct sockaddr_in end = tls_peers_next(peers);

	end.sin_port = htons(port);
	return end;
}

static bool note(const struct sockaddr_in *end, const char *peer)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, peer, &ipv4.sin_addr) == 1)
		return tls_peers_note(peers, end, (struct sockaddr *)&ipv4);
	ck_assert_int_eq(inet_pton(AF_INET6, peer, &ipv6.sin6_addr), 1);
	return tls_peers_note(peers, end, (struct sockaddr *)&ipv6);
}

static const char *find(const struct sockaddr_in *end)
{
	static char peer[TLS_PEER_BYTES];
	char address[INET_ADDRSTRLEN];

	(void)inet_ntop(AF_INET, &end->sin_addr, address, sizeof(address));
	return tls_peers_find(peers, address, ntohs(end->sin_port), peer) ? peer : NULL;
}

START_TEST(each_stands_for_its_own)
{
	struct sockaddr_in one = end_at(4000), two = end_at(4000), three = end_at(5000);

	ck_assert(note(&one, "192.0.2.7"));
	ck_assert(note(&two, "2001:db8::1"));
	ck_assert(note(&three, "::ffff:192.0.2.8"));
	ck_assert_str_eq(find(&one), "192.0.2.7");
	ck_assert_str_eq(find(&two), "2001:db8::1");
	ck_assert_str_eq(find(&three), "::ffff:192.0.2.8");
	tls_peers_forget(peers, &two);
	ck_assert_ptr_null(find(&two));
	ck_assert_str_eq(find(&one), "192.0.2.7");
	/* Again: it is none of ours, and does no harm. */
	tls_peers_forget(peers, &two);
	tls_peers_forget(peers, &(struct sockaddr_in){ 0 });
	ck_assert_str_eq(find(&three), "::ffff:192.0.2.8");
}
END_TEST

START_TEST(there_are_so_many_and_no_more)
{
	struct sockaddr_in ends[4];

	for (unsigned i = 0; i < 4; i++)
		ends[i] = end_at((in_port_t)(4000 + i));
	for (unsigned i = 0; i < 3; i++)
		ck_assert(note(&ends[i], "192.0.2.7"));
	ck_assert(!note(&ends[3], "192.0.2.8"));
	ck_assert_ptr_null(find(&ends[3]));
	tls_peers_forget(peers, &ends[1]);
	ck_assert(note(&ends[3], "192.0.2.8"));
	ck_assert_str_eq(find(&ends[3]), "192.0.2.8");
}
END_TEST

/* The port alone says nothing: another process may have it at another address of this machine. */
START_TEST(others_stand_for_nobody)
{
	struct sockaddr_in end = end_at(4000);
	char peer[TLS_PEER_BYTES];

	ck_assert(note(&end, "192.0.2.7"));
	ck_assert(!tls_peers_find(peers, "127.0.0.1", 4000, peer));
	ck_assert(!tls_peers_find(peers, "", 4000, peer));
	ck_assert(!tls_peers_find(peers, "localhost", 4000, peer));
	ck_assert(!tls_peers_find(peers, "0.0.0.0", 0, peer));
	ck_assert(!tls_peers_find(peers, "127.0.0.1", -1, peer));
	ck_assert(!tls_peers_find(peers, "127.0.0.1", 4000 + 65536, peer));
}
END_TEST

START_TEST(no_address_comes_again_soon)
{
	static bool seen[65536];

	for (unsigned i = 0; i < 65536; i++) {
		struct sockaddr_in next = tls_peers_next(peers);
		uint32_t address = ntohl(next.sin_addr.s_addr);

		ck_assert_uint_eq(address >> 16, 0x7f40);
		ck_assert(!seen[address & 0xffff]);
		seen[address & 0xffff] = true;
		ck_assert_uint_eq(next.sin_port, 0);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("tls_peers");
	TCase *tc = tcase_create("peers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_stands_for_its_own);
	tcase_add_test(tc, there_are_so_many_and_no_more);
	tcase_add_test(tc, others_stand_for_nobody);
	tcase_add_test(tc, no_address_comes_again_soon);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make)
