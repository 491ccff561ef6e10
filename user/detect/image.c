/* SPDX-License-Identifier: Apache-2.0 */
/*
 * +------+--------------------+-----------------------------------+-----------+
 * | head | a row for each     | names, with a zero byte, and      | databases |
 * |      | source             | texts of the sources              |           |
 * +------+--------------------+-----------------------------------+-----------+
 */
#include "detect/image.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define IMAGE_MAGIC 0x3170616d69747074ull	/* changes with the layout */
#define DATABASES_ALIGNMENT 64

struct image_head {
	uint64_t magic;
	uint64_t bytes;		/* of all of it */
	uint64_t count;		/* of sources */
	uint64_t databases_at, databases_len;
};

struct image_row {
	uint64_t file_at, file_len;	/* with its zero byte */
	uint64_t yaml_at, yaml_len;
	uint64_t override;
};

int pack_set_from_sources(const struct rule_source *sources, size_t count, struct pack_set *ret,
			  char ret_error[PACK_ERROR_BYTES])
{
	int err = 0;

	*ret = (struct pack_set){ 0 };
	for (size_t i = 0; i < count && err == 0; i++)
		err = pack_set_add(ret, sources[i].file, sources[i].yaml, sources[i].override, ret_error);
	if (err == 0)
		err = pack_set_check(ret, ret_error);
	if (err < 0)
		pack_set_done(ret);
	return err;
}

int rules_from_sources(const struct rule_source *sources, size_t count, struct slice databases, struct rules **ret,
		       char ret_error[PACK_ERROR_BYTES])
{
	struct pack_set set;
	int err = pack_set_from_sources(sources, count, &set, ret_error);

	return err < 0 ? err : rules_new(&set, databases, ret, ret_error);
}

/* ---- writing ---- */

static int append_zeroes(struct buffer *out, size_t len)
{
	int err = buffer_reserve(out, len);

	if (err < 0)
		return err;
	memset(out->data + out->len, 0, len);
	out->len += len;
	return 0;
}

static int append_texts(struct buffer *out, const struct rule_source *source, struct image_row *ret)
{
	size_t file_len = strlen(source->file) + 1;
	int err;

	*ret = (struct image_row){
		.file_at = out->len,
		.file_len = file_len,
		.yaml_at = out->len + file_len,
		.yaml_len = source->yaml.len,
		.override = source->override,
	};
	err = buffer_append(out, source->file, file_len);
	return err < 0 ? err : buffer_append(out, source->yaml.ptr, source->yaml.len);
}

static int append_all(struct buffer *out, const struct rule_source *sources, size_t count, struct slice databases)
{
	struct image_head head = { .magic = IMAGE_MAGIC, .count = count, .databases_len = databases.len };
	int err = append_zeroes(out, sizeof(head) + count * sizeof(struct image_row));

	for (size_t i = 0; i < count && err == 0; i++) {
		struct image_row row;

		err = append_texts(out, &sources[i], &row);
		memcpy(out->data + sizeof(head) + i * sizeof(row), &row, sizeof(row));
	}
	if (err == 0)
		err = append_zeroes(out, -out->len % DATABASES_ALIGNMENT);
	head.databases_at = out->len;
	if (err == 0)
		err = buffer_append(out, databases.ptr, databases.len);
	if (err < 0)
		return err;
	head.bytes = out->len;
	memcpy(out->data, &head, sizeof(head));
	return 0;
}

int image_write(struct buffer *out, const struct rule_source *sources, size_t count, struct slice databases)
{
	if (count > IMAGE_SOURCES_MAX)
		return -E2BIG;
	out->limit = IMAGE_BYTES_MAX;
	return append_all(out, sources, count, databases);
}

/* ---- reading ---- */

/* False: not all of it stands within the image. */
static bool cut(struct slice bytes, uint64_t at, uint64_t len, struct slice *ret)
{
	if (at > bytes.len || len > bytes.len - at)
		return false;
	*ret = (struct slice){ bytes.ptr + at, len };
	return true;
}

static bool read_row(struct slice bytes, const struct image_row *row, struct rule_source *ret)
{
	struct slice file;

	if (!cut(bytes, row->file_at, row->file_len, &file) || !cut(bytes, row->yaml_at, row->yaml_len, &ret->yaml))
		return false;
	if (file.len == 0 || memchr(file.ptr, '\0', file.len) != file.ptr + file.len - 1 || row->override > 1)
		return false;
	ret->file = file.ptr;
	ret->override = row->override == 1;
	return true;
}

int image_parse(struct slice bytes, struct image *ret)
{
	struct image_head head;
	struct slice rows;

	if (bytes.len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, bytes.ptr, sizeof(head));
	if (head.magic != IMAGE_MAGIC || head.bytes != bytes.len || head.count > IMAGE_SOURCES_MAX ||
	    !cut(bytes, sizeof(head), head.count * sizeof(struct image_row), &rows) ||
	    !cut(bytes, head.databases_at, head.databases_len, &ret->databases))
		return -EBADMSG;
	for (size_t i = 0; i < head.count; i++) {
		struct image_row row;

		memcpy(&row, rows.ptr + i * sizeof(row), sizeof(row));
		if (!read_row(bytes, &row, &ret->sources[i]))
			return -EBADMSG;
	}
	ret->count = head.count;
	return 0;
}

int image_rules(struct slice bytes, struct rules **ret, char ret_error[PACK_ERROR_BYTES])
{
	auto_free struct image *image = malloc(sizeof(*image));
	int err;

	if (!image)
		return -ENOMEM;
	err = image_parse(bytes, image);
	return err < 0 ? err : rules_from_sources(image->sources, image->count, image->databases, ret, ret_error);
}
