/* SPDX-License-Identifier: Apache-2.0 */
/* Who is a gateway, and which calls go to and come from one. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "roles/hops.h"

#define APPLICATION 10
#define GATEWAY 20
#define PROVIDER 30

static struct workloads *workloads;
static struct hops *hops;

static void put(uint32_t tgid, const char *exe)
{
	struct event_process facts = { .tgid = tgid, .start_ns = tgid };

	(void)snprintf(facts.exe, sizeof(facts.exe), "%s", exe);
	ck_assert_int_eq(workloads_put(workloads, &facts), 0);
}

static void make_hops(const char *gateways)
{
	workloads = workloads_new(8);
	hops = hops_new(workloads, gateways);
	ck_assert_ptr_nonnull(hops);
	put(APPLICATION, "shop");
	put(GATEWAY, "litellm");
	put(PROVIDER, "vllm");
}

static void setup(void)
{
	make_hops(NULL);
}

static void teardown(void)
{
	hops_free(hops);
	workloads_free(workloads);
}

/* A finished call of that process. */
static enum call_hop hop(uint32_t tgid, enum exchange_role role, const char *response_id)
{
	struct call call;

	call_init(&call);
	call.workload.tgid = tgid;
	call.role = role;
	(void)snprintf(call.dialect, sizeof(call.dialect), "openai.chat");
	(void)snprintf(call.response_id, sizeof(call.response_id), "%s", response_id);
	return hops_of(hops, &call);
}

START_TEST(a_call_without_a_gateway_is_direct)
{
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, "a"), HOP_DIRECT);
	/* Also where the server's end is seen: it makes no calls. */
	hops_on_request(hops, PROVIDER);
	ck_assert_int_eq(hop(PROVIDER, ROLE_SERVER, "b"), HOP_DIRECT);
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, "b"), HOP_DIRECT);
}
END_TEST

/* The upstream call ends first, then the gateway's own answer, then the client's. */
START_TEST(a_call_over_a_gateway_has_two_hops)
{
	hops_on_request(hops, GATEWAY);
	ck_assert_int_eq(hop(PROVIDER, ROLE_SERVER, "a"), HOP_DIRECT);
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, "a"), HOP_FROM_GATEWAY);
	ck_assert_int_eq(hop(GATEWAY, ROLE_SERVER, "a"), HOP_TO_GATEWAY);
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, "a"), HOP_TO_GATEWAY);
	/* Another call of the application, past it. */
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, "b"), HOP_DIRECT);
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, ""), HOP_DIRECT);
}
END_TEST

START_TEST(an_answer_may_name_its_gateway)
{
	struct call call;

	call_init(&call);
	call.workload.tgid = APPLICATION;
	(void)snprintf(call.gateway, sizeof(call.gateway), "litellm");
	ck_assert_int_eq(hops_of(hops, &call), HOP_TO_GATEWAY);
	/* Tools are no hop of an LLM call, and make nobody a gateway. */
	(void)snprintf(call.dialect, sizeof(call.dialect), "mcp");
	ck_assert_int_eq(hops_of(hops, &call), HOP_DIRECT);
	call.role = ROLE_SERVER;
	ck_assert_int_eq(hops_of(hops, &call), HOP_DIRECT);
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, ""), HOP_DIRECT);
}
END_TEST

START_TEST(a_gateway_ends_with_its_process)
{
	hops_on_request(hops, GATEWAY);
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, ""), HOP_FROM_GATEWAY);
	put(GATEWAY, "litellm");	/* told again, as to a new decoder */
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, ""), HOP_FROM_GATEWAY);
	put(GATEWAY, "curl");		/* an exec */
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, ""), HOP_DIRECT);
	hops_on_request(hops, GATEWAY);
	workloads_remove(workloads, GATEWAY);
	put(GATEWAY, "curl");
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, ""), HOP_DIRECT);
}
END_TEST

START_TEST(unknown_processes_are_no_gateways)
{
	hops_on_request(hops, 99);
	ck_assert_int_eq(hop(99, ROLE_SERVER, "a"), HOP_DIRECT);
	ck_assert_int_eq(hop(99, ROLE_CLIENT, "a"), HOP_DIRECT);
}
END_TEST

START_TEST(gateways_can_be_named)
{
	teardown();
	make_hops("envoy,litellm");
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, "a"), HOP_FROM_GATEWAY);
	ck_assert_int_eq(hop(APPLICATION, ROLE_CLIENT, "a"), HOP_DIRECT);
	teardown();
	make_hops("lite,litellms,,");
	ck_assert_int_eq(hop(GATEWAY, ROLE_CLIENT, "a"), HOP_DIRECT);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/hops");
	TCase *tcase = tcase_create("hops");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_call_without_a_gateway_is_direct);
	tcase_add_test(tcase, a_call_over_a_gateway_has_two_hops);
	tcase_add_test(tcase, an_answer_may_name_its_gateway);
	tcase_add_test(tcase, a_gateway_ends_with_its_process);
	tcase_add_test(tcase, unknown_processes_are_no_gateways);
	tcase_add_test(tcase, gateways_can_be_named);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
