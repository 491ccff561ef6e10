/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS stack is linked into a program that does not name its functions,
 * told from strings in its read-only data. Only good for saying so: it finds no
 * place for a probe.
 */
#ifndef PROMTAP_INSPECT_TRAITS_H
#define PROMTAP_INSPECT_TRAITS_H

#include <libelf.h>
#include <stdint.h>

/* Bits of enum inspect_trait. Reads at most TRAIT_BYTES_MAX of `fd`, the file of `elf`. */
uint32_t inspect_traits(Elf *elf, int fd, uint64_t file_bytes);

#define TRAIT_BYTES_MAX (192u << 20)

#endif
