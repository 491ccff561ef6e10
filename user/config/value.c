/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One checker for each type of value. What was written is quoted in messages
 * cut and without control characters, since a file may hold anything.
 */
#include "config/value.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/pairs.h"

#define QUOTED_BYTES 64
#define NAMES_BYTES 1024
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
static int refuse(char *ret_problem, const char *text, size_t len, const char *problem, const char *cure)
{
	char quoted[QUOTED_BYTES];

	quote(text, len, quoted);
	(void)snprintf(ret_problem, VALUE_PROBLEM_BYTES, "'%s' %s; %s", quoted, problem, cure);
	return -EINVAL;
}

static int parse_path(const char *text, char *ret_problem)
{
	if (strlen(text) >= PATH_MAX)
		return refuse(ret_problem, text, strlen(text), "is too long", "write the path of a file");
	return 0;
}

static int parse_paths(const char *text, char *ret_problem)
{
	for (size_t len; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (len == 0)
			return refuse(ret_problem, text, strlen(text), "names no file", "write FILE,FILE");
		if (len >= PATH_MAX)
			return refuse(ret_problem, text, len, "is too long", "write paths of files, parted by commas");
	}
	return 0;
}

static int parse_name(const char *text, char *ret_problem)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-._", text[i]))
			return refuse(ret_problem, text, len, "is not a name",
				      "use letters, digits, '-', '.' and '_'");
	}
	if (len > NAME_LENGTH_MAX)
		return refuse(ret_problem, text, len, "is too long", "use at most 253 characters");
	return 0;
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

static int parse_address(const char *text, char *ret_problem)
{
	const char *colon = strrchr(text, ':');

	if (!colon && is_port(text))
		return refuse(ret_problem, text, strlen(text), "has no address", address_cure);
	if (!colon)
		return refuse(ret_problem, text, strlen(text), "is not a port", address_cure);
	if (!is_port(colon + 1))
		return refuse(ret_problem, colon + 1, strlen(colon + 1), "is not a port", address_cure);
	if (!is_ip_address(text, (size_t)(colon - text)))
		return refuse(ret_problem, text, (size_t)(colon - text), "is not an IP address",
			      "write ADDR:PORT, e.g. 127.0.0.1:9797 or [::1]:9797");
	return 0;
}

static int parse_level(const char *text, char *ret_problem)
{
	enum log_level level;

	if (log_level_parse(text, &level))
		return 0;
	return refuse(ret_problem, text, strlen(text), "is not a log level", "use error, warning, info or debug");
}

static uint64_t unit_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		uint64_t bytes;
	} units[] = { { "", 1 }, { "K", 1ull << 10 }, { "M", 1ull << 20 }, { "G", 1ull << 30 } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(suffix, units[i].suffix) == 0)
			return units[i].bytes;
	}
	return 0;
}

/* False also for what no uint64_t holds. */
static bool size_of_text(const char *text, uint64_t *ret_bytes)
{
	uint64_t bytes = 0;
	uint64_t unit;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(bytes, 10, &bytes) ||
		    __builtin_add_overflow(bytes, (uint64_t)(*text - '0'), &bytes))
			return false;
	}
	unit = unit_of(text);
	return unit > 0 && !__builtin_mul_overflow(bytes, unit, ret_bytes);
}

/* As one would write it: 64K, not 65536. */
static void print_size(uint64_t bytes, char *ret_text, size_t size)
{
	static const char suffixes[] = "KMG";
	size_t i = 0;

	if (bytes == 0 || bytes % 1024 != 0) {
		(void)snprintf(ret_text, size, "%llu", (unsigned long long)bytes);
		return;
	}
	for (bytes /= 1024; bytes % 1024 == 0 && i + 2 < sizeof(suffixes); bytes /= 1024)
		i++;
	(void)snprintf(ret_text, size, "%llu%c", (unsigned long long)bytes, suffixes[i]);
}

static int parse_size(const struct value_rule *rule, const char *text, uint64_t *ret_number, char *ret_problem)
{
	uint64_t bytes = 0;
	char min[24], max[24], cure[80];

	if (!size_of_text(text, &bytes))
		return refuse(ret_problem, text, strlen(text), "is not a size", "write bytes, or 64K, 1M, 1G");
	if (bytes < rule->min || bytes > rule->max) {
		print_size(rule->min, min, sizeof(min));
		print_size(rule->max, max, sizeof(max));
		(void)snprintf(cure, sizeof(cure), "write a size from %s to %s", min, max);
		return refuse(ret_problem, text, strlen(text), "is out of range", cure);
	}
	if (rule->power_of_two && (bytes & (bytes - 1)) != 0)
		return refuse(ret_problem, text, strlen(text), "is not a power of two",
			      "write for example 16M, 32M or 64M");
	*ret_number = bytes;
	return 0;
}

static int parse_bool(const char *text, uint64_t *ret_number, char *ret_problem)
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
			*ret_number = words[i].value;
			return 0;
		}
	}
	return refuse(ret_problem, text, strlen(text), "is neither true nor false", "write true or false");
}

static int refuse_provider(char *ret_problem, struct slice pair, const char *problem)
{
	return refuse(ret_problem, pair.ptr, pair.len, problem,
		      "write HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
}

/* NAME or NAME/GATEWAY, as they will stand in labels. */
static int check_provider(struct slice value, char *ret_problem)
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
	return part > 0 ? 0 : refuse_provider(ret_problem, value, "lacks a gateway's name");
}

static int check_host(struct slice host, char *ret_problem)
{
	if (host.len >= PROVIDER_HOST_BYTES)
		return refuse_provider(ret_problem, host, "is too long");
	for (size_t i = 0; i < host.len; i++)
		if (!isalnum((unsigned char)host.ptr[i]) && !strchr("-._:*[]", host.ptr[i]))
			return refuse_provider(ret_problem, host, "is not a host");
	return 0;
}

static int parse_providers(const char *text, char *ret_problem)
{
	struct slice rest = slice_of(text);
	struct pair_of_text pair;
	size_t count = 0;
	int more;

	if (rest.len >= PROVIDERS_BYTES)
		return refuse(ret_problem, text, rest.len, "is too long", "write patterns with '*' in place of many hosts");
	while ((more = pairs_next(&rest, &pair)) > 0) {
		int err = check_host(pair.key, ret_problem);

		if (err == 0)
			err = check_provider(pair.value, ret_problem);
		if (err < 0)
			return err;
		count++;
	}
	if (more < 0)
		return refuse_provider(ret_problem, pair.key, "names no provider");
	if (count == 0 || count > PROVIDERS_MAX)
		return refuse_provider(ret_problem, slice_of(text), count == 0 ? "holds no host" : "holds too many hosts");
	return 0;
}

/* As attribution spells them: of units and images, too. */
static int parse_names(const char *text, char *ret_problem)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-._/:@+,", text[i]))
			return refuse(ret_problem, text, len, "is no list of names",
				      "write NAME,NAME with the names that call records give");
	}
	if (len >= NAMES_BYTES)
		return refuse(ret_problem, text, len, "is too long", "use at most 1023 characters");
	return 0;
}

static int parse_money(const char *text, char *ret_problem)
{
	if (strcmp(text, "application") == 0 || strcmp(text, "gateway") == 0)
		return 0;
	return refuse(ret_problem, text, strlen(text), "is no place where money is counted",
		      "use application or gateway");
}

bool value_is_text(enum value_type type)
{
	return type != VALUE_SIZE && type != VALUE_BOOL;
}

int value_parse(const struct value_rule *rule, const char *text, uint64_t *ret_number,
		char ret_problem[VALUE_PROBLEM_BYTES])
{
	if (*text == '\0') {
		(void)snprintf(ret_problem, VALUE_PROBLEM_BYTES, "has no value; write one, or leave it out");
		return -EINVAL;
	}
	switch (rule->type) {
	case VALUE_PATH:
		return parse_path(text, ret_problem);
	case VALUE_PATHS:
		return parse_paths(text, ret_problem);
	case VALUE_NAME:
		return parse_name(text, ret_problem);
	case VALUE_ADDRESS:
		return parse_address(text, ret_problem);
	case VALUE_LEVEL:
		return parse_level(text, ret_problem);
	case VALUE_SIZE:
		return parse_size(rule, text, ret_number, ret_problem);
	case VALUE_BOOL:
		return parse_bool(text, ret_number, ret_problem);
	case VALUE_PROVIDERS:
		return parse_providers(text, ret_problem);
	case VALUE_NAMES:
		return parse_names(text, ret_problem);
	case VALUE_MONEY:
		return parse_money(text, ret_problem);
	case VALUE_UNKNOWN:
	case VALUE_TYPE_MAX:
		break;
	}
	assert(!"a row of the option table has no type");
	return -EINVAL;
}
