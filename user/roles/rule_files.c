/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "roles/rule_builtin.h"
#include "roles/rule_cache.h"
#include "roles/sealed.h"

#define NO_CACHE "none"

const char *const rule_origin_names[RULE_ORIGIN_MAX] = {
	[RULES_COMPILED] = "compiled",
	[RULES_KEPT] = "compiled before and kept",
	[RULES_BUILT_IN] = "compiled when the program was made",
};

/* ---- reading ---- */

static int failed(const char *path, int err)
{
	if (err == -E2BIG)
		log_error("cannot use the rules in %s: the file is over 4 MiB; make two of it", path);
	else
		log_error("cannot read the rules in %s: %s", path, strerror(-err));
	return err;
}

static int add_builtin(struct rule_files *files)
{
	for (size_t i = 0; i < pack_builtin_count; i++) {
		if (files->count == IMAGE_SOURCES_MAX)
			return -E2BIG;
		files->sources[files->count++] = (struct rule_source){
			.file = pack_builtin[i].file,
			.yaml = pack_builtin[i].yaml,
		};
	}
	return 0;
}

static int take_file(struct rule_files *files, struct slice path, struct slice yaml)
{
	struct rule_source source = {
		.file = arena_copy(&files->arena, path),
		.yaml = { arena_copy(&files->arena, yaml), yaml.len },
		.override = true,
	};

	if (!source.file || !source.yaml.ptr)
		return -ENOMEM;
	files->sources[files->count++] = source;
	return 0;
}

int rule_files_add(struct rule_files *files, const char *path)
{
	struct buffer yaml = { 0 };
	int err = 0;

	if (files->count == IMAGE_SOURCES_MAX) {
		log_error("cannot use the rules in %s: over %d files; join some", path, IMAGE_SOURCES_MAX);
		return -E2BIG;
	}
	err = file_read(path, PACK_FILE_BYTES_MAX, &yaml);
	if (err == 0)
		err = take_file(files, slice_of(path), buffer_slice(&yaml));
	buffer_done(&yaml);
	return err < 0 ? failed(path, err) : 0;
}

static int add_list(struct rule_files *files, const char *list)
{
	auto_free char *copy = strdup(list);
	char *rest = copy, *path;
	int err = copy ? 0 : -ENOMEM;

	while (err == 0 && (path = strsep(&rest, ",")))
		if (*path)
			err = rule_files_add(files, path);
	return err;
}

int rule_files_read(struct rule_files *files, const char *list)
{
	int err;

	*files = (struct rule_files){ 0 };
	err = add_builtin(files);
	return err < 0 || !list ? err : add_list(files, list);
}

void rule_files_done(struct rule_files *files)
{
	arena_done(&files->arena);
	files->count = 0;
}

/* ---- compiling ---- */

/* To keep nothing costs the next start as much: no reason to complain aloud. */
static void keep(const char *cache, uint64_t key, const struct rules *rules)
{
	int err = rule_cache_write(cache, key, rules_image(rules));

	if (err < 0)
		log_debug("compiled rules are not kept in %s: %s", cache, strerror(-err));
}

/* -ENOENT: make compiled none, or of other rules, or for another processor. */
static int take_builtin(uint64_t key, struct rules **ret)
{
	struct message_rules place;
	auto_close int fd = rule_builtin_open(&place);
	struct image image = { .release = sealed_unmap };
	int err = fd < 0 ? fd : sealed_map(fd, place.offset, place.bytes, &image.bytes);

	if (err < 0)
		return err;
	if (image_is_of(image.bytes, key))
		return rules_from_image(image, ret);
	image.release(image.bytes);
	return -ENOENT;
}

static int take_or_compile(const struct rule_files *files, uint64_t key, const char *cache, struct rules **ret)
{
	char error[PACK_ERROR_BYTES] = "";
	struct buffer kept = { 0 };
	int err;

	if (cache)
		(void)rule_cache_read(cache, key, &kept);
	err = rules_from_sources(files->sources, files->count, buffer_slice(&kept), ret, error);
	buffer_done(&kept);
	if (err < 0)
		log_error("%s", *error ? error : strerror(-err));
	return err;
}

int rule_files_load(const struct rule_files *files, const char *cache, struct rules **ret, enum rule_origin *ret_origin)
{
	uint64_t key = rule_sources_key(files->sources, files->count);
	int err = take_builtin(key, ret);

	if (err == 0) {
		*ret_origin = RULES_BUILT_IN;
		return 0;
	}
	if (err != -ENOENT)
		log_debug("the program's own compiled rules cannot be used: %s", strerror(-err));
	err = take_or_compile(files, key, cache, ret);
	if (err < 0)
		return err;
	*ret_origin = rules_were_kept(*ret) ? RULES_KEPT : RULES_COMPILED;
	if (cache && *ret_origin == RULES_COMPILED)
		keep(cache, key, *ret);
	return 0;
}

const char *rule_cache_of(const struct options *options)
{
	const char *cache = options->rules_cache;

	return cache && strcmp(cache, NO_CACHE) != 0 ? cache : NULL;
}

int rules_load_from(const struct options *options, struct rules **ret, enum rule_origin *ret_origin)
{
	struct rule_files files;
	int err = rule_files_read(&files, options->rules);

	if (err == 0)
		err = rule_files_load(&files, rule_cache_of(options), ret, ret_origin);
	rule_files_done(&files);
	return err;
}

int rules_load(const struct options *options, struct rules **ret)
{
	enum rule_origin origin;
	int err = rules_load_from(options, ret, &origin);

	if (err == 0)
		log_debug("%zu rules, %s", rules_set(*ret)->rule_count, rule_origin_names[origin]);
	return err;
}
