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

/* ---- North America ------------------------------------------------------------------------------ */

/* SSA POMS RM 10201.035; the two are printed in advertisements. */
bool valid_us_ssn(const char *id)
{
	unsigned int area = digits_number(id, 3), group = two(id + 3), serial = digits_number(id + 5, 4);

	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !same_digits(id, 9) &&
	       memcmp(id, "078051120", 9) != 0 && memcmp(id, "219099999", 9) != 0 && memcmp(id, "457555462", 9) != 0 &&
	       memcmp(id, "12345", 5) != 0 && !(same_digits(id, 3) && same_digits(id + 3, 2) && same_digits(id + 5, 4));
}

/* IRS: 9, and the groups that are given out. */
bool valid_us_itin(const char *id)
{
	unsigned int group = two(id + 3);

	return id[0] == '9' && ((group >= 50 && group <= 65) || (group >= 70 && group <= 99 && group != 89 && group != 93));
}

bool valid_luhn_nine(const char *id)
{
	return !same_digits(id, 9) && digits_luhn(id, 9);
}

bool valid_ca_sin(const char *id)
{
	return id[0] != '0' && id[0] != '8' && valid_luhn_nine(id);
}

/* RENAPO: the last is ten less the sum of 37 signs by place. */
bool valid_mx_curp(const char *id)
{
	unsigned int sum = 0;

	for (int i = 0; i < 17; i++) {
		unsigned int value = id[i] <= '9' ? digit(id, i) : (unsigned int)(id[i] - 'A') + (id[i] > 'N' ? 11 : 10);

		sum += value * (unsigned int)(18 - i);
	}
	return date_ymd(id + 4) && strchr("HMX", id[10]) && (10 - sum % 10) % 10 == digit(id, 17);
}

/* ---- South America, Africa ---------------------------------------------------------------------- */

/* Receita Federal: both check digits by eleven, ten counts as nought. */
static bool br_check(const char *id, const char *weights, int at)
{
	unsigned int rest = digits_weighted(id, weights) % 11;

	return (rest < 2 ? 0 : 11 - rest) == digit(id, at);
}

bool valid_br_cpf(const char *id)
{
	return !same_digits(id, 11) && br_check(id, "a98765432", 9) && br_check(id, "ba98765432", 10);
}

/* With letters since July 2026: their value is the ASCII code less 48, as that of digits. */
bool valid_br_cnpj(const char *id)
{
	return !same_digits(id, 14) && br_check(id, "543298765432", 12) && br_check(id, "6543298765432", 13);
}

bool valid_cl_rut(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "32765432") % 11;

	return "0123456789K0"[check] == id[8] && !same_digits(id, 8);
}

bool valid_ar_cuit(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "5432765432") % 11;

	return strchr("23", id[0]) && check != 10 && check % 11 == digit(id, 10);
}

bool valid_za_id(const char *id)
{
	return date_ymd(id) && id[10] <= '2' && digits_luhn(id, 13);
}

/* ---- Asia, Australia ---------------------------------------------------------------------------- */

bool valid_in_aadhaar(const char *id)
{
	return id[0] >= '2' && !same_digits(id, 12) && digits_verhoeff(id, 12);
}

bool valid_in_pan(const char *id)
{
	return strchr("PCHFATBLJG", id[3]) != NULL;
}

/* GB 11643-1999: a region, a date, ISO 7064 mod 11-2. */
bool valid_cn_id(const char *id)
{
	static const uint8_t weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned int sum = 0, region = two(id), year = digits_number(id + 6, 4);

	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		sum += weights[i] * digit(id, (int)i);
	return region >= 11 && region <= 83 && year >= 1900 && year < 2100 && digits_date(year, two(id + 10), two(id + 12)) &&
	       "10X98765432"[sum % 11] == id[17];
}

bool valid_jp_my(const char *id)
{
	unsigned int rest = digits_weighted(id, "65432765432") % 11;

	return !same_digits(id, 12) && (rest < 2 ? 0 : 11 - rest) == digit(id, 11);
}

/* The last digit is no checksum any more since October 2020. */
bool valid_kr_resident(const char *id)
{
	return date_ymd(id) && id[6] >= '1' && id[6] <= '8' && !same_digits(id + 6, 7);
}

bool valid_sg_nric(const char *id)
{
	const char *last = strchr("STM", id[0]) ? "JZIHGFEDCBA" : "XWUTRQPNMLK";
	unsigned int sum = digits_weighted(id + 1, "2765432");

	if (id[0] == 'T' || id[0] == 'G')
		sum += 4;
	if (id[0] == 'M')
		return "KLJNPQRTUWX"[10 - (sum + 3) % 11] == id[8];
	return strchr("STFG", id[0]) && last[sum % 11] == id[8];
}

bool valid_tw_id(const char *id)
{
	static const uint8_t letters[] = { 10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33 };
	unsigned int letter = letters[id[0] - 'A'];

	return (id[1] == '1' || id[1] == '2') && (letter / 10 + letter % 10 * 9 + digits_weighted(id + 1, "876543211")) % 10 == 0;
}

bool valid_th_id(const char *id)
{
	return id[0] != '0' && !same_digits(id, 13) && (11 - digits_weighted(id, "dcba98765432") % 11) % 10 == digit(id, 12);
}

bool valid_au_tfn(const char *id)
{
	return !same_digits(id, 9) && digits_weighted(id, "14375869a") % 11 == 0;
}

bool valid_au_medicare(const char *id)
{
	return id[0] >= '2' && id[0] <= '6' && digits_weighted(id, "13791379") % 10 == digit(id, 8);
}

bool valid_nz_ird(const char *id)
{
	unsigned int rest = digits_weighted(id, "32765432") % 11;

	if (rest == 1)
		rest = digits_weighted(id, "74325276") % 11;
	return (11 - rest) % 11 == digit(id, 8) && !same_digits(id, 9);
}
