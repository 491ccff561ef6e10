/* SPDX-License-Identifier: Apache-2.0 */
/* From within the server's sandbox somebody is told: a name is looked up, a certificate checked, TLS spoken. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netdb.h>
#include <unistd.h>

#include "base/clock.h"
#include "notify/notify_config.h"
#include "roles/sandbox.h"
#include "child.h"
#include "unit.h"

#define PATIENCE_MS 20000

static char name[256], url[300], authority[4096];

/* ---- a web server that speaks TLS ---------------------------------------------------------------------- */

static struct server {
	SSL_CTX *tls;
	int listener;
	pthread_t thread;
	atomic_uint told;
} server;

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Its own authority. */
static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	char alternative[300];

	(void)snprintf(alternative, sizeof(alternative), "DNS:%s", name);
	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	(void)X509_set_pubkey(certificate, key);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
					 (const unsigned char *)"promtap test", -1, -1, 0);
	(void)X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	add_extension(certificate, NID_basic_constraints, "CA:TRUE");
	add_extension(certificate, NID_subject_alt_name, alternative);
	ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	return certificate;
}

static void make_authority(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);
	BIO *out = BIO_new(BIO_s_mem());

	server.tls = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_certificate(server.tls, certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(server.tls, key), 1);
	ck_assert_int_eq(PEM_write_bio_X509(out, certificate), 1);
	ck_assert_int_gt(BIO_read(out, authority, sizeof(authority) - 1), 0);
	BIO_free(out);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void serve(SSL *tls)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	char request[4096];

	if (SSL_accept(tls) != 1 || SSL_read(tls, request, 4) != 4 || memcmp(request, "POST", 4) != 0)
		return;
	(void)SSL_read(tls, request, sizeof(request));
	atomic_fetch_add(&server.told, 1);
	(void)SSL_write(tls, answer, sizeof(answer) - 1);
	(void)SSL_shutdown(tls);
}

static void *server_main(void *ctx)
{
	int fd;

	(void)ctx;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
		SSL *tls = SSL_new(server.tls);

		(void)SSL_set_fd(tls, fd);
		serve(tls);
		SSL_free(tls);
		(void)close(fd);
	}
	return NULL;
}

static void start_server(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	make_authority();
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server.listener, 4), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(url, sizeof(url), "https://%s:%u/hook", name, ntohs(address.sin_port));
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_main, NULL), 0);
}

static void stop_server(void)
{
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	SSL_CTX_free(server.tls);
}

/* ---- the server role ----------------------------------------------------------------------------------- */

static int tell_from_sandbox(void)
{
	static char secret[] = "topsecret", key[] = "ops";
	static char *keys[] = { key };
	struct channel_config channel = { .type = CHANNEL_WEBHOOK, .url = url, .secret = secret,
					  .timeout = 5 * NSEC_PER_SEC, .resend = NSEC_PER_SEC };
	struct notify_config config = { .ca = authority, .queue_bytes = 1 << 20, .retry_for = 60 * NSEC_PER_SEC,
					.channels = { keys, &channel, 1 } };
	struct alert alert = { .id = "0123456789abcdef0123456789abcdef", .kind = READING_ERROR_RATE,
			       .severity = ALERT_CRITICAL, .state = ALERT_FIRING };
	struct notify *notify;

	if (sandbox_enter(ROLE_ID_SERVER, -1) < 0 || notify_new(&config, -1, (struct slice){ NULL, 0 }, NULL, &notify) < 0)
		return 1;
	notify_alert(notify, &alert);
	notify_release(notify);
	notify_free(notify, PATIENCE_MS);
	return 0;
}

/* Of "localhost" curl knows the address by itself: a name that is looked up in a file, or by a name server. */
static const char *what_lacks(void)
{
	struct addrinfo *found = NULL, hints = { .ai_family = AF_INET };

#ifdef __SANITIZE_ADDRESS__
	return "the filter and the address sanitizer exclude one another";
#endif
	if (geteuid() != 0)
		return "not root";
	if (gethostname(name, sizeof(name) - 1) < 0 || getaddrinfo(name, NULL, &hints, &found) != 0)
		return "the machine's own name has no address";
	freeaddrinfo(found);
	return NULL;
}

START_TEST(a_receiver_is_told_from_the_sandbox)
{
	const char *lacks = what_lacks();
	if (lacks) {
		fprintf(stderr, "  SKIPPED a_receiver_is_told_from_the_sandbox: %s\n", lacks);
		return;
	}
	start_server();
	ck_assert_int_eq(in_child(tell_from_sandbox), 0);
	stop_server();
	ck_assert_uint_eq(atomic_load(&server.told), 1);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/told");
	TCase *tcase = tcase_create("told");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_receiver_is_told_from_the_sandbox);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
