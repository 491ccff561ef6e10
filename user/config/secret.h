/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from where they are kept: a file that others cannot write, or a variable. */
#ifndef PROMTAP_CONFIG_SECRET_H
#define PROMTAP_CONFIG_SECRET_H

#include "config/schema.h"

enum secret_wanted {
	SECRET_NOT_WANTED = 0,	/* the command has no use for it: a word stands in its place */
	SECRET_TRIED,		/* what cannot be read here is a warning, and a word stands in its place */
	SECRET_REQUIRED,
};

struct secret_source {
	enum secret_wanted wanted;
	char **environ_list;
};

/* For struct schema_reader; `ctx` is a struct secret_source. A secret is one line of UTF-8 of at most
 * SCHEMA_TEXT_BYTES_MAX bytes; a newline at its end is not part of it. A file that everybody may read is warned of,
 * not refused: Kubernetes mounts secrets so (mode 0644). One that everybody may write is refused. */
int secret_read(void *ctx, bool is_file, const char *name, char **ret_secret, char ret_problem[FIELD_PROBLEM_BYTES]);

#endif
