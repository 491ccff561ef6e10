/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short fields of a multipart/form-data body (RFC 7578), in constant
 * memory: files are passed over however long they are.
 */
#ifndef PROMTAP_LLM_MULTIPART_H
#define PROMTAP_LLM_MULTIPART_H

#include <stdbool.h>

#include "base/slice.h"

#define MULTIPART_NAME_BYTES 64		/* fields with longer names are not reported */
#define MULTIPART_VALUE_BYTES 256	/* longer values are cut */

struct multipart_field {
	struct slice name, value;	/* as sent, lent; a file's value is empty */
	bool is_file;
};

typedef void (*multipart_fn)(void *ctx, const struct multipart_field *field);

/* A piece of a field that is no file, of any length; the last may be empty. */
typedef void (*multipart_piece_fn)(void *ctx, struct slice name, struct slice piece, bool last);

struct multipart;

/* `content_type`: the header of the body. -EINVAL: no form, or one without a
 * boundary; -ENOMEM. Freed by free(). */
int multipart_open(struct slice content_type, multipart_fn fn, void *ctx, struct multipart **ret);

/* From now on pieces of fields are given, too; `ctx` is that of the fields. */
void multipart_watch(struct multipart *multipart, multipart_piece_fn fn);

/* Reports each field whose end is in what was fed. */
void multipart_feed(struct multipart *multipart, struct slice data);

/* Whether the closing delimiter was seen: there are no more fields. */
bool multipart_complete(const struct multipart *multipart);

#endif
