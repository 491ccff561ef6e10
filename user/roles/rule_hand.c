/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_hand.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "base/log.h"
#include "detect/image.h"
#include "roles/rule_files.h"
#include "roles/sealed.h"

static int make_image(const struct options *options, struct buffer *out)
{
	struct rule_files files;
	struct rules *rules = NULL;
	int err = rule_files_read(&files, options->rules);

	if (err == 0)
		err = rule_files_load(&files, rule_cache_of(options), &rules);
	if (err == 0) {
		err = rule_files_image(&files, rules, out);
		if (err < 0)
			log_error("the rules cannot be handed over: %s", strerror(-err));
	}
	rules_unref(rules);
	rule_files_done(&files);
	return err;
}

int rule_hand_over(const struct options *options, uint64_t *ret_bytes)
{
	struct buffer image = { .limit = IMAGE_BYTES_MAX };
	int fd, err = make_image(options, &image);

	if (err < 0) {
		buffer_done(&image);
		return err;
	}
	fd = sealed_new("promtap-rules", buffer_slice(&image));
	if (fd < 0)
		log_error("no memory file for the rules: %s", strerror(-fd));
	*ret_bytes = image.len;
	buffer_done(&image);
	/* Compiling takes some 30 MB, which nothing needs again before the next reload. */
	(void)malloc_trim(0);
	return fd;
}

int rule_hand_take(int fd, uint64_t bytes, struct rules **ret)
{
	char error[PACK_ERROR_BYTES] = "";
	struct slice image;
	int err;

	if (bytes == 0 || bytes > IMAGE_BYTES_MAX)
		return -EBADMSG;
	err = sealed_map(fd, bytes, &image);
	if (err < 0)
		return err;
	err = image_rules(image, ret, error);
	if (err < 0)
		log_error("rules cannot be used: %s", *error ? error : strerror(-err));
	sealed_unmap(image);
	(void)malloc_trim(0);
	return err;
}
