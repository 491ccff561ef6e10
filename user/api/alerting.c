/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts, their history, and silences. */
#include <errno.h>

#include "alerts/playbook.h"
#include "api/answers.h"
#include "api/body.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "llm/call_read.h"

#define TIME_BYTES 40

/* ---- lists -------------------------------------------------------------------------------------------- */

static void put_playbook(struct json_out *json, const struct playbook *playbook)
{
	if (!playbook) {
		json_out_null(json, "playbook");
		return;
	}
	json_out_open(json, "playbook", '{');
	json_out_string(json, "id", playbook->id);
	json_out_string(json, "about", playbook->about);
	json_out_string(json, "tell", playbook->tell);
	json_out_string(json, "within", playbook->within);
	json_out_string(json, "runbook", playbook->runbook);
	json_out_open(json, "steps", '[');
	for (size_t i = 0; i < PLAYBOOK_STEPS_MAX && playbook->steps[i]; i++)
		json_out_string(json, NULL, playbook->steps[i]);
	json_out_close(json, ']');
	json_out_close(json, '}');
}

static void put_alert(struct json_out *json, const struct alert *alert)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "id", alert->id);
	json_out_string(json, "alert", reading_names[alert->kind]);
	json_out_string(json, "severity", alert_severity_names[alert->severity]);
	json_out_string(json, "state", alert_state_names[alert->state]);
	json_out_string(json, "service", alert->service);
	json_out_string(json, "model", alert->model);
	json_out_string(json, "detail", alert->detail);
	json_out_string(json, "note", alert->note);
	json_out_number(json, "value", alert->value);
	json_out_number(json, "threshold", alert->threshold);
	json_out_number(json, "worst", alert->worst);
	json_out_string(json, "unit", reading_units[alert->kind]);
	json_out_count(json, "samples", alert->samples);
	json_out_count(json, "readings", alert->readings);
	json_out_time(json, "since", alert->since_unix_ns);
	json_out_time(json, "changed", alert->changed_unix_ns);
	json_out_string(json, "acknowledged_by", alert->by);
	json_out_bool(json, "silenced", true, alert->silenced);
	put_playbook(json, alert->playbook);
	json_out_close(json, '}');
}

int answer_alerts(struct request *request)
{
	const struct alert *alert;
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; (alert = alerts_at(request->view->alerts, i)); i++) {
		if (request_wants(request, alert->service, alert->model) && page_takes(&page))
			put_alert(&request->json, alert);
	}
	return page_close(&page);
}

int answer_alert_history(struct request *request)
{
	const struct transitions *transitions = request->view->transitions;
	const struct alert *alert;
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; (alert = transitions_at(transitions, i)); i++) {
		if (alert->changed_unix_ns >= request->query.since_unix_ns &&
		    request_wants(request, alert->service, alert->model) && page_takes(&page))
			put_alert(&request->json, alert);
	}
	return page_close(&page);
}

static void put_silence(struct json_out *json, const struct alert_silence *silence)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "id", silence->id);
	json_out_string(json, "condition", silence->condition);
	json_out_string(json, "service", silence->service);
	json_out_string(json, "model", silence->model);
	json_out_string(json, "by", silence->by);
	json_out_string(json, "reason", silence->reason);
	json_out_time(json, "from", silence->from_unix_ns);
	json_out_time(json, "until", silence->until_unix_ns);
	json_out_close(json, '}');
}

int answer_silences(struct request *request)
{
	const struct alert_silence *silence;
	struct page page;

	page_open(&page, request);
	for (size_t i = 0; (silence = alerts_silence_at(request->view->alerts, i)); i++) {
		if (page_takes(&page))
			put_silence(&request->json, silence);
	}
	return page_close(&page);
}

/* ---- what people do ------------------------------------------------------------------------------------ */

/* A form of a web page of somebody else cannot send this type without asking, and nobody answers it (CORS). 0, or a
 * status. */
static int read_members(struct request *request, const struct body_member *members, size_t count)
{
	char problem[BODY_PROBLEM_BYTES];
	int err;

	if (!request->question->is_json)
		return request_problem(request, 415, "send JSON, and say so: Content-Type: application/json");
	err = body_read(request->question->body, members, count, problem);
	if (err == -ENOMEM)
		return request_problem(request, 500, "out of memory");
	return err < 0 ? request_problem(request, 400, "%s", problem) : 0;
}

static const char *asker(const struct request *request)
{
	return *request->question->who ? request->question->who : "none, from this machine";
}

int answer_acknowledge(struct request *request)
{
	char by[ALERT_BY_BYTES];
	const struct body_member members[] = { { "by", by, sizeof(by), true } };
	int status = read_members(request, members, ARRAY_SIZE(members)), err;

	if (status != 0)
		return status;
	err = alerts_acknowledge(request->view->alerts, request->id, by, request->view->now_unix_ns);
	if (err == -ENOENT)
		return request_problem(request, 404, "no active alert has this id");
	if (err == -EALREADY)
		return request_problem(request, 409, "it has been acknowledged before");
	if (err < 0)
		return request_problem(request, 409, "it is pending still, and nobody was told of it");
	log_info("alert %s is acknowledged over the API; token: %s", request->id, asker(request));
	return 204;
}

static int refuse_silence(struct request *request, int err)
{
	if (err == -ENOSPC)
		return request_problem(request, 507, "there are %d silences already; end one first", ALERT_SILENCES_MAX);
	return request_problem(request, 400, "no such condition, or until is over");
}

int answer_silence(struct request *request)
{
	struct alert_silence silence = { 0 };
	char until[TIME_BYTES];
	const struct body_member members[] = {
		{ "condition", silence.condition, sizeof(silence.condition), false },
		{ "service", silence.service, sizeof(silence.service), false },
		{ "model", silence.model, sizeof(silence.model), false },
		{ "by", silence.by, sizeof(silence.by), true },
		{ "reason", silence.reason, sizeof(silence.reason), false },
		{ "until", until, sizeof(until), true },
	};
	int status = read_members(request, members, ARRAY_SIZE(members)), err;

	if (status != 0)
		return status;
	if (call_read_time(slice_of(until), &silence.until_unix_ns) < 0)
		return request_problem(request, 400, "until: write a time such as 2026-01-31T12:00:00Z");
	err = alerts_silence(request->view->alerts, &silence, request->view->now_unix_ns);
	if (err < 0)
		return refuse_silence(request, err);
	log_info("silence %s is made over the API; token: %s", silence.id, asker(request));
	put_silence(&request->json, &silence);
	return 201;
}

int answer_unsilence(struct request *request)
{
	if (alerts_unsilence(request->view->alerts, request->id) < 0)
		return request_problem(request, 404, "no silence has this id");
	log_info("silence %s is ended over the API; token: %s", request->id, asker(request));
	return 204;
}
