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
	const struct schema *like;	/* what the schema that is walked is like */
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
	const struct schema *outer;
	size_t len;
	int err;

	assert(walk->setting.depth < SETTING_DEPTH_MAX);
	walk->setting.is_group = true;
	err = tell(walk, field, "");
	walk->setting.is_group = false;
	if (err != 0)
		return err < 0 ? err : 0;
	outer = walk->like;
	walk->like = walk->setting.like ? walk->setting.like->sub : NULL;
	len = enter(&walk->setting, field->name, "");
	walk->setting.depth++;
	err = field->type == FIELD_MAP ? walk_map(walk, field) : walk_schema(walk, field->sub);
	walk->setting.depth--;
	walk->setting.path[len] = '\0';
	walk->like = outer;
	return err;
}

static int walk_field(struct walk *walk, const struct field *field)
{
	int err;

	if (field->type == FIELD_GROUP || field->type == FIELD_MAP)
		return walk_group(walk, field);
	if (!field_is_elsewhere(field))
		return tell(walk, field, "");
	err = tell(walk, field, "_file");
	return err < 0 || field->type == FIELD_FILE ? err : tell(walk, field, "_env");
}

static bool is_same_shape(const struct schema *one, const struct schema *other)
{
	if (!one || !other || one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++) {
		if (strcmp(one->fields[i].name, other->fields[i].name) != 0)
			return false;
	}
	return true;
}

static const struct field *find_like(const struct walk *walk, const struct schema *schema, size_t index)
{
	if (walk->like && !schema->fields[index].sub)
		return &walk->like->fields[index];
	for (size_t i = 0; i < index; i++) {
		if (schema->fields[i].type == schema->fields[index].type &&
		    is_same_shape(schema->fields[i].sub, schema->fields[index].sub))
			return &schema->fields[i];
	}
	return NULL;
}

static int walk_schema(struct walk *walk, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		int err;

		walk->setting.like = find_like(walk, schema, i);
		err = walk_field(walk, &schema->fields[i]);

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

static bool is_same_text(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

bool setting_is_repeated(const struct setting *setting)
{
	const struct field *field = setting->field, *like = setting->like;

	if (!like)
		return false;
	if (setting->is_group)
		return setting->by_user_key || field->type == FIELD_MAP;
	return is_same_text(field->fallback, like->fallback) && is_same_text(field->help, like->help);
}

bool setting_has(const struct setting *setting, enum source source)
{
	return !setting->is_group && !setting->by_user_key && source >= setting->field->lowest;
}
