/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers: the grammar of RFC 8259 section 6 as a table, and what a number's
 * text is worth. Text is lent from the input, or gathered when it was cut.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "json/reader.h"

enum number_state {
	NUMBER_NONE = 0,	/* nothing can follow */
	NUMBER_BEGIN,
	NUMBER_MINUS,
	NUMBER_ZERO,		/* a leading zero: no digit may follow */
	NUMBER_INT,
	NUMBER_POINT,
	NUMBER_FRACTION,
	NUMBER_E,
	NUMBER_SIGN,
	NUMBER_EXPONENT,
	NUMBER_STATE_MAX
};

enum number_class {
	CLASS_OTHER = 0,
	CLASS_ZERO,
	CLASS_DIGIT,		/* 1 to 9 */
	CLASS_MINUS,
	CLASS_PLUS,
	CLASS_POINT,
	CLASS_E,
	CLASS_MAX
};

static const uint8_t classes[256] = {
	['0'] = CLASS_ZERO,  ['1' ... '9'] = CLASS_DIGIT, ['-'] = CLASS_MINUS, ['+'] = CLASS_PLUS,
	['.'] = CLASS_POINT, ['e'] = CLASS_E,		  ['E'] = CLASS_E,
};

static const uint8_t steps[NUMBER_STATE_MAX][CLASS_MAX] = {
	[NUMBER_BEGIN] = { [CLASS_ZERO] = NUMBER_ZERO, [CLASS_DIGIT] = NUMBER_INT, [CLASS_MINUS] = NUMBER_MINUS },
	[NUMBER_MINUS] = { [CLASS_ZERO] = NUMBER_ZERO, [CLASS_DIGIT] = NUMBER_INT },
	[NUMBER_ZERO] = { [CLASS_POINT] = NUMBER_POINT, [CLASS_E] = NUMBER_E },
	[NUMBER_INT] = { [CLASS_ZERO] = NUMBER_INT, [CLASS_DIGIT] = NUMBER_INT, [CLASS_POINT] = NUMBER_POINT,
			 [CLASS_E] = NUMBER_E },
	[NUMBER_POINT] = { [CLASS_ZERO] = NUMBER_FRACTION, [CLASS_DIGIT] = NUMBER_FRACTION },
	[NUMBER_FRACTION] = { [CLASS_ZERO] = NUMBER_FRACTION, [CLASS_DIGIT] = NUMBER_FRACTION,
			      [CLASS_E] = NUMBER_E },
	[NUMBER_E] = { [CLASS_ZERO] = NUMBER_EXPONENT, [CLASS_DIGIT] = NUMBER_EXPONENT,
		       [CLASS_MINUS] = NUMBER_SIGN, [CLASS_PLUS] = NUMBER_SIGN },
	[NUMBER_SIGN] = { [CLASS_ZERO] = NUMBER_EXPONENT, [CLASS_DIGIT] = NUMBER_EXPONENT },
	[NUMBER_EXPONENT] = { [CLASS_ZERO] = NUMBER_EXPONENT, [CLASS_DIGIT] = NUMBER_EXPONENT },
};

static bool number_whole(uint8_t state)
{
	return state == NUMBER_ZERO || state == NUMBER_INT || state == NUMBER_FRACTION || state == NUMBER_EXPONENT;
}

void json_number_begin(struct json_reader *reader)
{
	reader->state = STATE_NUMBER;
	reader->number.state = NUMBER_BEGIN;
	reader->number.over = false;
	reader->number.len = 0;
}

static void number_keep(struct json_reader *reader, struct slice piece)
{
	if (piece.len > sizeof(reader->number.text) - reader->number.len)
		reader->number.over = true;
	if (reader->number.over || piece.len == 0)
		return;
	memcpy(reader->number.text + reader->number.len, piece.ptr, piece.len);
	reader->number.len += piece.len;
}

static void number_end(struct json_reader *reader, struct slice rest)
{
	struct slice text = rest;

	if (reader->number.over || reader->number.len > 0) {
		number_keep(reader, rest);
		text = (struct slice){ reader->number.text, reader->number.len };
	}
	if (!reader->number.over && text.len <= JSON_NUMBER_BYTES_MAX)
		json_deliver(reader, JSON_NUMBER, true, true, text);
	json_value_end(reader, JSON_NUMBER);
}

const char *json_number_text(struct json_reader *reader, const char *p, const char *end)
{
	const char *run = p;
	uint8_t state = reader->number.state, next;

	for (; p < end; p++, state = next) {
		next = steps[state][classes[(unsigned char)*p]];
		if (next == NUMBER_NONE)
			break;
	}
	reader->number.state = state;
	if (p == end)
		number_keep(reader, (struct slice){ run, (size_t)(p - run) });
	else if (number_whole(state))
		number_end(reader, (struct slice){ run, (size_t)(p - run) });
	else
		return json_fail(reader, -EBADMSG);
	return p;
}

bool json_number_finish(struct json_reader *reader)
{
	if (!number_whole(reader->number.state))
		return false;
	number_end(reader, (struct slice){ 0 });
	return true;
}

/* A number as digits times a power of ten, without zeros at either end. */
struct decimal {
	bool negative;
	size_t len;
	char digits[JSON_NUMBER_BYTES_MAX];
	int exponent;
};

#define EXPONENT_MAX 100000	/* beyond any double; keeps sums in an int */

static int exponent_value(const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	int value = 0;

	for (; p < end; p++)
		if (*p >= '0' && *p <= '9' && value < EXPONENT_MAX)
			value = value * 10 + (*p - '0');
	return negative ? -value : value;
}

/* The text has the grammar already. False: too long to have come from here. */
static bool decimal_parse(struct slice text, struct decimal *ret)
{
	struct decimal decimal = { 0 };
	const char *p = text.ptr, *end = text.ptr + text.len;
	bool point = false;

	if (text.len > JSON_NUMBER_BYTES_MAX)
		return false;
	for (; p < end && (*p | 0x20) != 'e'; p++) {
		if (*p == '-')
			decimal.negative = true;
		else if (*p == '.')
			point = true;
		else {
			decimal.exponent -= point;
			if (*p != '0' || decimal.len > 0)
				decimal.digits[decimal.len++] = *p;
		}
	}
	if (p < end)
		decimal.exponent += exponent_value(p + 1, end);
	for (; decimal.len > 0 && decimal.digits[decimal.len - 1] == '0'; decimal.len--)
		decimal.exponent++;
	*ret = decimal;
	return true;
}

static bool add_digit(uint64_t *value, unsigned digit)
{
	return !__builtin_mul_overflow(*value, 10u, value) && !__builtin_add_overflow(*value, digit, value);
}

bool json_value_u64(const struct json_value *value, uint64_t *ret)
{
	struct decimal decimal;
	uint64_t result = 0;

	if (value->type != JSON_NUMBER || !decimal_parse((struct slice){ value->text, value->len }, &decimal))
		return false;
	if (decimal.len > 0 && (decimal.negative || decimal.exponent < 0 || decimal.exponent > 19))
		return false;
	for (size_t i = 0; i < decimal.len; i++)
		if (!add_digit(&result, (unsigned)(decimal.digits[i] - '0')))
			return false;
	for (int i = 0; decimal.len > 0 && i < decimal.exponent; i++)
		if (!add_digit(&result, 0))
			return false;
	*ret = result;
	return true;
}

/* strtod reads the point of the "C" locale: the program never calls setlocale. */
bool json_value_double(const struct json_value *value, double *ret)
{
	char text[JSON_NUMBER_BYTES_MAX + 1];
	double result;

	if (value->type != JSON_NUMBER || !slice_copy(text, sizeof(text), (struct slice){ value->text, value->len }))
		return false;
	result = strtod(text, NULL);
	if (!isfinite(result))
		return false;
	*ret = result;
	return true;
}
