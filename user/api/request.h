/* SPDX-License-Identifier: Apache-2.0 */
/* One question on its way through a route: inside of the stage. */
#ifndef PROMTAP_API_REQUEST_H
#define PROMTAP_API_REQUEST_H

#include "api/api.h"
#include "api/query.h"
#include "base/json_out.h"

struct request {
	const struct api_view *view;
	const struct question *question;
	const char *id;			/* what stands for {id} in the path; "" where it has none */
	struct query query;
	struct json_out json;		/* into the reply's body */
	struct reply *reply;
};

/* Answers a request: writes the body and returns the status. */
typedef int (*answer_fn)(struct request *request);

/* In place of an answer; returns `status`. The words are the program's own: what came in is not repeated. */
int request_problem(struct request *request, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A list, of which the request wants a part: {"items": [...], "offset": ..., "limit": ..., "total": ...}. */
struct page {
	struct request *request;
	uint64_t seen;
	bool ended;
};
void page_open(struct page *page, struct request *request);
/* Whether the next of all items is to be written. */
bool page_takes(struct page *page);
/* What follows are members beside the items. */
void page_end_items(struct page *page);
/* Returns 200. */
int page_close(struct page *page);

/* Whether the query lets these through; it may name neither. */
bool request_wants(const struct request *request, const char *service, const char *model);

#endif
