/* SPDX-License-Identifier: Apache-2.0 */
#include "base/certificates.h"

/* Before OpenSSL, for the reason that digest.c gives. */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void say(char *ret_problem, const char *problem)
{
	(void)snprintf(ret_problem, CERTIFICATES_PROBLEM_BYTES, "%s", problem);
}

void certificates_free(struct stack_st_X509 *certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

/* No block is left, which is how a text ends. */
static bool is_at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* A password that none is asked for: a block that needs one is broken. */
static int no_password(char *bytes, int size, int writes, void *ctx)
{
	(void)bytes;
	(void)size;
	(void)writes;
	(void)ctx;
	return -1;
}

/* False: one is broken, or there are too many. */
static bool read_all(BIO *bio, struct stack_st_X509 *ret)
{
	X509 *one;

	while (sk_X509_num(ret) < CERTIFICATES_MAX && (one = PEM_read_bio_X509(bio, NULL, no_password, NULL))) {
		if (sk_X509_push(ret, one) == 0) {
			X509_free(one);
			return false;
		}
	}
	return is_at_end();
}

struct stack_st_X509 *certificates_read(const char *pem, char ret_problem[CERTIFICATES_PROBLEM_BYTES])
{
	struct stack_st_X509 *all = sk_X509_new_null();
	BIO *bio = BIO_new_mem_buf(pem, -1);
	bool whole;

	ERR_clear_error();
	whole = all && bio && read_all(bio, all);
	BIO_free(bio);
	ERR_clear_error();
	if (whole && sk_X509_num(all) > 0)
		return all;
	say(ret_problem, whole ? "holds no certificate; name a file in PEM, with -----BEGIN CERTIFICATE-----" :
				 "holds a certificate that cannot be read; make the file anew, in PEM");
	certificates_free(all);
	return NULL;
}

bool certificates_are_right(const char *pem, char ret_problem[CERTIFICATES_PROBLEM_BYTES])
{
	struct stack_st_X509 *all = certificates_read(pem, ret_problem);

	certificates_free(all);
	return all;
}

static bool read_time(const ASN1_TIME *time, int64_t *ret_unix_s)
{
	struct tm parts;

	if (!ret_unix_s)
		return true;
	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	*ret_unix_s = timegm(&parts);
	return true;
}

bool certificates_times(const struct stack_st_X509 *certificates, int64_t *ret_from_unix_s, int64_t *ret_until_unix_s)
{
	const X509 *first = sk_X509_value(certificates, 0);

	return read_time(X509_get0_notBefore(first), ret_from_unix_s) &&
	       read_time(X509_get0_notAfter(first), ret_until_unix_s);
}
