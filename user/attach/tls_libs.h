/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS libraries that promtap knows: how their files are named, which of
 * their functions move plaintext, and, for those it cannot observe, why not.
 * One more library is one more row.
 */
#ifndef PROMTAP_ATTACH_TLS_LIBS_H
#define PROMTAP_ATTACH_TLS_LIBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "inspect/inspect.h"

/* Which program of the kernel half stands at a function. */
enum tls_program {
	TLS_WRITE = 0,		/* int f(object, buffer, int length) */
	TLS_WRITE_EX,		/* int f(object, buffer, size_t length, size_t *written) */
	TLS_READ,
	TLS_READ_EX,
	TLS_FREE,		/* void f(object) */
	TLS_PROGRAM_MAX
};

struct tls_function {
	const char *symbol;
	enum tls_program program;
};

#define TLS_STACK_BYTES 16	/* of a library's name, as in struct message_coverage */
#define TLS_PATTERNS_MAX 8
#define TLS_FUNCTIONS_MAX TLS_PROGRAM_MAX

struct tls_library {
	const char *name;
	const char *libraries[TLS_PATTERNS_MAX];	/* fnmatch(3) on base names of mapped files */
	const char *executables[TLS_PATTERNS_MAX];	/* the same for the program itself */
	uint32_t traits;		/* enum inspect_trait: a program with one of these has it */
	size_t function_count;		/* 0: not observed */
	struct tls_function functions[TLS_FUNCTIONS_MAX];
	const char *why_not;		/* where it is not observed */
};

extern const struct tls_library tls_libraries[];
extern const size_t tls_library_count;

/* The row of a shared library by its file's name, or null. Takes the whole
 * path as the kernel prints it; " (deleted)" is not part of the name. */
const struct tls_library *tls_library_of_path(struct slice path);

/* The row that names this program as one that cannot be observed, or null. */
const struct tls_library *tls_library_of_executable(struct slice path);

/* By what the inspector found in a program without the functions, or null. */
const struct tls_library *tls_library_of_traits(uint32_t traits);

/* The row whose functions any program is searched for. */
const struct tls_library *tls_library_of_programs(void);

void tls_library_request(const struct tls_library *library, uint64_t id, struct inspect_request *ret);

/* Enough to follow a conversation: a write and a read function are there. */
bool tls_library_usable(const struct tls_library *library, const struct inspect_reply *reply);

#endif
