/* SPDX-License-Identifier: Apache-2.0 */
/* What headers mean, for every HTTP version: lists, lengths, media types, authority. */
#ifndef PROMTAP_HTTP_HEAD_H
#define PROMTAP_HTTP_HEAD_H

#include "http/exchange.h"

struct slice slice_trim(struct slice s);

/* Walks the members of a list-valued header over all its lines (RFC 9110
 * section 5.6.1), parameters cut off. Start with a zeroed position. */
struct head_list {
	size_t header;
	size_t offset;
};
bool head_list_next(const struct http_head *head, struct slice name, struct head_list *list, struct slice *ret_member);
bool head_list_has(const struct http_head *head, struct slice name, struct slice member);

/* Content-Length of all lines together: 1 and the length; 0: there is none;
 * -EBADMSG: not a number, or lines that disagree (RFC 9112 section 6.3). */
int head_content_length(const struct http_head *head, uint64_t *ret_length);

/* Of Content-Type, without parameters; empty: none. */
struct slice head_media_type(const struct http_head *head);

/* Fills `authority` of a request's head from its target, else from Host. */
void head_set_authority(struct http_head *head);

#endif
