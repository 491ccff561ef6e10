/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The playbooks. Each is a row here and a part of docs/operations.md with the
 * same anchor, which goes into more detail; tests/alerts/test_playbooks.py
 * compares the two.
 */
#include "alerts/playbook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define PAGE "docs/operations.md#"

struct playbook_row {
	enum reading_kind kind;
	enum drift_level level;		/* DRIFT_NONE: whatever it is */
	struct playbook book;
};

static const struct playbook_row rows[] = {
	{ READING_LATENCY_P95, DRIFT_NONE, {
		.id = "latency_p95",
		.about = "One call in twenty takes longer than it may",
		.tell = "on-call engineer", .within = "30 minutes", .runbook = PAGE "latency-p95",
		.steps = {
			"One model, one service, or all? All of a provider: look at its status page",
			"Time to first token against the whole duration: is it the queue, or longer answers?",
			"Output tokens of the same hours: longer answers take longer; see a drift of output_tokens",
			"Retries and rate limits: ai_errors_total by error_type",
			"If it lasts: a smaller model, a lower limit of output tokens, or another provider",
		} } },
	{ READING_LATENCY_P99, DRIFT_NONE, {
		.id = "latency_p99",
		.about = "One call in a hundred takes so long that users leave",
		.tell = "on-call engineer", .within = "15 minutes", .runbook = PAGE "latency-p99",
		.steps = {
			"Is the 95th percentile up too? If not, look for few very long prompts or answers",
			"Streams that stall: durations high while time to first token is not",
			"Timeouts of the client: calls that end as aborted",
			"Move traffic to another region, deployment or provider, where there is one",
		} } },
	{ READING_ERROR_RATE, DRIFT_NONE, {
		.id = "error_rate",
		.about = "More calls fail than may",
		.tell = "on-call engineer", .within = "15 minutes", .runbook = PAGE "error-rate",
		.steps = {
			"ai_errors_total by error_type: rate limit, authentication, server error, timeout",
			"Rate limit: who sends more than before? Quota of the account, retries without back-off",
			"Authentication: was a key rotated or has it run out?",
			"Server errors and timeouts: status page of the provider; switch over where that is possible",
			"One service alone: what was deployed last?",
		} } },
	{ READING_COST_PER_REQUEST, DRIFT_NONE, {
		.id = "cost_per_request",
		.about = "A call costs more than planned",
		.tell = "owner of the service", .within = "1 working day", .runbook = PAGE "cost-per-request",
		.steps = {
			"Tokens by class: did prompts grow, or answers, or reasoning?",
			"Cached share of the input: did a prompt's beginning change, so that nothing is cached "
			"any more?",
			"Model: does another, dearer one answer?",
			"promtap prices verify: is the price in use right?",
		} } },
	{ READING_DRIFT, DRIFT_MINOR, {
		.id = "drift.minor",
		.about = "A mean moved by 5 percent or more: worth knowing",
		.tell = "owner of the service", .within = "next weekly review", .runbook = PAGE "drift-minor",
		.steps = {
			"Note it; do nothing else unless it comes again within the week",
			"Compare with releases of the prompt and of the service on the same day",
		} } },
	{ READING_DRIFT, DRIFT_MODERATE, {
		.id = "drift.moderate",
		.about = "A mean moved by 10 percent or more: find out why",
		.tell = "owner of the service", .within = "1 working day", .runbook = PAGE "drift-moderate",
		.steps = {
			"Which dimension, and which others moved with it?",
			"Releases: prompt, parameters, retrieval, service",
			"Did the answering model change (alert model_change, promtap analyze)?",
			"Run the service's evaluation on a sample, before users tell you",
		} } },
	{ READING_DRIFT, DRIFT_SIGNIFICANT, {
		.id = "drift.significant",
		.about = "A mean moved by 15 percent or more: answers are not what they were",
		.tell = "on-call engineer and owner of the service", .within = "1 hour",
		.runbook = PAGE "drift-significant",
		.steps = {
			"Which dimension drives it? Confidence and refusals are about quality, cost and latency "
			"about money and time",
			"Did the answering model change? Pin the version that was good",
			"Roll back what was released last: prompt, parameters, retrieval, service",
			"Run the service's evaluation; compare with the last good result",
			"Not explained within the hour: move traffic to the fallback model, tell the provider",
			"When it is settled: acknowledge, and write down the cause",
		} } },
	{ READING_INJECTION, DRIFT_NONE, {
		.id = "injection",
		.about = "A text of a call tries to give the model orders",
		.tell = "security on call", .within = "15 minutes if critical, else 1 working day",
		.runbook = PAGE "injection",
		.steps = {
			"Where does the text stand: user, tool result, document? ai_findings_total by where and "
			"category",
			"promtap rules explain RULE: what the rule looks for, and how sure it is",
			"What can the agent do that read it: tools, credentials, network? Did it do something?",
			"Planted in a source: take the source out of retrieval",
			"A user: the limits of your terms of use; a false alarm: an exception by service",
		} } },
	{ READING_SECRET_LEAK, DRIFT_NONE, {
		.id = "secret_leak",
		.about = "A credential went to a model, or came back from one",
		.tell = "security on call", .within = "15 minutes", .runbook = PAGE "secret-leak",
		.steps = {
			"Rotate the credential first; it is at the provider now, and may be in its logs",
			"Which service, which place: prompts of users, results of tools, configuration in a "
			"system prompt?",
			"Look for use of the credential since the time of the finding",
			"Stop it at its source; acknowledge when the credential is void",
		} } },
	{ READING_RISK, DRIFT_NONE, {
		.id = "hallucination_risk",
		.about = "Answers in a domain where a wrong one does harm",
		.tell = "owner of the service", .within = "1 working day", .runbook = PAGE "hallucination-risk",
		.steps = {
			"Is the service meant for this domain? If so, raise its threshold for it and keep an eye "
			"on confidence",
			"If not: say so in the system prompt, or send such questions elsewhere",
			"Look at ai_confidence_score of the same service",
		} } },
	{ READING_MODEL_CHANGE, DRIFT_NONE, {
		.id = "model_change",
		.about = "Another model answers behind the same name",
		.tell = "owner of the service", .within = "1 working day", .runbook = PAGE "model-change",
		.steps = {
			"Announced by the provider? An alias that moves, or a rollout?",
			"Does anything drift since then: confidence, length, cost, refusals?",
			"Has the new version a price? promtap prices verify",
			"Pin the version until the service's evaluation has passed with the new one",
		} } },
	{ READING_DAILY_BUDGET, DRIFT_NONE, {
		.id = "daily_budget",
		.about = "A service has spent its budget of the day, or most of it",
		.tell = "owner of the service", .within = "1 hour", .runbook = PAGE "daily-budget",
		.steps = {
			"More calls, or dearer ones? ai_requests_total against the cost per request",
			"A loop: an agent or a retry that does not end",
			"By model: promtap report --since 1d --by service,model",
			"Set a limit at the provider or at the gateway: promtap blocks nothing",
		} } },
	{ READING_INCOMPLETE, DRIFT_NONE, {
		.id = "incomplete",
		.about = "Figures rest on calls that were not captured whole",
		.tell = "who runs promtap", .within = "1 working day", .runbook = PAGE "incomplete",
		.steps = {
			"promtap_lost_bytes_total by reason: ring_full asks for a larger --ring-size or more processor",
			"promtap_skipped_bytes_total{reason=\"limit\"}: calls above --capture-read or --capture-write",
			"promtap_role_restarts_total: does a role die?",
			"Until then read costs and counts as at least so much",
		} } },
	{ READING_UNCOVERED, DRIFT_NONE, {
		.id = "uncovered",
		.about = "Processes use a TLS library that is not observed",
		.tell = "who runs promtap", .within = "1 working day", .runbook = PAGE "uncovered",
		.steps = {
			"promtap check: which processes, which library, and why",
			"docs/coverage.md: can it be observed at all?",
			"Processes that call no model: disable the condition for this library's service",
		} } },
};

/* Whether `note` is "LEVEL_drift_...". */
static bool spells(const char *note, enum drift_level level)
{
	const char *name = drift_level_names[level];
	size_t len = strlen(name);

	return strncmp(note, name, len) == 0 && strncmp(note + len, "_drift_", 7) == 0;
}

enum drift_level playbook_drift_level(const struct reading *reading)
{
	static const double percent[DRIFT_LEVEL_MAX] = {
		[DRIFT_MINOR] = 5, [DRIFT_MODERATE] = 10, [DRIFT_SIGNIFICANT] = 15,
	};
	enum drift_level level = DRIFT_SIGNIFICANT;

	if (strcmp(reading->note, "no_drift") == 0)
		return DRIFT_NONE;
	for (unsigned spelt = DRIFT_MINOR; spelt < DRIFT_LEVEL_MAX; spelt++) {
		if (spells(reading->note, spelt))
			return spelt;
	}
	while (level > DRIFT_NONE && fabs(reading->value) < percent[level])
		level--;
	return level;
}

static size_t find_row(enum reading_kind kind, const struct reading *reading)
{
	enum drift_level level = kind == READING_DRIFT ? playbook_drift_level(reading) : DRIFT_NONE;
	size_t i = 0;

	while (i < ARRAY_SIZE(rows) && (rows[i].kind != kind || rows[i].level != level))
		i++;
	return i;
}

const struct playbook *playbook_at(size_t index)
{
	return index < ARRAY_SIZE(rows) ? &rows[index].book : NULL;
}

const struct playbook *playbook_find(enum reading_kind kind, const struct reading *reading)
{
	return playbook_at(find_row(kind, reading));
}

/* ---- with the user's place of runbooks ---- */

struct playbooks {
	struct playbook books[ARRAY_SIZE(rows)];
	struct buffer places[ARRAY_SIZE(rows)];	/* the runbooks of these, where the user has a place for them */
};

static int place(struct playbook *book, struct buffer *text, const char *base)
{
	const char *anchor = book->runbook + strlen(PAGE);
	size_t len = strlen(base);
	int err = buffer_printf(text, "%s%s%s", base, len > 0 && base[len - 1] == '/' ? "" : "#", anchor);

	if (err < 0)
		return err;
	book->runbook = text->data;
	return 0;
}

struct playbooks *playbooks_new(const char *base)
{
	struct playbooks *books = calloc(1, sizeof(*books));

	if (!books)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		books->books[i] = rows[i].book;
		if (base && place(&books->books[i], &books->places[i], base) < 0) {
			playbooks_free(books);
			return NULL;
		}
	}
	return books;
}

void playbooks_free(struct playbooks *books)
{
	if (!books)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		buffer_done(&books->places[i]);
	free(books);
}

const struct playbook *playbooks_find(const struct playbooks *books, enum reading_kind kind,
				      const struct reading *reading)
{
	size_t i = find_row(kind, reading);

	return i < ARRAY_SIZE(rows) ? &books->books[i] : NULL;
}
