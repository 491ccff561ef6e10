/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promtap's counters about itself. A stage adds to its role's own array (per
 * thread, no lock); the role sends the array to the server now and then, and
 * the server exports the sums. Counters only grow; a role that is restarted
 * begins at zero and the server keeps what the old one had.
 *
 * A new counter is one row here and one stats_add() where the thing happens.
 */
#ifndef PROMTAP_BASE_STATS_H
#define PROMTAP_BASE_STATS_H

#include <stdint.h>

/* X(enumerator, metric, label name, label value, help); rows of one metric stand together. */
#define STATS_TABLE(X)                                                                                                     \
	X(STAT_BYTES_CAPTURED_WRITE, "promtap_captured_bytes_total", "direction", "write", "Plaintext bytes taken from the ring")  \
	X(STAT_BYTES_CAPTURED_READ, "promtap_captured_bytes_total", "direction", "read", "Plaintext bytes taken from the ring")    \
	X(STAT_RECORDS, "promtap_records_total", "", "", "Records taken from the ring")                                            \
	X(STAT_RECORDS_INVALID, "promtap_records_invalid_total", "", "", "Records that are not of the agreed form")                \
	X(STAT_SKIPPED_LIMIT, "promtap_skipped_bytes_total", "reason", "limit", "Bytes exchanged but not captured, on purpose")    \
	X(STAT_SKIPPED_IGNORED, "promtap_skipped_bytes_total", "reason", "ignored", "Bytes exchanged but not captured, on purpose") \
	X(STAT_SKIPPED_REFUSED, "promtap_skipped_bytes_total", "reason", "refused", "Bytes exchanged but not captured, on purpose") \
	X(STAT_SKIPPED_UNKNOWN_LIMIT, "promtap_skipped_bytes_total", "reason", "unknown_limit", "Bytes exchanged but not captured, on purpose") \
	X(STAT_LOST_RING_FULL, "promtap_lost_bytes_total", "reason", "ring_full", "Bytes exchanged and lost")                      \
	X(STAT_LOST_FAULT, "promtap_lost_bytes_total", "reason", "fault", "Bytes exchanged and lost")                              \
	X(STAT_LOST_CONNECTIONS_FULL, "promtap_lost_bytes_total", "reason", "connections_full", "Bytes exchanged and lost")        \
	X(STAT_LOST_PROCESSES_FULL, "promtap_lost_bytes_total", "reason", "processes_full", "Bytes exchanged and lost")            \
	X(STAT_LOST_RESTART, "promtap_lost_bytes_total", "reason", "restart", "Bytes exchanged and lost")                          \
	X(STAT_LOST_CALLS_NESTED, "promtap_lost_calls_total", "reason", "nested", "TLS calls that could not be followed")          \
	X(STAT_LOST_CALLS_THREADS_FULL, "promtap_lost_calls_total", "reason", "threads_full", "TLS calls that could not be followed") \
	X(STAT_LOST_EVENTS, "promtap_lost_events_total", "", "", "Close, process and exit records that found no room in the ring") \
	X(STAT_CONNECTIONS_OPENED, "promtap_connections_total", "", "", "TLS connections seen by the decoder")                     \
	X(STAT_CONNECTIONS_EVICTED, "promtap_connections_evicted_total", "", "", "Connections dropped from the decoder's table because it was full or they were idle") \
	X(STAT_CONNECTIONS_NOT_HTTP, "promtap_connections_undecodable_total", "protocol", "unknown", "Connections in a protocol that is not decoded") \
	X(STAT_STREAM_GAPS, "promtap_stream_gaps_total", "", "", "Places where a stream lacks bytes")                              \
	X(STAT_STREAM_GAP_BYTES, "promtap_stream_gap_bytes_total", "", "", "Bytes that streams lack")                              \
	X(STAT_STREAM_DUPLICATE_BYTES, "promtap_stream_duplicate_bytes_total", "", "", "Bytes seen again at an old position")      \
	X(STAT_HTTP_EXCHANGES, "promtap_http_exchanges_total", "", "", "HTTP exchanges begun")                                     \
	X(STAT_HTTP_MALFORMED, "promtap_http_malformed_total", "", "", "Connections whose bytes stopped being HTTP")               \
	X(STAT_HTTP_RESYNCS, "promtap_http_resyncs_total", "", "", "Connections picked up again in the middle")                    \
	X(STAT_HTTP_OVER_LIMIT, "promtap_http_over_limit_total", "", "", "Heads, lines or codings over a limit")                   \
	X(STAT_H2_STREAMS_OVER_LIMIT, "promtap_http2_streams_over_limit_total", "", "", "HTTP/2 streams not followed because there were too many on their connection") \
	X(STAT_H2_TABLES_UNKNOWN, "promtap_http2_header_tables_unknown_total", "", "", "Directions of HTTP/2 connections whose header table is not known, because bytes were missed") \
	X(STAT_HTTP_CODING_UNSUPPORTED, "promtap_http_coding_unsupported_total", "", "", "Bodies in a content coding that is not decoded") \
	X(STAT_HTTP_CODING_BROKEN, "promtap_http_coding_broken_total", "", "", "Bodies whose content coding is damaged or over its ratio limit") \
	X(STAT_HTTP_FRAMING_BROKEN, "promtap_http_framing_broken_total", "", "", "Bodies whose event framing is damaged")           \
	X(STAT_JSON_MALFORMED, "promtap_json_malformed_total", "", "", "LLM bodies or events that are not JSON to the end")        \
	X(STAT_CALLS_COMPLETE, "promtap_calls_total", "capture", "complete", "LLM calls by how much of them was captured")         \
	X(STAT_CALLS_TRUNCATED, "promtap_calls_total", "capture", "truncated", "LLM calls by how much of them was captured")       \
	X(STAT_CALLS_GAP, "promtap_calls_total", "capture", "gap", "LLM calls by how much of them was captured")                   \
	X(STAT_CALLS_MISSED_START, "promtap_calls_total", "capture", "missed_start", "LLM calls by how much of them was captured") \
	X(STAT_CALLS_NO_USAGE, "promtap_calls_total", "capture", "no_usage", "LLM calls by how much of them was captured")         \
	X(STAT_CALLS_UNDECODABLE, "promtap_calls_total", "capture", "undecodable", "LLM calls by how much of them was captured")   \
	X(STAT_CALLS_ABORTED, "promtap_calls_total", "capture", "aborted", "LLM calls by how much of them was captured")           \
	X(STAT_CALLS_LOST, "promtap_calls_lost_total", "", "", "Finished calls that could not be handed to the server")           \
	X(STAT_NOT_CALLS, "promtap_http_not_llm_total", "", "", "HTTP exchanges that are no LLM call")                             \
	X(STAT_DETECT_BYTES_SCANNED, "promtap_detect_bytes_total", "result", "scanned", "Bytes of texts of LLM calls that came to the detector") \
	X(STAT_DETECT_BYTES_SEEN, "promtap_detect_bytes_total", "result", "seen", "Bytes of texts of LLM calls that came to the detector") \
	X(STAT_DETECT_BYTES_WORDS, "promtap_detect_word_bytes_total", "", "", "Bytes of texts that were looked at word by word")    \
	X(STAT_DETECT_BYTES_DECODED, "promtap_detect_decoded_bytes_total", "", "", "Bytes that encoded runs in texts decoded to")   \
	X(STAT_DETECT_TEXTS, "promtap_detect_texts_total", "", "", "Texts of LLM calls that came to the detector")                 \
	X(STAT_DETECT_OVER_LIMIT, "promtap_detect_over_limit_total", "", "", "Matches, encoded runs and texts that found no room in the detector") \
	X(STAT_DETECT_REPEATED, "promtap_detect_findings_repeated_total", "", "", "Findings in texts that were judged before, and not counted again") \
	X(STAT_ATTACH_OK, "promtap_attachments_total", "result", "ok", "Files with a TLS stack, by the result of attaching")       \
	X(STAT_ATTACH_NO_SYMBOLS, "promtap_attachments_total", "result", "no_symbols", "Files with a TLS stack, by the result of attaching") \
	X(STAT_ATTACH_REFUSED, "promtap_attachments_total", "result", "refused", "Files with a TLS stack, by the result of attaching") \
	X(STAT_ATTACH_UNREADABLE, "promtap_attachments_total", "result", "unreadable", "Files with a TLS stack, by the result of attaching") \
	X(STAT_ATTACH_FULL, "promtap_attachments_total", "result", "full", "Files with a TLS stack, by the result of attaching")   \
	X(STAT_DETACHED, "promtap_detachments_total", "", "", "Files detached because their last user is gone")                    \
	X(STAT_RESTARTS_DECODER, "promtap_role_restarts_total", "role", "decoder", "Roles that died and were started again")       \
	X(STAT_RESTARTS_SERVER, "promtap_role_restarts_total", "role", "server", "Roles that died and were started again")         \
	X(STAT_RESTARTS_INSPECTOR, "promtap_role_restarts_total", "role", "inspector", "Roles that died and were started again")   \
	X(STAT_RULE_RELOADS_OK, "promtap_rule_reloads_total", "result", "ok", "Detection rules read again on SIGHUP")                \
	X(STAT_RULE_RELOADS_REFUSED, "promtap_rule_reloads_total", "result", "refused", "Detection rules read again on SIGHUP")    \
	X(STAT_SETTINGS_OK, "promtap_config_reloads_total", "result", "ok", "Configuration read again on SIGHUP")                  \
	X(STAT_SETTINGS_REFUSED, "promtap_config_reloads_total", "result", "refused", "Configuration read again on SIGHUP")        \
	X(STAT_RELOADS_OK, "promtap_reloads_total", "result", "ok", "Price files read again on SIGHUP")                            \
	X(STAT_RELOADS_REFUSED, "promtap_reloads_total", "result", "refused", "Price files read again on SIGHUP")

enum stat_id {
#define X(name, metric, label, value, help) name,
	STATS_TABLE(X)
#undef X
	STAT_MAX
};

struct stat_desc {
	const char *metric, *label, *value, *help;	/* label is "" where there is none */
};

extern const struct stat_desc stat_descs[STAT_MAX];
extern _Thread_local uint64_t stats[STAT_MAX];	/* of this role */

static inline void stats_add(enum stat_id id, uint64_t n)
{
	stats[id] += n;
}

#endif
