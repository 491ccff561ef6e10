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

/* Images that are there already: what make compiled, what is in force, what was kept, each only lent. */
struct at_hand {
	struct slice built_in;
	struct buffer kept;
};

static void find_at_hand(struct at_hand *at_hand)
{
	struct message_rules place;
	auto_close int fd = rule_builtin_open(&place);

	*at_hand = (struct at_hand){ 0 };
	if (fd >= 0)
		(void)sealed_map(fd, place.offset, place.bytes, &at_hand->built_in);
}

static void at_hand_done(struct at_hand *at_hand)
{
	if (at_hand->built_in.len > 0)
		sealed_unmap(at_hand->built_in);
	buffer_done(&at_hand->kept);
}

/* -ENOENT: make compiled none, or other rules, or for another processor. */
static int take_builtin(struct at_hand *at_hand, uint64_t key, struct rules **ret)
{
	struct image image = { .bytes = at_hand->built_in, .release = sealed_unmap };
	int err;

	if (!image_is_of(image.bytes, key))
		return -ENOENT;
	at_hand->built_in = (struct slice){ 0 };
	err = rules_from_image(image, ret);
	if (err < 0)
		log_debug("the program's own compiled rules cannot be used: %s", strerror(-err));
	return err;
}

static int take_or_compile(const struct rule_files *files, uint64_t key, const struct rule_load *load,
			   struct at_hand *at_hand, struct rules **ret)
{
	char error[PACK_ERROR_BYTES] = "";
	struct slice images[3];
	int err;

	if (load->cache && rule_cache_read(load->cache, key, &at_hand->kept) == -ENOENT)
		(void)rule_cache_read_newest(load->cache, &at_hand->kept);
	images[0] = buffer_slice(&at_hand->kept);
	images[1] = at_hand->built_in;
	images[2] = load->in_force;
	err = rules_from_sources_and(files->sources, files->count, images, ARRAY_SIZE(images), ret, error);
	if (err < 0)
		log_error("%s", *error ? error : strerror(-err));
	return err;
}

static int load_rules(const struct rule_files *files, const struct rule_load *load, struct at_hand *at_hand,
		      struct rules **ret, enum rule_origin *ret_origin)
{
	uint64_t key = rule_sources_key(files->sources, files->count);
	int err = take_builtin(at_hand, key, ret);

	if (err == 0) {
		*ret_origin = RULES_BUILT_IN;
		return 0;
	}
	err = take_or_compile(files, key, load, at_hand, ret);
	if (err < 0)
		return err;
	*ret_origin = rules_were_kept(*ret) ? RULES_KEPT : RULES_COMPILED;
	if (load->cache && load->keep && *ret_origin == RULES_COMPILED)
		keep(load->cache, key, *ret);
	return 0;
}

int rule_files_load(const struct rule_files *files, const struct rule_load *load, struct rules **ret,
		    enum rule_origin *ret_origin)
{
	struct at_hand at_hand;
	int err;

	find_at_hand(&at_hand);
	err = load_rules(files, load, &at_hand, ret, ret_origin);
	at_hand_done(&at_hand);
	return err;
}

void rule_origin_say(enum log_level level, const struct rules *rules, enum rule_origin origin)
{
	struct rules_size size;

	rules_size(rules, &size);
	if (origin == RULES_COMPILED)
		log_print(level, "%zu rules, compiled; of %zu databases %zu anew", size.rules, size.databases,
			  size.databases_made);
	else
		log_print(level, "%zu rules, %s", size.rules, rule_origin_names[origin]);
}

const char *rule_cache_of(const struct options *options)
{
	const char *cache = options->rules_cache;

	return cache && strcmp(cache, NO_CACHE) != 0 ? cache : NULL;
}

int rules_load_from(const struct options *options, struct slice in_force, struct rules **ret, enum rule_origin *ret_origin)
{
	const struct rule_load load = { .cache = rule_cache_of(options), .keep = true, .in_force = in_force };
	struct rule_files files;
	int err = rule_files_read(&files, options->rules);

	if (err == 0)
		err = rule_files_load(&files, &load, ret, ret_origin);
	rule_files_done(&files);
	return err;
}

int rules_load(const struct options *options, struct rules **ret)
{
	enum rule_origin origin;
	int err = rules_load_from(options, SLICE(""), ret, &origin);

	if (err == 0)
		rule_origin_say(LOG_DEBUG, *ret, origin);
	return err;
}
