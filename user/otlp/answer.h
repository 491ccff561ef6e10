/* SPDX-License-Identifier: Apache-2.0 */
/* What a collector answers, and what it means (opentelemetry-specification: OTLP, "OTLP/HTTP Response"). */
#ifndef PROMTAP_OTLP_ANSWER_H
#define PROMTAP_OTLP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum answer_meaning {
	ANSWER_TAKEN = 0,
	ANSWER_RETRY,		/* no answer, or one of those that may be mended: 429, 502, 503, 504 */
	ANSWER_REFUSED,		/* never to be sent again */
};

/* Of an HTTP status; 0: there was no answer. */
enum answer_meaning answer_meaning(long status);

struct answer_part {
	uint64_t rejected;	/* spans that were not taken */
	bool is_partial;	/* something was not as it should be; also with nothing rejected */
};

/* Reads an ExportTraceServiceResponse in Protocol Buffers, from whoever answers. A body that is none says nothing:
 * -EBADMSG, and *ret is all zero. The message that may stand in it is nobody's to log. */
int answer_read(struct slice body, struct answer_part *ret);

#endif
