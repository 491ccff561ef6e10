/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By issuer's documentation; where only a checksum of one digit guards a
 * number, person_ids.c asks for a word beside it.
 */
#include "detect/person_valid.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/check_digits.h"

/* HMRC National Insurance Manual NIM39110. */
bool valid_uk_nino(const char *id)
{
	static const char never[][3] = { "BG", "GB", "KN", "NK", "NT", "TN", "ZZ" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		if (memcmp(id, never[i], 2) == 0)
			return false;
	}
	return !strchr("DFIQUV", id[0]) && !strchr("DFIOQUV", id[1]) && id[8] <= 'D' && !same_digits(id + 2, 6) &&
	       memcmp(id + 2, "123456", 6) != 0;
}

bool valid_uk_nhs(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "a98765432") % 11;

	return !same_digits(id, 10) && check != 10 && check % 11 == digit(id, 9);
}

/* One digit of the first ten stands twice or three times, the others at most once. */
bool valid_de_tax(const char *id)
{
	unsigned int counts[10] = { 0 }, repeated = 0;

	for (int i = 0; i < 10; i++)
		counts[digit(id, i)]++;
	for (int i = 0; i < 10; i++) {
		if (counts[i] > 3)
			return false;
		repeated += counts[i] > 1;
	}
	return id[0] != '0' && repeated == 1 && digits_mod11_10(id, 11);
}

/* Letters that cannot be read as words; ICAO 9303 check digit by weights 7, 3, 1. */
bool valid_de_card(const char *id)
{
	int digits = 0;

	for (int i = 0; i < 9; i++) {
		if (id[i] > '9' && !strchr("CFGHJKLMNPRTVWXYZ", id[i]))
			return false;
		digits += id[i] <= '9';
	}
	return id[0] > '9' && digits >= 4;
}

bool valid_de_card_check(const char *id)
{
	unsigned int sum = 0;

	for (int i = 0; i < 9; i++)
		sum += (id[i] <= '9' ? digit(id, i) : (unsigned int)(id[i] - 'A') + 10) * digit("731", i % 3);
	return valid_de_card(id) && sum % 10 == digit(id, 9);
}

/* Health insurance: the letter as two digits, then Luhn from the left. */
bool valid_de_health(const char *id)
{
	unsigned int letter = (unsigned int)(id[0] - 'A') + 1, sum = letter / 10 + letter % 10 * 2 % 10 + letter % 10 * 2 / 10;

	for (int i = 1; i < 9; i++) {
		unsigned int product = digit(id, i) * (i & 1 ? 1 : 2);

		sum += product / 10 + product % 10;
	}
	return sum % 10 == digit(id, 9);
}

/* INSEE: Corsica's 2A and 2B count as 19 and 18. */
bool valid_fr_nir(const char *id)
{
	char plain[14] = "";
	unsigned int month = two(id + 3), key;

	memcpy(plain, id, 13);
	if (id[6] > '9') {
		if (id[5] != '2' || (id[6] != 'A' && id[6] != 'B'))
			return false;
		memcpy(plain + 5, id[6] == 'A' ? "19" : "18", 2);
	}
	key = 97 - digits_mod97(plain, 13, 0);
	return (id[0] == '1' || id[0] == '2') && ((month >= 1 && month <= 12) || (month >= 20 && month <= 42)) &&
	       key == two(id + 13);
}

static const char es_letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";

bool valid_es_dni(const char *id)
{
	return !same_digits(id, 8) && es_letters[digits_number(id, 8) % 23] == id[8];
}

bool valid_es_nie(const char *id)
{
	return id[0] >= 'X' && id[0] <= 'Z' &&
	       es_letters[((unsigned int)(id[0] - 'X') * 10000000 + digits_number(id + 1, 7)) % 23] == id[8];
}

/* Agenzia delle Entrate: odd places by a table, even ones by value; letters may stand for digits. */
bool valid_it_fiscal(const char *id)
{
	static const uint8_t odd[] = { 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23 };
	static const uint8_t digit_places[] = { 6, 7, 9, 10, 12, 13, 14 };
	unsigned int sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(digit_places); i++) {
		if (id[digit_places[i]] > '9' && !strchr("LMNPQRSTUV", id[digit_places[i]]))
			return false;
	}
	for (int i = 0; i < 15; i++) {
		unsigned int value = id[i] <= '9' ? digit(id, i) : (unsigned int)(id[i] - 'A');

		sum += i & 1 ? value : odd[value];
	}
	return strchr("ABCDEHLMPRST", id[8]) && sum % 26 == (unsigned int)(id[15] - 'A');
}

bool valid_nl_bsn(const char *id)
{
	return !same_digits(id, 9) && (digits_weighted(id, "98765432") + 10 * digit(id, 8)) % 11 == 0;
}

bool valid_be_national(const char *id)
{
	unsigned int rest = digits_mod97(id, 9, 0), since_2000 = digits_mod97(id, 9, 2), key = two(id + 9);

	return two(id + 2) % 20 <= 12 && two(id + 4) <= 31 && (key == 97 - rest || key == 97 - since_2000);
}

/* The century is added to the month in steps of twenty. */
bool valid_pl_pesel(const char *id)
{
	return digits_date(two(id), two(id + 2) % 20, two(id + 4)) && !same_digits(id, 11) &&
	       digits_weighted(id, "13791379131") % 10 == 0;
}

/* The day may be sixty more (samordningsnummer). */
bool valid_se_person(const char *id)
{
	unsigned int day = two(id + 4);

	return digits_date(two(id), two(id + 2), day > 60 ? day - 60 : day) && digits_luhn(id, 10) &&
	       digits_number(id + 6, 4) != 0;
}

bool valid_se_person_long(const char *id)
{
	return (two(id) == 19 || two(id) == 20) && valid_se_person(id + 2);
}

/* The sign of the century is left out. */
bool valid_fi_hetu(const char *id)
{
	return date_dmy(id) && digits_number(id + 6, 3) >= 2 &&
	       "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits_number(id, 9) % 31] == id[9];
}

/* Or a letter: A for those born since 2000, others where signs ran out. */
bool valid_fi_hetu_letter(const char *id)
{
	char plain[10];

	memcpy(plain, id, 6);
	memcpy(plain + 6, id + 7, 4);
	return strchr("ABCDEFUVWXY", id[6]) && valid_fi_hetu(plain);
}

bool valid_dk_cpr(const char *id)
{
	return date_dmy(id) && digits_number(id + 6, 4) != 0;
}

/* D numbers: the day is forty more; both check digits by eleven. */
bool valid_no_birth(const char *id)
{
	unsigned int day = two(id), month = two(id + 2) % 40;

	return digits_date(two(id + 4), month, day > 40 ? day - 40 : day) && digits_weighted(id, "3761894521") % 11 == 0 &&
	       digits_weighted(id, "54327654321") % 11 == 0;
}

bool valid_ch_ahv(const char *id)
{
	return memcmp(id, "756", 3) == 0 && digits_ean13(id) && !same_digits(id + 3, 9);
}

bool valid_at_social(const char *id)
{
	unsigned int check = (digits_weighted(id, "379") + digits_weighted(id + 4, "584216")) % 11;

	return id[0] != '0' && check == digit(id, 3) && two(id + 4) <= 31 && two(id + 6) <= 15;
}

bool valid_pt_nif(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "98765432") % 11;

	return strchr("1235689", id[0]) && !same_digits(id, 9) && (check >= 10 ? 0 : check) == digit(id, 8);
}

static bool ie_check(const char *id, unsigned int second)
{
	return "WABCDEFGHIJKLMNOPQRSTUV"[(digits_weighted(id, "8765432") + 9 * second) % 23] == id[7];
}

bool valid_ie_ppsn(const char *id)
{
	return ie_check(id, 0);
}

bool valid_ie_ppsn_long(const char *id)
{
	return id[8] <= 'I' && ie_check(id, (unsigned int)(id[8] - 'A') + 1);
}

bool valid_gr_amka(const char *id)
{
	return date_dmy(id) && digits_luhn(id, 11);
}

bool valid_hr_oib(const char *id)
{
	return !same_digits(id, 11) && digits_mod11_10(id, 11);
}

bool valid_ro_cnp(const char *id)
{
	unsigned int check = digits_weighted(id, "279146358279") % 11;

	return id[0] != '0' && date_ymd(id + 1) && (check == 10 ? 1 : check) == digit(id, 12);
}

/* Women's month is fifty more; since 2004 twenty may be added. */
bool valid_cz_birth(const char *id)
{
	unsigned int month = two(id + 2) % 50;

	return digits_date(two(id), month > 20 ? month - 20 : month, two(id + 4)) && digits_number(id, 9) % 11 % 10 == digit(id, 9);
}

/* Estonia and Lithuania: two rounds of weights. */
bool valid_ee_person(const char *id)
{
	unsigned int check = digits_weighted(id, "1234567891") % 11;

	if (check == 10)
		check = digits_weighted(id, "3456789123") % 11 % 10;
	return id[0] >= '1' && id[0] <= '8' && date_ymd(id + 1) && check == digit(id, 10);
}

bool valid_bg_egn(const char *id)
{
	unsigned int month = two(id + 2) % 20;

	return digits_date(two(id), month, two(id + 4)) &&
	       (digits_weighted(id, "24") + 8 * digit(id, 2) + 5 * digit(id, 3) + 10 * digit(id, 4) + 9 * digit(id, 5) +
		7 * digit(id, 6) + 3 * digit(id, 7) + 6 * digit(id, 8)) % 11 % 10 == digit(id, 9);
}

bool valid_tr_kimlik(const char *id)
{
	unsigned int odd = digit(id, 0) + digit(id, 2) + digit(id, 4) + digit(id, 6) + digit(id, 8);
	unsigned int even = digit(id, 1) + digit(id, 3) + digit(id, 5) + digit(id, 7);

	return id[0] != '0' && (odd * 7 + 90 - even) % 10 == digit(id, 9) && (odd + even + digit(id, 9)) % 10 == digit(id, 10);
}
