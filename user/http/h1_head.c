/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what servers and clients really send: bare LF line ends, folded
 * lines and odd bytes in values pass, a line that is no header does not.
 */
#include "http/h1_head.h"

#include <errno.h>

#include "http/head.h"

enum scan_place {
	SCAN_LINE = 0,	/* inside a line */
	SCAN_START,	/* behind a line end */
	SCAN_START_CR,	/* behind a line end and a CR */
};

size_t h1_scan(struct h1_scan *scan, const char *data, size_t len)
{
	const char *p = data, *end = data + len;

	while (p < end) {
		if (scan->place == SCAN_LINE) {
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				return 0;
			p++;
			scan->place = SCAN_START;
			continue;
		}
		if (*p == '\n')
			return (size_t)(p + 1 - data);
		if (scan->place == SCAN_START && (*p == ' ' || *p == '\t'))
			scan->folded = true;
		scan->place = scan->place == SCAN_START && *p == '\r' ? SCAN_START_CR : SCAN_LINE;
		p++;
	}
	return 0;
}

void h1_unfold(char *head, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (head[i] != '\n' || (head[i + 1] != ' ' && head[i + 1] != '\t'))
			continue;
		head[i] = ' ';
		if (i > 0 && head[i - 1] == '\r')
			head[i - 1] = ' ';
	}
}

/* Takes one line off the front, its end cut. False: no more lines. */
static bool next_line(struct slice *text, struct slice *ret_line)
{
	const char *lf = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	struct slice line;

	if (!lf)
		return false;
	line = (struct slice){ text->ptr, (size_t)(lf - text->ptr) };
	text->len -= line.len + 1;
	text->ptr = lf + 1;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	*ret_line = line;
	return true;
}

/* RFC 9110 section 5.6.2 */
static bool is_token(struct slice s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			continue;
		if (c == '\0' || !strchr(others, c))
			return false;
	}
	return s.len > 0;
}

static int parse_version(struct slice text, enum http_protocol *ret_protocol)
{
	if (text.len != 8 || memcmp(text.ptr, "HTTP/1.", 7) != 0 || text.ptr[7] < '0' || text.ptr[7] > '9')
		return -EBADMSG;
	*ret_protocol = text.ptr[7] == '0' ? HTTP_1_0 : HTTP_1_1;
	return 0;
}

static int parse_request_line(struct slice line, struct http_head *head, enum http_protocol *ret_protocol)
{
	const char *first = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
	const char *last = line.len ? memrchr(line.ptr, ' ', line.len) : NULL;
	const char *end = line.ptr + line.len;

	if (!first || last == first)
		return -EBADMSG;
	head->method = (struct slice){ line.ptr, (size_t)(first - line.ptr) };
	head->target = (struct slice){ first + 1, (size_t)(last - first - 1) };
	if (!is_token(head->method) || head->target.len == 0 || memchr(head->target.ptr, ' ', head->target.len))
		return -EBADMSG;
	return parse_version((struct slice){ last + 1, (size_t)(end - last - 1) }, ret_protocol);
}

/* "HTTP/1.1 200 OK"; the reason, and the space before it, may be missing. */
static int parse_status_line(struct slice line, struct http_head *head, enum http_protocol *ret_protocol)
{
	const char *p = line.ptr;
	unsigned status = 0;

	if (line.len < 12 || p[8] != ' ' || (line.len > 12 && p[12] != ' '))
		return -EBADMSG;
	for (size_t i = 9; i < 12; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -EBADMSG;
		status = status * 10 + (unsigned)(p[i] - '0');
	}
	if (status < 100)
		return -EBADMSG;
	head->status = status;
	return parse_version((struct slice){ p, 8 }, ret_protocol);
}

static int parse_header(struct slice line, struct http_header *header)
{
	const char *colon = memchr(line.ptr, ':', line.len);

	if (!colon || memchr(line.ptr, '\0', line.len))
		return -EBADMSG;
	header->name = slice_trim((struct slice){ line.ptr, (size_t)(colon - line.ptr) });
	header->value = slice_trim((struct slice){ colon + 1, line.len - (size_t)(colon + 1 - line.ptr) });
	return is_token(header->name) ? 0 : -EBADMSG;
}

static int parse_headers(struct slice text, struct http_header *headers, size_t headers_max, struct http_head *head)
{
	struct slice line;
	size_t count = 0;

	while (next_line(&text, &line) && line.len > 0) {
		if (count == headers_max)
			return -E2BIG;
		if (parse_header(line, &headers[count]) < 0)
			return -EBADMSG;
		count++;
	}
	head->headers = headers;
	head->header_count = count;
	return 0;
}

int h1_parse_request(struct slice text, struct http_header *headers, size_t headers_max,
		     struct http_head *ret_head, enum http_protocol *ret_protocol)
{
	struct http_head head = { 0 };
	struct slice line;
	int err;

	if (!next_line(&text, &line) || parse_request_line(line, &head, ret_protocol) < 0)
		return -EBADMSG;
	err = parse_headers(text, headers, headers_max, &head);
	if (err < 0)
		return err;
	head_set_authority(&head);
	*ret_head = head;
	return 0;
}

int h1_parse_response(struct slice text, struct http_header *headers, size_t headers_max,
		      struct http_head *ret_head, enum http_protocol *ret_protocol)
{
	struct http_head head = { 0 };
	struct slice line;
	int err;

	if (!next_line(&text, &line) || parse_status_line(line, &head, ret_protocol) < 0)
		return -EBADMSG;
	err = parse_headers(text, headers, headers_max, &head);
	if (err < 0)
		return err;
	*ret_head = head;
	return 0;
}
