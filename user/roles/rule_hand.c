/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_hand.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "base/log.h"
#include "detect/image.h"
#include "roles/rule_builtin.h"
#include "roles/rule_files.h"
#include "roles/sealed.h"

/* A memory file counts as memory that cannot be taken back, the program's own file does not. */
static int open_image(const struct rules *rules, enum rule_origin origin, struct message_rules *ret)
{
	int fd;

	if (origin == RULES_BUILT_IN)
		return rule_builtin_open(ret);
	fd = sealed_new("promtap-rules", rules_image(rules));
	*ret = (struct message_rules){ .bytes = rules_image(rules).len };
	return fd;
}

static int load(const struct options *options, int in_force, const struct message_rules *place, struct rules **ret,
		enum rule_origin *ret_origin)
{
	struct slice image = { 0 };
	int err;

	if (in_force >= 0)
		(void)sealed_map(in_force, place->offset, place->bytes, &image);
	err = rules_load_from(options, image, ret, ret_origin);
	if (image.len > 0)
		sealed_unmap(image);
	return err;
}

int rule_hand_over(const struct options *options, int in_force, struct message_rules *place)
{
	enum rule_origin origin;
	struct rules *rules = NULL;
	int fd = load(options, in_force, place, &rules, &origin);

	if (fd < 0)
		return fd;
	fd = open_image(rules, origin, place);
	if (fd < 0)
		log_error("no file of compiled rules for the decoder: %s", strerror(-fd));
	else
		rule_origin_say(LOG_INFO, rules, origin);
	rules_unref(rules);
	/* Compiling takes some 50 MB, which nothing needs again before the next reload. */
	(void)malloc_trim(0);
	return fd;
}

int rule_hand_take(int fd, const struct message_rules *place, struct rules **ret)
{
	struct image image = { .release = sealed_unmap };
	int err;

	if (place->bytes > IMAGE_BYTES_MAX)
		return -EBADMSG;
	err = sealed_map(fd, place->offset, place->bytes, &image.bytes);
	if (err < 0)
		return err;
	err = rules_from_image(image, ret);
	if (err < 0) {
		log_error("rules cannot be used: %s", strerror(-err));
		return err;
	}
	/* Taken was all of it, used is a part. */
	sealed_let_go(image.bytes);
	(void)malloc_trim(0);
	return 0;
}
