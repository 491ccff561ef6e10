/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths for people: what tells calls apart stays, what tells customers apart
 * goes. A path may hold a key (gateways) and is hostile like all input.
 */
#include "llm/path.h"

#include <ctype.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "llm/text.h"

/* What follows one of these is a name that somebody chose. */
static const char *const collections[] = {
	"deployments", "endpoints", "projects",	 "locations",	  "accounts", "serving-endpoints", "sessions",
	"threads",     "agents",    "responses", "conversations", "model",    "agentAliases",
};

/* Longer segments are no words of an API. */
#define WORD_BYTES 32
/* From this length on a digit or a capital makes it an identifier. */
#define MIXED_BYTES 12
/* The longest verb of Google's is streamGenerateContent. */
#define VERB_BYTES 24

static struct slice drop(struct slice s, size_t n)
{
	return (struct slice){ s.ptr + n, s.len - n };
}

struct slice path_of_target(struct slice target)
{
	const char *end;

	if (target.len > 0 && target.ptr[0] != '/') {
		const char *scheme = memmem(target.ptr, target.len, "://", 3);

		if (scheme)
			target = drop(target, (size_t)(scheme + 3 - target.ptr));
		end = memchr(target.ptr, '/', target.len);
		target = drop(target, end ? (size_t)(end - target.ptr) : target.len);
	}
	for (size_t i = 0; i < target.len; i++)
		if (target.ptr[i] == '?' || target.ptr[i] == '#')
			target.len = i;
	while (target.len > 1 && target.ptr[target.len - 1] == '/')
		target.len--;
	return target;
}

/* The segment at the beginning of `path`, which begins with '/'. */
static struct slice first_segment(struct slice path)
{
	struct slice rest = drop(path, 1);
	const char *end = memchr(rest.ptr, '/', rest.len);

	return (struct slice){ rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void path_decode(struct slice s, char *buffer, size_t size)
{
	char raw[256];
	size_t len = 0;

	for (size_t i = 0; i < s.len && len < sizeof(raw); i++) {
		bool escape = s.ptr[i] == '%' && i + 2 < s.len && hex_digit(s.ptr[i + 1]) >= 0 &&
			      hex_digit(s.ptr[i + 2]) >= 0;

		raw[len++] = escape ? (char)(hex_digit(s.ptr[i + 1]) << 4 | hex_digit(s.ptr[i + 2])) : s.ptr[i];
		i += escape ? 2 : 0;
	}
	text_copy(buffer, size, (struct slice){ raw, len });
}

void path_segment_after(struct slice path, const char *collection, char *buffer, size_t size)
{
	bool follows = false;

	buffer[0] = '\0';
	while (path.len > 0 && path.ptr[0] == '/') {
		struct slice segment = first_segment(path);

		if (follows) {
			path_decode(segment, buffer, size);
			return;
		}
		follows = slice_eq(segment, slice_of(collection));
		path = drop(path, 1 + segment.len);
	}
}

static bool is_collection(struct slice segment)
{
	for (size_t i = 0; i < ARRAY_SIZE(collections); i++)
		if (slice_eq(segment, slice_of(collections[i])))
			return true;
	return false;
}

/* Google's names of services, in paths of WebSockets and of gRPC. */
static bool is_service(struct slice segment)
{
	return slice_starts(segment, SLICE("google."));
}

static bool is_identifier(struct slice segment)
{
	bool digit = false, letter = false, capital = false;

	if (is_collection(segment) || is_service(segment))
		return false;
	for (size_t i = 0; i < segment.len; i++) {
		char c = segment.ptr[i];

		digit |= c >= '0' && c <= '9';
		capital |= c >= 'A' && c <= 'Z';
		letter |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	}
	if (digit && !letter)
		return true;
	if (segment.len > WORD_BYTES)
		return true;
	return segment.len >= MIXED_BYTES && (digit || capital);
}

/* Google's verbs end a segment: "models/NAME:generateContent". With its colon;
 * empty: none. */
static struct slice verb_of(struct slice segment)
{
	const char *colon = segment.len > 0 ? memrchr(segment.ptr, ':', segment.len) : NULL;
	struct slice verb = { colon ? colon : "", colon ? (size_t)(segment.ptr + segment.len - colon) : 0 };

	if (verb.len > VERB_BYTES || (verb.len > 1 && !islower((unsigned char)verb.ptr[1])))
		return (struct slice){ "", 0 };
	for (size_t i = 1; i < verb.len; i++)
		if (!isalpha((unsigned char)verb.ptr[i]))
			return (struct slice){ "", 0 };
	return verb;
}

static size_t append(char *buffer, size_t size, size_t used, struct slice s)
{
	text_copy(buffer + used, size - used, s);
	return used + strlen(buffer + used);
}

void path_template(struct slice path, char *buffer, size_t size)
{
	struct slice before = { "", 0 };
	size_t used = 0;

	buffer[0] = '\0';
	while (path.len > 0 && path.ptr[0] == '/') {
		struct slice segment = first_segment(path);
		struct slice verb = verb_of(segment), name = { segment.ptr, segment.len - verb.len };
		bool id = name.len > 0 && (is_collection(before) || is_identifier(name));

		used = append(buffer, size, used, SLICE("/"));
		used = append(buffer, size, used, id ? SLICE("{id}") : name);
		used = append(buffer, size, used, verb);
		before = segment;
		path = drop(path, 1 + segment.len);
	}
}
