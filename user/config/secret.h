/* SPDX-License-Identifier: Apache-2.0 */
/* What stands outside the configuration, from where it is kept: secrets in a file or a variable, certificates and keys in
 * files. Of files only those that others cannot write. */
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
	int64_t now_unix_s;	/* 0: not known, nothing is warned of as run out */
};

/* For struct schema_reader; `ctx` is a struct secret_source. A secret is one line of UTF-8 of at most
 * SCHEMA_TEXT_BYTES_MAX bytes; a newline at its end is not part of it. The text of a FIELD_FILE is as it stands there, and
 * passes the field's `check`, also where it was only tried to read it. A private file that everybody may read is warned
 * of, not refused: Kubernetes mounts secrets so (mode 0644). One that everybody may write is refused. */
int secret_read(void *ctx, const struct field *field, bool is_file, const char *name, char **ret_text,
		char ret_problem[FIELD_PROBLEM_BYTES]);

/* Whether the text is the word that stands in the place of what was not read. */
bool secret_is_stand_in(const char *text);

#endif
