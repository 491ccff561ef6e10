/* SPDX-License-Identifier: Apache-2.0 */
#include "config/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"

#define PAIRS_BYTES_MAX 65536
#define JOINED_BYTES_MAX 65536
#define PLACES_MAX 16
#define NAMES_MAX 512	/* of one level that are looked through for what was meant */

static int read_field(const struct schema_reader *reader, const struct field *field, const struct node *node,
		      const struct path *path, void *object);

/* ---- keys ------------------------------------------------------------------------------------------ */

static bool is_place_key(const struct field *field, const char *key, const char *ending)
{
	size_t len = strlen(field->name);

	return strncmp(key, field->name, len) == 0 && strcmp(key + len, ending) == 0;
}

bool field_has_key(const struct field *field, const char *key, bool trusted)
{
	if (field_is_elsewhere(field) && !trusted)
		return is_place_key(field, key, "_file") ||
		       (field->type == FIELD_SECRET && is_place_key(field, key, "_env"));
	return strcmp(field->name, key) == 0;
}

static const struct field *find_field(const struct schema *schema, const char *key, bool trusted)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (field_has_key(&schema->fields[i], key, trusted))
			return &schema->fields[i];
	}
	return NULL;
}

/* Somebody wrote the secret or the certificate itself: nothing of it is repeated. */
static const struct field *find_bare(const struct schema *schema, const char *key)
{
	const struct field *field = find_field(schema, key, true);

	return field && field_is_elsewhere(field) ? field : NULL;
}

static void refuse_bare(const struct schema_reader *reader, const struct field *field, const struct node *node,
			const struct path *path)
{
	if (field->type == FIELD_SECRET)
		problem_at(reader->problems, node, path,
			   "a secret does not stand in here; write %s_file: PATH or %s_env: VARIABLE", node->key,
			   node->key);
	else
		problem_at(reader->problems, node, path, "does not stand in here; write %s_file: PATH", node->key);
}

struct names {
	const char *items[NAMES_MAX];
	size_t count;
	char places[PLACES_MAX][64];	/* NAME_file, as they are written */
	size_t place_count;
};

static const char *written_name(struct names *names, const struct field *field)
{
	char *room;

	if (!field_is_elsewhere(field))
		return field->name;
	if (names->place_count == PLACES_MAX)
		return NULL;
	room = names->places[names->place_count++];
	(void)snprintf(room, sizeof(names->places[0]), "%s_file", field->name);
	return room;
}

static void add_names(struct names *names, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count && names->count < NAMES_MAX; i++)
		names->items[names->count++] = written_name(names, &schema->fields[i]);
}

static void refuse_key(const struct schema_reader *reader, const struct node *node, const struct path *path,
		       const struct names *names)
{
	const char *meant = NULL;
	const struct path *top = path;

	/* What is not printed is not worth the search. */
	if (reader->problems->count < PROBLEMS_MAX)
		meant = nearest_name(path->name, names->items, names->count, sizeof(names->items[0]));
	while (top->parent)
		top = top->parent;
	if (meant)
		problem_at(reader->problems, node, path, "unknown key; did you mean '%s'?", meant);
	else if (top != path)
		problem_at(reader->problems, node, path, "unknown key; see promtap help %s", top->name);
	else
		problem_at(reader->problems, node, path, "unknown key; see promtap --help");
}

/* ---- values ---------------------------------------------------------------------------------------- */

/* What was said of the value goes with its place. Passes on all but -EINVAL. */
static int say(const struct schema_reader *reader, const struct node *node, const struct path *path, int err,
	       const char *problem)
{
	if (err == -EINVAL)
		problem_at(reader->problems, node, path, "%s", problem);
	return err;
}

static int refuse_shape(const struct schema_reader *reader, const struct node *node, const struct path *path,
			const char *shape)
{
	problem_at(reader->problems, node, path, "%s", shape);
	return -EINVAL;
}

static int refuse_not_scalar(const struct schema_reader *reader, const struct node *node, const struct path *path)
{
	problem_at(reader->problems, node, path, "is not one value; write '%s: VALUE' on one line", path->name);
	return -EINVAL;
}

/* What pairs.h can hold. */
static bool is_pair(const struct node *node)
{
	return node->kind == NODE_SCALAR && *node->text && !strpbrk(node->key, ",=") && !strpbrk(node->text, ",=");
}

/* What `text` names between its commas, without blanks around it, behind what is there. */
static int append_parts(struct buffer *joined, const char *text)
{
	int err = 0;

	for (size_t len; err == 0 && *text; text += len + (text[len] == ',')) {
		size_t end;

		text += strspn(text, " ");
		len = end = strcspn(text, ",");
		while (end > 0 && text[end - 1] == ' ')
			end--;
		err = buffer_printf(joined, "%s%.*s", joined->len > 0 ? "," : "", (int)end, text);
	}
	return err;
}

static int read_pairs(const struct schema_reader *reader, const struct field *field, const struct node *node,
		      const struct path *path, void *object)
{
	struct buffer text = { .limit = PAIRS_BYTES_MAX };
	char problem[FIELD_PROBLEM_BYTES];
	int err = 0;

	for (const struct node *child = node->first; child && err == 0; child = child->next) {
		if (!is_pair(child))
			err = refuse_shape(reader, child, path,
					   "holds what is no pair; write 'KEY: VALUE' without ',' and '='");
		else
			err = buffer_printf(&text, "%s=%s,", child->key, child->text);
	}
	if (err == -E2BIG)
		err = refuse_shape(reader, node, path, "holds too much; use patterns with '*'");
	if (err == 0)
		err = buffer_append(&text, "", 1);
	if (err == 0)
		err = say(reader, node, path, field_set(field, object, text.data, reader->trusted, problem), problem);
	buffer_done(&text);
	return err;
}

/* A list, or one text with commas, behind which blanks may stand. */
static int read_joined(const struct schema_reader *reader, const struct field *field, const struct node *node,
		       const struct path *path, void *object)
{
	const struct node *item = node->kind == NODE_LIST ? node->first : node;
	struct buffer text = { .limit = JOINED_BYTES_MAX };
	char problem[FIELD_PROBLEM_BYTES];
	int err = 0;

	for (; item && err == 0; item = node->kind == NODE_LIST ? item->next : NULL) {
		if (item->kind != NODE_SCALAR || (node->kind == NODE_LIST && (!*item->text || strchr(item->text, ','))))
			err = refuse_shape(reader, item, path, "holds what is not one value; write [ONE, OTHER]");
		else
			err = append_parts(&text, item->text);
	}
	if (err == -E2BIG)
		err = refuse_shape(reader, node, path, "holds too much; leave out what is not needed");
	if (err == 0)
		err = buffer_append(&text, "", 1);
	if (err == 0)
		err = say(reader, node, path, field_set(field, object, text.data, reader->trusted, problem), problem);
	buffer_done(&text);
	return err;
}

static int read_list(const struct schema_reader *reader, const struct field *field, const struct node *node,
		     const struct path *path, void *object)
{
	char problem[FIELD_PROBLEM_BYTES];
	int result = 0;

	field_clear(field, object);
	for (const struct node *item = node->first; item; item = item->next) {
		int err;

		if (item->kind != NODE_SCALAR)
			err = refuse_shape(reader, item, path, "holds what is not one value; write a list of values");
		else
			err = say(reader, item, path, field_add(field, object, item->text, problem), problem);
		if (err == -ENOMEM)
			return err;
		result = err < 0 ? err : result;
	}
	return result;
}

static int read_elsewhere(const struct schema_reader *reader, const struct field *field, const struct node *node,
		       const struct path *path, void *object)
{
	bool is_file = is_place_key(field, path->name, "_file");
	char problem[FIELD_PROBLEM_BYTES];
	char *text = NULL;
	int err = 0;

	if (*node->text == '\0')
		return refuse_shape(reader, node, path, is_file ? "has no value; write the path of a file"
								: "has no value; write the name of a variable");
	if (reader->secret)
		err = reader->secret(reader->ctx, field, is_file, node->text, &text, problem);
	if (err < 0)
		return say(reader, node, path, err, problem);
	if (err > 0)
		warning_at(reader->problems, node, path, problem);
	field_clear(field, object);
	*(char **)field_of(field, object) = text;
	return 0;
}

static int read_scalar(const struct schema_reader *reader, const struct field *field, const struct node *node,
		       const struct path *path, void *object)
{
	char problem[FIELD_PROBLEM_BYTES];

	if (node->kind == NODE_MAPPING && field->pairs)
		return read_pairs(reader, field, node, path, object);
	if (node->kind != NODE_MAPPING && field->joined)
		return read_joined(reader, field, node, path, object);
	if (node->kind != NODE_SCALAR)
		return refuse_not_scalar(reader, node, path);
	if (field_is_elsewhere(field) && !reader->trusted)
		return read_elsewhere(reader, field, node, path, object);
	return say(reader, node, path, field_set(field, object, node->text, reader->trusted, problem), problem);
}

static int read_texts(const struct schema_reader *reader, const struct field *field, const struct node *node,
		      const struct path *path, void *object)
{
	char problem[FIELD_PROBLEM_BYTES];

	if (node->kind == NODE_LIST)
		return read_list(reader, field, node, path, object);
	if (node->kind != NODE_SCALAR)
		return refuse_shape(reader, node, path, "is no list; write [ONE, OTHER]");
	return say(reader, node, path, field_set(field, object, node->text, reader->trusted, problem), problem);
}

/* ---- groups and maps ------------------------------------------------------------------------------- */

/* "alerts:" with nothing below it says nothing. */
static bool is_mapping(const struct node *node)
{
	return node->kind == NODE_MAPPING || (node->kind == NODE_SCALAR && *node->text == '\0');
}

static int read_item(const struct schema_reader *reader, const struct field *field, const struct node *node,
		     const struct path *path, struct field_map *map)
{
	void *item = (char *)map->items + map->count * field->sub->size;
	int err = schema_defaults(field->sub, item);

	if (err < 0)
		return err;
	map->keys[map->count] = strdup(node->key);
	map->count++;
	if (!map->keys[map->count - 1])
		return -ENOMEM;
	return schema_read(reader, field->sub, node, path, item);
}

static size_t count_children(const struct node *node)
{
	size_t n = 0;

	for (const struct node *child = node->first; child; child = child->next)
		n++;
	return n;
}

static int read_map(const struct schema_reader *reader, const struct field *field, const struct node *node,
		    const struct path *path, void *object)
{
	size_t count = count_children(node), max = field->sub->items_max ? field->sub->items_max : SCHEMA_ITEMS_MAX;
	struct field_map *map = field_of(field, object);
	int result = 0;

	if (!is_mapping(node))
		return refuse_shape(reader, node, path,
				    "is no mapping; write names of your own with settings below each");
	if (count > max) {
		problem_at(reader->problems, node, path, "holds %zu names; write at most %zu", count, max);
		return -EINVAL;
	}
	field_clear(field, object);
	if (count == 0)
		return 0;
	map->keys = calloc(count, sizeof(*map->keys));
	map->items = calloc(count, field->sub->size);
	if (!map->keys || !map->items)
		return -ENOMEM;
	for (const struct node *child = node->first; child; child = child->next) {
		const struct path at = { path, child->key };
		int err = read_item(reader, field, child, &at, map);

		if (err == -ENOMEM)
			return err;
		result = err < 0 ? err : result;
	}
	return result;
}

static int read_value(const struct schema_reader *reader, const struct field *field, const struct node *node,
		      const struct path *path, void *object)
{
	if (!reader->trusted && node->source < field->lowest) {
		problem_at(reader->problems, node, path, "cannot be set here; use the flag --%s", field->name);
		return -EINVAL;
	}
	switch (field->type) {
	case FIELD_GROUP:
		return schema_read(reader, field->sub, node, path, field_of(field, object));
	case FIELD_MAP:
		return read_map(reader, field, node, path, object);
	case FIELD_TEXTS:
		return read_texts(reader, field, node, path, object);
	default:
		return read_scalar(reader, field, node, path, object);
	}
}

/* The weakest first: each must be right, the strongest stays. */
static int read_field(const struct schema_reader *reader, const struct field *field, const struct node *node,
		      const struct path *path, void *object)
{
	int weaker = node->weaker ? read_field(reader, field, node->weaker, path, object) : 0;
	int err = weaker == -ENOMEM ? weaker : read_value(reader, field, node, path, object);

	return err < 0 ? err : weaker;
}

/* A secret has two keys. Of two that were given the one of the stronger source holds. */
static const struct node *other_secret(const struct field *field, const struct node *node, const struct node *parent)
{
	for (const struct node *child = parent->first; child; child = child->next) {
		if (child != node && field_has_key(field, child->key, false))
			return child;
	}
	return NULL;
}

static bool is_overridden(const struct schema_reader *reader, const struct field *field, const struct node *node,
			  const struct node *parent, const struct path *path, int *ret_err)
{
	const struct node *other =
		field->type == FIELD_SECRET && !reader->trusted ? other_secret(field, node, parent) : NULL;

	if (!other || other->source < node->source)
		return false;
	if (other->source == node->source) {
		problem_at(reader->problems, node, path, "stands beside '%s'; remove one of them", other->key);
		*ret_err = -EINVAL;
	}
	return true;
}

static int read_key(const struct schema_reader *reader, const struct schema *schema, const struct node *node,
		    const struct node *parent, const struct path *path, void *object)
{
	const struct field *field = find_field(schema, node->key, reader->trusted);
	const struct field *bare = field ? NULL : find_bare(schema, node->key);
	struct names names = { 0 };
	int err = 0;

	if (bare) {
		refuse_bare(reader, bare, node, path);
		return -EINVAL;
	}
	if (!field) {
		add_names(&names, schema);
		refuse_key(reader, node, path, &names);
		return -EINVAL;
	}
	if (schema->has_given)
		*(uint64_t *)((char *)object + schema->given) |= 1ull << (field - schema->fields);
	if (is_overridden(reader, field, node, parent, path, &err))
		return err;
	return read_field(reader, field, node, path, object);
}

static bool is_given(const struct field *field, const struct node *node, bool trusted)
{
	if (!node || node->kind != NODE_MAPPING)
		return false;
	for (const struct node *child = node->first; child; child = child->next) {
		if (field_has_key(field, child->key, trusted))
			return true;
	}
	return false;
}

static int check_required(const struct schema_reader *reader, const struct schema *schema, const struct node *node,
			  const struct path *path)
{
	int result = 0;

	for (size_t i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];
		const char *ending = field_is_elsewhere(field) ? "_file" : "";

		if (!field->required || is_given(field, node, reader->trusted))
			continue;
		problem_at(reader->problems, node, path, "lacks '%s%s'; write '%s%s: %s' below it", field->name, ending,
			   field->name, ending, field->metavar ? field->metavar : "VALUE");
		result = -EINVAL;
	}
	return result;
}

/* What no field alone can say; asked only if each is right. */
static int check_whole(const struct schema_reader *reader, const struct schema *schema, const struct node *node,
		       const struct path *path, const void *object)
{
	char problem[FIELD_PROBLEM_BYTES];

	if (reader->trusted || !schema->check || schema->check(object, problem))
		return 0;
	return say(reader, node, path, -EINVAL, problem);
}

int schema_read(const struct schema_reader *reader, const struct schema *schema, const struct node *node,
		const struct path *path, void *object)
{
	int result = 0;

	if (node && !is_mapping(node))
		return refuse_shape(reader, node, path, "is no mapping; write its settings below it");
	for (const struct node *child = node ? node->first : NULL; child; child = child->next) {
		const struct path at = { path, child->key };
		int err = read_key(reader, schema, child, node, &at, object);

		if (err == -ENOMEM)
			return err;
		result = err < 0 ? err : result;
	}
	if (!reader->trusted && check_required(reader, schema, node, path) < 0)
		result = -EINVAL;
	return result < 0 ? result : check_whole(reader, schema, node, path, object);
}

/* ---- sections -------------------------------------------------------------------------------------- */

static const struct section *find_section(const struct section *sections, size_t count, const char *key, bool trusted)
{
	for (size_t i = 0; i < count; i++) {
		if (sections[i].name ? strcmp(sections[i].name, key) == 0
				     : find_field(sections[i].schema, key, trusted) != NULL)
			return &sections[i];
	}
	return NULL;
}

static void refuse_section(const struct schema_reader *reader, const struct section *sections, size_t count,
			   const struct node *node, const struct path *path)
{
	struct names names = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!sections[i].name)
			add_names(&names, sections[i].schema);
		else if (names.count < NAMES_MAX)
			names.items[names.count++] = sections[i].name;
	}
	refuse_key(reader, node, path, &names);
}

/* A weaker value under the name of a section can only be of the wrong shape. */
static int read_section(const struct schema_reader *reader, const struct section *section, const struct node *node,
			const struct path *path)
{
	int weaker = node->weaker ? read_section(reader, section, node->weaker, path) : 0;
	int err = schema_read(reader, section->schema, node, path, section->object);

	return err < 0 ? err : weaker;
}

static int read_top(const struct schema_reader *reader, const struct section *sections, size_t count,
		    const struct node *node, const struct node *root)
{
	const struct section *section = find_section(sections, count, node->key, reader->trusted);
	const struct path path = { NULL, node->key };

	if (!section) {
		refuse_section(reader, sections, count, node, &path);
		return -EINVAL;
	}
	if (section->name)
		return read_section(reader, section, node, &path);
	return read_key(reader, section->schema, node, root, &path, section->object);
}

/* Those that nothing was written below must be whole by their defaults. */
static int check_absent(const struct schema_reader *reader, const struct section *section, const struct node *root)
{
	const struct path path = { NULL, section->name };

	if (!section->name)
		return check_whole(reader, section->schema, root, NULL, section->object);
	return node_find(root, section->name) ? 0 : schema_read(reader, section->schema, NULL, &path, section->object);
}

static int set_defaults(const struct section *sections, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count; i++)
		memset(sections[i].object, 0, sections[i].schema->size);
	for (size_t i = 0; i < count && err == 0; i++)
		err = schema_defaults(sections[i].schema, sections[i].object);
	return err;
}

int sections_read(const struct schema_reader *reader, const struct section *sections, size_t count,
		  const struct node *root)
{
	int result = set_defaults(sections, count);

	for (const struct node *node = root ? root->first : NULL; node && result != -ENOMEM; node = node->next) {
		int err = read_top(reader, sections, count, node, root);

		result = err < 0 ? err : result;
	}
	for (size_t i = 0; i < count && result == 0; i++)
		result = check_absent(reader, &sections[i], root);
	return result;
}

void sections_done(const struct section *sections, size_t count)
{
	for (size_t i = 0; i < count; i++)
		schema_done(sections[i].schema, sections[i].object);
}
