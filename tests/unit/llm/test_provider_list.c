/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/provider_list.h"

#include <errno.h>

#include "play.h"
#include "unit.h"

/* An error of a host that nobody knows proves nothing; of a host of the user's own it is a call. */
static void play_error(struct play *play, const char *authority)
{
	play_request(play, authority, "/v1/chat/completions", "{}");
	play_answer(play, 401, "nobody");
	play_end(play, OUTCOME_COMPLETE);
}

static void check(const char *providers, const char *authority, const char *provider, const char *gateway)
{
	struct play play;

	play_init_providers(&play, providers);
	play_error(&play, authority);
	ck_assert_uint_eq(play.count, provider ? 1 : 0);
	if (provider) {
		ck_assert_str_eq(play.calls[0].provider, provider);
		ck_assert_str_eq(play.calls[0].gateway, gateway);
	}
	play_done(&play);
}

START_TEST(test_own_hosts)
{
	check(NULL, "llm.corp", NULL, NULL);
	check("llm.corp=openai", "llm.corp", "openai", "");
	check("llm.corp=openai", "LLM.corp:8443", "openai", "");
	check("llm.corp=openai", "other.corp", NULL, NULL);
	check("*.gw:4000=openai/litellm", "a.gw:4000", "openai", "litellm");
	check("*.gw:4000=openai/litellm", "a.gw:4001", NULL, NULL);
	check("[::1]=vllm", "[::1]:8000", "vllm", "");
}
END_TEST

/* The first that fits, before the built-in ones. */
START_TEST(test_order)
{
	check("api.openai.com=x,*=y", "api.openai.com", "x", "");
	check("api.openai.com=x,*=y", "a.b", "y", "");
	check("openrouter.ai=mine", "openrouter.ai", "mine", "");
}
END_TEST

START_TEST(test_malformed)
{
	static const char *const texts[] = { "a", "a=/b", "a=12345678901234567890123456789012" };
	struct provider_list *list = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(provider_list_parse(texts[i], &list), -EINVAL);
	ck_assert_ptr_null(list);
}
END_TEST

static Suite *make_own_providers(void)
{
	Suite *s = suite_create("llm: own providers");
	TCase *tcase = tcase_create("providers");

	tcase_add_test(tcase, test_own_hosts);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_malformed);
	suite_add_tcase(s, tcase);
	return s;
}
UNIT_SUITE(make_own_providers)
