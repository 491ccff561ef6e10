/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "api/answers.h"
#include "base/cleanup.h"
#include "export/answer.h"

#define ID "{id}"

#define PAIR (PARAM_BIT(PARAM_SERVICE) | PARAM_BIT(PARAM_MODEL))

struct route {
	const char *method, *path;
	enum scope scope;
	unsigned params;	/* PARAM_BIT()s */
	answer_fn answer;
};

static const struct route routes[] = {
	{ "GET", "/api/v1/status", SCOPE_READ, 0, answer_status },
	{ "GET", "/api/v1/services", SCOPE_READ, PARAMS_PAGE | PARAM_BIT(PARAM_SERVICE), answer_services },
	{ "GET", "/api/v1/models", SCOPE_READ, PARAMS_PAGE | PARAM_BIT(PARAM_MODEL), answer_models },
	{ "GET", "/api/v1/windows", SCOPE_READ, PARAMS_PAGE | PAIR, answer_windows },
	{ "GET", "/api/v1/drift", SCOPE_READ, PARAMS_PAGE | PAIR, answer_drift },
	{ "GET", "/api/v1/alerts", SCOPE_READ, PARAMS_PAGE | PAIR, answer_alerts },
	{ "GET", "/api/v1/alerts/history", SCOPE_READ, PARAMS_PAGE | PAIR | PARAM_BIT(PARAM_SINCE), answer_alert_history },
	{ "POST", "/api/v1/alerts/" ID "/acknowledge", SCOPE_ADMIN, 0, answer_acknowledge },
	{ "GET", "/api/v1/silences", SCOPE_READ, PARAMS_PAGE, answer_silences },
	{ "POST", "/api/v1/silences", SCOPE_ADMIN, 0, answer_silence },
	{ "DELETE", "/api/v1/silences/" ID, SCOPE_ADMIN, 0, answer_unsilence },
	{ "GET", "/api/v1/findings", SCOPE_READ, PARAMS_PAGE | PAIR, answer_findings },
	{ "GET", "/api/v1/prices", SCOPE_READ, PARAMS_PAGE | PARAM_BIT(PARAM_MODEL) | PARAM_BIT(PARAM_PROVIDER), answer_prices },
	{ "GET", "/api/v1/coverage", SCOPE_READ, PARAMS_PAGE, answer_coverage },
};

bool api_route_at(size_t index, struct api_route *ret)
{
	if (index >= ARRAY_SIZE(routes))
		return false;
	*ret = (struct api_route){ routes[index].method, routes[index].path, routes[index].scope };
	return true;
}

/* ---- what answers share ----------------------------------------------------------------------------- */

int request_problem(struct request *request, int status, const char *format, ...)
{
	char detail[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	request->reply->body.len = 0;
	request->json = (struct json_out){ .out = &request->reply->body };
	problem_write(&request->reply->body, status, detail);
	return status;
}

void page_open(struct page *page, struct request *request)
{
	*page = (struct page){ .request = request };
	json_out_open(&request->json, NULL, '{');
	json_out_open(&request->json, "items", '[');
}

bool page_takes(struct page *page)
{
	const struct query *query = &page->request->query;
	uint64_t at = page->seen++;

	return at >= query->offset && at - query->offset < query->limit;
}

void page_end_items(struct page *page)
{
	if (!page->ended)
		json_out_close(&page->request->json, ']');
	page->ended = true;
}

int page_close(struct page *page)
{
	struct json_out *json = &page->request->json;

	page_end_items(page);
	json_out_count(json, "offset", page->request->query.offset);
	json_out_count(json, "limit", page->request->query.limit);
	json_out_count(json, "total", page->seen);
	json_out_close(json, '}');
	return 200;
}

static bool wants(const char *wanted, const char *is)
{
	return *wanted == '\0' || strcmp(wanted, is) == 0;
}

bool request_wants(const struct request *request, const char *service, const char *model)
{
	return wants(request->query.service, service) && wants(request->query.model, model);
}

/* ---- the table at work ------------------------------------------------------------------------------ */

/* An id is hexadecimal, as alerts and silences have them. */
static bool matches(const char *template, const char *path, char ret_id[ALERT_ID_BYTES])
{
	const char *hole = strstr(template, ID);
	size_t before = hole ? (size_t)(hole - template) : strlen(template), len;

	ret_id[0] = '\0';
	if (!hole)
		return strcmp(template, path) == 0;
	if (strncmp(template, path, before) != 0)
		return false;
	len = strspn(path + before, "0123456789abcdef");
	return len > 0 && slice_copy(ret_id, ALERT_ID_BYTES, (struct slice){ path + before, len }) &&
	       strcmp(path + before + len, hole + sizeof(ID) - 1) == 0;
}

static void add_method(char allow[ASK_ALLOW_BYTES], const char *method)
{
	size_t len = strlen(allow);

	(void)snprintf(allow + len, ASK_ALLOW_BYTES - len, "%s%s%s", len > 0 ? ", " : "", method,
		       strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

/* Null: `ret_allow` has the methods of the path; none: there is no such path. */
static const struct route *find(const struct question *question, char ret_id[ALERT_ID_BYTES],
				char ret_allow[ASK_ALLOW_BYTES])
{
	ret_allow[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (!matches(routes[i].path, question->path, ret_id))
			continue;
		if (strcmp(routes[i].method, question->method) == 0)
			return &routes[i];
		add_method(ret_allow, routes[i].method);
	}
	return NULL;
}

static int answer(struct request *request, const struct route *route)
{
	char problem[QUERY_PROBLEM_BYTES];
	int status;

	if (!(request->question->scopes & SCOPE_BIT(route->scope)))
		return request_problem(request, 403, "this token's scope does not hold %s", scope_names[route->scope]);
	if (query_parse(request->question->query, route->params, &request->query, problem) < 0)
		return request_problem(request, 400, "%s", problem);
	status = route->answer(request);
	if (request->json.error < 0)
		return request_problem(request, 500, request->json.error == -E2BIG ?
				       "the answer is too large; ask for less with limit" : "out of memory");
	return status;
}

void api_answer(const struct api_view *view, const struct question *question, struct reply *ret)
{
	struct request request = { .view = view, .question = question, .json = { .out = &ret->body }, .reply = ret };
	char id[ALERT_ID_BYTES];
	const struct route *route = find(question, id, ret->allow);

	request.id = id;
	if (route)
		ret->status = answer(&request, route);
	else if (ret->allow[0])
		ret->status = request_problem(&request, 405, "this path takes %s", ret->allow);
	else
		ret->status = request_problem(&request, 404, "there is no such path; docs/api.md lists all");
}
