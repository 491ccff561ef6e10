/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/place.h"

#include "base/clock.h"
#include "transport/backoff.h"
#include "unit.h"

static void check_host(const char *url, const char *expected)
{
	char host[PLACE_HOST_BYTES];

	url_host(url, host);
	ck_assert_str_eq(host, expected);
}

START_TEST(host_of_a_url)
{
	check_host("https://collector.example.org/v1/traces", "collector.example.org");
	check_host("http://127.0.0.1:4318", "127.0.0.1");
	check_host("http://[::1]:4318/", "::1");
	check_host("http://user:word@host.example.org:1/x@y", "host.example.org");
	check_host("https://a.example.org?x=://b.example.org", "a.example.org");
	check_host("https://a.example.org#://b", "a.example.org");
	check_host("https:///path", "");
	check_host("collector:4318", "");
	check_host("", "");
}
END_TEST

START_TEST(loopback_is_an_address_and_one_name)
{
	ck_assert(host_is_loopback("localhost"));
	ck_assert(host_is_loopback("127.8.8.8"));
	ck_assert(host_is_loopback("::1"));
	ck_assert(!host_is_loopback("127.example.org"));
	ck_assert(!host_is_loopback("128.0.0.1"));
	ck_assert(!host_is_loopback(""));
}
END_TEST

START_TEST(allowed_by_name_or_pattern)
{
	char name[] = "a.example.org", pattern[] = "*.example.net";
	char *items[] = { name, pattern };
	const struct texts allowed = { items, 2 };

	ck_assert(host_is_allowed(&allowed, "A.example.org"));
	ck_assert(host_is_allowed(&allowed, "x.example.net"));
	ck_assert(host_is_allowed(&allowed, "x.y.example.net"));
	ck_assert(!host_is_allowed(&allowed, "example.net"));
	ck_assert(!host_is_allowed(&allowed, "xexample.net"));
	ck_assert(!host_is_allowed(&allowed, "b.a.example.org"));
}
END_TEST

START_TEST(schemes)
{
	static const char *const web[] = { "https://", "http://", NULL };

	ck_assert(url_has_scheme("HTTPS://x", web));
	ck_assert(!url_has_scheme("httpx://x", web));
	ck_assert(!url_has_scheme("http:/", web));
}
END_TEST

#define FIRST NSEC_PER_SEC
#define LAST (30 * NSEC_PER_SEC)

START_TEST(waits_double_within_bounds)
{
	uint64_t whole = FIRST;

	for (unsigned i = 0; i < 100; i++) {
		ck_assert_uint_eq(backoff_ns(i, FIRST, LAST, 0, 0), whole / 2);
		ck_assert_uint_le(backoff_ns(i, FIRST, LAST, 0, UINT64_MAX), whole);
		ck_assert_uint_eq(backoff_ns(i, FIRST, LAST, 0, whole / 2), whole);
		whole = whole * 2 < LAST ? whole * 2 : LAST;
	}
}
END_TEST

START_TEST(what_is_asked_for_is_kept_to)
{
	ck_assert_uint_eq(backoff_ns(0, FIRST, LAST, 7 * FIRST, 0), 7 * FIRST);
	ck_assert_uint_eq(backoff_ns(0, FIRST, LAST, 3600 * FIRST, 0), LAST);
	ck_assert_uint_eq(backoff_ns(9, FIRST, LAST, FIRST, LAST / 2), LAST);
}
END_TEST

static Suite *make_place(void)
{
	Suite *suite = suite_create("transport: places");
	TCase *tc = tcase_create("places");

	tcase_add_test(tc, host_of_a_url);
	tcase_add_test(tc, loopback_is_an_address_and_one_name);
	tcase_add_test(tc, allowed_by_name_or_pattern);
	tcase_add_test(tc, schemes);
	tcase_add_test(tc, waits_double_within_bounds);
	tcase_add_test(tc, what_is_asked_for_is_kept_to);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_place)
