/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the files of processes that choose their own root, mounts and names,
 * and telling which file that is. Nothing is read here.
 */
#ifndef PROMTAP_ATTACH_OPEN_FILE_H
#define PROMTAP_ATTACH_OPEN_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/maps.h"

/*
 * The file as the kernel's probes see it. Two containers of one image see one
 * file of the image through two overlay mounts with device numbers of their
 * own; probing it twice would capture everything twice, so the identity is
 * that of the file below. Change of the content changes the identity.
 */
struct file_id {
	uint64_t device, inode;
	uint64_t size;
	int64_t mtime_ns;
};

bool file_id_eq(const struct file_id *a, const struct file_id *b);

/* As a process sees it in its maps: cheap to know, but one file may have many. */
struct map_id {
	uint64_t device, inode;
};

/* /proc/PID as a directory: what is opened below it stays that of this process. fd or -errno. */
int open_proc(pid_t pid);

/* The program of the process: fd or -errno. */
int open_executable(int proc_fd);

/* The file behind a mapping: never another one, whatever the process does to
 * its names. fd or -errno; -ESTALE: only a different file bears the name now. */
int open_mapping(int proc_fd, const struct mapping *mapping);

/* `map_id` may be null: not known. 0 or -errno. */
int file_identify(int fd, const struct map_id *map_id, struct file_id *ret);

#endif
