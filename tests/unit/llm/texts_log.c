/* SPDX-License-Identifier: Apache-2.0 */
#include "texts_log.h"

#include <check.h>
#include <stdlib.h>

#define LOG_TEXTS 256

struct logged_text {
	struct buffer bytes;
	enum text_where where;
	bool ended;
};

struct texts_log {
	uint32_t count;
	struct logged_text texts[LOG_TEXTS];
};

void texts_log_take(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view)
{
	struct texts_log *log = *user;
	struct logged_text *text;

	(void)ctx;
	(void)exchange;
	if (!log)
		log = *user = calloc(1, sizeof(*log));
	ck_assert_ptr_nonnull(log);
	ck_assert_uint_le(view->text, log->count);
	ck_assert_uint_lt(view->text, LOG_TEXTS);
	ck_assert_int_gt(view->where, WHERE_UNKNOWN);
	ck_assert_int_lt(view->where, WHERE_MAX);
	if (view->text == log->count)
		log->count++;
	text = &log->texts[view->text];
	ck_assert(!text->ended);
	text->where = view->where;
	if (view->event == TEXT_END) {
		ck_assert_uint_gt(text->bytes.len, 0);
		text->ended = true;
		return;
	}
	ck_assert_int_eq(view->event, TEXT_PIECE);
	ck_assert_uint_gt(view->bytes.len, 0);
	ck_assert_int_eq(buffer_append(&text->bytes, view->bytes.ptr, view->bytes.len), 0);
}

void texts_log_finish(void *user, struct buffer *out)
{
	struct texts_log *log = user;

	for (uint32_t i = 0; log && i < log->count; i++) {
		struct logged_text *text = &log->texts[i];

		ck_assert(text->ended);
		ck_assert_int_eq(buffer_printf(out, "%s<%.*s> ", text_where_names[text->where], (int)text->bytes.len,
					       text->bytes.data), 0);
		buffer_done(&text->bytes);
	}
	free(log);
}

void texts_log_drop(void *ctx, void *user)
{
	struct texts_log *log = user;

	(void)ctx;
	for (uint32_t i = 0; i < log->count; i++)
		buffer_done(&log->texts[i].bytes);
	free(log);
}
