/* SPDX-License-Identifier: Apache-2.0 */
#include "export/tls_pair.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
/* Before OpenSSL, for the reason that base/digest.c gives. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/certificates.h"
#include "base/cleanup.h"
#include "config/secret.h"

struct tls_pair {
	pthread_mutex_t lock;
	/* Under the lock; counted by libssl, which keeps a context for as long as a connection has it. */
	SSL_CTX *context;
	bool has_times;
	int64_t until_unix_s;
};

/* ---- pieces, and what is said of them --------------------------------------------------------------- */

static int say(char *ret_problem, const char *problem)
{
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%s", problem);
	return -EINVAL;
}

static int say_reason(char *ret_problem)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "certificate_file cannot be used: %.100s; make another",
		       reason ? reason : "no reason is given");
	return -EINVAL;
}

/* Nobody is there to type one. */
static int no_password(char *bytes, int size, int writes, void *ctx)
{
	bool *asked = ctx;

	(void)bytes;
	(void)size;
	(void)writes;
	*asked = true;
	return -1;
}

static EVP_PKEY *read_key(const char *pem, char *ret_problem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	bool asked = false;
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, &asked) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (!key && asked)
		(void)say(ret_problem, "holds a key that is encrypted; take the password off: openssl pkey -in OLD -out NEW");
	else if (!key)
		(void)say(ret_problem, "holds no private key; name a file in PEM, with -----BEGIN PRIVATE KEY-----");
	return key;
}

static int use_certificates(SSL_CTX *context, const struct stack_st_X509 *all, char *ret_problem)
{
	if (SSL_CTX_use_certificate(context, sk_X509_value(all, 0)) != 1)
		return say_reason(ret_problem);
	for (int i = 1; i < sk_X509_num(all); i++)
		if (SSL_CTX_add1_chain_cert(context, sk_X509_value(all, i)) != 1)
			return say_reason(ret_problem);
	return 0;
}

static int use_key(SSL_CTX *context, const char *pem, char *ret_problem)
{
	EVP_PKEY *key = read_key(pem, ret_problem);
	bool taken = key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;

	EVP_PKEY_free(key);
	if (key && !taken)
		(void)say(ret_problem, "key_file is not the key of the certificate that stands first in certificate_file; "
				       "name the pair that belongs together, the server's own certificate before its authority's");
	return taken ? 0 : -EINVAL;
}

/*
 * What a client that only half closes TCP has said is whole by HTTP's own
 * lengths (RFC 9112, 9.8). Nothing is remembered of sessions: clients keep
 * tickets. Ciphers and groups are those of the library and its configuration.
 */
static SSL_CTX *new_context(unsigned min_version)
{
	static const int versions[TLS_VERSION_MAX] = { TLS1_2_VERSION, TLS1_3_VERSION };
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context || SSL_CTX_set_min_proto_version(context, versions[min_version]) != 1) {
		SSL_CTX_free(context);
		return NULL;
	}
	(void)SSL_CTX_set_options(context,
				  SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
						SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	return context;
}

static SSL_CTX *make_context(const struct tls_config *config, const struct stack_st_X509 *all, char *ret_problem)
{
	SSL_CTX *context = new_context(config->min_version);
	int err = context ? 0 : say_reason(ret_problem);

	if (err == 0)
		err = use_certificates(context, all, ret_problem);
	if (err == 0)
		err = use_key(context, config->key, ret_problem);
	ERR_clear_error();
	if (err == 0)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/* Makes all but the lock. 0; -EINVAL: `ret` is as before. */
static int make_pair(const struct tls_config *config, struct tls_pair *ret, char *ret_problem)
{
	struct stack_st_X509 *all = certificates_read(config->certificate, ret_problem);
	SSL_CTX *context = all ? make_context(config, all, ret_problem) : NULL;

	if (context) {
		ret->context = context;
		ret->has_times = certificates_times(all, NULL, &ret->until_unix_s);
	}
	certificates_free(all);
	return context ? 0 : -EINVAL;
}

/* ---- the pair in use -------------------------------------------------------------------------------- */

struct tls_pair *tls_pair_new(const struct tls_config *config, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct tls_pair *pair = calloc(1, sizeof(*pair));

	if (!pair) {
		(void)say(ret_problem, "there is no memory");
		return NULL;
	}
	if (make_pair(config, pair, ret_problem) < 0) {
		free(pair);
		return NULL;
	}
	(void)pthread_mutex_init(&pair->lock, NULL);
	return pair;
}

void tls_pair_free(struct tls_pair *pair)
{
	if (!pair)
		return;
	SSL_CTX_free(pair->context);
	(void)pthread_mutex_destroy(&pair->lock);
	free(pair);
}

int tls_pair_use(struct tls_pair *pair, const struct tls_config *config, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct tls_pair next = { .context = NULL };
	int err = make_pair(config, &next, ret_problem);
	SSL_CTX *old;

	if (err < 0)
		return err;
	(void)pthread_mutex_lock(&pair->lock);
	old = pair->context;
	pair->context = next.context;
	pair->has_times = next.has_times;
	pair->until_unix_s = next.until_unix_s;
	(void)pthread_mutex_unlock(&pair->lock);
	SSL_CTX_free(old);
	return 0;
}

SSL *tls_pair_connection(struct tls_pair *pair)
{
	SSL *ssl;

	(void)pthread_mutex_lock(&pair->lock);
	ssl = SSL_new(pair->context);
	(void)pthread_mutex_unlock(&pair->lock);
	if (ssl)
		SSL_set_accept_state(ssl);
	return ssl;
}

bool tls_pair_runs_out(struct tls_pair *pair, int64_t *ret_unix_s)
{
	bool known;

	(void)pthread_mutex_lock(&pair->lock);
	known = pair->has_times;
	if (known)
		*ret_unix_s = pair->until_unix_s;
	(void)pthread_mutex_unlock(&pair->lock);
	return known;
}

/* ---- the configuration ------------------------------------------------------------------------------ */

static bool check_key(const char *pem, char ret_problem[FIELD_PROBLEM_BYTES])
{
	EVP_PKEY *key = read_key(pem, ret_problem);

	EVP_PKEY_free(key);
	return key;
}

static void say_day(char *ret_problem, const char *what, int64_t unix_s)
{
	time_t time = (time_t)unix_s;
	struct tm parts;
	char day[32] = "";

	if (gmtime_r(&time, &parts))
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &parts);
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%s %s; clients refuse it: make another", what, day);
}

static bool warn_certificate(const char *pem, int64_t now_unix_s, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct stack_st_X509 *all = certificates_read(pem, ret_problem);
	int64_t from, until;
	bool known = all && certificates_times(all, &from, &until);

	certificates_free(all);
	if (known && now_unix_s > until)
		say_day(ret_problem, "ran out on", until);
	else if (known && now_unix_s < from)
		say_day(ret_problem, "is not valid before", from);
	else
		return false;
	return true;
}

static bool check_tls(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct tls_config *config = object;
	struct tls_pair pair = { .context = NULL };
	int err;

	if (!config->certificate && !config->key)
		return true;
	if (!config->certificate || !config->key) {
		(void)say(ret_problem, config->key ? "lacks certificate_file; name the certificate of the key" :
						     "lacks key_file; name the key of the certificate");
		return false;
	}
	if (secret_is_stand_in(config->certificate) || secret_is_stand_in(config->key))
		return true;
	err = make_pair(config, &pair, ret_problem);
	SSL_CTX_free(pair.context);
	return err == 0;
}

static const char *const version_names[TLS_VERSION_MAX + 1] = {
	[TLS_VERSION_1_2] = "1.2",
	[TLS_VERSION_1_3] = "1.3",
};

static const struct field fields[] = {
	{ .name = "certificate", .type = FIELD_FILE, .offset = offsetof(struct tls_config, certificate),
	  .max = TLS_FILE_BYTES_MAX, .check = certificates_are_right, .warn = warn_certificate,
	  .help = "the server's certificate in PEM, then those that lead to its authority: the web server speaks TLS" },
	{ .name = "key", .type = FIELD_FILE, .offset = offsetof(struct tls_config, key), .max = TLS_FILE_BYTES_MAX,
	  .is_private = true, .check = check_key, .help = "the certificate's private key in PEM, not encrypted" },
	{ .name = "min_version", .type = FIELD_CHOICE, .offset = offsetof(struct tls_config, min_version),
	  .fallback = "1.2", .choices = version_names, .help = "the oldest version of TLS that is spoken" },
};

const struct schema tls_schema = {
	.about = "TLS of the web server",
	.size = sizeof(struct tls_config),
	.fields = fields,
	.count = ARRAY_SIZE(fields),
	.check = check_tls,
};
