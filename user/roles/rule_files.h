/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules come from: the packs of the program, then the files of the user. */
#ifndef PROMTAP_ROLES_RULE_FILES_H
#define PROMTAP_ROLES_RULE_FILES_H

#include "base/arena.h"
#include "base/log.h"
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

enum rule_origin {
	RULES_COMPILED = 0,
	RULES_KEPT,		/* in the cache */
	RULES_BUILT_IN,		/* at make (rule_builtin.h) */
	RULE_ORIGIN_MAX
};
extern const char *const rule_origin_names[RULE_ORIGIN_MAX];

struct rule_load {
	const char *cache;	/* folder of compiled rules; null: none */
	bool keep;		/* these, too, there */
	struct slice in_force;	/* an image whose databases may be of use; may be empty */
};

/* Takes what make compiled, or what was kept; else compiles what none of these, nor what was kept last, nor what is in
 * force has. 0; -EINVAL: one line was logged that names file, line, rule and cure; or -errno, logged. */
int rule_files_load(const struct rule_files *files, const struct rule_load *load, struct rules **ret,
		    enum rule_origin *ret_origin);
/* One line of the log. */
void rule_origin_say(enum log_level level, const struct rules *rules, enum rule_origin origin);

/* --rules-cache; null: nothing is kept. */
const char *rule_cache_of(const struct options *options);

/* All of it, as the options say; the same with where they come from. */
int rules_load(const struct options *options, struct rules **ret);
int rules_load_from(const struct options *options, struct slice in_force, struct rules **ret, enum rule_origin *ret_origin);

#endif
