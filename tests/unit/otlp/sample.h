/* SPDX-License-Identifier: Apache-2.0 */
/* Calls and a reader of Protocol Buffers to test with. */
#ifndef PROMTAP_TESTS_OTLP_SAMPLE_H
#define PROMTAP_TESTS_OTLP_SAMPLE_H

#include "base/slice.h"
#include "llm/call.h"

/* Nothing is known but that it was. */
struct call sample_bare(void);
/* Everything is known, with two findings and a traceparent. */
struct call sample_full(void);

/* The n-th field of that number in a message, from 0. Varints and fixed numbers as `number`, in the file's byte order;
 * what has a length as `bytes`. False: there is none. Aborts where the message is malformed. */
struct sample_field {
	struct slice bytes;
	uint64_t number;
};
bool sample_field(struct slice message, unsigned number, unsigned n, struct sample_field *ret);
size_t sample_count(struct slice message, unsigned number);

/* The value (AnyValue) of an attribute among the fields `number`. False: there is none. */
bool sample_attribute(struct slice message, unsigned number, const char *key, struct slice *ret);

#endif
