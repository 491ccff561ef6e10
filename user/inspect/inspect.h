/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inspection of an ELF file that a workload may have written: which of the
 * asked functions it has, and where in the file they begin. Runs in the
 * inspector role, without privileges, under limits of memory and time.
 */
#ifndef PROMTAP_INSPECT_INSPECT_H
#define PROMTAP_INSPECT_INSPECT_H

#include <stdint.h>

#define INSPECT_SYMBOLS_MAX 16
#define INSPECT_SYMBOL_BYTES 48
#define BUILD_ID_BYTES 20

struct inspect_request {
	uint64_t id;		/* echoed */
	uint32_t symbol_count;
	uint32_t reserved;
	char symbols[INSPECT_SYMBOLS_MAX][INSPECT_SYMBOL_BYTES];
};

enum inspect_result {
	INSPECT_OK = 0,		/* at least one symbol was found */
	INSPECT_NO_SYMBOLS,
	INSPECT_NOT_ELF,	/* malformed, or another class or machine than ours */
	INSPECT_FAILED,		/* could not be read, or over a limit */
	INSPECT_RESULT_MAX
};

/* What read-only data gives away about a TLS stack whose functions were not
 * found: bits of inspect_reply.traits. */
enum inspect_trait {
	INSPECT_TRAIT_GO = 1 << 0,		/* crypto/tls of the Go library */
	INSPECT_TRAIT_BORINGSSL = 1 << 1,
	INSPECT_TRAIT_OPENSSL = 1 << 2,		/* linked statically, names stripped */
	INSPECT_TRAIT_RUSTLS = 1 << 3,
};

struct inspect_reply {
	uint64_t id;
	uint32_t result;	/* enum inspect_result */
	uint32_t build_id_len;	/* 0: none */
	uint8_t build_id[BUILD_ID_BYTES];
	uint32_t traits;	/* enum inspect_trait; looked for only where no symbol was found */
	/* File offset of each asked symbol's first instruction, 0: not there. */
	uint64_t offsets[INSPECT_SYMBOLS_MAX];
};

/* Reads the file behind `fd` (regular, opened read-only). Always fills *ret. */
void inspect_elf(int fd, const struct inspect_request *request, struct inspect_reply *ret);

#endif
