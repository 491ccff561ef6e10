/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of nodes into the structs that schemas describe; every problem is said, not only the first. */
#ifndef PROMTAP_CONFIG_READ_H
#define PROMTAP_CONFIG_READ_H

#include "config/document.h"

/* A part of the configuration. */
struct section {
	const char *name;		/* null: its fields stand at the top of the file */
	const struct schema *schema;
	void *object;			/* schema->size bytes, of the caller */
};

struct schema_reader {
	struct problems *problems;
	/* Written by schema_write(), not by a person: secrets stand in it, bounds and checks have been passed. */
	bool trusted;
	/* What stands in the file (`is_file`) or variable of a SECRET or FILE (secret.h). 0: `*ret_text` is the
	 * caller's; 1: so it is, and `ret_problem` is a warning; -EINVAL: `ret_problem` says what is wrong; -ENOMEM. In
	 * neither is anything of the text. Null: they stay null. */
	int (*secret)(void *ctx, const struct field *field, bool is_file, const char *name, char **ret_text,
		      char ret_problem[FIELD_PROBLEM_BYTES]);
	void *ctx;
};

/* Lays what stands in `node` over `object`, which holds the defaults. 0; -EINVAL: problems were said, the object is
 * whole, but not to be used; -ENOMEM. The caller frees by schema_done() in every case. `node`: null, nothing. */
int schema_read(const struct schema_reader *reader, const struct schema *schema, const struct node *node,
		const struct path *path, void *object);

/* The same of all sections, from their defaults on: objects are initialised by this, and the caller's in every case. */
int sections_read(const struct schema_reader *reader, const struct section *sections, size_t count,
		  const struct node *root);
void sections_done(const struct section *sections, size_t count);

/* Whether `key` is how `field` is written: its name, of a SECRET NAME_file or NAME_env, of a FILE NAME_file. */
bool field_has_key(const struct field *field, const char *key, bool trusted);

#endif
