/* SPDX-License-Identifier: Apache-2.0 */
/* What Amazon's servers write. */
#ifndef PROMTAP_TESTS_LLM_AWS_H
#define PROMTAP_TESTS_LLM_AWS_H

#include "base/buffer.h"

void aws_base64(struct buffer *out, struct slice bytes);
/* A body of event-stream messages from lines of "NAME DATA". NAME "!x": the
 * exception x; NAME "chunk": DATA goes inside {"bytes":...}, as InvokeModel has it. */
void aws_event_stream(struct buffer *out, struct slice lines);

#endif
