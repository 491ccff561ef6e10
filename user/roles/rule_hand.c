/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_hand.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "detect/image.h"
#include "roles/rule_files.h"
#include "roles/sealed.h"

int rule_hand_over(const struct options *options, uint64_t *ret_bytes)
{
	struct rules *rules = NULL;
	int fd = rules_load(options, &rules);

	if (fd < 0)
		return fd;
	*ret_bytes = rules_image(rules).len;
	fd = sealed_new("promtap-rules", rules_image(rules));
	if (fd < 0)
		log_error("no memory file for the rules: %s", strerror(-fd));
	rules_unref(rules);
	/* Compiling takes some 50 MB, which nothing needs again before the next reload. */
	(void)malloc_trim(0);
	return fd;
}

int rule_hand_take(int fd, uint64_t bytes, struct rules **ret)
{
	struct image image = { .release = sealed_unmap };
	int err;

	if (bytes == 0 || bytes > IMAGE_BYTES_MAX)
		return -EBADMSG;
	err = sealed_map(fd, bytes, &image.bytes);
	if (err < 0)
		return err;
	err = rules_from_image(image, ret);
	if (err < 0) {
		log_error("rules cannot be used: %s", strerror(-err));
		return err;
	}
	/* Taken was all of it, used is a part, which comes back when it is touched. */
	(void)madvise((void *)image.bytes.ptr, bytes, MADV_DONTNEED);
	(void)malloc_trim(0);
	return 0;
}
