/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate and key: which are taken, and what is said of the others. */
#include "unit.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "export/access.h"
#include "tls_sample.h"

#define assert_has(text, part) ck_assert_msg(strstr((text), (part)), "'%s' lacks '%s'", (text), (part))

static struct tls_sample one, other;
static char problem[FIELD_PROBLEM_BYTES];

static void setup(void)
{
	tls_sample_make_valid(&one, "one");
	tls_sample_make_valid(&other, "other");
	*problem = '\0';
}

static const struct field *field_named(const char *name)
{
	for (size_t i = 0; i < tls_schema.count; i++) {
		if (strcmp(tls_schema.fields[i].name, name) == 0)
			return &tls_schema.fields[i];
	}
	ck_abort_msg("no field %s", name);
	return NULL;
}

START_TEST(a_pair_is_taken)
{
	struct tls_pair *pair = tls_pair_new(&one.config, problem);
	int64_t until;

	ck_assert_ptr_nonnull(pair);
	ck_assert(tls_schema.check(&one.config, problem));
	ck_assert(tls_pair_runs_out(pair, &until));
	ck_assert_int_le(llabs(until - time(NULL) - 3600), 60);
	tls_pair_free(pair);
}
END_TEST

/* A chain: the server's own first. */
START_TEST(the_first_certificate_is_that_of_the_key)
{
	char chain[8192];
	struct tls_config config = { .certificate = chain, .key = one.key };

	(void)snprintf(chain, sizeof(chain), "%s%s", one.certificate, other.certificate);
	ck_assert(tls_schema.check(&config, problem));
	(void)snprintf(chain, sizeof(chain), "%s%s", other.certificate, one.certificate);
	ck_assert(!tls_schema.check(&config, problem));
	assert_has(problem, "key_file is not the key of the certificate that stands first in certificate_file; name");
}
END_TEST

START_TEST(half_a_pair_is_none)
{
	struct tls_config config = { 0 };

	ck_assert(tls_schema.check(&config, problem));
	config.certificate = one.certificate;
	ck_assert(!tls_schema.check(&config, problem));
	assert_has(problem, "lacks key_file;");
	config = (struct tls_config){ .key = one.key };
	ck_assert(!tls_schema.check(&config, problem));
	assert_has(problem, "lacks certificate_file;");
}
END_TEST

/* Where the files cannot be read, as by `promtap config check` of another user, nothing is said of the two. */
START_TEST(what_was_not_read_is_not_judged)
{
	char word[] = "not-read";
	struct tls_config config = { .certificate = word, .key = one.key };

	ck_assert(tls_schema.check(&config, problem));
	config = (struct tls_config){ .certificate = one.certificate, .key = word };
	ck_assert(tls_schema.check(&config, problem));
}
END_TEST

START_TEST(a_key_is_one_and_not_encrypted)
{
	const struct field *key = field_named("key");
	BIO *in = BIO_new_mem_buf(one.key, -1), *out = BIO_new(BIO_s_mem());
	EVP_PKEY *plain = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	char text[4096] = "";

	ck_assert(key->check(one.key, problem));
	ck_assert(!key->check(one.certificate, problem));
	assert_has(problem, "holds no private key; name a file in PEM");
	ck_assert(!key->check("hello", problem));
	ck_assert_int_eq(PEM_write_bio_PrivateKey(out, plain, EVP_aes_128_cbc(), (const unsigned char *)"pass", 4, NULL, NULL), 1);
	ck_assert_int_gt(BIO_read(out, text, sizeof(text) - 1), 0);
	ck_assert(!key->check(text, problem));
	assert_has(problem, "encrypted; take the password off: openssl pkey");
	EVP_PKEY_free(plain);
	BIO_free(in);
	BIO_free(out);
}
END_TEST

START_TEST(what_libssl_refuses_is_said)
{
	struct tls_sample weak;

	tls_sample_make(&weak, "weak", SAMPLE_RSA_SHORT, time(NULL) - 60, time(NULL) + 60);
	ck_assert(!tls_schema.check(&weak.config, problem));
	assert_has(problem, "certificate_file cannot be used: ");
	assert_has(problem, "too small; make another");
}
END_TEST

START_TEST(times_are_warned_of)
{
	const struct field *certificate = field_named("certificate");
	struct tls_sample dated;

	tls_sample_make(&dated, "dated", SAMPLE_EC, 1000000000, 1100000000);
	ck_assert(!certificate->warn(dated.certificate, 1000000001, problem));
	ck_assert(certificate->warn(dated.certificate, 1100000001, problem));
	ck_assert_str_eq(problem, "ran out on 2004-11-09; clients refuse it: make another");
	ck_assert(certificate->warn(dated.certificate, 999999999, problem));
	ck_assert_str_eq(problem, "is not valid before 2001-09-09; clients refuse it: make another");
	/* It is no error: who knows whose clock is wrong. */
	ck_assert(tls_schema.check(&dated.config, problem));
}
END_TEST

START_TEST(another_is_used_or_all_is_as_before)
{
	struct tls_pair *pair = tls_pair_new(&one.config, problem);
	struct tls_config mixed = { .certificate = one.certificate, .key = other.key };
	struct tls_sample later;
	int64_t until;

	tls_sample_make(&later, "later", SAMPLE_EC, 0, 2000000000);
	ck_assert_int_eq(tls_pair_use(pair, &mixed, problem), -EINVAL);
	ck_assert(tls_pair_runs_out(pair, &until) && until != 2000000000);
	ck_assert_int_eq(tls_pair_use(pair, &later.config, problem), 0);
	ck_assert(tls_pair_runs_out(pair, &until) && until == 2000000000);
	tls_pair_free(pair);
	ck_assert_ptr_null(tls_pair_new(&mixed, problem));
}
END_TEST

/* As large as it can be, with every byte changed or cut: it is refused or it works, and nothing is lost. */
START_TEST(damaged_pairs)
{
	size_t len = strlen(one.certificate);

	for (size_t i = 0; i < len; i += 7) {
		struct tls_sample copy = one;

		copy.config = (struct tls_config){ .certificate = copy.certificate, .key = copy.key };
		copy.certificate[i] = '#';
		(void)tls_schema.check(&copy.config, problem);
		copy.certificate[i] = '\0';
		(void)tls_schema.check(&copy.config, problem);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("tls_pair");
	TCase *tc = tcase_create("pair");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_pair_is_taken);
	tcase_add_test(tc, the_first_certificate_is_that_of_the_key);
	tcase_add_test(tc, half_a_pair_is_none);
	tcase_add_test(tc, what_was_not_read_is_not_judged);
	tcase_add_test(tc, a_key_is_one_and_not_encrypted);
	tcase_add_test(tc, what_libssl_refuses_is_said);
	tcase_add_test(tc, times_are_warned_of);
	tcase_add_test(tc, another_is_used_or_all_is_as_before);
	tcase_add_test(tc, damaged_pairs);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make)
