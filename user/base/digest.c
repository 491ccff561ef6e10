/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL looks for its configuration at first use, and goes on without where no file may be opened. */
#include "base/digest.h"

/* Before OpenSSL, which includes <limits.h>: gcc's looks for the next one by quotes and finds include/limits.h, and
 * without the one it wanted <stdlib.h> refuses to go on. */
#include <stdlib.h>

#include <errno.h>
#include <openssl/evp.h>

int digest_hex(struct slice bytes, char ret[DIGEST_HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (EVP_Digest(bytes.ptr ? bytes.ptr : "", bytes.len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	for (size_t i = 0; i < (DIGEST_HEX_BYTES - 1) / 2; i++) {
		ret[2 * i] = digits[hash[i] >> 4];
		ret[2 * i + 1] = digits[hash[i] & 15];
	}
	ret[DIGEST_HEX_BYTES - 1] = '\0';
	return 0;
}
