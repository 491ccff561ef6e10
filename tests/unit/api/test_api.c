/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes over a small world: two services, three models, an alert that fires. */
#include "api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "json/json.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define NOON (20000 * 86400 * SECOND + 43200 * SECOND)
#define ALL_SCOPES SCOPES_UP_TO(SCOPE_ADMIN)

static struct judge_config judge_config;
static struct alert_config alert_config;
static struct web_config web_config;
static struct api_view view;
static struct transitions *transitions;
static struct reply reply;

static void on_alert(void *ctx, const struct alert *alert, bool notify)
{
	(void)ctx;
	(void)notify;
	transitions_add(transitions, alert);
}

static void on_reading(void *ctx, const struct reading *reading)
{
	(void)ctx;
	alerts_reading(view.alerts, reading, view.now_unix_ns);
}

static void add_call(const char *service, const char *model, int64_t tokens)
{
	struct call call;

	call_init(&call);
	(void)strcpy(call.dialect, "openai.chat");
	(void)strcpy(call.provider, "openai");
	(void)snprintf(call.workload.service, sizeof(call.workload.service), "%s", service);
	(void)snprintf(call.response_model, sizeof(call.response_model), "%s", model);
	call.operation = OPERATION_CHAT;
	call.time_unix_ns = NOON - SECOND;
	call.duration_ns = SECOND;
	call.tokens.output = tokens;
	(void)strcpy(call.findings[0].rule, "x.y");
	(void)strcpy(call.findings[0].category, "injection");
	call.findings[0].severity = SEVERITY_HIGH;
	call.findings[0].where = WHERE_USER;
	call.findings[0].count = 2;
	call.finding_count = 1;
	analysis_call(view.analysis, &call);
	judge_call((struct judge *)view.judge, &call);
}

static void setup(void)
{
	struct judge *judge;

	ck_assert_int_eq(schema_defaults(&judge_schema, &judge_config), 0);
	ck_assert_int_eq(schema_defaults(&alert_schema, &alert_config), 0);
	ck_assert_int_eq(schema_defaults(&web_schema, &web_config), 0);
	judge_config.pairs = 8;
	judge_config.window = 40;
	judge_config.drift_window = 20;
	alert_config.rules[READING_LATENCY_P95].threshold = 1;
	alert_config.rules[READING_LATENCY_P95].min_samples = 1;
	alert_config.rules[READING_LATENCY_P95].hold = 0;
	judge = judge_new(&judge_config, MONEY_AT_APPLICATION, NULL);
	transitions = transitions_new();
	view = (struct api_view){
		.status = { .version = "1", .started_unix_ns = NOON, .ready = true },
		.analysis = analysis_new("1", MONEY_AT_APPLICATION, NULL, NULL),
		.judge = judge,
		.judge_config = &judge_config,
		.alerts = alerts_new(&alert_config, NULL, on_alert, NULL),
		.transitions = transitions,
		.access = access_new(&web_config),
		.now_unix_ns = NOON,
	};
	add_call("shop", "gpt-4o", 10);
	add_call("shop", "gpt-4o-mini", CALL_UNKNOWN);
	add_call("batch", "gpt-4o", 30);
	judge_tick(judge, NOON, on_reading, NULL);
	alerts_tick(view.alerts, NOON);
}

static void teardown(void)
{
	buffer_done(&reply.body);
	access_free(view.access);
	alerts_free(view.alerts);
	transitions_free(transitions);
	judge_free((struct judge *)view.judge);
	analysis_free(view.analysis);
	schema_done(&web_schema, &web_config);
	schema_done(&alert_schema, &alert_config);
	schema_done(&judge_schema, &judge_config);
}

static size_t reply_limit = 1 << 20;

static const char *ask_as(unsigned scopes, const char *method, const char *path, const char *query, const char *body)
{
	const struct question question = { .method = method, .path = path, .query = query, .body = slice_of(body),
					   .is_json = true, .scopes = scopes, .who = "test" };

	buffer_done(&reply.body);
	reply = (struct reply){ .body = { .limit = reply_limit } };
	api_answer(&view, &question, &reply);
	ck_assert_int_eq(buffer_reserve(&reply.body, 1), 0);
	reply.body.data[reply.body.len] = '\0';
	return reply.body.data;
}

static const char *get(const char *path, const char *query)
{
	return ask_as(ALL_SCOPES, "GET", path, query, "");
}

static void ignore(void *ctx, const struct json_value *value)
{
	(void)ctx;
	(void)value;
}

static bool is_json(struct slice text)
{
	const struct json_field field = { "x", 0 };
	struct json_schema *schema = json_schema_new(&field, 1);
	struct json_reader *reader = json_reader_new(schema, JSON_STRICT, ignore, NULL);
	bool is = json_reader_feed(reader, text.ptr, text.len) == 0 && json_reader_finish(reader) == 0;

	json_reader_free(reader);
	json_schema_free(schema);
	return is;
}

#define assert_has(text, part) ck_assert_msg(strstr((text), (part)), "'%s' lacks '%s'", (text), (part))

START_TEST(every_route_asks_for_its_scope_and_answers_json)
{
	struct api_route route;
	size_t i;

	for (i = 0; api_route_at(i, &route); i++) {
		char path[128];
		const char *hole = strstr(route.path, "{id}");

		(void)snprintf(path, sizeof(path), "%.*s%s%s", hole ? (int)(hole - route.path) : (int)strlen(route.path), route.path,
			       hole ? "abc" : "", hole ? hole + 4 : "");
		(void)ask_as(SCOPES_UP_TO(route.scope) & ~SCOPE_BIT(route.scope), route.method, path, "", "{}");
		ck_assert_msg(reply.status == 403, "%s %s: %d", route.method, path, reply.status);
		(void)ask_as(SCOPES_UP_TO(route.scope), route.method, path, "", "{}");
		ck_assert_msg(reply.status != 403 && reply.status != 405 && reply.status < 500, "%s %s: %d", route.method, path, reply.status);
		ck_assert_msg(is_json(buffer_slice(&reply.body)), "%s", reply.body.data);
		(void)ask_as(ALL_SCOPES, route.method, path, "nonsense=1", "{}");
		ck_assert_int_eq(reply.status, 400);
		(void)ask_as(ALL_SCOPES, "PATCH", path, "", "");
		ck_assert_int_eq(reply.status, 405);
		ck_assert_ptr_nonnull(strstr(reply.allow, route.method));
	}
	ck_assert_uint_gt(i, 10);
}
END_TEST

START_TEST(other_paths_are_not_there)
{
	static const char *const paths[] = { "/api/", "/api/v1", "/api/v1/", "/api/v1/statu", "/api/v1/status/", "/api/v1/silences/",
					     "/api/v1/silences/XY", "/api/v1/silences/ab/cd", "/api/v1/alerts/ab",
					     "/api/v1/alerts//acknowledge", "/api/v1/alerts/ab/acknowledge/", "",
					     "/api/v1/silences/0123456789abcdef0123456789abcdef0" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		(void)get(paths[i], "");
		ck_assert_msg(reply.status == 404, "%s: %d", paths[i], reply.status);
	}
}
END_TEST

START_TEST(figures_add_up_by_either_name)
{
	const char *text = get("/api/v1/services", "");

	assert_has(text, "{\"items\":[{\"service\":\"batch\",\"models\":1,\"calls\":1,\"errors\":0,\"input_tokens\":null,\"output_tokens\":30,");
	assert_has(text, "{\"service\":\"shop\",\"models\":2,\"calls\":2,\"errors\":0,\"input_tokens\":null,\"output_tokens\":10,");
	assert_has(text, "\"offset\":0,\"limit\":100,\"total\":2}");
	text = get("/api/v1/models", "model=gpt-4o");
	assert_has(text, "{\"items\":[{\"model\":\"gpt-4o\",\"services\":2,\"calls\":2,\"errors\":0,\"input_tokens\":null,\"output_tokens\":40,");
	assert_has(text, "\"total\":1}");
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
	const char *text = get("/api/v1/windows", "model=gpt-4o-mini");

	assert_has(text, "\"latency\":{\"unit\":\"ms\",\"samples\":1,\"mean\":1000,\"p50\":1000,\"p95\":1000,\"p99\":1000,");
	assert_has(text, "\"output_tokens\":{\"unit\":\"tokens\",\"samples\":0,\"mean\":null,\"p50\":null,\"p95\":null,\"p99\":null,");
	text = get("/api/v1/drift", "model=gpt-4o-mini&service=shop");
	assert_has(text, "\"score\":null,\"driven_by\":null,");
	assert_has(text, "\"latency\":{\"drift\":\"unknown\",\"level\":null,\"change_percent\":null,\"significant\":null,\"p_value\":null,");
}
END_TEST

START_TEST(pages_part_a_list)
{
	const char *text = get("/api/v1/windows", "limit=1&offset=1");

	ck_assert_ptr_null(strstr(text, "batch"));
	assert_has(text, "\"service\":\"shop\",\"model\":\"gpt-4o\",");
	assert_has(text, "],\"offset\":1,\"limit\":1,\"total\":3}");
	ck_assert_ptr_null(strstr(text, "gpt-4o-mini"));
	ck_assert_str_eq(get("/api/v1/windows", "offset=1000000"), "{\"items\":[],\"offset\":1000000,\"limit\":100,\"total\":3}");
}
END_TEST

START_TEST(findings_are_counts)
{
	const char *text = get("/api/v1/findings", "service=batch");

	ck_assert_str_eq(text, "{\"items\":[{\"category\":\"injection\",\"severity\":\"high\",\"service\":\"batch\",\"model\":\"gpt-4o\","
			       "\"where\":\"user\",\"count\":2}],\"offset\":0,\"limit\":100,\"total\":1}");
}
END_TEST

START_TEST(alerts_are_acknowledged)
{
	const struct alert *alert = alerts_at(view.alerts, 0);
	char path[128];

	ck_assert_ptr_nonnull(alert);
	assert_has(get("/api/v1/alerts", ""), alert->id);
	assert_has(get("/api/v1/alerts", ""), "\"playbook\":{\"id\":\"latency_p95\"");
	assert_has(get("/api/v1/alerts/history", ""), "\"state\":\"firing\"");
	(void)snprintf(path, sizeof(path), "/api/v1/alerts/%s/acknowledge", alert->id);
	(void)ask_as(ALL_SCOPES, "POST", path, "", "{\"by\":\"me\"}");
	ck_assert_int_eq(reply.status, 204);
	ck_assert_uint_eq(reply.body.len, 0);
	(void)ask_as(ALL_SCOPES, "POST", path, "", "{\"by\":\"me\"}");
	ck_assert_int_eq(reply.status, 409);
	assert_has(get("/api/v1/alerts", ""), "\"acknowledged_by\":\"me\"");
}
END_TEST

START_TEST(silences_come_and_go)
{
	char path[128];

	(void)ask_as(ALL_SCOPES, "POST", "/api/v1/silences", "", "{\"by\":\"me\",\"until\":\"2100-01-01T00:00:00Z\",\"condition\":\"drift\"}");
	ck_assert_int_eq(reply.status, 201);
	assert_has(reply.body.data, "\"condition\":\"drift\",\"service\":null,\"model\":null,\"by\":\"me\",\"reason\":null,");
	(void)snprintf(path, sizeof(path), "/api/v1/silences/%s", alerts_silence_at(view.alerts, 0)->id);
	assert_has(get("/api/v1/silences", ""), path + strlen("/api/v1/silences/"));
	(void)ask_as(ALL_SCOPES, "DELETE", path, "", "");
	ck_assert_int_eq(reply.status, 204);
	(void)ask_as(ALL_SCOPES, "DELETE", path, "", "");
	ck_assert_int_eq(reply.status, 404);
	for (int i = 0; i < ALERT_SILENCES_MAX; i++) {
		(void)ask_as(ALL_SCOPES, "POST", "/api/v1/silences", "", "{\"by\":\"me\",\"until\":\"2100-01-01T00:00:00Z\"}");
		ck_assert_int_eq(reply.status, 201);
	}
	(void)ask_as(ALL_SCOPES, "POST", "/api/v1/silences", "", "{\"by\":\"me\",\"until\":\"2100-01-01T00:00:00Z\"}");
	ck_assert_int_eq(reply.status, 507);
}
END_TEST

START_TEST(an_answer_that_is_too_large_is_a_problem)
{
	reply_limit = 600;
	assert_has(get("/api/v1/prices", ""), "ask for less with limit");
	ck_assert_int_eq(reply.status, 500);
	ck_assert(is_json(buffer_slice(&reply.body)));
	reply_limit = 1 << 20;
}
END_TEST

START_TEST(the_last_transitions_are_kept)
{
	struct transitions *ring = transitions_new();
	struct alert alert = { 0 };

	ck_assert_ptr_null(transitions_at(ring, 0));
	for (unsigned i = 0; i < TRANSITIONS_MAX + 3; i++) {
		alert.samples = i;
		transitions_add(ring, &alert);
		ck_assert_uint_eq(transitions_at(ring, 0)->samples, i);
	}
	ck_assert_uint_eq(transitions_count(ring), TRANSITIONS_MAX);
	ck_assert_uint_eq(transitions_at(ring, TRANSITIONS_MAX - 1)->samples, 3);
	ck_assert_ptr_null(transitions_at(ring, TRANSITIONS_MAX));
	transitions_free(ring);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("api");
	TCase *tcase = tcase_create("routes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_route_asks_for_its_scope_and_answers_json);
	tcase_add_test(tcase, other_paths_are_not_there);
	tcase_add_test(tcase, figures_add_up_by_either_name);
	tcase_add_test(tcase, what_is_not_known_is_null);
	tcase_add_test(tcase, pages_part_a_list);
	tcase_add_test(tcase, findings_are_counts);
	tcase_add_test(tcase, alerts_are_acknowledged);
	tcase_add_test(tcase, silences_come_and_go);
	tcase_add_test(tcase, an_answer_that_is_too_large_is_a_problem);
	tcase_add_test(tcase, the_last_transitions_are_kept);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
