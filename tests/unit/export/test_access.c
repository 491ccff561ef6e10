/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: by address, by host name, by token; and the section that says it. */
#include "export/access.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "export/network.h"
#include "unit.h"

#define NOW 1800000000000000000

static struct access *access_;
static struct web_config config;
static char *keys[2], *networks[2];
static struct web_token tokens[2];
static char hashes[2][DIGEST_HEX_BYTES];

static void setup(void)
{
	config = (struct web_config){ .metrics_open = true };
	access_ = NULL;
}

static void teardown(void)
{
	access_free(access_);
}

static void add_token(char *name, const char *token, enum scope scope, char *expires)
{
	size_t at = config.tokens.count++;

	ck_assert_int_eq(digest_hex(slice_of(token), hashes[at]), 0);
	keys[at] = name;
	tokens[at] = (struct web_token){ hashes[at], scope, expires };
	config.tokens.keys = keys;
	config.tokens.items = tokens;
}

static void add_network(char *network)
{
	networks[config.allow.count++] = network;
	config.allow.items = networks;
}

static void begin(void)
{
	access_ = access_new(&config);
	ck_assert_ptr_nonnull(access_);
}

static struct grant grant;

static enum access_verdict check(const char *address, const char *host, const char *authorization)
{
	const struct visitor visitor = { .address = address, .host = host, .authorization = authorization };

	grant = (struct grant){ 0 };
	return access_check(access_, &visitor, NOW, &grant);
}

static enum access_verdict check_metrics(const char *address, const char *authorization)
{
	const struct visitor visitor = { .address = address, .host = "x", .authorization = authorization };

	return access_check_metrics(access_, &visitor, NOW);
}

START_TEST(without_tokens_only_this_machine)
{
	begin();
	ck_assert_int_eq(check("127.0.0.1", "localhost:9797", NULL), ACCESS_GRANTED);
	ck_assert_uint_eq(grant.scopes, SCOPE_BIT(SCOPE_METRICS) | SCOPE_BIT(SCOPE_READ) | SCOPE_BIT(SCOPE_ADMIN));
	ck_assert_str_eq(grant.who, "");
	ck_assert_int_eq(check("::1", "[::1]:9797", NULL), ACCESS_GRANTED);
	ck_assert_int_eq(check("::ffff:127.0.0.1", "127.0.0.2", NULL), ACCESS_GRANTED);
	ck_assert_int_eq(check("10.0.0.1", "localhost", NULL), ACCESS_NO_ADDRESS);
	ck_assert_int_eq(check("::2", "localhost", NULL), ACCESS_NO_ADDRESS);
	ck_assert_int_eq(check("", "localhost", NULL), ACCESS_NO_ADDRESS);
	/* A token that nobody knows helps nobody. */
	ck_assert_int_eq(check("10.0.0.1", "localhost", "Bearer x"), ACCESS_NO_ADDRESS);
}
END_TEST

START_TEST(a_page_of_another_name_is_refused)
{
	static const char *const hosts[] = { "rebound.example", "rebound.example:9797", "localhost.example", "127.0.0.1.example",
					     "10.0.0.1", "[::2]", "[", "", ":9797", "0.0.0.0", "evil@localhost" };
	const struct visitor forwarded = { .address = "127.0.0.1", .host = "localhost", .forwarded = true };

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		ck_assert_msg(check("127.0.0.1", hosts[i], NULL) == ACCESS_NO_HOST, "%s", hosts[i]);
	ck_assert_int_eq(check("127.0.0.1", NULL, NULL), ACCESS_NO_HOST);
	ck_assert_int_eq(access_check(access_, &forwarded, NOW, &grant), ACCESS_NO_HOST);
}
END_TEST

START_TEST(with_tokens_each_needs_one)
{
	char reader[] = "reader", admin[] = "admin";

	add_token(reader, "r-secret", SCOPE_READ, NULL);
	add_token(admin, "a-secret", SCOPE_ADMIN, NULL);
	begin();
	ck_assert_int_eq(check("127.0.0.1", "localhost", NULL), ACCESS_NO_TOKEN);
	ck_assert_int_eq(check("10.0.0.1", "any.example", "Bearer r-secret"), ACCESS_GRANTED);
	ck_assert_uint_eq(grant.scopes, SCOPE_BIT(SCOPE_METRICS) | SCOPE_BIT(SCOPE_READ));
	ck_assert_str_eq(grant.who, "reader");
	ck_assert_int_eq(check("10.0.0.1", "any.example", "bearer a-secret"), ACCESS_GRANTED);
	ck_assert(grant.scopes & SCOPE_BIT(SCOPE_ADMIN));
	ck_assert_int_eq(check("10.0.0.1", NULL, "Bearer r-secre"), ACCESS_NO_TOKEN);
	ck_assert_int_eq(check("10.0.0.1", NULL, "Bearer "), ACCESS_NO_TOKEN);
	ck_assert_int_eq(check("10.0.0.1", NULL, "Basic r-secret"), ACCESS_NO_TOKEN);
	/* Enough for some to begin with the same digits of the hash. */
	for (unsigned i = 0; i < 1000; i++) {
		char wrong[32];

		(void)snprintf(wrong, sizeof(wrong), "Bearer wrong-%u", i);
		ck_assert_int_eq(check("10.0.0.1", NULL, wrong), ACCESS_NO_TOKEN);
	}
	/* The hash is not the token. */
	ck_assert_int_eq(check("10.0.0.1", NULL, hashes[0]), ACCESS_NO_TOKEN);
}
END_TEST

START_TEST(tokens_expire)
{
	char name[] = "old", at[] = "2027-01-15T08:00:00Z", before[] = "2027-01-15T07:59:59Z", after[] = "2027-01-15T08:00:01Z";

	add_token(name, "s", SCOPE_READ, before);
	begin();
	ck_assert_int_eq(check("127.0.0.1", "localhost", "Bearer s"), ACCESS_EXPIRED);
	tokens[0].expires = at;
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert_int_eq(check("127.0.0.1", "localhost", "Bearer s"), ACCESS_EXPIRED);
	tokens[0].expires = after;
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert_int_eq(check("127.0.0.1", "localhost", "Bearer s"), ACCESS_GRANTED);
}
END_TEST

START_TEST(the_last_use_outlives_a_reload)
{
	char name[] = "one", other[] = "other";
	struct token_state state;

	add_token(name, "s", SCOPE_READ, NULL);
	begin();
	ck_assert(access_token_at(access_, 0, &state));
	ck_assert_int_eq(state.used_unix_ns, INT64_MIN);
	ck_assert_int_eq(check("127.0.0.1", "localhost", "Bearer s"), ACCESS_GRANTED);
	add_token(other, "t", SCOPE_ADMIN, NULL);
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert(access_token_at(access_, 0, &state));
	ck_assert_str_eq(state.name, "one");
	ck_assert_int_eq(state.used_unix_ns, NOW);
	ck_assert(access_token_at(access_, 1, &state));
	ck_assert_int_eq(state.used_unix_ns, INT64_MIN);
	ck_assert_int_eq(state.scope, SCOPE_ADMIN);
	ck_assert(!access_token_at(access_, 2, &state));
	/* Another token by the same name has not been used. */
	ck_assert_int_eq(digest_hex(slice_of("u"), hashes[0]), 0);
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert(access_token_at(access_, 0, &state));
	ck_assert_int_eq(state.used_unix_ns, INT64_MIN);
}
END_TEST

START_TEST(networks_bound_all)
{
	char ipv4[] = "10.1.0.0/16", ipv6[] = "fd00::/8", name[] = "n";

	add_network(ipv4);
	add_network(ipv6);
	add_token(name, "s", SCOPE_METRICS, NULL);
	begin();
	ck_assert_int_eq(check("10.1.2.3", NULL, "Bearer s"), ACCESS_GRANTED);
	ck_assert_int_eq(check("fdab::1", NULL, "Bearer s"), ACCESS_GRANTED);
	ck_assert_int_eq(check("10.2.0.1", NULL, "Bearer s"), ACCESS_NO_ADDRESS);
	ck_assert_int_eq(check("127.0.0.1", NULL, "Bearer s"), ACCESS_GRANTED);
	ck_assert_int_eq(check_metrics("10.1.2.3", NULL), ACCESS_GRANTED);
	ck_assert_int_eq(check_metrics("10.2.0.1", NULL), ACCESS_NO_ADDRESS);
}
END_TEST

START_TEST(metrics_are_open_or_not)
{
	char name[] = "prometheus";

	begin();
	ck_assert_int_eq(check_metrics("10.0.0.1", NULL), ACCESS_GRANTED);
	config.metrics_open = false;
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert_int_eq(check_metrics("10.0.0.1", NULL), ACCESS_NO_ADDRESS);
	add_token(name, "s", SCOPE_METRICS, NULL);
	ck_assert_int_eq(access_use(access_, &config), 0);
	ck_assert_int_eq(check_metrics("10.0.0.1", NULL), ACCESS_NO_TOKEN);
	ck_assert_int_eq(check_metrics("10.0.0.1", "Bearer s"), ACCESS_GRANTED);
	ck_assert_int_eq(check("10.0.0.1", NULL, "Bearer s"), ACCESS_GRANTED);
	ck_assert_uint_eq(grant.scopes, SCOPE_BIT(SCOPE_METRICS));
}
END_TEST

START_TEST(networks_are_read)
{
	static const char *const bad[] = { "", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/8x", "10.0.0.0/-1",
					   "host", "10.0.0.0/0008", "1.2.3.4.5" };
	struct network network;
	struct address address;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(network_parse(bad[i], &network) < 0, "%s", bad[i]);
	ck_assert_int_eq(network_parse("0.0.0.0/0", &network), 0);
	ck_assert_int_eq(address_parse("8.8.8.8", &address), 0);
	ck_assert(network_holds(&network, &address));
	ck_assert_int_eq(address_parse("fd00::1", &address), 0);
	ck_assert(!network_holds(&network, &address));
	/* Every length: the last bit that counts, and the first that does not. */
	for (unsigned bits = 1; bits <= 32; bits++) {
		ck_assert_int_eq(network_parse("0.0.0.0", &network), 0);
		network.bits = 96 + bits;
		ck_assert_int_eq(address_parse("0.0.0.0", &address), 0);
		address.bytes[12 + (bits - 1) / 8] = (uint8_t)(0x80 >> (bits - 1) % 8);
		ck_assert(!network_holds(&network, &address));
		ck_assert_int_eq(address_parse("0.0.0.0", &address), 0);
		if (bits < 32)
			address.bytes[12 + bits / 8] = (uint8_t)(0x80 >> bits % 8);
		ck_assert(network_holds(&network, &address));
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("access");
	TCase *tcase = tcase_create("visitors");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, without_tokens_only_this_machine);
	tcase_add_test(tcase, a_page_of_another_name_is_refused);
	tcase_add_test(tcase, with_tokens_each_needs_one);
	tcase_add_test(tcase, tokens_expire);
	tcase_add_test(tcase, the_last_use_outlives_a_reload);
	tcase_add_test(tcase, networks_bound_all);
	tcase_add_test(tcase, metrics_are_open_or_not);
	tcase_add_test(tcase, networks_are_read);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
