/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_sample.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

static void take_text(BIO *bio, char *ret, int bytes)
{
	int n = BIO_read(bio, ret, bytes - 1);

	ck_assert_int_gt(n, 0);
	ret[n] = '\0';
	BIO_free(bio);
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key, const char *name, int64_t from_unix_s, int64_t until_unix_s)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	(void)ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)from_unix_s);
	(void)ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)until_unix_s);
	(void)X509_set_pubkey(certificate, key);
	(void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_issuer_name(certificate, subject);
	add_extension(certificate, NID_basic_constraints, "CA:TRUE");
	add_extension(certificate, NID_subject_alt_name, "DNS:localhost");
	ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	return certificate;
}

void tls_sample_make(struct tls_sample *ret, const char *name, enum sample_key kind, int64_t from_unix_s,
		     int64_t until_unix_s)
{
	EVP_PKEY *key = kind == SAMPLE_EC ? EVP_EC_gen("P-256") : EVP_RSA_gen(512);
	X509 *certificate = make_certificate(key, name, from_unix_s, until_unix_s);
	BIO *of_certificate = BIO_new(BIO_s_mem()), *of_key = BIO_new(BIO_s_mem());

	ck_assert_int_eq(PEM_write_bio_X509(of_certificate, certificate), 1);
	ck_assert_int_eq(PEM_write_bio_PrivateKey(of_key, key, NULL, NULL, 0, NULL, NULL), 1);
	take_text(of_certificate, ret->certificate, sizeof(ret->certificate));
	take_text(of_key, ret->key, sizeof(ret->key));
	ret->config = (struct tls_config){ .certificate = ret->certificate, .key = ret->key };
	X509_free(certificate);
	EVP_PKEY_free(key);
}

void tls_sample_make_valid(struct tls_sample *ret, const char *name)
{
	tls_sample_make(ret, name, SAMPLE_EC, time(NULL) - 3600, time(NULL) + 3600);
}

SSL *tls_sample_connect(const struct tls_sample *sample, int fd)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	BIO *bio = BIO_new_mem_buf(sample->certificate, -1);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	SSL *ssl;

	ck_assert_int_eq(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate), 1);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	X509_free(certificate);
	BIO_free(bio);
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	ck_assert_int_eq(SSL_set_fd(ssl, fd), 1);
	ck_assert_int_eq(SSL_set1_host(ssl, "localhost"), 1);
	if (SSL_connect(ssl) == 1)
		return ssl;
	tls_sample_close(ssl);
	return NULL;
}

void tls_sample_close(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_free(ssl);
	(void)close(fd);
}

void tls_sample_name(SSL *ssl, char ret[64])
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);

	ck_assert_int_gt(X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, ret, 64), 0);
	X509_free(certificate);
}
