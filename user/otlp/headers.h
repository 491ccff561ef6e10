/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields of the user's own: "NAME=VALUE,NAME=VALUE", values percent-encoded where they hold a comma or a percent
 * sign, as OTEL_EXPORTER_OTLP_HEADERS has them. */
#ifndef PROMTAP_OTLP_HEADERS_H
#define PROMTAP_OTLP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#define HEADERS_MAX 16		/* of one text */
#define HEADER_LINES_MAX (2 * HEADERS_MAX + 4)	/* of two texts, and some of the program's own */
#define HEADER_BYTES_MAX 4096	/* of one, "NAME: VALUE" */

struct headers {
	char *lines[HEADER_LINES_MAX];	/* "NAME: VALUE", owned */
	size_t count;
};

/* Adds those of `text`; null: none. 0; -ENOMEM; -EINVAL: headers_are_right() says what of. What was added stays. */
int headers_add(struct headers *headers, const char *text);
/* One of the program's own. Same. */
int headers_add_line(struct headers *headers, const char *line);
/* Wipes and frees them. */
void headers_done(struct headers *headers);

/* For the `check` of a field (config/schema.h): nothing of a value is in `ret_problem`. */
bool headers_are_right(const char *text, char *ret_problem);

#endif
