/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/PID/maps, read in any pieces. Paths are the process's own choice: they
 * may hold any byte but newline (printed as \012), look like other lines, or
 * end in " (deleted)" although the file is there. They serve as hints only;
 * what is trusted is the device and the inode.
 */
#ifndef PROMTAP_ATTACH_MAPS_H
#define PROMTAP_ATTACH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct mapping {
	uint64_t start, end;
	uint64_t inode;
	uint64_t device;	/* makedev() of what the line says */
	bool executable;
	struct slice path;	/* "" for anonymous memory; lent for the callback */
};

/* False ends the reading. */
typedef bool (*mapping_fn)(void *ctx, const struct mapping *mapping);

/* Longest line: four bytes for each of PATH_MAX, and the numbers. */
#define MAPS_LINE_BYTES (4 * 4096 + 256)

struct maps_reader {
	mapping_fn fn;
	void *ctx;
	size_t len;	/* of the line begun */
	bool skipping;	/* the rest of a line that is too long */
	bool stopped;
	char line[MAPS_LINE_BYTES];
};

void maps_reader_init(struct maps_reader *reader, mapping_fn fn, void *ctx);

/* Lines that are not of the form are passed over. A last line without an end
 * is not delivered: the kernel ends each. */
void maps_feed(struct maps_reader *reader, const char *bytes, size_t len);

/* Reads the open file to its end. 0 or -errno (-ESRCH: the process is gone). */
int maps_read(int fd, mapping_fn fn, void *ctx);

#endif
