/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate and key of the web server, group "web.tls" of the configuration.
 * The tracer reads the files and asks tls_config_*() of what stands in them; the
 * server makes a pair of it, from which each handshake takes what is in use at
 * its beginning: another certificate (SIGHUP) is in force for the next
 * handshake, and those that run keep theirs.
 */
#ifndef PROMTAP_EXPORT_TLS_PAIR_H
#define PROMTAP_EXPORT_TLS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "config/schema.h"

#define TLS_FILE_BYTES_MAX 65536	/* of each of the two */

enum tls_version {
	TLS_VERSION_1_2 = 0,
	TLS_VERSION_1_3,
	TLS_VERSION_MAX
};

struct tls_config {
	char *certificate;	/* PEM, the server's own first, then those that lead to its authority; null: no TLS */
	char *key;		/* PEM, not encrypted */
	unsigned min_version;	/* enum tls_version */
};
extern const struct schema tls_schema;	/* its `check`: the two belong together, and libssl takes them */

/* Used by the thread of the front and the analysis thread. */
struct tls_pair;
struct ssl_st;	/* SSL of <openssl/ssl.h> */

/* Null: `ret_problem` says what is wrong. The config is copied. */
struct tls_pair *tls_pair_new(const struct tls_config *config, char ret_problem[FIELD_PROBLEM_BYTES]);
/* When nobody asks for connections any more; those that there are may live on. */
void tls_pair_free(struct tls_pair *pair);
/* From the next handshake on. 0; -EINVAL: `ret_problem` says what is wrong, and all is as before. */
int tls_pair_use(struct tls_pair *pair, const struct tls_config *config, char ret_problem[FIELD_PROBLEM_BYTES]);

/* For one connection, of the server's side; writes are taken in parts, and from wherever the rest then lies. Free with
 * SSL_free(). Null: out of memory. */
struct ssl_st *tls_pair_connection(struct tls_pair *pair);

/* When the certificate in use runs out; false: its times cannot be read. */
bool tls_pair_runs_out(struct tls_pair *pair, int64_t *ret_unix_s);

#endif
