/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules come from: the packs of the program, then the files of the user. */
#ifndef PROMTAP_ROLES_RULE_FILES_H
#define PROMTAP_ROLES_RULE_FILES_H

#include "base/arena.h"
#include "config/options.h"
#include "detect/image.h"

struct rule_files {
	struct rule_source sources[IMAGE_SOURCES_MAX];
	size_t count;
	struct arena arena;	/* owner of names and texts of the user's files */
};

/* `list`: paths parted by commas; null: none. 0, or -errno with one line logged
 * that names the file. rule_files_done() in every case. */
int rule_files_read(struct rule_files *files, const char *list);
/* One more file of the user's. */
int rule_files_add(struct rule_files *files, const char *path);
void rule_files_done(struct rule_files *files);

/* Compiles them, or takes what was kept in `cache` (null: none) and keeps it
 * there. 0; -EINVAL: one line was logged that names file, line, rule and cure; or -errno, logged. */
int rule_files_load(const struct rule_files *files, const char *cache, struct rules **ret);

/* --rules-cache; null: nothing is kept. */
const char *rule_cache_of(const struct options *options);

/* All of it, as the options say. */
int rules_load(const struct options *options, struct rules **ret);

#endif
