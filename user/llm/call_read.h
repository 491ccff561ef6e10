/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call record back to a call: what call_to_json() wrote, or what somebody
 * else says in that form. Input is not trusted. A field that is missing or null
 * is unknown, one of another name is skipped; one that says what it cannot say
 * is an error that names it. Constant memory, one pass.
 */
#ifndef PROMTAP_LLM_CALL_READ_H
#define PROMTAP_LLM_CALL_READ_H

#include "base/slice.h"
#include "llm/call.h"

#define CALL_PROBLEM_BYTES 128

struct call_reader;
/* Null: out of memory. */
struct call_reader *call_reader_new(void);
void call_reader_free(struct call_reader *reader);

/* One line, with or without its end. 0: `ret` passes call_check(). -EBADMSG: `ret_problem` says which field, and what
 * is wrong with it; `ret` is void. A call without `time` has CALL_UNKNOWN there, one without `capture` is complete. Of lists the
 * first elements are kept, texts are cut to their room. */
int call_read(struct call_reader *reader, struct slice line, struct call *ret, char ret_problem[CALL_PROBLEM_BYTES]);

/* "2024-05-13T10:00:00.25Z", "...+02:00" to Unix ns. 0, or -EINVAL: it is no time of RFC 3339, or not between 1970 and 2262. */
int call_read_time(struct slice text, int64_t *ret_unix_ns);

/* A decimal of JSON times 10^digits; what is behind is cut off. 0; -EINVAL: it is negative, or beyond int64_t. */
int call_read_decimal(struct slice text, int digits, int64_t *ret);

#endif
