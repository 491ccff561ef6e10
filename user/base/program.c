/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "base/hash.h"
#include "base/slice.h"

#define SEED 0x70726f6772616d31ull	/* the same in every process */

/* Parts of a note are padded to this. */
static size_t padded(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

/* Cuts the next note off; false: there is none that is whole. */
static bool next_note(struct slice *notes, ElfW(Nhdr) *ret, struct slice *ret_name, struct slice *ret_content)
{
	size_t name, content;

	if (notes->len < sizeof(*ret))
		return false;
	memcpy(ret, notes->ptr, sizeof(*ret));
	name = padded(ret->n_namesz);
	content = padded(ret->n_descsz);
	if (name > notes->len - sizeof(*ret) || content > notes->len - sizeof(*ret) - name)
		return false;
	*ret_name = (struct slice){ notes->ptr + sizeof(*ret), ret->n_namesz };
	*ret_content = (struct slice){ ret_name->ptr + name, ret->n_descsz };
	notes->ptr += sizeof(*ret) + name + content;
	notes->len -= sizeof(*ret) + name + content;
	return true;
}

static uint64_t hash_of_notes(struct slice notes)
{
	struct slice name, content;
	ElfW(Nhdr) note;

	while (next_note(&notes, &note, &name, &content))
		if (note.n_type == NT_GNU_BUILD_ID && slice_eq(name, (struct slice){ ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU) }))
			return hash_bytes(content.ptr, content.len, SEED);
	return 0;
}

/* The first object that dl_iterate_phdr() visits is the program. */
static int read_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	uint64_t *hash = arg;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum && *hash == 0; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			*hash = hash_of_notes((struct slice){ (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr,
							      info->dlpi_phdr[i].p_memsz });
	return 1;
}

uint64_t program_hash(void)
{
	uint64_t hash = 0;

	(void)dl_iterate_phdr(read_program, &hash);
	return hash;
}
