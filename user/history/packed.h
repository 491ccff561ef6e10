/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls and transitions as they wait for the disk: a struct call is kilobytes,
 * most of them empty, and what is kept of it some hundred bytes. Records follow
 * one another; each begins with its length. Only this process makes and reads
 * them.
 *
 * A key is the columns of a row of a dictionary: texts, each ended by a zero
 * byte.
 */
#ifndef PROMTAP_HISTORY_PACKED_H
#define PROMTAP_HISTORY_PACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/buffer.h"
#include "llm/call.h"

/* Numbers of a call that may be unknown, in the order of their columns. X(enumerator, column, member) */
#define FIGURES(X)                                                                  \
	X(FIGURE_STATUS, "status", status)                                          \
	X(FIGURE_DURATION, "duration_ns", duration_ns)                              \
	X(FIGURE_REQUEST, "request_ns", request_ns)                                 \
	X(FIGURE_TTFB, "ttfb_ns", ttfb_ns)                                          \
	X(FIGURE_TTFT, "ttft_ns", ttft_ns)                                          \
	X(FIGURE_OUTPUT_SPAN, "output_span_ns", output_span_ns)                     \
	X(FIGURE_MAX_GAP, "max_gap_ns", max_gap_ns)                                 \
	X(FIGURE_REQUEST_BYTES, "request_bytes", request_bytes)                     \
	X(FIGURE_RESPONSE_BYTES, "response_bytes", response_bytes)                  \
	X(FIGURE_INPUT, "input_tokens", tokens.input)                               \
	X(FIGURE_CACHE_READ, "cache_read_tokens", tokens.cache_read)                \
	X(FIGURE_CACHE_WRITE, "cache_write_tokens", tokens.cache_write)             \
	X(FIGURE_CACHE_WRITE_5M, "cache_write_5m_tokens", tokens.cache_write_5m)    \
	X(FIGURE_CACHE_WRITE_1H, "cache_write_1h_tokens", tokens.cache_write_1h)    \
	X(FIGURE_OUTPUT, "output_tokens", tokens.output)                            \
	X(FIGURE_REASONING, "reasoning_tokens", tokens.reasoning)                   \
	X(FIGURE_AUDIO_INPUT, "audio_input_tokens", tokens.audio_input)             \
	X(FIGURE_AUDIO_OUTPUT, "audio_output_tokens", tokens.audio_output)          \
	X(FIGURE_CACHE_READ_AUDIO, "cache_read_audio_tokens", tokens.cache_read_audio) \
	X(FIGURE_IMAGE_INPUT, "image_input_tokens", tokens.image_input)             \
	X(FIGURE_IMAGE_OUTPUT, "image_output_tokens", tokens.image_output)          \
	X(FIGURE_SEARCH_UNITS, "search_units", units.search_units)                  \
	X(FIGURE_IMAGES, "images", units.images)                                    \
	X(FIGURE_AUDIO_MS, "audio_ms", units.audio_ms)                              \
	X(FIGURE_CHARACTERS, "characters", units.characters)                        \
	X(FIGURE_WEB_SEARCHES, "web_searches", units.web_searches)                  \
	X(FIGURE_REPORTED_COST, "reported_cost_pico_usd", reported_cost_pico_usd)   \
	X(FIGURE_COST, "cost_pico_usd", cost_pico_usd)                              \
	X(FIGURE_PROBABILITY, "token_probability_ppm", token_probability_ppm)       \
	X(FIGURE_PROBABILITY_COUNT, "token_probability_count", token_probability_count) \
	X(FIGURE_CONFIDENCE, "confidence_ppm", confidence_ppm)                      \
	X(FIGURE_TOOL_CALLS, "tool_calls", tool_calls)                              \
	X(FIGURE_RETRIES, "retry_count", retry_count)

enum figure {
#define X(id, column, member) id,
	FIGURES(X)
#undef X
	FIGURE_MAX
};

extern const char *const figure_columns[FIGURE_MAX];

/* The texts of a kind. */
#define KIND_COLUMNS 32
void kind_columns(const char *ret[KIND_COLUMNS]);

enum packed_type {
	PACKED_CALL = 1,
	PACKED_ALERT,
};

struct packed_head {
	uint32_t bytes;		/* with this head and what follows; a multiple of 8 */
	uint32_t type;
};

struct packed_finding {
	uint32_t count, repeats, rule_version;
	uint32_t key_bytes;
	int64_t first_seen_ns;
};

/* Behind it stand the keys of run, kind and series, then the findings, each with its key behind it. */
struct packed_call {
	struct packed_head head;
	int64_t end_ns, number;
	uint32_t pid;
	bool streaming, refused, looked_into, hedged, declined;
	bool in_hours;		/* one of those that the hours are of */
	bool failed, rejected;
	uint8_t usage_source, cost_source;
	uint32_t run_bytes, kind_bytes, series_bytes, findings;
	int64_t figures[FIGURE_MAX];
};

struct packed_alert {
	struct packed_head head;
	struct alert alert;
};

/* Appends a record. 0; -EBADMSG: its time makes no sense; or -errno of the buffer, which is then as before. */
int pack_call(const struct call *call, struct buffer *out);
int pack_alert(const struct alert *alert, struct buffer *out);

/* The way back, from columns. A name that nobody knows leaves its member unknown. */
void unpack_kind(struct call *call, size_t column, const char *text);
void unpack_figure(struct call *call, enum figure figure, int64_t number);
/* Its id of its run and number; and its begin, once the figures are there. */
void unpack_place(struct call *call, const char *run, int64_t number, int64_t end_ns);

#endif
