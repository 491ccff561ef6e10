/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in block style. What has its default is left out for the other process,
 * which knows the same defaults: so the text is no longer than what the user
 * wrote, but for the quotes.
 */
#include "config/write.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "config/value.h"

#define FORMAT_VERSION 1
#define HEAD_FORMAT "promtap-settings %d %zu %016" PRIx64 "\n"
#define HEAD_BYTES_MAX 64
#define CHECKSUM_SEED 0x70726f6d74617073ull
#define COMMENT_COLUMN 48

struct writer {
	struct buffer *out;
	bool show;		/* for people */
	bool in_map;		/* below a key of the user's */
	const char *file;
	unsigned depth;
};

static int write_schema(struct writer *writer, const struct schema *schema, const void *object,
			const struct node *node);

/* ---- pieces --------------------------------------------------------------------------------------- */

static int put(struct writer *writer, const char *text)
{
	return buffer_append(writer->out, text, strlen(text));
}

static int indent(struct writer *writer)
{
	return buffer_printf(writer->out, "%*s", (int)writer->depth * 2, "");
}

/* The escapes of YAML's double quotes that UTF-8 with line breaks and tabs needs. */
static char escape_of(char c)
{
	switch (c) {
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return c;
	}
}

/* Printable UTF-8, as all that is read; of files with line breaks and tabs. */
static int put_quoted(struct writer *writer, const char *text)
{
	int err = put(writer, "\"");

	while (*text && err == 0) {
		size_t len = strcspn(text, "\"\\\n\r\t");

		err = buffer_append(writer->out, text, len);
		text += len;
		if (*text && err == 0)
			err = buffer_printf(writer->out, "\\%c", escape_of(*text++));
	}
	return err < 0 ? err : put(writer, "\"");
}

static int put_key(struct writer *writer, const char *key, bool quoted)
{
	int err = indent(writer);

	if (err == 0)
		err = quoted ? put_quoted(writer, key) : put(writer, key);
	return err < 0 ? err : put(writer, ":");
}

/* The shortest that reads as the same number. */
static int put_number(struct writer *writer, double number)
{
	char text[40];
	int digits = 15;

	if (isnan(number))
		return put(writer, "nan");
	do {
		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
	} while (strtod(text, NULL) != number && ++digits <= 17);
	return put(writer, text);
}

static int put_texts(struct writer *writer, const struct texts *texts)
{
	int err = put(writer, "[");

	for (size_t i = 0; i < texts->count && err == 0; i++) {
		err = put(writer, i ? ", " : "");
		if (err == 0)
			err = put_quoted(writer, texts->items[i]);
	}
	return err < 0 ? err : put(writer, "]");
}

static int put_value(struct writer *writer, const struct field *field, const void *member)
{
	char text[VALUE_PRINT_BYTES];

	switch (field->type) {
	case FIELD_BOOL:
		return put(writer, *(const bool *)member ? "true" : "false");
	case FIELD_COUNT:
		return buffer_printf(writer->out, "%" PRIu64, *(const uint64_t *)member);
	case FIELD_NUMBER:
		return put_number(writer, *(const double *)member);
	case FIELD_DURATION:
		value_print_duration(*(const uint64_t *)member, text);
		return put(writer, text);
	case FIELD_SIZE:
		value_print_size(*(const uint64_t *)member, text);
		return put(writer, text);
	case FIELD_CHOICE:
		return put(writer, field->choices[*(const unsigned *)member]);
	case FIELD_TEXTS:
		return put_texts(writer, member);
	default:
		return put_quoted(writer, *(char *const *)member);
	}
}

/* ---- where it comes from --------------------------------------------------------------------------- */

/* Behind the value that began at `start` of the buffer. */
static int put_source(struct writer *writer, size_t start, const struct node *node)
{
	size_t len = writer->out->len - start;
	int err;

	if (!writer->show)
		return put(writer, "\n");
	err = buffer_printf(writer->out, "%*s# ", (int)(len < COMMENT_COLUMN ? COMMENT_COLUMN - len : 1), "");
	if (err < 0)
		return err;
	if (!node)
		return put(writer, "default\n");
	if (node->where)
		return buffer_printf(writer->out, "%s\n", node->where);
	return buffer_printf(writer->out, "%s:%zu\n", writer->file ? writer->file : "file", node->line);
}

/* ---- fields ---------------------------------------------------------------------------------------- */

static bool has_value(const struct field *field, const void *object)
{
	if (field_is_text(field))
		return *(char *const *)field_of(field, object) != NULL;
	return field->type != FIELD_NUMBER || !isnan(*(const double *)field_of(field, object));
}

/* Of what came from somewhere: where. */
static int show_place(struct writer *writer, const struct field *field, const struct node *parent)
{
	const struct node *strongest = NULL;
	size_t start = writer->out->len;
	int err;

	for (const struct node *child = parent ? parent->first : NULL; child; child = child->next) {
		if (field_has_key(field, child->key, false) && (!strongest || child->source > strongest->source))
			strongest = child;
	}
	if (!strongest)
		return 0;
	err = put_key(writer, strongest->key, false);
	if (err == 0)
		err = put(writer, " ");
	if (err == 0)
		err = put_quoted(writer, strongest->text ? strongest->text : "");
	return err < 0 ? err : put_source(writer, start, strongest);
}

static int write_value(struct writer *writer, const struct field *field, const void *object, const struct node *parent)
{
	size_t start = writer->out->len;
	int err;

	if (writer->show && field_is_elsewhere(field))
		return show_place(writer, field, parent);
	if (writer->show && !has_value(field, object))
		return 0;
	err = put_key(writer, field->name, false);
	if (err == 0)
		err = put(writer, " ");
	if (err == 0)
		err = put_value(writer, field, field_of(field, object));
	return err < 0 ? err : put_source(writer, start, node_find(parent, field->name));
}

/* "KEY:" and what `schema` has to say below it; "KEY: {}" for nothing. */
static int write_below(struct writer *writer, const struct schema *schema, const void *object, const struct node *node)
{
	size_t before;
	int err = put(writer, "\n");

	if (err < 0)
		return err;
	before = writer->out->len;
	writer->depth++;
	err = write_schema(writer, schema, object, node);
	writer->depth--;
	if (err < 0 || writer->out->len > before)
		return err;
	writer->out->len = before - 1;
	return put(writer, " {}\n");
}

/* A group of which nothing is to be said is left out. */
static int write_group(struct writer *writer, const char *name, const struct schema *schema, const void *object,
		       const struct node *node)
{
	size_t before = writer->out->len, key;
	int err = put_key(writer, name, false);

	if (err < 0)
		return err;
	key = writer->out->len;
	err = write_below(writer, schema, object, node);
	if (err == 0 && writer->out->len - key == strlen(" {}\n"))
		writer->out->len = before;
	return err;
}

static int write_map(struct writer *writer, const struct field *field, const void *object, const struct node *node)
{
	const struct field_map *map = field_of(field, object);
	bool outer = writer->in_map;
	int err;

	if (map->count == 0)
		return 0;
	err = put_key(writer, field->name, false);
	if (err == 0)
		err = put(writer, "\n");
	writer->depth++;
	writer->in_map = true;
	for (size_t i = 0; i < map->count && err == 0; i++) {
		err = put_key(writer, map->keys[i], true);
		if (err == 0)
			err = write_below(writer, field->sub, (char *)map->items + i * field->sub->size,
					  node_find(node, map->keys[i]));
	}
	writer->in_map = outer;
	writer->depth--;
	return err;
}

static int write_field(struct writer *writer, const struct field *field, const void *object, const struct node *parent)
{
	if (field->type == FIELD_GROUP)
		return write_group(writer, field->name, field->sub, field_of(field, object),
				   node_find(parent, field->name));
	if (field->type == FIELD_MAP)
		return write_map(writer, field, object, node_find(parent, field->name));
	return write_value(writer, field, object, parent);
}

/* People are shown what holds, of overrides what they override; the other
 * process needs what its defaults do not say. */
static bool is_wanted(const struct writer *writer, const struct schema *schema, size_t index, const void *object,
		      const void *defaults)
{
	const struct field *field = &schema->fields[index];

	if (writer->show && !writer->in_map)
		return field->lowest <= SOURCE_FILE;
	if (schema->has_given)
		return *(const uint64_t *)((const char *)object + schema->given) >> index & 1;
	return !field_equal(field, object, defaults);
}

static int write_schema(struct writer *writer, const struct schema *schema, const void *object, const struct node *node)
{
	auto_free void *defaults = malloc(schema->size);
	int err = defaults ? schema_defaults(schema, defaults) : -ENOMEM;

	if (err < 0)
		return err;
	for (size_t i = 0; i < schema->count && err == 0; i++) {
		if (is_wanted(writer, schema, i, object, defaults))
			err = write_field(writer, &schema->fields[i], object, node);
	}
	schema_done(schema, defaults);
	return err;
}

static int write_sections(struct writer *writer, const struct section *sections, size_t count, const struct node *root)
{
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++) {
		if (sections[i].name)
			err = write_group(writer, sections[i].name, sections[i].schema, sections[i].object,
					  node_find(root, sections[i].name));
		else
			err = write_schema(writer, sections[i].schema, sections[i].object, root);
	}
	return err;
}

/* ---- what others call ------------------------------------------------------------------------------ */

int sections_show(const struct section *sections, size_t count, const struct node *root, const char *file,
		  struct buffer *out)
{
	struct writer writer = { .out = out, .show = true, .file = file };

	return write_sections(&writer, sections, count, root);
}

int sections_pack(const struct section *sections, size_t count, struct buffer *out)
{
	struct buffer body = { .limit = SECTIONS_TEXT_BYTES_MAX };
	struct writer writer = { .out = &body };
	int err = write_sections(&writer, sections, count, NULL);

	if (err == 0)
		err = buffer_printf(out, HEAD_FORMAT, FORMAT_VERSION, body.len,
				    hash_bytes(body.data, body.len, CHECKSUM_SEED));
	if (err == 0)
		err = buffer_append(out, body.data, body.len);
	if (body.data)
		explicit_bzero(body.data, body.capacity);
	buffer_done(&body);
	return err;
}

/* The head is made again from what it says and must be the same. */
static bool is_whole(struct slice text, struct slice *ret_body)
{
	size_t most = text.len < HEAD_BYTES_MAX ? text.len : HEAD_BYTES_MAX;
	const char *newline = most > 0 ? memchr(text.ptr, '\n', most) : NULL;
	char head[HEAD_BYTES_MAX + 1];
	size_t len;

	if (!newline)
		return false;
	len = (size_t)(newline + 1 - text.ptr);
	*ret_body = (struct slice){ text.ptr + len, text.len - len };
	(void)snprintf(head, sizeof(head), HEAD_FORMAT, FORMAT_VERSION, ret_body->len,
		       hash_bytes(ret_body->ptr, ret_body->len, CHECKSUM_SEED));
	return slice_eq((struct slice){ text.ptr, len }, slice_of(head));
}

int sections_unpack(struct slice text, const struct section *sections, size_t count, FILE *errors)
{
	struct problems problems = { .out = errors, .program = "promtap", .file = "settings" };
	const struct schema_reader reader = { .problems = &problems, .trusted = true };
	struct document document = { .trusted = true };
	struct slice body = { 0 };
	int err, others;

	err = is_whole(text, &body) ? document_read(&document, "settings", body.ptr, body.len, &problems) : -EBADMSG;
	if (err == -EBADMSG)
		problem_at(&problems, NULL, NULL, "are damaged, or of another version of promtap; start it again");
	others = sections_read(&reader, sections, count, document.root);
	document_done(&document);
	if (err == 0)
		err = others;
	return err == -EINVAL ? -EBADMSG : err;
}
