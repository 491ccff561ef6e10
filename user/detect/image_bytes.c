/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers have four bytes. A text has its length before it and a zero byte
 * behind it, an array the number of its items before it, and begins at a
 * multiple of IMAGE_ALIGNMENT. All in the order of this machine.
 */
#include "detect/image_impl.h"

#include <errno.h>

/* ---- putting ---- */

static void put_bytes(struct image_out *out, const void *bytes, size_t len)
{
	if (out->err == 0)
		out->err = buffer_append(out->bytes, bytes, len);
}

void image_put_number(struct image_out *out, uint32_t number)
{
	put_bytes(out, &number, sizeof(number));
}

void image_put_text(struct image_out *out, struct slice text)
{
	image_put_number(out, (uint32_t)text.len);
	put_bytes(out, text.ptr, text.len);
	put_bytes(out, "", 1);
}

void image_put_array(struct image_out *out, const void *items, size_t count, size_t size)
{
	static const char zeroes[IMAGE_ALIGNMENT];

	image_put_number(out, (uint32_t)count);
	put_bytes(out, zeroes, -(out->bytes->len - out->base) % IMAGE_ALIGNMENT);
	put_bytes(out, items, count * size);
}

/* ---- taking ---- */

void image_refuse(struct image_in *in)
{
	if (in->err == 0)
		in->err = -EBADMSG;
}

/* Null: there are not so many bytes. */
static const char *take_bytes(struct image_in *in, size_t len)
{
	const char *at = in->bytes.ptr + in->at;

	if (in->err == 0 && len > in->bytes.len - in->at)
		image_refuse(in);
	if (in->err < 0)
		return NULL;
	in->at += len;
	return at;
}

uint32_t image_take_number(struct image_in *in)
{
	const char *bytes = take_bytes(in, sizeof(uint32_t));
	uint32_t number = 0;

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

uint32_t image_take_upto(struct image_in *in, uint32_t max)
{
	uint32_t number = image_take_number(in);

	if (number <= max)
		return number;
	image_refuse(in);
	return 0;
}

uint32_t image_take_count(struct image_in *in, uint32_t max)
{
	uint32_t count = image_take_upto(in, max);

	if (count <= (in->bytes.len - in->at) / sizeof(uint32_t))
		return count;
	image_refuse(in);
	return 0;
}

struct slice image_take_text(struct image_in *in)
{
	size_t len = image_take_number(in);
	const char *text = take_bytes(in, len + 1);

	if (text && text[len] == '\0')
		return (struct slice){ text, len };
	image_refuse(in);
	return SLICE("");
}

void *image_take_array(struct image_in *in, size_t size, size_t *ret_count)
{
	size_t count = image_take_number(in), len;
	const char *items = take_bytes(in, -in->at % IMAGE_ALIGNMENT);

	if (__builtin_mul_overflow(count, size, &len))
		image_refuse(in);
	else
		items = take_bytes(in, len);
	*ret_count = in->err == 0 ? count : 0;
	return in->err == 0 ? (void *)items : NULL;
}

void *image_take_exactly(struct image_in *in, size_t size, size_t count)
{
	size_t there;
	void *items = image_take_array(in, size, &there);

	if (there == count)
		return items;
	image_refuse(in);
	return NULL;
}

void *image_room(struct image_in *in, size_t count, size_t size)
{
	void *room = in->err == 0 && count > 0 ? arena_alloc(in->arena, count, size) : NULL;

	if (in->err == 0 && count > 0 && !room)
		in->err = -ENOMEM;
	return room;
}

bool image_all_below(const uint32_t *numbers, size_t count, uint32_t limit)
{
	uint32_t most = 0;

	for (size_t i = 0; i < count; i++)
		most = numbers[i] > most ? numbers[i] : most;
	return count == 0 || most < limit;
}

bool image_are_runs(const uint32_t *firsts, size_t count, uint32_t last)
{
	bool rise = count > 0 && firsts[0] == 0 && firsts[count - 1] == last;

	for (size_t i = 1; i < count; i++)
		rise &= firsts[i] >= firsts[i - 1];
	return rise;
}

/* ---- fields ---- */

static void put_text_or_null(struct image_out *out, const char *text, bool may_be_null)
{
	if (may_be_null)
		image_put_number(out, text != NULL);
	if (text)
		image_put_text(out, slice_of(text));
}

static void put_field(struct image_out *out, const char *from, const struct image_field *field)
{
	const char *text;
	uint32_t number;

	switch (field->kind) {
	case IMAGE_NUMBER:
		memcpy(&number, from, sizeof(number));
		image_put_number(out, number);
		return;
	case IMAGE_FLAG:
		image_put_number(out, *(const bool *)from);
		return;
	case IMAGE_TEXT:
	case IMAGE_TEXT_OR_NULL:
		memcpy(&text, from, sizeof(text));
		put_text_or_null(out, text, field->kind == IMAGE_TEXT_OR_NULL);
		return;
	}
}

void image_put_fields(struct image_out *out, const void *from, const struct image_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_field(out, (const char *)from + fields[i].offset, &fields[i]);
}

static void take_field(struct image_in *in, char *to, const struct image_field *field)
{
	const char *text = NULL;
	uint32_t number;

	switch (field->kind) {
	case IMAGE_NUMBER:
		number = image_take_upto(in, field->max);
		memcpy(to, &number, sizeof(number));
		return;
	case IMAGE_FLAG:
		*(bool *)to = image_take_upto(in, 1) == 1;
		return;
	case IMAGE_TEXT:
	case IMAGE_TEXT_OR_NULL:
		if (field->kind == IMAGE_TEXT || image_take_upto(in, 1) == 1)
			text = image_take_text(in).ptr;
		memcpy(to, &text, sizeof(text));
		return;
	}
}

void image_take_fields(struct image_in *in, void *to, const struct image_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_field(in, (char *)to + fields[i].offset, &fields[i]);
}
