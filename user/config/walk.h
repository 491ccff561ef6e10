/* SPDX-License-Identifier: Apache-2.0 */
/* Every setting that has a path: what flags, variables, help and documentation are made from. */
#ifndef PROMTAP_CONFIG_WALK_H
#define PROMTAP_CONFIG_WALK_H

#include "config/read.h"

#define SETTING_PATH_BYTES 160
#define SETTING_DEPTH_MAX 10

struct setting {
	const struct section *section;
	const struct field *field;
	/* As in the file; of what stands elsewhere with _file or _env; keys of the user's as NAME. */
	char path[SETTING_PATH_BYTES];
	bool by_user_key;		/* below a map: no flag, no variable, --set alone */
	bool is_group;			/* a group or a map itself: its settings follow */
	/* Of a group: one before it that has the same settings; of a setting in such a group: that one's. */
	const struct field *like;	/* null: none */
	unsigned depth;			/* of groups around it, the section not counted */
};

/* A negative return ends the walk, and is what it returns; 1: what is in this group is passed over. */
typedef int (*setting_fn)(void *ctx, const struct setting *setting);

/* In the order of the tables. */
int settings_walk(const struct section *sections, size_t count, setting_fn fn, void *ctx);

/* "alerts-latency-p95-threshold", of --alerts-latency-p95-threshold. */
void setting_flag(const struct setting *setting, char ret_flag[SETTING_PATH_BYTES]);
#define SETTING_VARIABLE_BYTES (SETTING_PATH_BYTES + 8)
/* "PROMTAP_ALERTS_LATENCY_P95_THRESHOLD" */
void setting_variable(const struct setting *setting, char ret_variable[SETTING_VARIABLE_BYTES]);

/* What need not be told again: a group of overrides whose settings are those of one before, and a setting that has the
 * default and the help that it has there. */
bool setting_is_repeated(const struct setting *setting);

/* Whether `source` may set it by a name of its own. */
bool setting_has(const struct setting *setting, enum source source);

#endif
