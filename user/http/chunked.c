/* SPDX-License-Identifier: Apache-2.0 */
/* A state machine over single bytes, except in data. Bare LF line ends pass. */
#include "http/chunked.h"

#include <errno.h>

/* 2^60 - 1 bytes: no sum of sizes overflows. */
#define DIGITS_MAX 15

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void end_size_line(struct chunked *chunked)
{
	chunked->place = chunked->remaining ? CHUNKED_DATA : CHUNKED_TRAILER;
	chunked->line_bytes = 0;
	chunked->digits = 0;
}

static int size_byte(struct chunked *chunked, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		/* Leading zeros do not count. */
		if (chunked->remaining && ++chunked->digits >= DIGITS_MAX)
			return -EBADMSG;
		chunked->remaining = chunked->remaining << 4 | (unsigned)digit;
		if (++chunked->line_bytes > CHUNKED_LINE_BYTES)
			return -E2BIG;
		chunked->place = CHUNKED_SIZE_MORE;
		return 0;
	}
	if (chunked->place == CHUNKED_SIZE)
		return -EBADMSG;
	if (c == '\n')
		end_size_line(chunked);
	else if (c == '\r' || c == ';' || c == ' ' || c == '\t')
		chunked->place = CHUNKED_EXTENSION;
	else
		return -EBADMSG;
	return 0;
}

static int line_byte(struct chunked *chunked)
{
	return ++chunked->line_bytes > CHUNKED_LINE_BYTES ? -E2BIG : 0;
}

static int data_end_byte(struct chunked *chunked, char c)
{
	if (c == '\r' && chunked->place == CHUNKED_DATA_END) {
		chunked->place = CHUNKED_DATA_LF;
		return 0;
	}
	if (c != '\n')
		return -EBADMSG;
	chunked->place = CHUNKED_SIZE;
	return 0;
}

static int trailer_byte(struct chunked *chunked, char c)
{
	if (chunked->place == CHUNKED_TRAILER && c == '\r') {
		chunked->place = CHUNKED_TRAILER_LF;
		return 0;
	}
	if (chunked->place == CHUNKED_TRAILER_LINE) {
		chunked->place = c == '\n' ? CHUNKED_TRAILER : CHUNKED_TRAILER_LINE;
		return line_byte(chunked);
	}
	if (c == '\n')
		chunked->place = CHUNKED_DONE;
	else if (chunked->place == CHUNKED_TRAILER_LF)
		return -EBADMSG;
	else
		chunked->place = CHUNKED_TRAILER_LINE;
	return line_byte(chunked);
}

static int byte(struct chunked *chunked, char c)
{
	switch ((enum chunked_place)chunked->place) {
	case CHUNKED_SIZE:
	case CHUNKED_SIZE_MORE:
		return size_byte(chunked, c);
	case CHUNKED_EXTENSION:
		if (c == '\n')
			end_size_line(chunked);
		return line_byte(chunked);
	case CHUNKED_DATA_END:
	case CHUNKED_DATA_LF:
		return data_end_byte(chunked, c);
	default:
		return trailer_byte(chunked, c);
	}
}

ssize_t chunked_next(struct chunked *chunked, const char *data, size_t len, struct slice *ret_body)
{
	size_t taken = 0;

	*ret_body = (struct slice){ 0 };
	while (taken < len && chunked->place != CHUNKED_DATA && chunked->place != CHUNKED_DONE) {
		int err = byte(chunked, data[taken]);

		if (err < 0)
			return err;
		taken++;
	}
	if (taken == len || chunked->place == CHUNKED_DONE)
		return (ssize_t)taken;
	*ret_body = (struct slice){ data + taken, len - taken };
	if (ret_body->len > chunked->remaining)
		ret_body->len = chunked->remaining;
	(void)chunked_skip(chunked, ret_body->len);
	return (ssize_t)(taken + ret_body->len);
}

bool chunked_skip(struct chunked *chunked, uint64_t bytes)
{
	if (chunked->place != CHUNKED_DATA || bytes > chunked->remaining)
		return false;
	chunked->remaining -= bytes;
	if (chunked->remaining == 0)
		chunked->place = CHUNKED_DATA_END;
	return true;
}

bool chunked_plausible(const char *data, size_t len)
{
	size_t at = 0, digits;

	while (at < len && at < 2 && (data[at] == '\r' || data[at] == '\n'))
		at++;
	for (digits = 0; at < len && hex_digit(data[at]) >= 0; at++)
		digits++;
	if (digits == 0 || digits > 8 || at + 1 >= len || data[at] != '\r' || data[at + 1] != '\n')
		return false;
	/* The last chunk is followed by the end of the body. */
	return digits > 1 || data[at - 1] != '0' || (at + 3 < len && data[at + 2] == '\r' && data[at + 3] == '\n');
}
