/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

#define HEX_BYTES_MAX 32

static void put(struct json_out *json, const char *bytes, size_t len)
{
	if (json->error == 0)
		json->error = buffer_append(json->out, bytes, len);
}

static void put_text(struct json_out *json, const char *text)
{
	put(json, text, strlen(text));
}

/* What stands for a byte that does not stand for itself. */
static void put_escape(struct json_out *json, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c < 0x80)
		put(json, escape, sizeof(escape));
	else
		put_text(json, UTF8_REPLACEMENT);
}

static bool stands_for_itself(const char *text, size_t length)
{
	unsigned char c = (unsigned char)*text;

	return length > 1 || (length == 1 && c >= 0x20 && c != 0x7f && c != '"' && c != '\\');
}

static void put_string(struct json_out *json, const char *text)
{
	const char *from = text;

	put(json, "\"", 1);
	while (*text) {
		size_t length = utf8_bytes(text);

		if (stands_for_itself(text, length)) {
			text += length;
			continue;
		}
		put(json, from, (size_t)(text - from));
		put_escape(json, (unsigned char)*text);
		from = ++text;
	}
	put(json, from, (size_t)(text - from));
	put(json, "\"", 1);
}

/* The comma before a member or an element, and a member's name. */
static void begin(struct json_out *json, const char *name)
{
	put(json, ",", json->begun ? 1 : 0);
	json->begun = true;
	if (!name)
		return;
	put(json, "\"", 1);
	put_text(json, name);
	put(json, "\":", 2);
}

static void raw(struct json_out *json, const char *name, const char *text)
{
	begin(json, name);
	put_text(json, text);
}

void json_out_string_key(struct json_out *json, const char *key)
{
	begin(json, NULL);
	put_string(json, key);
	put(json, ":", 1);
	json->begun = false;
}

void json_out_open(struct json_out *json, const char *name, char bracket)
{
	begin(json, name);
	put(json, &bracket, 1);
	json->begun = false;
}

void json_out_close(struct json_out *json, char bracket)
{
	put(json, &bracket, 1);
	json->begun = true;
}

void json_out_null(struct json_out *json, const char *name)
{
	raw(json, name, "null");
}

void json_out_bool(struct json_out *json, const char *name, bool known, bool value)
{
	if (known)
		raw(json, name, value ? "true" : "false");
	else
		json_out_null(json, name);
}

void json_out_int(struct json_out *json, const char *name, int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	raw(json, name, number == INT64_MIN ? "null" : text);
}

void json_out_count(struct json_out *json, const char *name, uint64_t count)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, count);
	raw(json, name, text);
}

void json_out_decimal(struct json_out *json, const char *name, int64_t value, int digits)
{
	int64_t scale = 1;
	char text[48];
	size_t len;

	if (value == INT64_MIN) {
		json_out_null(json, name);
		return;
	}
	for (int i = 0; i < digits; i++)
		scale *= 10;
	len = (size_t)snprintf(text, sizeof(text), "%" PRId64 ".%0*" PRId64, value / scale, digits, value % scale);
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	raw(json, name, text);
}

void json_out_number(struct json_out *json, const char *name, double number)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.15g", number);
	raw(json, name, isfinite(number) ? text : "null");
}

void json_out_string(struct json_out *json, const char *name, const char *text)
{
	begin(json, name);
	if (text && text[0])
		put_string(json, text);
	else
		put_text(json, "null");
}

void json_out_hex(struct json_out *json, const char *name, const uint8_t *bytes, size_t len)
{
	char text[2 * HEX_BYTES_MAX + 1] = "";

	for (size_t i = 0; i < len && i < HEX_BYTES_MAX; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	json_out_string(json, name, text);
}

void json_out_time(struct json_out *json, const char *name, int64_t unix_ns)
{
	int64_t second_ns = (int64_t)NSEC_PER_SEC, ns = unix_ns % second_ns;
	time_t seconds = (time_t)(unix_ns / second_ns - (ns < 0));
	struct tm tm;
	char text[64];
	size_t len;

	if (unix_ns == INT64_MIN || !gmtime_r(&seconds, &tm)) {
		json_out_null(json, name);
		return;
	}
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + len, sizeof(text) - len, ".%09" PRId64 "Z", ns < 0 ? ns + second_ns : ns);
	json_out_string(json, name, text);
}
