/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a call as one string, "user<hello> completion<world> ", by their
 * numbers; and whether what was given keeps to text_view.h. */
#ifndef PROMTAP_TESTS_LLM_TEXTS_LOG_H
#define PROMTAP_TESTS_LLM_TEXTS_LOG_H

#include "base/buffer.h"
#include "llm/text_view.h"

/* A text_view_fn; `ctx` is not used. */
void texts_log_take(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view);

/* Appends the texts; each has ended. Frees. */
void texts_log_finish(void *user, struct buffer *out);

/* An on_text_drop. */
void texts_log_drop(void *ctx, void *user);

#endif
