/* SPDX-License-Identifier: Apache-2.0 */
/* Values into the members that the fields of a schema describe, and out of them again. */
#include "config/schema.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

static_assert(VALUE_PROBLEM_BYTES == FIELD_PROBLEM_BYTES, "checks of values and of fields write the same problems");

/* ---- texts --------------------------------------------------------------------------------------- */

static size_t count_choices(const struct field *field)
{
	size_t n = 0;

	while (field->choices[n])
		n++;
	return n;
}

static bool choice_of_text(const struct field *field, const char *text, unsigned *ret,
			   char ret_problem[FIELD_PROBLEM_BYTES])
{
	char cure[FIELD_PROBLEM_BYTES] = "write ";
	size_t count = count_choices(field), len = strlen(cure);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, field->choices[i]) == 0) {
			*ret = (unsigned)i;
			return true;
		}
	}
	for (size_t i = 0; i < count && len < sizeof(cure); i++)
		len += (size_t)snprintf(cure + len, sizeof(cure) - len, "%s%s", field->choices[i],
					i + 2 < count ? ", " : i + 1 < count ? " or " : "");
	return value_refuse(ret_problem, text, strlen(text), "is no choice", cure);
}

static bool check_text(const struct field *field, const char *text, bool trusted, char ret_problem[FIELD_PROBLEM_BYTES])
{
	size_t max = field->max ? field->max : SCHEMA_TEXT_BYTES_MAX;
	size_t len = strlen(text);
	unsigned choice;

	if (trusted)
		return true;
	if (len > max) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "is too long; write at most %zu bytes", max);
		return false;
	}
	if (!value_is_printable(text, len)) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "holds what does not print; write UTF-8 without control characters");
		return false;
	}
	if (field->choices && !choice_of_text(field, text, &choice, ret_problem))
		return false;
	return !field->check || field->check(text, ret_problem);
}

static int set_text(const struct field *field, char **member, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	if (*member && field_is_elsewhere(field))
		explicit_bzero(*member, strlen(*member));
	free(*member);
	*member = copy;
	return 0;
}

static int append_text(struct texts *texts, const char *text, size_t len)
{
	char **items = realloc(texts->items, (texts->count + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	texts->items = items;
	items[texts->count] = strndup(text, len);
	if (!items[texts->count])
		return -ENOMEM;
	texts->count++;
	return 0;
}

static void clear_texts(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
	*texts = (struct texts){ 0 };
}

int field_add(const struct field *field, void *object, const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct texts *texts = field_of(field, object);

	if (texts->count >= SCHEMA_ITEMS_MAX) {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "holds too much; write at most %d", SCHEMA_ITEMS_MAX);
		return -EINVAL;
	}
	if (!check_text(field, text, false, ret_problem))
		return -EINVAL;
	return append_text(texts, text, strlen(text));
}

/* "a, b": as in a flag. Nothing is an empty list. */
static int set_texts(const struct field *field, void *object, const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct field in_place = *field;
	struct texts texts = { 0 };
	int err = 0;

	in_place.offset = 0;
	while (*text && err == 0) {
		size_t len;
		char *item;

		text += strspn(text, " ");
		len = strcspn(text, ",");
		item = strndup(text, len);
		for (size_t end = len; item && end > 0 && item[end - 1] == ' '; end--)
			item[end - 1] = '\0';
		err = item ? field_add(&in_place, &texts, item, ret_problem) : -ENOMEM;
		free(item);
		text += len + (text[len] == ',');
	}
	if (err < 0) {
		clear_texts(&texts);
		return err;
	}
	clear_texts(field_of(field, object));
	*(struct texts *)field_of(field, object) = texts;
	return 0;
}

/* ---- one value ------------------------------------------------------------------------------------ */

static bool set_number(const struct field *field, double *member, const char *text, bool trusted,
		       char ret_problem[FIELD_PROBLEM_BYTES])
{
	if (trusted && strcmp(text, "nan") == 0) {
		*member = NAN;
		return true;
	}
	return value_number(text, trusted ? 0 : field->low, trusted ? 0 : field->high, field->percent, member,
			    ret_problem);
}

/* Of the types that are no text. */
static bool set_scalar(const struct field *field, void *member, const char *text, bool trusted,
		       char ret_problem[FIELD_PROBLEM_BYTES])
{
	uint64_t min = trusted ? 0 : field->min, max = trusted ? 0 : field->max;

	switch (field->type) {
	case FIELD_BOOL:
		return value_bool(text, member, ret_problem);
	case FIELD_COUNT:
		return value_count(text, min, max, member, ret_problem);
	case FIELD_NUMBER:
		return set_number(field, member, text, trusted, ret_problem);
	case FIELD_DURATION:
		return value_duration(text, min, max, member, ret_problem);
	case FIELD_SIZE:
		return value_size(text, min, max, member, ret_problem);
	case FIELD_CHOICE:
		return choice_of_text(field, text, member, ret_problem);
	default:
		break;
	}
	assert(!"a field of the schema has no value");
	return false;
}

/* Bytes of the member, of the types that are no text. */
static size_t scalar_bytes(const struct field *field)
{
	if (field->type == FIELD_BOOL)
		return sizeof(bool);
	return field->type == FIELD_CHOICE ? sizeof(unsigned) : sizeof(uint64_t);
}

int field_set(const struct field *field, void *object, const char *text, bool trusted,
	      char ret_problem[FIELD_PROBLEM_BYTES])
{
	union {
		bool boolean;
		unsigned choice;
		uint64_t count;
		double number;
	} value;

	if (field->type == FIELD_TEXTS)
		return set_texts(field, object, text, ret_problem);
	if (!trusted && *text == '\0') {
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "has no value; write one, or leave it out");
		return -EINVAL;
	}
	if (field_is_text(field)) {
		if (!check_text(field, text, trusted, ret_problem))
			return -EINVAL;
		return set_text(field, field_of(field, object), text);
	}
	if (!set_scalar(field, &value, text, trusted, ret_problem))
		return -EINVAL;
	if (!trusted && field->check && !field->check(text, ret_problem))
		return -EINVAL;
	memcpy(field_of(field, object), &value, scalar_bytes(field));
	return 0;
}

/* ---- the whole struct ----------------------------------------------------------------------------- */

static void clear_map(const struct field *field, struct field_map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		free(map->keys[i]);
		schema_done(field->sub, (char *)map->items + i * field->sub->size);
	}
	free(map->keys);
	free(map->items);
	*map = (struct field_map){ 0 };
}

static void clear_text(const struct field *field, char **member)
{
	if (*member && field_is_elsewhere(field))
		explicit_bzero(*member, strlen(*member));
	free(*member);
	*member = NULL;
}

void field_clear(const struct field *field, void *object)
{
	void *member = field_of(field, object);

	if (field_is_text(field))
		clear_text(field, member);
	else if (field->type == FIELD_TEXTS)
		clear_texts(member);
	else if (field->type == FIELD_GROUP)
		schema_done(field->sub, member);
	else if (field->type == FIELD_MAP)
		clear_map(field, member);
}

void schema_done(const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->count; i++)
		field_clear(&schema->fields[i], object);
	memset(object, 0, schema->size);
}

static int set_default(const struct field *field, void *object)
{
	char problem[FIELD_PROBLEM_BYTES];
	int err;

	if (field->type == FIELD_GROUP)
		return schema_defaults(field->sub, field_of(field, object));
	if (!field->fallback)
		return 0;
	err = field_set(field, object, field->fallback, true, problem);
	assert(err != -EINVAL);
	return err;
}

int schema_defaults(const struct schema *schema, void *object)
{
	memset(object, 0, schema->size);
	for (size_t i = 0; i < schema->count; i++) {
		int err = set_default(&schema->fields[i], object);

		if (err < 0) {
			schema_done(schema, object);
			return err;
		}
	}
	return 0;
}

/* ---- comparing ------------------------------------------------------------------------------------ */

static bool equal_texts(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool equal_lists(const struct texts *one, const struct texts *other)
{
	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++) {
		if (strcmp(one->items[i], other->items[i]) != 0)
			return false;
	}
	return true;
}

/* The order of keys counts: it is that of the file. */
static bool equal_maps(const struct field *field, const struct field_map *one, const struct field_map *other)
{
	size_t size = field->sub->size;

	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++) {
		if (strcmp(one->keys[i], other->keys[i]) != 0 ||
		    !schema_equal(field->sub, (char *)one->items + i * size, (char *)other->items + i * size))
			return false;
	}
	return true;
}

static bool equal_numbers(double one, double other)
{
	return one == other || (isnan(one) && isnan(other));
}

bool field_equal(const struct field *field, const void *one, const void *other)
{
	const void *a = field_of(field, one), *b = field_of(field, other);

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_SECRET:
	case FIELD_FILE:
		return equal_texts(*(char *const *)a, *(char *const *)b);
	case FIELD_TEXTS:
		return equal_lists(a, b);
	case FIELD_GROUP:
		return schema_equal(field->sub, a, b);
	case FIELD_MAP:
		return equal_maps(field, a, b);
	case FIELD_NUMBER:
		return equal_numbers(*(const double *)a, *(const double *)b);
	default:
		return memcmp(a, b, scalar_bytes(field)) == 0;
	}
}

static uint64_t given_bits(const struct schema *schema, const void *object)
{
	return schema->has_given ? *(const uint64_t *)((const char *)object + schema->given) : 0;
}

bool schema_equal(const struct schema *schema, const void *one, const void *other)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (!field_equal(&schema->fields[i], one, other))
			return false;
	}
	return given_bits(schema, one) == given_bits(schema, other);
}
