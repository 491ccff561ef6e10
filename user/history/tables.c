/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most of what describes a call is the same for thousands of them: all names
 * together are a row of `kinds`, and the call holds its number. So do the rows
 * of findings with `rules`, and those of hours with `series`. A row of these
 * four dictionaries goes when all that could refer to it is gone: `last_hour`
 * is the latest hour of a row that does.
 *
 * The key of a call is its end, because calls are read and deleted by it, and
 * what makes it one of a kind: its id, cut into the part that all calls of a
 * run of the decoder share and the number in it.
 *
 * Names are stored and not the numbers of enums, which may change between
 * versions. NULL is unknown, in the dictionaries "" is.
 */
#include "history/tables.h"

#include "base/cleanup.h"

#define KIND_NAMES                                                                                                \
	"service, service_source, container, pod, program, tls, role, hop, protocol, method, path, "            \
	"server_address, provider, gateway, dialect, operation, request_model, response_model, service_tier, "  \
	"speed, inference_geo, variant, system_fingerprint, priced_as, error, finish_reasons, tools, "          \
	"usage_source, cost_source, confidence_source, capture, risk"

static const char step_1[] =
	"CREATE TABLE runs(id INTEGER PRIMARY KEY, last_hour INTEGER NOT NULL, run TEXT NOT NULL UNIQUE) STRICT;\n"
	"CREATE INDEX runs_by_hour ON runs(last_hour);\n"

	"CREATE TABLE kinds(id INTEGER PRIMARY KEY, last_hour INTEGER NOT NULL,\n"
	" service TEXT NOT NULL, service_source TEXT NOT NULL, container TEXT NOT NULL, pod TEXT NOT NULL,\n"
	" program TEXT NOT NULL, tls TEXT NOT NULL, role TEXT NOT NULL, hop TEXT NOT NULL, protocol TEXT NOT NULL,\n"
	" method TEXT NOT NULL, path TEXT NOT NULL, server_address TEXT NOT NULL, provider TEXT NOT NULL,\n"
	" gateway TEXT NOT NULL, dialect TEXT NOT NULL, operation TEXT NOT NULL, request_model TEXT NOT NULL,\n"
	" response_model TEXT NOT NULL, service_tier TEXT NOT NULL, speed TEXT NOT NULL, inference_geo TEXT NOT NULL,\n"
	" variant TEXT NOT NULL, system_fingerprint TEXT NOT NULL, priced_as TEXT NOT NULL, error TEXT NOT NULL,\n"
	" finish_reasons TEXT NOT NULL, tools TEXT NOT NULL, usage_source TEXT NOT NULL, cost_source TEXT NOT NULL,\n"
	" confidence_source TEXT NOT NULL, capture TEXT NOT NULL, risk TEXT NOT NULL,\n"
	" UNIQUE(" KIND_NAMES ")) STRICT;\n"
	"CREATE INDEX kinds_by_hour ON kinds(last_hour);\n"

	"CREATE TABLE calls(end_ns INTEGER NOT NULL, run INTEGER NOT NULL, number INTEGER NOT NULL,\n"
	" kind INTEGER NOT NULL, pid INTEGER NOT NULL, streaming INTEGER NOT NULL, refused INTEGER NOT NULL,\n"
	" looked_into INTEGER NOT NULL, hedged INTEGER NOT NULL, declined INTEGER NOT NULL, status INTEGER, duration_ns INTEGER, request_ns INTEGER,\n"
	" ttfb_ns INTEGER, ttft_ns INTEGER, output_span_ns INTEGER, max_gap_ns INTEGER, request_bytes INTEGER,\n"
	" response_bytes INTEGER, input_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,\n"
	" cache_write_5m_tokens INTEGER, cache_write_1h_tokens INTEGER, output_tokens INTEGER,\n"
	" reasoning_tokens INTEGER, audio_input_tokens INTEGER, audio_output_tokens INTEGER,\n"
	" cache_read_audio_tokens INTEGER, image_input_tokens INTEGER, image_output_tokens INTEGER,\n"
	" search_units INTEGER, images INTEGER, audio_ms INTEGER, characters INTEGER, web_searches INTEGER,\n"
	" reported_cost_pico_usd INTEGER, cost_pico_usd INTEGER, token_probability_ppm INTEGER,\n"
	" token_probability_count INTEGER, confidence_ppm INTEGER, tool_calls INTEGER, retry_count INTEGER,\n"
	" PRIMARY KEY(end_ns, run, number)) STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE rules(id INTEGER PRIMARY KEY, last_hour INTEGER NOT NULL, rule TEXT NOT NULL,\n"
	" category TEXT NOT NULL, severity TEXT NOT NULL, place TEXT NOT NULL,\n"
	" UNIQUE(rule, category, severity, place)) STRICT;\n"
	"CREATE INDEX rules_by_hour ON rules(last_hour);\n"

	"CREATE TABLE findings(end_ns INTEGER NOT NULL, run INTEGER NOT NULL, number INTEGER NOT NULL,\n"
	" position INTEGER NOT NULL, rule INTEGER NOT NULL, count INTEGER NOT NULL, repeats INTEGER NOT NULL,\n"
	" rule_version INTEGER NOT NULL, first_seen_ns INTEGER,\n"
	" PRIMARY KEY(end_ns, run, number, position)) STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE series(id INTEGER PRIMARY KEY, last_hour INTEGER NOT NULL, service TEXT NOT NULL,\n"
	" model TEXT NOT NULL, provider TEXT NOT NULL, hop TEXT NOT NULL,\n"
	" UNIQUE(service, model, provider, hop)) STRICT;\n"
	"CREATE INDEX series_by_hour ON series(last_hour);\n"

	"CREATE TABLE hours(hour INTEGER NOT NULL, series INTEGER NOT NULL, calls INTEGER NOT NULL,\n"
	" errors INTEGER NOT NULL, priced INTEGER NOT NULL, cost_pico_usd INTEGER NOT NULL,\n"
	" estimated INTEGER NOT NULL, estimated_cost_pico_usd INTEGER NOT NULL, unpriced INTEGER NOT NULL,\n"
	" counted INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,\n"
	" cache_write_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,\n"
	" audio_input_tokens INTEGER NOT NULL, audio_output_tokens INTEGER NOT NULL,\n"
	" image_input_tokens INTEGER NOT NULL, image_output_tokens INTEGER NOT NULL, guessed INTEGER NOT NULL,\n"
	" guessed_input_tokens INTEGER NOT NULL, guessed_output_tokens INTEGER NOT NULL, durations BLOB NOT NULL,\n"
	" PRIMARY KEY(hour, series)) STRICT, WITHOUT ROWID;\n"

	/* The key's columns come first and in its order: of others SQLite 3.40's quick_check says that they are NULL. */
	"CREATE TABLE alerts(changed_ns INTEGER NOT NULL, firing TEXT NOT NULL, state TEXT NOT NULL,\n"
	" severity TEXT NOT NULL, silenced INTEGER NOT NULL, condition TEXT NOT NULL, service TEXT NOT NULL,\n"
	" model TEXT NOT NULL, detail TEXT NOT NULL, note TEXT NOT NULL, by TEXT NOT NULL, value REAL, threshold REAL,\n"
	" worst REAL, samples INTEGER NOT NULL, readings INTEGER NOT NULL, since_ns INTEGER NOT NULL,\n"
	" PRIMARY KEY(changed_ns, firing, state, severity, silenced)) STRICT, WITHOUT ROWID;\n";

const char *const history_steps[] = { step_1 };
const size_t history_step_count = ARRAY_SIZE(history_steps);
