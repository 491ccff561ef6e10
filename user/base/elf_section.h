/* SPDX-License-Identifier: Apache-2.0 */
/* Where a section of a file of this machine's kind stands: ELF of 64 bits, in its byte order (System V ABI, "Sections").
 * The file is input: nothing in it is believed. */
#ifndef PROMTAP_BASE_ELF_SECTION_H
#define PROMTAP_BASE_ELF_SECTION_H

#include <stdint.h>

struct file_range {
	uint64_t offset, bytes;
};

/* The first section of that name, of which the file holds every byte. 0; -ENOENT: there is none; -EBADMSG: it is no such
 * file, or a damaged one; or -errno. Moves nothing in `fd`. */
int elf_section_find(int fd, const char *name, struct file_range *ret);

#endif
