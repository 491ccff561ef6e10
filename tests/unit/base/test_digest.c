/* SPDX-License-Identifier: Apache-2.0 */
/* Examples of FIPS 180-4, as NIST publishes them for SHA-256. */
#include "base/digest.h"

#include "unit.h"

START_TEST(examples)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[DIGEST_HEX_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(digest_hex(slice_of(cases[i].text), hex), 0);
		ck_assert_str_eq(hex, cases[i].hex);
	}
	ck_assert_int_eq(digest_hex((struct slice){ NULL, 0 }, hex), 0);
	ck_assert_str_eq(hex, cases[0].hex);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("base: digest");
	TCase *tcase = tcase_create("digest");

	tcase_add_test(tcase, examples);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
