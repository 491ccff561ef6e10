/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "unit.h"

#define PUT(array, ...) (void)snprintf((array), sizeof(array), __VA_ARGS__)

int sample_folder(char path[64])
{
	const char *base = getenv("TMPDIR");
	int folder;

	(void)snprintf(path, 64, "%.40s/promtap-history-XXXXXX", base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder, 0);
	return folder;
}

void sample_folder_done(int folder, const char *path)
{
	DIR *listing = fdopendir(folder);
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		(void)unlinkat(folder, entry->d_name, 0);
	if (listing)
		(void)closedir(listing);
	(void)rmdir(path);
}

static void put_texts(uint64_t n, struct call *call)
{
	PUT(call->id, "%016llx-%llx", 0x1234abcdull, (unsigned long long)n);
	PUT(call->workload.service, "service-%llu", (unsigned long long)(n % 3));
	call->workload.source = SERVICE_SYSTEMD;
	PUT(call->workload.program, "python3");
	call->workload.tgid = (uint32_t)(1000 + n % 5);
	PUT(call->tls, "openssl");
	PUT(call->method, "POST");
	PUT(call->path, "/v1/chat/completions");
	PUT(call->server_address, "api.openai.com");
	PUT(call->provider, n % 7 == 0 ? "anthropic" : "openai");
	PUT(call->dialect, "openai.chat");
	PUT(call->request_model, "gpt-%llu", (unsigned long long)(n % 4));
	if (n % 5 != 0)
		PUT(call->response_model, "gpt-%llu-2026-01-01", (unsigned long long)(n % 4));
	PUT(call->system_fingerprint, "fp_%llu", (unsigned long long)(n % 2));
	call->finish_reason_count = 1 + n % 2;
	PUT(call->finish_reasons[0], "stop");
	PUT(call->finish_reasons[1], n % 2 ? "length" : "");
	call->tool_count = n % 3 == 0 ? 2 : 0;
	PUT(call->tools[0], n % 3 == 0 ? "get_weather" : "");
	PUT(call->tools[1], n % 3 == 0 ? "search" : "");
}

static void put_figures(uint64_t n, struct call *call)
{
	call->status = n % 11 == 0 ? 429 : 200;
	call->error = n % 11 == 0 ? ERROR_RATE_LIMIT : ERROR_NONE;
	call->duration_ns = (int64_t)(1000000 + n * 7919 % 3000000007ull);
	call->request_ns = 1000;
	call->ttfb_ns = call->duration_ns / 2;
	call->request_bytes = 2048;
	call->response_bytes = 4096;
	call->retry_count = n % 11 == 0;
	if (call->error != ERROR_NONE)
		return;
	call->usage_source = n % 13 == 0 ? USAGE_ESTIMATED : USAGE_PROVIDER;
	call->tokens.input = (int64_t)(100 + n % 1000);
	call->tokens.output = (int64_t)(n % 300);
	call->tokens.cache_read = n % 2 ? (int64_t)(n % 50) : CALL_UNKNOWN;
	call->cost_source = n % 17 == 0 ? COST_NONE : COST_TABLE;
	call->cost_pico_usd = n % 17 == 0 ? CALL_UNKNOWN : (int64_t)(2500000 * (100 + n % 1000) + 1);
	call->confidence_ppm = (int64_t)(900000 - n % 1000);
	call->confidence_source = CONFIDENCE_HEURISTIC;
	call->tool_calls = call->tool_count;
}

static void put_finding(uint64_t n, struct call *call)
{
	struct call_finding *finding = &call->findings[0];

	call->finding_count = 1;
	PUT(finding->rule, "injection-%llu", (unsigned long long)(n % 4));
	PUT(finding->category, "override");
	finding->severity = SEVERITY_HIGH;
	finding->where = WHERE_USER;
	finding->count = (uint32_t)(n % 3);
	finding->repeats = 1;
	finding->rule_version = 2;
	finding->first_seen_unix_ns = n % 2 ? CALL_UNKNOWN : SAMPLE_BEGIN_NS;
}

void sample_call(uint64_t n, struct call *ret)
{
	call_init(ret);
	put_texts(n, ret);
	ret->role = n % 19 == 0 ? ROLE_SERVER : ROLE_CLIENT;
	ret->hop = n % 23 == 0 ? HOP_FROM_GATEWAY : HOP_DIRECT;
	ret->protocol = HTTP_1_1;
	ret->operation = OPERATION_CHAT;
	ret->streaming = n % 2;
	ret->looked_into = n % 3 != 0;
	ret->hedged = n % 29 == 0;
	put_figures(n, ret);
	ret->capture = CAPTURE_COMPLETE;
	ret->risk = n % 31 == 0 ? RISK_HIGH : RISK_NONE;
	if (n % 10 == 0)
		put_finding(n, ret);
	ret->time_unix_ns = SAMPLE_BEGIN_NS + (int64_t)n * 1000000 - ret->duration_ns;
}

void sample_alert(uint64_t n, struct alert *ret)
{
	*ret = (struct alert){
		.kind = READING_LATENCY_P95,
		.severity = ALERT_CRITICAL,
		.state = n % 3 == 0 ? ALERT_INACTIVE : n % 3 == 1 ? ALERT_RESOLVED : ALERT_FIRING,
		.value = 2500.5,
		.threshold = 2000,
		.worst = 3000,
		.samples = 100 + n,
		.readings = n,
		.since_unix_ns = SAMPLE_BEGIN_NS,
		.changed_unix_ns = SAMPLE_BEGIN_NS + (int64_t)n * 1000000000ll,
	};
	PUT(ret->id, "%032llx", (unsigned long long)n);
	PUT(ret->service, "shop");
	PUT(ret->model, "gpt-4o");
	PUT(ret->detail, "latency");
	PUT(ret->note, "p95 of %llu calls", (unsigned long long)n);
}

struct history_config sample_config(void)
{
	return (struct history_config){
		.enabled = true,
		.calls_age = 15ull * 24 * 3600 * 1000000000ull,
		.hours_age = 90ull * 24 * 3600 * 1000000000ull,
		.alerts_age = 365ull * 24 * 3600 * 1000000000ull,
		.bytes_max = 1ull << 30,
	};
}

static sqlite3 *open_file(const char *path)
{
	char file[128];
	sqlite3 *db = NULL;

	(void)snprintf(file, sizeof(file), "%s/history.db", path);
	ck_assert_int_eq(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	return db;
}

int64_t sample_number(const char *path, const char *sql)
{
	sqlite3 *db = open_file(path);
	sqlite3_stmt *statement = NULL;
	int64_t number;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return number;
}

/* The same sums from the calls; what EXCEPT leaves either way is wrong. */
#define OF_HOURS                                                                                                    \
	"SELECT h.hour, s.service, s.model, s.provider, s.hop, h.calls, h.errors, h.priced, h.cost_pico_usd, "      \
	"h.estimated, h.estimated_cost_pico_usd, h.unpriced, h.counted, h.input_tokens, h.output_tokens, "          \
	"h.cache_read_tokens, h.guessed, h.guessed_input_tokens FROM hours h JOIN series s ON s.id = h.series"
#define KNOWN_COST "k.cost_source <> '' AND c.cost_pico_usd IS NOT NULL"
#define GUESSED_COST "(k.cost_source = 'table' AND k.usage_source = 'estimated')"
#define OF_CALLS                                                                                                    \
	"SELECT c.end_ns / 3600000000000 AS hour, k.service, "                                                      \
	"CASE k.response_model WHEN '' THEN k.request_model ELSE k.response_model END AS model, k.provider, k.hop, " \
	"count(*), sum(k.error <> ''), sum(" KNOWN_COST " AND NOT " GUESSED_COST "), "                              \
	"sum(CASE WHEN " KNOWN_COST " AND NOT " GUESSED_COST " THEN c.cost_pico_usd ELSE 0 END), "                  \
	"sum(" KNOWN_COST " AND " GUESSED_COST "), "                                                                \
	"sum(CASE WHEN " KNOWN_COST " AND " GUESSED_COST " THEN c.cost_pico_usd ELSE 0 END), "                      \
	"sum(NOT (" KNOWN_COST ") AND NOT (c.status >= 400 AND k.usage_source = 'none')), "                         \
	"sum(k.usage_source = 'provider'), sum(CASE k.usage_source WHEN 'provider' THEN ifnull(c.input_tokens, 0) ELSE 0 END), " \
	"sum(CASE k.usage_source WHEN 'provider' THEN ifnull(c.output_tokens, 0) ELSE 0 END), "                     \
	"sum(CASE k.usage_source WHEN 'provider' THEN ifnull(c.cache_read_tokens, 0) ELSE 0 END), "                 \
	"sum(k.usage_source = 'estimated'), "                                                                       \
	"sum(CASE k.usage_source WHEN 'estimated' THEN ifnull(c.input_tokens, 0) ELSE 0 END) "                      \
	"FROM calls c JOIN kinds k ON k.id = c.kind WHERE k.role = 'client' GROUP BY 1, 2, 3, 4, 5"

void sample_check_hours(const char *path)
{
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM (" OF_HOURS " EXCEPT " OF_CALLS ")"), 0);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM (" OF_CALLS " EXCEPT " OF_HOURS ")"), 0);
}
