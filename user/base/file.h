/* SPDX-License-Identifier: Apache-2.0 */
/* Files, read and written whole. */
#ifndef PROMTAP_BASE_FILE_H
#define PROMTAP_BASE_FILE_H

#include "base/buffer.h"

/* Appends a regular file of at most `max_bytes`. 0; -E2BIG: it is longer;
 * -EISDIR, -EINVAL: it is a folder, or nothing that has an end; or -errno. */
int file_read(const char *path, size_t max_bytes, struct buffer *out);

/* The same of an open file, from where it stands. */
int file_read_fd(int fd, size_t max_bytes, struct buffer *out);

/* Writes all of it, where the file stands. 0 or -errno: part of it may be there. */
int file_write(int fd, struct slice bytes);

#endif
