/* SPDX-License-Identifier: Apache-2.0 */
/* See jansson_log.h. Paths are matched as text, value by value. */
#include "jansson_log.h"

#include <assert.h>
#include <jansson.h>

#define DEPTH_MAX 1024

/* Where a value is: an element's place, or a key. */
struct step {
	const char *key;	/* null: element */
	size_t key_len;
	size_t index;
};

struct walk {
	struct buffer *out;
	const char *const *paths;
	size_t count;
	struct step steps[DEPTH_MAX];
	size_t depth;
};

static bool matches(const struct walk *walk, const char *path)
{
	for (size_t i = 0; i < walk->depth; i++) {
		const struct step *step = &walk->steps[i];
		size_t len;

		path += *path == '.';
		if (!step->key && strncmp(path, "[]", 2) != 0)
			return false;
		if (!step->key) {
			path += 2;
			continue;
		}
		len = strcspn(path, ".[");
		if (len == 0 || (!slice_eq((struct slice){ path, len }, SLICE("*")) &&
				 !slice_eq((struct slice){ path, len }, (struct slice){ step->key, step->key_len })))
			return false;
		path += len;
	}
	return *path == '\0';
}

/* Zeros at the end are not written. */
static void put_head(struct walk *walk, size_t id, char mark)
{
	size_t used = 0;

	for (size_t i = 0; i < walk->depth; i++)
		if (!walk->steps[i].key && walk->steps[i].index > 0)
			used = i + 1;
	(void)buffer_printf(walk->out, "%zu", id);
	for (size_t i = 0; i < used; i++)
		if (!walk->steps[i].key)
			(void)buffer_printf(walk->out, "[%zu]", walk->steps[i].index);
	(void)buffer_printf(walk->out, ":%c", mark);
}

static void put(struct walk *walk, char mark, struct slice text)
{
	for (size_t id = 0; id < walk->count; id++) {
		if (!matches(walk, walk->paths[id]))
			continue;
		put_head(walk, id, mark);
		if (text.ptr) {
			(void)buffer_append(walk->out, "<", 1);
			(void)buffer_append(walk->out, text.ptr, text.len);
			(void)buffer_append(walk->out, ">", 1);
		}
		(void)buffer_append(walk->out, " ", 1);
	}
}

static void put_number(struct walk *walk, double number)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%.17g", number);
	put(walk, 'n', slice_of(text));
}

static void visit(struct walk *walk, json_t *value);

static void visit_child(struct walk *walk, struct step step, json_t *value)
{
	assert(walk->depth < DEPTH_MAX);
	walk->steps[walk->depth++] = step;
	visit(walk, value);
	walk->depth--;
}

static void visit_object(struct walk *walk, json_t *object)
{
	const char *key;
	size_t key_len;
	json_t *value;
	void *safe;

	put(walk, '{', (struct slice){ 0 });
	json_object_keylen_foreach_safe(object, safe, key, key_len, value)
		visit_child(walk, (struct step){ .key = key, .key_len = key_len }, value);
	put(walk, '}', (struct slice){ 0 });
}

static void visit_array(struct walk *walk, json_t *array)
{
	put(walk, '[', (struct slice){ 0 });
	for (size_t i = 0; i < json_array_size(array); i++)
		visit_child(walk, (struct step){ .index = i }, json_array_get(array, i));
	put(walk, ']', (struct slice){ 0 });
}

static void visit(struct walk *walk, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		visit_object(walk, value);
		break;
	case JSON_ARRAY:
		visit_array(walk, value);
		break;
	case JSON_STRING:
		put(walk, 's', (struct slice){ json_string_value(value), json_string_length(value) });
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		put_number(walk, json_number_value(value));
		break;
	default:
		put(walk, json_is_true(value) ? 't' : json_is_false(value) ? 'f' : '0', (struct slice){ 0 });
		break;
	}
}

bool jansson_log(struct buffer *out, struct slice doc, const char *const *paths, size_t count)
{
	struct walk walk = { .out = out, .paths = paths, .count = count };
	json_t *root = json_loadb(doc.ptr, doc.len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL |
						    JSON_REJECT_DUPLICATES, NULL);

	if (!root)
		return false;
	visit(&walk, root);
	json_decref(root);
	return true;
}
