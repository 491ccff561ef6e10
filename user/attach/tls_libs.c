/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of TLS libraries and the questions asked of it. Names only say what
 * is worth a look: what is attached is decided by the functions in the file.
 */
#include "attach/tls_libs.h"

#include <fnmatch.h>
#include <string.h>

#include "base/cleanup.h"

#define BASE_NAME_BYTES 256	/* NAME_MAX of Linux and a terminator */

const struct tls_library tls_libraries[] = {
	{
		.name = "openssl",
		/* Beside the library itself: copies renamed by wheel builders, and extension
		 * modules and interpreters that carry it inside. libssl3.so is NSS. */
		.libraries = { "libssl.so*", "libssl-*.so*", "_ssl.*.so", "_ssl.so", "_rust.abi3.so",
			       "libpython3*.so*", "libnode.so*" },
		.traits = INSPECT_TRAIT_OPENSSL,
		.function_count = 5,
		.functions = {
			{ "SSL_write", TLS_WRITE },
			{ "SSL_write_ex", TLS_WRITE_EX },
			{ "SSL_read", TLS_READ },
			{ "SSL_read_ex", TLS_READ_EX },
			{ "SSL_free", TLS_FREE },
		},
		.why_not = "linked into the program without its symbols",
	},
	{
		.name = "gnutls",
		.libraries = { "libgnutls.so*", "libgnutls-*.so*" },
		.why_not = "GnuTLS is not observed",
	},
	{
		.name = "nss",
		.libraries = { "libssl3.so*", "libnspr4.so*" },
		.why_not = "NSS is not observed",
	},
	{
		.name = "boringssl",
		.libraries = { "libconscrypt*.so", "libnetty_tcnative*.so", "cygrpc.*.so" },
		.executables = { "bun", "claude" },
		.traits = INSPECT_TRAIT_BORINGSSL,
		.why_not = "BoringSSL without symbols is not observed",
	},
	{
		.name = "rustls",
		.executables = { "codex", "deno" },
		.traits = INSPECT_TRAIT_RUSTLS,
		.why_not = "rustls is not observed",
	},
	{
		.name = "go",
		.traits = INSPECT_TRAIT_GO,
		.why_not = "Go's crypto/tls is not observed",
	},
	{
		.name = "java",
		.libraries = { "libjvm.so" },
		.why_not = "Java's TLS is compiled while it runs and is not observed",
	},
	{
		.name = "mbedtls",
		.libraries = { "libmbedtls.so*" },
		.why_not = "Mbed TLS is not observed",
	},
	{
		.name = "wolfssl",
		.libraries = { "libwolfssl.so*" },
		.why_not = "wolfSSL is not observed",
	},
};

const size_t tls_library_count = ARRAY_SIZE(tls_libraries);

static bool base_name(struct slice path, char ret_name[BASE_NAME_BYTES])
{
	static const struct slice deleted = { " (deleted)", sizeof(" (deleted)") - 1 };
	const char *slash;

	if (slice_ends(path, deleted))
		path.len -= deleted.len;
	slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	if (!slash)
		return false;
	path.len -= (size_t)(slash + 1 - path.ptr);
	path.ptr = slash + 1;
	return slice_copy(ret_name, BASE_NAME_BYTES, path);
}

static bool matches(const char *const patterns[TLS_PATTERNS_MAX], const char *name)
{
	for (size_t i = 0; i < TLS_PATTERNS_MAX && patterns[i]; i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

const struct tls_library *tls_library_of_path(struct slice path)
{
	char name[BASE_NAME_BYTES];

	if (!base_name(path, name))
		return NULL;
	for (size_t i = 0; i < tls_library_count; i++) {
		if (matches(tls_libraries[i].libraries, name))
			return &tls_libraries[i];
	}
	return NULL;
}

const struct tls_library *tls_library_of_executable(struct slice path)
{
	char name[BASE_NAME_BYTES];

	if (!base_name(path, name))
		return NULL;
	for (size_t i = 0; i < tls_library_count; i++) {
		if (matches(tls_libraries[i].executables, name))
			return &tls_libraries[i];
	}
	return NULL;
}

const struct tls_library *tls_library_of_traits(uint32_t traits)
{
	for (size_t i = 0; i < tls_library_count; i++) {
		if (tls_libraries[i].traits & traits)
			return &tls_libraries[i];
	}
	return NULL;
}

const struct tls_library *tls_library_of_programs(void)
{
	return &tls_libraries[0];
}

void tls_library_request(const struct tls_library *library, uint64_t id, struct inspect_request *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = id;
	ret->symbol_count = (uint32_t)library->function_count;
	for (size_t i = 0; i < library->function_count; i++)
		(void)slice_copy(ret->symbols[i], sizeof(ret->symbols[i]), slice_of(library->functions[i].symbol));
}

bool tls_library_usable(const struct tls_library *library, const struct inspect_reply *reply)
{
	bool has[TLS_PROGRAM_MAX] = { false };

	if (reply->result != INSPECT_OK)
		return false;
	for (size_t i = 0; i < library->function_count; i++)
		has[library->functions[i].program] |= reply->offsets[i] != 0;
	return (has[TLS_WRITE] || has[TLS_WRITE_EX]) && (has[TLS_READ] || has[TLS_READ_EX]);
}

_Static_assert(TLS_FUNCTIONS_MAX <= INSPECT_SYMBOLS_MAX, "one request asks for all functions of a library");
