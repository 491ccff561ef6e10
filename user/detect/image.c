/* SPDX-License-Identifier: Apache-2.0 */
/*
 * +------+-----------+----------------+------------+----------+-----------+-------+
 * | head | databases | packs, as they | dictionary | rules,   | what the  | gates |
 * |      |           | were read      |            | compiled | databases |       |
 * |      |           |                |            |          | are for   |       |
 * +------+-----------+----------------+------------+----------+-----------+-------+
 */
#include "detect/image.h"

#include <errno.h>
#include <stdlib.h>
#include <unicode/uversion.h>

#include "base/hash.h"
#include "base/program.h"
#include "detect/compile.h"
#include "detect/image_impl.h"

#define IMAGE_MAGIC 0x3370616d69747074ull	/* "tptimap3"; changes with where the databases are */
#define KEY_SEED 0x72756c6573000002ull		/* the same in every process */

struct image_head {
	uint64_t magic;
	uint64_t bytes;		/* of all of it */
	uint64_t maker;		/* maker_key() */
	uint64_t sources;	/* rule_sources_key(); 0: not known */
};

/* ---- sources ---- */

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

/* This program, what it folds words with, Hyperscan, and what that compiles for. */
static uint64_t maker_key(void)
{
	uint64_t key = program_hash() ^ KEY_SEED;
	const hs_platform_info_t platform = databases_platform();
	UVersionInfo icu;

	u_getVersion(icu);
	key = hash_bytes(icu, sizeof(icu), key);
	key = hash_bytes(hs_version(), strlen(hs_version()), key);
	key = hash_bytes(&platform.tune, sizeof(platform.tune), key);
	return hash_bytes(&platform.cpu_features, sizeof(platform.cpu_features), key);
}

uint64_t rule_sources_key(const struct rule_source *sources, size_t count)
{
	uint64_t key = maker_key();

	for (size_t i = 0; i < count; i++) {
		key = hash_bytes(sources[i].file, strlen(sources[i].file) + 1, key + sources[i].override);
		key = hash_bytes(sources[i].yaml.ptr, sources[i].yaml.len, key);
	}
	return key;
}

/* ---- the head ---- */

/* Of any program. */
static bool read_any_head(struct slice bytes, struct image_head *ret)
{
	if (bytes.len < sizeof(*ret))
		return false;
	memcpy(ret, bytes.ptr, sizeof(*ret));
	return ret->magic == IMAGE_MAGIC && ret->bytes == bytes.len;
}

static bool read_head(struct slice bytes, struct image_head *ret)
{
	return read_any_head(bytes, ret) && ret->maker == maker_key();
}

static void free_bytes(struct slice bytes)
{
	free((void *)bytes.ptr);
}

static int copy_image(struct slice bytes, struct image *ret)
{
	char *copy = aligned_alloc(IMAGE_ALIGNMENT, (bytes.len + IMAGE_ALIGNMENT) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes.ptr, bytes.len);
	*ret = (struct image){ { copy, bytes.len }, free_bytes };
	return 0;
}

int image_of_compiled(const struct rules *rules, uint64_t sources, struct image *ret)
{
	struct image_head head = { .magic = IMAGE_MAGIC, .maker = maker_key(), .sources = sources };
	struct buffer bytes = { .limit = IMAGE_BYTES_MAX };
	struct image_out out = { .bytes = &bytes, .err = buffer_append(&bytes, &head, sizeof(head)) };
	int err;

	image_put_rules(&out, rules);
	err = out.err;
	if (err == 0) {
		head.bytes = bytes.len;
		memcpy(bytes.data, &head, sizeof(head));
		err = copy_image(buffer_slice(&bytes), ret);
	}
	buffer_done(&bytes);
	return err;
}

bool image_saved_databases(struct slice image, struct saved_databases *ret)
{
	struct image_in in = { .bytes = image, .at = sizeof(struct image_head) };
	struct image_head head;

	if (!read_any_head(image, &head))
		return false;
	image_take_saved(&in, ret);
	return in.err == 0;
}

/* ---- taking ---- */

static int take(struct image image, struct rules *rules)
{
	struct image_in in = { .bytes = image.bytes, .at = sizeof(struct image_head), .arena = &rules->set.arena };

	image_take_rules(&in, rules);
	if (in.at != in.bytes.len)
		image_refuse(&in);
	return in.err < 0 ? in.err : compile_lists(rules);
}

int rules_from_image(struct image image, struct rules **ret)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct image_head head;
	int err;

	if (!rules) {
		image.release(image.bytes);
		return -ENOMEM;
	}
	rules->references = 1;
	rules->image = image;
	rules->kept = true;
	err = (uintptr_t)image.bytes.ptr % IMAGE_ALIGNMENT == 0 && read_head(image.bytes, &head) ? take(image, rules) : -EBADMSG;
	if (err < 0)
		rules_unref(rules);
	else
		*ret = rules;
	return err;
}

struct slice rules_image(const struct rules *rules)
{
	return rules->image.bytes;
}

bool image_is_of(struct slice bytes, uint64_t key)
{
	struct image_head head;

	/* Without a build id nothing tells that it is not another program's. */
	return program_hash() != 0 && read_head(bytes, &head) && head.sources == key;
}

/* -ENOENT: none of them is an image of these sources. */
static int take_kept(const struct slice *images, size_t count, uint64_t key, struct rules **ret)
{
	struct image image;
	int err;

	while (count > 0 && !image_is_of(*images, key)) {
		images++;
		count--;
	}
	if (count == 0)
		return -ENOENT;
	err = copy_image(*images, &image);
	return err < 0 ? err : rules_from_image(image, ret);
}

int rules_from_sources_and(const struct rule_source *sources, size_t count, const struct slice *images, size_t image_count,
			   struct rules **ret, char ret_error[PACK_ERROR_BYTES])
{
	uint64_t key = rule_sources_key(sources, count);
	struct pack_set set;
	int err = take_kept(images, image_count, key, ret);

	if (err == 0 || err == -ENOMEM)
		return err;
	err = pack_set_from_sources(sources, count, &set, ret_error);
	return err < 0 ? err : rules_compile(&set, key, images, image_count, ret, ret_error);
}

int rules_from_sources(const struct rule_source *sources, size_t count, struct slice kept, struct rules **ret,
		       char ret_error[PACK_ERROR_BYTES])
{
	return rules_from_sources_and(sources, count, &kept, 1, ret, ret_error);
}
