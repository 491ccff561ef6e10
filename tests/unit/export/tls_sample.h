/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests: each its own authority. */
#ifndef PROMTAP_TESTS_TLS_SAMPLE_H
#define PROMTAP_TESTS_TLS_SAMPLE_H

#include <stdint.h>

/* Before OpenSSL, for the reason that base/digest.c gives. */
#include <stdlib.h>

#include <openssl/ssl.h>

#include "export/tls_pair.h"

enum sample_key {
	SAMPLE_EC = 0,
	SAMPLE_RSA_SHORT,	/* of a length that no library takes any more */
};

struct tls_sample {
	char certificate[4096], key[4096];	/* PEM */
	struct tls_config config;		/* of the two */
};

/* For "localhost"; `name` is its common name. */
void tls_sample_make(struct tls_sample *ret, const char *name, enum sample_key kind, int64_t from_unix_s,
		     int64_t until_unix_s);
/* Valid today. */
void tls_sample_make_valid(struct tls_sample *ret, const char *name);

/* A client's side that trusts `sample` alone, connected and verified, on a blocking socket; null: the handshake failed. */
SSL *tls_sample_connect(const struct tls_sample *sample, int fd);
/* Closes the socket, too. */
void tls_sample_close(SSL *ssl);
/* The common name of the server's certificate. */
void tls_sample_name(SSL *ssl, char ret[64]);

#endif
