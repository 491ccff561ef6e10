/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_hand.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "detect/image.h"
#include "roles/rule_files.h"

static int write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* Nobody can change any more what the other side has checked. */
static int seal(struct slice image)
{
	auto_close int fd = memfd_create("promtap-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err = fd < 0 ? -errno : write_all(fd, image);

	if (err == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		err = -errno;
	return err < 0 ? err : take_fd(&fd);
}

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
	fd = seal(buffer_slice(&image));
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
	void *map;
	int err;

	if (bytes == 0 || bytes > IMAGE_BYTES_MAX)
		return -EBADMSG;
	map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	err = image_rules((struct slice){ map, bytes }, ret, error);
	if (err < 0)
		log_error("rules cannot be used: %s", *error ? error : strerror(-err));
	(void)munmap(map, bytes);
	(void)malloc_trim(0);
	return err;
}
