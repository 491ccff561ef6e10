/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader delivered, as text: the pieces of a string joined, so that it
 * does not tell how the input was cut. */
#ifndef PROMTAP_TESTS_JSON_EVENT_LOG_H
#define PROMTAP_TESTS_JSON_EVENT_LOG_H

#include "base/buffer.h"
#include "json/json.h"

#define EVENT_LOG_IDS 32

/* Zero-initialised it is ready. */
struct event_log {
	struct buffer text;	/* "3[1]:s<abc> 4:n<12> 5:{ 5:} " */
	unsigned broken;	/* pieces whose first and last did not fit one another */
	unsigned pieces;
	struct {
		bool open;
		struct buffer text;
	} strings[EVENT_LOG_IDS];	/* begun, by id: several ids may share a path */
};

void event_log_done(struct event_log *log);
void event_log_value(void *log, const struct json_value *value);
/* Terminated; strings that did not end stand last, without their '>'. */
const char *event_log_text(struct event_log *log);

/* Feeds `doc` in pieces that end at `cuts` (ascending), each in a heap copy of
 * exactly its size. Returns what json_reader_finish() returned. */
int event_log_run(struct event_log *log, const struct json_schema *schema, unsigned flags, struct slice doc,
		  const size_t *cuts, size_t cuts_count);

#endif
