/* SPDX-License-Identifier: Apache-2.0 */
/* From the address of a function to its offset in the file, by our own program headers. */
#include "attach/self.h"

#include <link.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first object that dl_iterate_phdr() visits is the program. */
static int offset_of_code(struct dl_phdr_info *info, size_t size, void *ctx)
{
	uintptr_t address = (uintptr_t)self_function_offset - info->dlpi_addr;
	uint64_t *ret_offset = ctx;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			*ret_offset = segment->p_offset + (address - segment->p_vaddr);
	}
	return 1;
}

uint64_t self_function_offset(void)
{
	uint64_t offset = 0;

	(void)dl_iterate_phdr(offset_of_code, &offset);
	return offset;
}

bool self_is_program_of(pid_t pid)
{
	char path[32];
	struct stat own, other;

	if (pid == getpid())
		return true;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}
