/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One checker for each type of value.
 */
#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/pairs.h"

#define QUOTED_BYTES 64
#define NAMES_BYTES 1024
#define NUMBER_LENGTH_MAX 64
#define NAME_LENGTH_MAX 253	/* of a host name, RFC 1035 section 2.3.4 */

static const char address_cure[] = "write ADDR:PORT, e.g. 127.0.0.1:9797";

static void quote(const char *text, size_t len, char ret_quoted[QUOTED_BYTES])
{
	size_t n = len < QUOTED_BYTES ? len : QUOTED_BYTES - 1;

	for (size_t i = 0; i < n; i++)
		ret_quoted[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	ret_quoted[n] = '\0';
}

/* "'TEXT' is PROBLEM; CURE". */
bool value_refuse(char *ret_problem, const char *text, size_t len, const char *problem, const char *cure)
{
	char quoted[QUOTED_BYTES];

	quote(text, len, quoted);
	(void)snprintf(ret_problem, VALUE_PROBLEM_BYTES, "'%s' %s; %s", quoted, problem, cure);
	return false;
}

/* ---- what is counted or measured ---------------------------------------------------------------- */

static bool is_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Digits at the front of `*text`, which moves behind them. False: none, or more than a uint64_t holds. */
static bool take_digits(const char **text, uint64_t *ret)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(**text - '0'), &n))
			return false;
	}
	*ret = n;
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = { { "K", 1ull << 10 }, { "M", 1ull << 20 }, { "G", 1ull << 30 } };

/* From the longest, as they are printed. */
static const struct unit durations[] = {
	{ "d", 86400 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC }, { "m", 60 * NSEC_PER_SEC }, { "s", NSEC_PER_SEC },
	{ "ms", NSEC_PER_MSEC }, { "us", 1000 }, { "ns", 1 }, { "w", 7 * 86400 * NSEC_PER_SEC },
};
#define DURATIONS_PRINTED (ARRAY_SIZE(durations) - 1)	/* 14d says more than 2w */

static bool out_of_range(uint64_t n, uint64_t min, uint64_t max)
{
	return (min || max) && (n < min || n > max);
}

static bool refuse_range(char *ret_problem, const char *text, const char *noun, const char *min, const char *max)
{
	char cure[VALUE_PROBLEM_BYTES];

	(void)snprintf(cure, sizeof(cure), "write a %s from %s to %s", noun, min, max);
	return value_refuse(ret_problem, text, strlen(text), "is out of range", cure);
}

bool value_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char ret_problem[VALUE_PROBLEM_BYTES])
{
	const char *rest = text;
	char low[VALUE_PRINT_BYTES], high[VALUE_PRINT_BYTES];
	uint64_t n;

	if (!is_digits(text))
		return value_refuse(ret_problem, text, strlen(text), "is not a whole number", "write digits alone");
	if (!take_digits(&rest, &n))
		return value_refuse(ret_problem, text, strlen(text), "is too great a number", "write a smaller one");
	if (out_of_range(n, min, max)) {
		(void)snprintf(low, sizeof(low), "%" PRIu64, min);
		(void)snprintf(high, sizeof(high), "%" PRIu64, max);
		return refuse_range(ret_problem, text, "number", low, high);
	}
	*ret = n;
	return true;
}

/* False also for what no uint64_t holds. */
static bool size_of_text(const char *text, uint64_t *ret_bytes)
{
	uint64_t n;

	if (!take_digits(&text, &n))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (strcasecmp(text, sizes[i].name) == 0)
			return !__builtin_mul_overflow(n, sizes[i].factor, ret_bytes);
	}
	*ret_bytes = n;
	return *text == '\0';
}

bool value_size(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char ret_problem[VALUE_PROBLEM_BYTES])
{
	char low[VALUE_PRINT_BYTES], high[VALUE_PRINT_BYTES];
	uint64_t bytes;

	if (!size_of_text(text, &bytes))
		return value_refuse(ret_problem, text, strlen(text), "is not a size", "write bytes, or 64K, 1M, 1G");
	if (out_of_range(bytes, min, max)) {
		value_print_size(min, low);
		value_print_size(max, high);
		return refuse_range(ret_problem, text, "size", low, high);
	}
	*ret = bytes;
	return true;
}

bool value_is_power_of_two(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	uint64_t bytes;

	if (size_of_text(text, &bytes) && bytes > 0 && (bytes & (bytes - 1)) == 0)
		return true;
	return value_refuse(ret_problem, text, strlen(text), "is not a power of two",
			    "write for example 16M, 32M or 64M");
}

/* The unit at the front of `*text`, which moves behind it; 0: none. */
static uint64_t take_duration_unit(const char **text)
{
	size_t len = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		if (strlen(durations[i].name) == len && strncmp(*text, durations[i].name, len) == 0) {
			*text += len;
			return durations[i].factor;
		}
	}
	return 0;
}

/* "0" alone needs no unit. */
static bool duration_of_text(const char *text, uint64_t *ret_ns)
{
	uint64_t sum = 0;

	if (strcmp(text, "0") == 0) {
		*ret_ns = 0;
		return true;
	}
	do {
		uint64_t n, factor, part;

		if (!take_digits(&text, &n))
			return false;
		factor = take_duration_unit(&text);
		if (factor == 0 || __builtin_mul_overflow(n, factor, &part) || __builtin_add_overflow(sum, part, &sum))
			return false;
	} while (*text);
	*ret_ns = sum;
	return true;
}

bool value_duration(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		    char ret_problem[VALUE_PROBLEM_BYTES])
{
	char low[VALUE_PRINT_BYTES], high[VALUE_PRINT_BYTES];
	uint64_t ns;

	if (!duration_of_text(text, &ns))
		return value_refuse(ret_problem, text, strlen(text), "is not a duration",
				    "write for example 90s, 15m, 1h30m or 30d");
	if (out_of_range(ns, min, max)) {
		value_print_duration(min, low);
		value_print_duration(max, high);
		return refuse_range(ret_problem, text, "duration", low, high);
	}
	*ret = ns;
	return true;
}

/* What strtod() takes in the C locale, without its words, hexadecimals and blanks. */
static bool number_of_text(const char *text, enum value_percent percent, double *ret)
{
	size_t len = strspn(text, "+-.0123456789eE");
	char *end;
	double n;

	if (len == 0 || len > NUMBER_LENGTH_MAX)
		return false;
	n = strtod(text, &end);
	if (end != text + len)
		return false;
	if (*end == '%' && percent != PERCENT_NONE) {
		n /= percent == PERCENT_IS_SHARE ? 100 : 1;
		end++;
	}
	*ret = n;
	return *end == '\0' && isfinite(n);
}

static void print_bound(double bound, enum value_percent percent, char ret_text[VALUE_PRINT_BYTES])
{
	if (percent == PERCENT_IS_SHARE)
		(void)snprintf(ret_text, VALUE_PRINT_BYTES, "%.10g (%.10g%%)", bound, 100 * bound);
	else
		(void)snprintf(ret_text, VALUE_PRINT_BYTES, "%.10g", bound);
}

bool value_number(const char *text, double low, double high, enum value_percent percent, double *ret,
		  char ret_problem[VALUE_PROBLEM_BYTES])
{
	static const char *const examples[] = {
		[PERCENT_NONE] = "write for example 1500 or 0.5",
		[PERCENT_IS_SHARE] = "write for example 0.05 or 5%",
		[PERCENT_IS_UNIT] = "write for example 10 or 10%",
	};
	char least[VALUE_PRINT_BYTES], most[VALUE_PRINT_BYTES];
	double n;

	if (!number_of_text(text, percent, &n))
		return value_refuse(ret_problem, text, strlen(text), "is not a number", examples[percent]);
	if ((low != 0 || high != 0) && (n < low || n > high)) {
		print_bound(low, percent, least);
		print_bound(high, percent, most);
		return refuse_range(ret_problem, text, "number", least, most);
	}
	*ret = n;
	return true;
}

bool value_bool(const char *text, bool *ret, char ret_problem[VALUE_PROBLEM_BYTES])
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "true", true },   { "yes", true }, { "on", true },   { "1", true },
		{ "false", false }, { "no", false }, { "off", false }, { "0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return value_refuse(ret_problem, text, strlen(text), "is neither true nor false", "write true or false");
}

void value_print_size(uint64_t bytes, char ret_text[VALUE_PRINT_BYTES])
{
	size_t i = ARRAY_SIZE(sizes);

	while (i > 0 && (bytes == 0 || bytes % sizes[i - 1].factor != 0))
		i--;
	(void)snprintf(ret_text, VALUE_PRINT_BYTES, "%" PRIu64 "%s", i ? bytes / sizes[i - 1].factor : bytes,
		       i ? sizes[i - 1].name : "");
}

/* At most seven parts of at most five digits and a unit, but for the days. */
void value_print_duration(uint64_t ns, char ret_text[VALUE_PRINT_BYTES])
{
	size_t len = 0;

	ret_text[0] = '0';
	ret_text[1] = '\0';
	for (size_t i = 0; i < DURATIONS_PRINTED && ns > 0; i++) {
		uint64_t n = ns / durations[i].factor;

		ns %= durations[i].factor;
		if (n > 0)
			len += (size_t)snprintf(ret_text + len, VALUE_PRINT_BYTES - len, "%" PRIu64 "%s", n,
						durations[i].name);
	}
}

/* ---- texts -------------------------------------------------------------------------------------- */

/* As the first byte says; 0: none begins so. */
static size_t sequence_bytes(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first >= 0xf8)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Bytes of the character at `text`, of which `len` are there; 0: it is none, or one that does not print
 * (RFC 3629 section 4: no overlong forms, no surrogates; C0, DEL and C1 are controls). */
static size_t character_bytes(const unsigned char *text, size_t len)
{
	static const uint32_t least[] = { 0, 0x20, 0xa0, 0x800, 0x10000 };
	size_t n = sequence_bytes(text[0]);
	uint32_t c;

	if (n == 0 || n > len)
		return 0;
	c = n == 1 ? text[0] : text[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || c == 0x7f || (c >= 0xd800 && c < 0xe000))
		return 0;
	return n;
}

bool value_is_printable(const char *text, size_t len)
{
	while (len > 0) {
		size_t n = character_bytes((const unsigned char *)text, len);

		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

bool value_is_path(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	if (strlen(text) >= PATH_MAX)
		return value_refuse(ret_problem, text, strlen(text), "is too long", "write the path of a file");
	return true;
}

bool value_is_paths(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	for (size_t len; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (len == 0)
			return value_refuse(ret_problem, text, strlen(text), "names no file", "write FILE,FILE");
		if (len >= PATH_MAX)
			return value_refuse(ret_problem, text, len, "is too long",
					    "write paths of files, parted by commas");
	}
	return true;
}

bool value_is_name(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-._", text[i]))
			return value_refuse(ret_problem, text, len, "is not a name",
				      "use letters, digits, '-', '.' and '_'");
	}
	if (len > NAME_LENGTH_MAX)
		return value_refuse(ret_problem, text, len, "is too long", "use at most 253 characters");
	return true;
}

static bool is_port(const char *text)
{
	unsigned long port = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		port = port * 10 + (unsigned long)(*text - '0');
		if (port > UINT16_MAX)
			return false;
	}
	return true;
}

static bool is_ip_address(const char *text, size_t len)
{
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed;

	if (brackets) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(brackets ? AF_INET6 : AF_INET, address, &parsed) == 1;
}

bool value_is_address(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	const char *colon = strrchr(text, ':');

	if (!colon && is_port(text))
		return value_refuse(ret_problem, text, strlen(text), "has no address", address_cure);
	if (!colon)
		return value_refuse(ret_problem, text, strlen(text), "is not a port", address_cure);
	if (!is_port(colon + 1))
		return value_refuse(ret_problem, colon + 1, strlen(colon + 1), "is not a port", address_cure);
	if (!is_ip_address(text, (size_t)(colon - text)))
		return value_refuse(ret_problem, text, (size_t)(colon - text), "is not an IP address",
			      "write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	return true;
}

static bool refuse_provider(char *ret_problem, struct slice pair, const char *problem)
{
	return value_refuse(ret_problem, pair.ptr, pair.len, problem,
		      "write HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
}

/* NAME or NAME/GATEWAY, as they will stand in labels. */
static bool check_provider(struct slice value, char *ret_problem)
{
	size_t part = 0, slashes = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '/' && part > 0 && ++slashes == 1) {
			part = 0;
			continue;
		}
		if (!isalnum((unsigned char)c) && !strchr("-._", c))
			return refuse_provider(ret_problem, value, "is not a provider's name");
		if (++part >= PROVIDER_NAME_BYTES)
			return refuse_provider(ret_problem, value, "is too long");
	}
	return part > 0 || refuse_provider(ret_problem, value, "lacks a gateway's name");
}

static bool check_host(struct slice host, char *ret_problem)
{
	if (host.len >= PROVIDER_HOST_BYTES)
		return refuse_provider(ret_problem, host, "is too long");
	for (size_t i = 0; i < host.len; i++)
		if (!isalnum((unsigned char)host.ptr[i]) && !strchr("-._:*[]", host.ptr[i]))
			return refuse_provider(ret_problem, host, "is not a host");
	return true;
}

bool value_is_providers(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	struct slice rest = slice_of(text);
	struct pair_of_text pair;
	size_t count = 0;
	int more;

	if (rest.len >= PROVIDERS_BYTES)
		return value_refuse(ret_problem, text, rest.len, "is too long",
				    "write patterns with '*' in place of many hosts");
	while ((more = pairs_next(&rest, &pair)) > 0) {
		if (!check_host(pair.key, ret_problem) || !check_provider(pair.value, ret_problem))
			return false;
		count++;
	}
	if (more < 0)
		return refuse_provider(ret_problem, pair.key, "names no provider");
	if (count == 0 || count > PROVIDERS_MAX)
		return refuse_provider(ret_problem, slice_of(text),
				       count == 0 ? "holds no host" : "holds too many hosts");
	return true;
}

/* As attribution spells them: of units and images, too. */
bool value_is_names(const char *text, char ret_problem[VALUE_PROBLEM_BYTES])
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-._/:@+,", text[i]))
			return value_refuse(ret_problem, text, len, "is no list of names",
				      "write NAME,NAME with the names that call records give");
	}
	if (len >= NAMES_BYTES)
		return value_refuse(ret_problem, text, len, "is too long", "use at most 1023 characters");
	return true;
}

