/* SPDX-License-Identifier: Apache-2.0 */
#include "framed.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "unit.h"

static void on_piece(void *ctx, struct slice data)
{
	struct framed *f = ctx;

	ck_assert_uint_gt(data.len, 0);
	ck_assert_int_eq(buffer_append(&f->text, data.ptr, data.len), 0);
}

static void on_end(void *ctx, struct slice name, bool is_error)
{
	struct framed *f = ctx;

	ck_assert_int_eq(buffer_printf(&f->text, "[%s%.*s]", is_error ? "!" : "", (int)name.len,
				       name.ptr ? name.ptr : ""), 0);
}

void framed_init(struct framed *f, const struct framing_ops *ops)
{
	*f = (struct framed){ .ops = ops, .state = ops->open(FRAMED_NAME_MAX) };
	ck_assert_ptr_nonnull(f->state);
}

static void take_result(struct framed *f, int err)
{
	if (err < 0)
		ck_assert_int_eq(buffer_printf(&f->text, "(broken)"), 0);
	f->broken = err < 0;
}

/* From a copy of its exact size, so that reads past its end are seen. */
void framed_feed(struct framed *f, struct slice data)
{
	struct framing_sink sink = { on_piece, on_end, f };
	auto_free char *copy = malloc(data.len ? data.len : 1);

	if (f->broken)
		return;
	if (data.len > 0)
		memcpy(copy, data.ptr, data.len);
	take_result(f, f->ops->feed(f->state, (struct slice){ copy, data.len }, &sink));
}

void framed_gap(struct framed *f)
{
	struct framing_sink sink = { on_piece, on_end, f };

	f->ops->gap(f->state, &sink);
}

void framed_done(struct framed *f, const char *expected)
{
	struct framing_sink sink = { on_piece, on_end, f };

	if (!f->broken)
		take_result(f, f->ops->finish(f->state, &sink));
	ck_assert_int_eq(buffer_append(&f->text, "", 1), 0);
	ck_assert_str_eq(f->text.data, expected);
	buffer_done(&f->text);
	f->ops->close(f->state);
}

static void run(const struct framing_ops *ops, struct slice stream, size_t first, size_t piece, const char *expected)
{
	struct framed f;

	framed_init(&f, ops);
	framed_feed(&f, (struct slice){ stream.ptr, first });
	for (size_t at = first; at < stream.len; at += piece)
		framed_feed(&f, (struct slice){ stream.ptr + at, stream.len - at < piece ? stream.len - at : piece });
	framed_done(&f, expected);
}

void framed_expect(const struct framing_ops *ops, struct slice stream, const char *expected)
{
	for (size_t first = 0; first <= stream.len; first++)
		run(ops, stream, first, stream.len + 1, expected);
	for (size_t piece = 1; piece < 4; piece++)
		run(ops, stream, 0, piece, expected);
}
