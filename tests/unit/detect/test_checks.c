/* SPDX-License-Identifier: Apache-2.0 */
/* Checks by themselves: check digits, borders, windows, placeholders, words nearby. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "check_play.h"
#include "detect/check_digits.h"
#include "detect/check_text.h"
#include "person_vectors.h"

static uint32_t random_state = 20261126;

/* xorshift32: the same numbers in every run. */
static uint32_t next_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void random_text(char *text, size_t len, const char *alphabet)
{
	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[next_random((uint32_t)strlen(alphabet))];
	text[len] = '\0';
}

/* ---- tokens ------------------------------------------------------------------------------------ */

START_TEST(github_checksum)
{
	for (int round = 0; round < 200; round++) {
		char body[37], text[80];
		unsigned long crc;

		random_text(body, 30, base62);
		crc = crc32(0, (const unsigned char *)body, 30);
		for (int i = 35; i >= 30; i--, crc /= 62)
			body[i] = base62[crc % 62];
		body[36] = '\0';
		(void)snprintf(text, sizeof(text), "[[gh" "p_]]%s", body);
		yes("github", "", text);
		(void)snprintf(text, sizeof(text), "[[gh" "p_]]%.35s", body);
		no("github", "", text);
		(void)snprintf(text, sizeof(text), "[[gh" "p_]]%sA", body);
		no("github", "", text);
		body[next_random(36)] ^= 1;
		(void)snprintf(text, sizeof(text), "[[gh" "p_]]%s", body);
		no("github", "", text);
	}
}
END_TEST

START_TEST(token_borders)
{
	const char *shape = "base62:20";

	yes("token", shape, "[[k_]]Zq8fTr2LwX0pVn5GhJ3d");
	ck_assert_uint_eq(played.start, 0);
	ck_assert_uint_eq(played.end, 22);
	yes("token", shape, "a=[[k_]]Zq8fTr2LwX0pVn5GhJ3d&b=1");
	yes("token", shape, "\\n[[k_]]Zq8fTr2LwX0pVn5GhJ3d\\n");
	yes("token", shape, "%3D[[k_]]Zq8fTr2LwX0pVn5GhJ3d%26");
	yes("token", shape, "\\u0022[[k_]]Zq8fTr2LwX0pVn5GhJ3d\\u0022");
	yes("token", shape, "\xc3\xa9[[k_]]Zq8fTr2LwX0pVn5GhJ3d\xe3\x80\x82");
	no("token", shape, "n[[k_]]Zq8fTr2LwX0pVn5GhJ3d");
	no("token", shape, "x-[[k_]]Zq8fTr2LwX0pVn5GhJ3d");
	no("token", shape, "_[[k_]]Zq8fTr2LwX0pVn5GhJ3d");
	no("token", shape, "[[k_]]Zq8fTr2LwX0pVn5GhJ3");
	no("token", shape, "[[k_]]Zq8fTr2LwX0pVn5GhJ3d_");
	no("token", shape, "[[k_]]Zq8fTr2LwX0pVn5GhJ3dE");
	no("token", shape, "[[k_]]");
}
END_TEST

/* Data in base64, with a prefix by chance. */
START_TEST(token_in_base64)
{
	char text[200] = "", data[80];

	random_text(data, 70, base62);
	(void)snprintf(text, sizeof(text), "%s/[[k_]]Zq8fTr2LwX0pVn5GhJ3d", data);
	no("token", "base62:20", text);
	(void)snprintf(text, sizeof(text), "[[k_]]Zq8fTr2LwX0pVn5GhJ3d/%s", data);
	no("token", "base62:20", text);
}
END_TEST

START_TEST(token_at_the_cuts)
{
	const char *text = "[[k_]]Zq8fTr2LwX0pVn5GhJ3d";

	played.follows = true;
	no("token", "base62:20-", text);
	yes("token", "base62:20-", "[[k_]]Zq8fTr2LwX0pVn5GhJ3d ");
	played.follows = false;
	played.precedes = true;
	no("token", "base62:20-", text);
	yes("token", "base62:20-", " [[k_]]Zq8fTr2LwX0pVn5GhJ3d");
	played.precedes = false;
	yes("token", "base62:20-", text);
}
END_TEST

START_TEST(placeholders)
{
	static const char *const made_up[] = {
		"xxxxxxxxxxxxxxxxxxxx", "YOUR8fTr2LwX0pVn5GhJ", "aaaaaaaabbbbbbbbcccc", "12345678901234567890", "abcdefghijklmnopqrst",
		"EXAMPLEr2LwX0pVn5GhJ", "Zq8fTr2LREDACTED5GhJ", "00000000000000000000", "ababababababababab12",
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(made_up); i++) {
		(void)snprintf(text, sizeof(text), "[[k_]]%s", made_up[i]);
		ck_assert_msg(play("token", "base62:20", text) == CHECK_NO, "%s", made_up[i]);
	}
	/* And of what is random hardly anything is lost. */
	for (int i = 0, lost = 0; i < 20000; i++) {
		char body[41];

		random_text(body, 40, base62);
		lost += !check_is_random((struct slice){ body, 40 });
		ck_assert_int_lt(lost, 40);
	}
}
END_TEST

START_TEST(token_shapes)
{
	static const char *const bad[] = { "", "hex", "hex:", "hex:x", "nope:3", "hex:3-2", "hex:99999", "hex:1-2-3", "base62:4x" };
	const struct check *token = check_of(SLICE("token"));

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!check_args_fit(token, bad[i]) || strcmp(bad[i], "hex") == 0, "%s", bad[i]);
	yes("token", "digit:4 . lower:4-6 _ xdigit:8-", "[[p]]4719.qwpvz_9fA31C07");
	no("token", "digit:4 . lower:4-6 _ xdigit:8-", "[[p]]4719.qwp_9fA31C07");
	no("token", "digit:4 . lower:4-6 _ xdigit:8-", "[[p]]4719-qwpvz_9fA31C07");
	yes("token_after", "hex:32", "[[dd_api_key]]: \"9f2c71e05ab84d3f6e17c2850bd94a63\"");
	no("token_after", "hex:32", "[[dd_api_key]]:\n\"9f2c71e05ab84d3f6e17c2850bd94a63\"");
	no("token_after", "hex:32", "[[dd_api_key]]: \"9f2c71e05ab84d3f6e17c2850bd94a6\"");
}
END_TEST

/* ---- secrets ------------------------------------------------------------------------------------ */

/* {"alg":"HS256"} . {"sub":"8","exp":1700000000} . 43 characters; and {"alg":"none"}, and one with no algorithm. */
#define HEADER "YWxnIjoiSFMyNTYifQ"
#define BODY "eyJ" "zdWIiOiI4IiwiZXhwIjoxNzAwMDAwMDAwfQ"
#define SIGNATURE "q3Zt8wLr5Kx0VbN7mYpD2cHs9FgJ4eTuA6iRoXkQlWz"

START_TEST(web_tokens)
{
	yes("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY "." SIGNATURE);
	played.now_unix_s = 1600000000;
	yes("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY "." SIGNATURE);
	played.now_unix_s = 1800000000;
	weak("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY "." SIGNATURE);
	played.now_unix_s = 0;
	weak("jwt", "", "[[ey" "J]]" "h" "bGciOiJub25lIn0." BODY ".");
	no("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY ".short");
	no("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY);
	no("jwt", "", "[[ey" "J]]" "zdWIiOiI4IiwiZXhwIjoxfQ." BODY "." SIGNATURE);
	no("jwt", "", "[[ey" "J]]");
	played.follows = true;
	no("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY "." SIGNATURE);
	yes("jwt", "", "[[ey" "J]]" "h" "bGciOiJIUzI1NiJ9." BODY "." SIGNATURE "\n");
}
END_TEST

START_TEST(url_passwords)
{
	yes("url_credentials", "", "postgres[[://]]app:k9Wz3QpL7m@db.prod7.internal/x");
	weak("url_credentials", "", "postgres[[://]]app:k9Wz3QpL7m@localhost/x");
	weak("url_credentials", "", "redis[[://]]:orchard@cache7.internal:6379");
	no("url_credentials", "", "postgres[[://]]app:password@db.prod7.internal/x");
	no("url_credentials", "", "postgres[[://]]app:${PASS}@db.prod7.internal/x");
	no("url_credentials", "", "postgres[[://]]app:<secret>@db.prod7.internal/x");
	no("url_credentials", "", "postgres[[://]]k9Wz3QpL7m:k9Wz3QpL7m@db.prod7.internal/x");
	no("url_credentials", "", "http[[://]]host:8080/@k9Wz3QpL7m");
	no("url_credentials", "", "http[[://]]host/?a=b:k9Wz3QpL7m@c");
	no("url_credentials", "", "http[[://]]");
}
END_TEST

START_TEST(assigned_values)
{
	yes("key_value", "", "DB_[[PASSWORD=]]k9Wz3QpL7mXv2TfR");
	yes("key_value", "", "\"api[[_key\":]] \"k9Wz3QpL7mXv2TfR\"");
	weak("key_value", "", "api[[_key:]] 3f1c8a52-9d07-4be6-a1c4-70d2e95b83f6");
	no("key_value", "", "password [[password =]] os.environ[\"DB_PASSWORD\"]");
	no("key_value", "", "[[token =]] create_access_token_v2(user)");
	no("key_value", "", "[[password:]] correct-horse-battery-staple");
	no("key_value", "", "[[secret:]] your-secret-goes-here-42");
	no("key_value", "", "next_page_[[token:]] k9Wz3QpL7mXv2TfR");
	no("key_value", "", "[[token:]] 2026-11-26T14:10:16Z");
	no("key_value", "", "[[token:]] k9Wz3QpL7mXv2Tf");
	weak("key_value", "", "DB_[[PASSWORD=]]k9Wz3!pL");
	no("key_value", "", "DB_[[PASSWORD=]]k9Wz3!p");
	no("key_value", "", "DB_[[PASSWORD=]]P@ssw0rd1");
	no("key_value", "", "DB_[[PASSWORD=]]orchard7");
}
END_TEST

/* ---- numbers ------------------------------------------------------------------------------------ */

static void close_luhn(char *digits, size_t len)
{
	for (digits[len - 1] = '0'; !digits_luhn(digits, len); digits[len - 1]++)
		;
}

START_TEST(cards)
{
	static const struct {
		const char *prefix;
		size_t len;
	} issuers[] = {
		{ "4", 16 }, { "51", 16 }, { "55", 16 }, { "2221", 16 }, { "2720", 16 }, { "34", 15 }, { "37", 15 }, { "6011", 16 },
		{ "644", 16 }, { "65", 16 }, { "3528", 16 }, { "3589", 16 }, { "300", 14 }, { "36", 14 }, { "38", 14 }, { "62", 16 },
		{ "4", 13 }, { "4", 19 }, { "62", 19 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++) {
		char digits[20], text[64];

		random_text(digits, issuers[i].len, "0123456789");
		memcpy(digits, issuers[i].prefix, strlen(issuers[i].prefix));
		close_luhn(digits, issuers[i].len);
		(void)snprintf(text, sizeof(text), "card [[%s,]]", digits);
		yes("card", "", text);
		ck_assert_uint_eq(played.end - played.start, issuers[i].len);
		(void)snprintf(text, sizeof(text), "id [[%s,]]", digits);
		weak("card", "", text);
		(void)snprintf(text, sizeof(text), "card [[0.%s,]]", digits);
		no("card", "", text);
		digits[issuers[i].len - 1] = (char)(digits[issuers[i].len - 1] == '9' ? '0' : digits[issuers[i].len - 1] + 1);
		(void)snprintf(text, sizeof(text), "card [[%s,]]", digits);
		no("card", "", text);
	}
	yes("card", "", "to [[4539 1488 0343 6467 ]]123");
	yes("card", "", "to [[4539-1488-0343-6467]]");
	no("card", "", "to [[4539 1488-0343 6467]]");
	no("card", "", "1000 [[4539 1488 0343 6467]]");
	no("card", "", "[[4539 1488 0343 6467 ]]1000");
	weak("card", "", "card [[4111 1111 1111 1111]]");
	no("card", "", "card [[5018000000000009]]");
}
END_TEST

START_TEST(accounts)
{
	static const char *const shapes[] = { "NO11", "BE12", "DE18", "GB18", "FR23", "MT27", "LC28", "RU29", "PL24", "CH17" };

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		char country[] = { shapes[i][0], shapes[i][1], '0', '0', '\0' }, bban[31], text[96];
		size_t len = (size_t)atoi(shapes[i] + 2);
		unsigned int check;

		random_text(bban, len, "0123456789");
		check = 98 - digits_mod97(country, 4, digits_mod97(bban, len, 0));
		(void)snprintf(text, sizeof(text), "to [[%.2s%02u%s;]]", country, check, bban);
		yes("iban", "", text);
		(void)snprintf(text, sizeof(text), "to [[%.2s%02u%s;]]", country, check == 98 ? 2 : check + 1, bban);
		no("iban", "", text);
		(void)snprintf(text, sizeof(text), "to [[%.2s%02u%s1;]]", country, check, bban);
		no("iban", "", text);
	}
	weak("iban", "", "[[DE89 3704 0044 0532 0130 00]]");
	no("iban", "", "[[ZZ89 3704 0044 0532 0130 00]]");
}
END_TEST

START_TEST(check_digits)
{
	/* Specimens of the documents: ISO 7064, Verhoeff's 236 and 3, EAN of GS1, Luhn's 7992739871 and 3. */
	ck_assert(digits_verhoeff("2363", 4));
	ck_assert(!digits_verhoeff("2364", 4));
	ck_assert(digits_luhn("79927398713", 11));
	ck_assert(digits_mod11_10("86095742719", 11));
	ck_assert(digits_ean13("4006381333931"));
	ck_assert(digits_date(2024, 2, 29) && !digits_date(2023, 2, 29) && !digits_date(1, 13, 1) && !digits_date(1, 1, 0));
	/* Each digit changed is seen. */
	for (int at = 0; at < 11; at++) {
		for (char c = '0'; c <= '9'; c++) {
			char digits[] = "86095742719";

			digits[at] = c;
			ck_assert(digits_mod11_10(digits, 11) == (strcmp(digits, "86095742719") == 0));
		}
	}
}
END_TEST

START_TEST(people)
{
	char text[160];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		(void)snprintf(text, sizeof(text), "%s: [[%s]]", numbers[i].word, numbers[i].valid);
		ck_assert_msg(play("person_id", numbers[i].kind, text) == CHECK_YES, "%s", text);
		(void)snprintf(text, sizeof(text), "\"%s\": \"[[%s\"]]", numbers[i].word, numbers[i].valid);
		ck_assert_msg(play("person_id", numbers[i].kind, text) == CHECK_YES, "%s", text);
		(void)snprintf(text, sizeof(text), "%s: [[%s]]", numbers[i].word, numbers[i].invalid);
		ck_assert_msg(play("person_id", numbers[i].kind, text) == CHECK_NO, "%s", text);
		(void)snprintf(text, sizeof(text), "%s: 7%s[[%s]]", numbers[i].word, "-", numbers[i].valid);
		ck_assert_msg(play("person_id", numbers[i].kind, text) == CHECK_NO, "%s", text);
		(void)snprintf(text, sizeof(text), "%s:\n[[%s]]\n", numbers[i].word, numbers[i].valid);
		/* A word on another line does not count, but for those that need none. */
		if (play("person_id", numbers[i].kind, text) == CHECK_YES)
			ck_assert_msg(strstr("NIR HETU \xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81", numbers[i].word), "%s", text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lettered); i++) {
		(void)snprintf(text, sizeof(text), "[[id]]: %s", lettered[i].valid);
		ck_assert_msg(play("person_id_near", lettered[i].kind, text) == CHECK_YES, "%s", text);
		(void)snprintf(text, sizeof(text), "%s is my [[id]]", lettered[i].valid);
		ck_assert_msg(play("person_id_near", lettered[i].kind, text) == CHECK_YES, "%s", text);
		(void)snprintf(text, sizeof(text), "[[id]]: %s", lettered[i].invalid);
		ck_assert_msg(play("person_id_near", lettered[i].kind, text) == CHECK_NO, "%s", text);
	}
}
END_TEST

/* Rows of tables and vectors, and hexadecimal ones, that would fit by chance. */
START_TEST(tables)
{
	no("person_id", "us", "ssn: 1 2 3 4 5 6 [[53 69 23 321]]");
	no("person_id", "us", "ssn: 0.[[536923321]]");
	no("person_id", "americas", "sin [[7 9 7 3 6 5 3 5 0]]");
	no("card", "", "50AF [[4539 1488 0343 6467]]");
	no("card", "", "[[4539 1488 0343 6467 ]]52DE");
	no("card", "", "card 0.[[4539148803436467]]");
}
END_TEST

/* ---- contact ------------------------------------------------------------------------------------ */

START_TEST(addresses)
{
	yes("email", "", "m.okafo[[r@l]]umenworks.io");
	ck_assert_uint_eq(played.start, 0);
	no("email", "", "m.okafo[[r@e]]xample.com");
	no("email", "", "ico[[n@2]]x.png");
	no("email", "", "gi[[t@g]]ithub.com:a/b");
	no("email", "", "//m:passwor[[d@l]]umenworks.io");
	no("email", "", "m.okafo[[r@l]]umenworks");
	yes("ipv4", "", "from [[94.130.12.77]]");
	no("ipv4", "", "from [[192.168.100.20]]");
	no("ipv4", "", "version [[94.130.12.77]]");
	no("ipv4", "", "from [[94.130.12.77.]]5");
	no("ipv4", "", "from [[94.130.12.777]]");
	yes("ipv6", "", "[[2a01:]]4f8:c0c:9a3f::1");
	no("ipv6", "", "[[2001:]]db8:c0c:9a3f::1");
	no("ipv6", "", "[[2001:]]4f8");
}
END_TEST

START_TEST(many_addresses)
{
	char text[64];
	int accepted = 0;

	played_state = 0;
	for (int i = 0; i < 200; i++) {
		(void)snprintf(text, sizeof(text), "user%d[[r@l]]umenworks.io", i % 5);
		accepted += play("email", "10", text) == CHECK_YES;
	}
	ck_assert_int_eq(accepted, 0);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(text, sizeof(text), "user%d[[r@l]]umenworks.io", i);
		accepted += play("email", "10", text) == CHECK_YES;
	}
	ck_assert_int_gt(accepted, 0);
	played_state = 0;
}
END_TEST

START_TEST(telephones)
{
	yes("phone", "", "call [[+49]] 30 2093 4410");
	yes("phone", "", "call [[+16]]173428890");
	no("phone", "", "call [[+16]]175550134");
	no("phone", "", "a[[+49]] 30 2093 4410");
	no("phone", "", "call [[+49]] 30");
	no("phone", "", "call [[+49]] 30 2093 4410 5555 6666");
	yes("phone_us", "", "[[617-342-8890]]");
	yes("phone_us", "", "([[617) 342-8890]]");
	no("phone_us", "", "[[6173428890]]");
	no("phone_us", "", "[[117-342-8890]]");
	no("phone_us", "", "[[617-555-0134]]");
	yes("phone_after", "", "[[phone:]] 030 20934410");
	no("phone_after", "", "[[phone:]] iPhone 15");
}
END_TEST

START_TEST(places_and_days)
{
	yes("coordinates", "", "[[latitude]]: 52.51703, longitude: 13.38885");
	no("coordinates", "", "[[latitude]]: 95.51703, longitude: 13.38885");
	no("coordinates", "", "[[latitude]]: 52.5, longitude: 13.4");
	yes("date_after", "", "[[born on]] 4 March 1961");
	yes("date_after", "", "[[dob]]: 1984-03-17");
	yes("date_after", "", "[[dob]]: 17. 3. 1984");
	yes("date_after", "", "[[dob]]: 03/17/84.");
	no("date_after", "", "[[dob]]: 1984-13-17");
	no("date_after", "", "[[dob]]: 1.3.6.1.5");
	no("date_after", "", "[[dob]]: 1.3.6");
	no("date_after", "", "[[dob]]: unknown\n1984-03-17");
}
END_TEST

/* Any offsets in any bytes: nothing outside is read (under sanitizers), and what is accepted stands in the text. */
START_TEST(any_bytes)
{
	static const char alphabet[] = "0123456789  --..@:/=+\"\\nAZaz_%(){}|\n\xc3\xa9";
	static const char *const args[] = { "", "hex:4-", "10", "europe", "elsewhere", "fr_nir uk_nino", "image" };

	for (int round = 0; round < 20000; round++) {
		const struct check *check = &checks[next_random(check_count)];
		char text[200];
		uint32_t len = next_random(sizeof(text) - 1), end = next_random(len + 1), start = next_random(end + 1);
		const char *arg = args[next_random(ARRAY_SIZE(args))];

		random_text(text, len, alphabet);
		if (!check_args_fit(check, arg))
			continue;
		if (play_at(check->name, arg, (struct slice){ text, len }, start, end) == CHECK_NO)
			continue;
		ck_assert_msg(played.start <= played.end && played.end <= len, "%s", check->name);
	}
}
END_TEST

static void setup(void)
{
	memset(&played, 0, sizeof(played));
	played_state = 0;
}

static Suite *checks_suite(void)
{
	Suite *suite = suite_create("detect: checks");
	TCase *tcase = tcase_create("checks");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, github_checksum);
	tcase_add_test(tcase, token_borders);
	tcase_add_test(tcase, token_in_base64);
	tcase_add_test(tcase, token_at_the_cuts);
	tcase_add_test(tcase, placeholders);
	tcase_add_test(tcase, token_shapes);
	tcase_add_test(tcase, web_tokens);
	tcase_add_test(tcase, url_passwords);
	tcase_add_test(tcase, assigned_values);
	tcase_add_test(tcase, cards);
	tcase_add_test(tcase, accounts);
	tcase_add_test(tcase, check_digits);
	tcase_add_test(tcase, people);
	tcase_add_test(tcase, tables);
	tcase_add_test(tcase, addresses);
	tcase_add_test(tcase, many_addresses);
	tcase_add_test(tcase, telephones);
	tcase_add_test(tcase, places_and_days);
	tcase_add_test(tcase, any_bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(checks_suite)
