/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups in the headers of one message. All slices point into the head. */
#include "http/head.h"

#include <errno.h>

struct slice http_head_get(const struct http_head *head, struct slice name)
{
	for (size_t i = 0; i < head->header_count; i++)
		if (slice_caseeq(head->headers[i].name, name))
			return head->headers[i].value;
	return (struct slice){ 0 };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static struct slice cut_at(struct slice s, char c)
{
	const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

	if (at)
		s.len = (size_t)(at - s.ptr);
	return s;
}

bool head_list_next(const struct http_head *head, struct slice name, struct head_list *list, struct slice *ret_member)
{
	for (; list->header < head->header_count; list->header++, list->offset = 0) {
		const struct http_header *header = &head->headers[list->header];

		if (!slice_caseeq(header->name, name))
			continue;
		while (list->offset < header->value.len) {
			struct slice rest = { header->value.ptr + list->offset, header->value.len - list->offset };
			struct slice member = cut_at(rest, ',');

			list->offset += member.len + 1;
			member = slice_trim(cut_at(member, ';'));
			if (member.len == 0)
				continue;
			*ret_member = member;
			return true;
		}
	}
	return false;
}

bool head_list_has(const struct http_head *head, struct slice name, struct slice member)
{
	struct head_list list = { 0 };
	struct slice found;

	while (head_list_next(head, name, &list, &found))
		if (slice_caseeq(found, member))
			return true;
	return false;
}

static int parse_length(struct slice digits, uint64_t *ret_length)
{
	uint64_t length = 0;

	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = (unsigned char)digits.ptr[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(length, 10, &length) ||
		    __builtin_add_overflow(length, digit, &length))
			return -EBADMSG;
	}
	*ret_length = length;
	return 0;
}

int head_content_length(const struct http_head *head, uint64_t *ret_length)
{
	struct slice name = SLICE("content-length"), member;
	struct head_list list = { 0 };
	uint64_t length = 0, other;
	int found = 0;

	while (head_list_next(head, name, &list, &member)) {
		if (parse_length(member, &other) < 0 || (found && other != length))
			return -EBADMSG;
		length = other;
		found = 1;
	}
	if (!found && http_head_get(head, name).ptr)
		return -EBADMSG;
	*ret_length = length;
	return found;
}

struct slice head_media_type(const struct http_head *head)
{
	return slice_trim(cut_at(http_head_get(head, SLICE("content-type")), ';'));
}

static struct slice target_authority(struct slice target)
{
	static const struct slice schemes[] = { { "http://", 7 }, { "https://", 8 } };
	struct slice authority = { 0 };
	const char *at;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		struct slice begin = { target.ptr, schemes[i].len };

		if (target.len >= begin.len && slice_caseeq(begin, schemes[i]))
			authority = (struct slice){ target.ptr + begin.len, target.len - begin.len };
	}
	authority = cut_at(cut_at(cut_at(authority, '/'), '?'), '#');
	at = authority.len ? memrchr(authority.ptr, '@', authority.len) : NULL;
	if (at) {
		authority.len -= (size_t)(at + 1 - authority.ptr);
		authority.ptr = at + 1;
	}
	return authority;
}

void head_set_authority(struct http_head *head)
{
	if (slice_eq(head->method, SLICE("CONNECT")))
		head->authority = head->target;
	else
		head->authority = target_authority(head->target);
	if (head->authority.len == 0)
		head->authority = http_head_get(head, SLICE("host"));
}
