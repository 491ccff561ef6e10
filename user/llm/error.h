/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a closed set an error is. */
#ifndef PROMTAP_LLM_ERROR_H
#define PROMTAP_LLM_ERROR_H

#include "llm/document.h"

/* `failed`: the answer says so itself, whatever the status. `status` may be
 * unknown. ERROR_NONE: the call succeeded. */
enum call_error error_classify(int64_t status, bool failed, const struct error_facts *facts);

/* The word for a grpc-status that is no success (grpc's statuscodes.md); null: it is one, or no number. */
const char *error_of_grpc(struct slice status);

/* Whether a finish reason says that a filter held the answer back. */
bool error_is_filter(const char *finish_reason);

#endif
