/* SPDX-License-Identifier: Apache-2.0 */
#include "config/walk.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define VARIABLE_PREFIX "PROMTAP_"

struct walk {
	setting_fn fn;
	void *ctx;
	struct setting setting;
};

static int walk_schema(struct walk *walk, const struct schema *schema);

/* Appends ".name" and `ending`; returns the length before, to cut back to. */
static size_t enter(struct setting *setting, const char *name, const char *ending)
{
	size_t len = strlen(setting->path);
	int n = snprintf(setting->path + len, sizeof(setting->path) - len, "%s%s%s", len ? "." : "", name, ending);

	assert((size_t)n < sizeof(setting->path) - len);
	return len;
}

static int tell(struct walk *walk, const struct field *field, const char *ending)
{
	size_t len = enter(&walk->setting, field->name, ending);
	int err;

	walk->setting.field = field;
	err = walk->fn(walk->ctx, &walk->setting);
	walk->setting.path[len] = '\0';
	return err;
}

static int walk_map(struct walk *walk, const struct field *field)
{
	bool outer = walk->setting.by_user_key;
	size_t len = enter(&walk->setting, "NAME", "");
	int err;

	walk->setting.by_user_key = true;
	err = walk_schema(walk, field->sub);
	walk->setting.by_user_key = outer;
	walk->setting.path[len] = '\0';
	return err;
}

static int walk_group(struct walk *walk, const struct field *field)
{
	size_t len;
	int err;

	assert(walk->setting.depth < SETTING_DEPTH_MAX);
	walk->setting.is_group = true;
	err = tell(walk, field, "");
	walk->setting.is_group = false;
	if (err < 0)
		return err;
	len = enter(&walk->setting, field->name, "");
	walk->setting.depth++;
	err = field->type == FIELD_MAP ? walk_map(walk, field) : walk_schema(walk, field->sub);
	walk->setting.depth--;
	walk->setting.path[len] = '\0';
	return err;
}

static int walk_field(struct walk *walk, const struct field *field)
{
	int err;

	if (field->type == FIELD_GROUP || field->type == FIELD_MAP)
		return walk_group(walk, field);
	if (field->type != FIELD_SECRET)
		return tell(walk, field, "");
	err = tell(walk, field, "_file");
	return err < 0 ? err : tell(walk, field, "_env");
}

static int walk_schema(struct walk *walk, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		int err = walk_field(walk, &schema->fields[i]);

		if (err < 0)
			return err;
	}
	return 0;
}

int settings_walk(const struct section *sections, size_t count, setting_fn fn, void *ctx)
{
	for (size_t i = 0; i < count; i++) {
		struct walk walk = { .fn = fn, .ctx = ctx, .setting = { .section = &sections[i] } };
		int err;

		if (sections[i].name)
			(void)enter(&walk.setting, sections[i].name, "");
		err = walk_schema(&walk, sections[i].schema);
		if (err < 0)
			return err;
	}
	return 0;
}

void setting_flag(const struct setting *setting, char ret_flag[SETTING_PATH_BYTES])
{
	(void)snprintf(ret_flag, SETTING_PATH_BYTES, "%s", setting->path);
	for (char *c = ret_flag; *c; c++)
		*c = *c == '.' || *c == '_' ? '-' : *c;
}

void setting_variable(const struct setting *setting, char ret_variable[SETTING_VARIABLE_BYTES])
{
	(void)snprintf(ret_variable, SETTING_VARIABLE_BYTES, VARIABLE_PREFIX "%s", setting->path);
	for (char *c = ret_variable; *c; c++)
		*c = *c == '.' || *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

bool setting_has(const struct setting *setting, enum source source)
{
	return !setting->is_group && !setting->by_user_key && source >= setting->field->lowest;
}
