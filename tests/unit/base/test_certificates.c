/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in PEM: which are taken, and what is said of the others. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/certificates.h"

static char one[4096], key_text[4096];

static void take_text(BIO *bio, char *ret, int bytes)
{
	int n = BIO_read(bio, ret, bytes - 1);

	ck_assert_int_gt(n, 0);
	ret[n] = '\0';
	BIO_free(bio);
}

static void setup(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	BIO *bio = BIO_new(BIO_s_mem()), *of_key = BIO_new(BIO_s_mem());

	(void)ASN1_TIME_set(X509_getm_notBefore(certificate), 1000000000);
	(void)ASN1_TIME_set(X509_getm_notAfter(certificate), 2000000000);
	(void)X509_set_pubkey(certificate, key);
	ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509(bio, certificate), 1);
	ck_assert_int_eq(PEM_write_bio_PrivateKey(of_key, key, NULL, NULL, 0, NULL, NULL), 1);
	take_text(bio, one, sizeof(one));
	take_text(of_key, key_text, sizeof(key_text));
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static int count_in(const char *pem)
{
	char problem[CERTIFICATES_PROBLEM_BYTES] = "";
	struct stack_st_X509 *all = certificates_read(pem, problem);
	int count = all ? sk_X509_num(all) : -1;

	ck_assert_int_eq(certificates_are_right(pem, problem), count >= 0);
	ck_assert_int_eq(*problem == '\0', count >= 0);
	certificates_free(all);
	return count;
}

START_TEST(some_are_taken)
{
	char text[16384];

	ck_assert_int_eq(count_in(one), 1);
	(void)snprintf(text, sizeof(text), "a chain:\n%s\n\n%s%sand its end", one, key_text, one);
	ck_assert_int_eq(count_in(text), 2);
}
END_TEST

START_TEST(others_are_not)
{
	char broken[4096], problem[CERTIFICATES_PROBLEM_BYTES], *at;

	ck_assert_int_eq(count_in(""), -1);
	ck_assert_int_eq(count_in(key_text), -1);
	ck_assert(!certificates_are_right("hello", problem));
	ck_assert_ptr_nonnull(strstr(problem, "holds no certificate; name a file in PEM"));
	(void)snprintf(broken, sizeof(broken), "%s", one);
	at = broken + strlen(broken) / 2;
	at[*at == '\n'] = '#';	/* within a line */
	ck_assert(!certificates_are_right(broken, problem));
	ck_assert_ptr_nonnull(strstr(problem, "cannot be read"));
}
END_TEST

/* Wherever a text stops: either all of its certificates, or none. */
START_TEST(cut_anywhere)
{
	char text[8192];
	size_t len;

	(void)snprintf(text, sizeof(text), "%s%s", one, one);
	len = strlen(text);
	while (len-- > 1) {
		text[len] = '\0';
		ck_assert_int_le(count_in(text), len >= 2 * strlen(one) - 1 ? 2 : 1);
	}
}
END_TEST

START_TEST(times)
{
	char problem[CERTIFICATES_PROBLEM_BYTES];
	struct stack_st_X509 *all = certificates_read(one, problem);
	int64_t from, until;

	ck_assert(certificates_times(all, &from, &until));
	ck_assert_int_eq(from, 1000000000);
	ck_assert_int_eq(until, 2000000000);
	ck_assert(certificates_times(all, NULL, &until));
	certificates_free(all);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("certificates");
	TCase *tc = tcase_create("certificates");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, some_are_taken);
	tcase_add_test(tc, others_are_not);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, times);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make)
