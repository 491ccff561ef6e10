/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By issuer's documentation; where only a checksum of one digit guards a
 * number, rules ask for a word beside it.
 */
#include "detect/person_ids.h"

#include "base/cleanup.h"
#include "detect/check_digits.h"

static unsigned int digit(const char *id, int at)
{
	return (unsigned int)(id[at] - '0');
}

static unsigned int two(const char *id)
{
	return digits_number(id, 2);
}

static bool same_digits(const char *id, int len)
{
	for (int i = 1; i < len; i++) {
		if (id[i] != id[0])
			return false;
	}
	return true;
}

/* YYMMDD and DDMMYY */
static bool date_ymd(const char *id)
{
	return digits_date(two(id), two(id + 2), two(id + 4));
}

static bool date_dmy(const char *id)
{
	return digits_date(two(id + 4), two(id + 2), two(id));
}

/* ---- North America ------------------------------------------------------------------------------ */

/* SSA POMS RM 10201.035; the two are printed in advertisements. */
static bool us_ssn(const char *id)
{
	unsigned int area = digits_number(id, 3), group = two(id + 3), serial = digits_number(id + 5, 4);

	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !same_digits(id, 9) &&
	       memcmp(id, "078051120", 9) != 0 && memcmp(id, "219099999", 9) != 0 && memcmp(id, "457555462", 9) != 0;
}

/* IRS: 9, and the groups that are given out. */
static bool us_itin(const char *id)
{
	unsigned int group = two(id + 3);

	return id[0] == '9' && ((group >= 50 && group <= 65) || (group >= 70 && group <= 99 && group != 89 && group != 93));
}

static bool luhn_nine(const char *id)
{
	return !same_digits(id, 9) && digits_luhn(id, 9);
}

static bool ca_sin(const char *id)
{
	return id[0] != '0' && id[0] != '8' && luhn_nine(id);
}

/* RENAPO: the last is ten less the sum of 37 signs by place. */
static bool mx_curp(const char *id)
{
	unsigned int sum = 0;

	for (int i = 0; i < 17; i++) {
		unsigned int value = id[i] <= '9' ? digit(id, i) : (unsigned int)(id[i] - 'A') + (id[i] > 'N' ? 11 : 10);

		sum += value * (unsigned int)(18 - i);
	}
	return date_ymd(id + 4) && strchr("HMX", id[10]) && (10 - sum % 10) % 10 == digit(id, 17);
}

/* ---- Europe ------------------------------------------------------------------------------------- */

/* HMRC National Insurance Manual NIM39110. */
static bool uk_nino(const char *id)
{
	static const char never[][3] = { "BG", "GB", "KN", "NK", "NT", "TN", "ZZ" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		if (memcmp(id, never[i], 2) == 0)
			return false;
	}
	return !strchr("DFIQUV", id[0]) && !strchr("DFIOQUV", id[1]) && id[8] <= 'D' && !same_digits(id + 2, 6) &&
	       memcmp(id + 2, "123456", 6) != 0;
}

static bool uk_nhs(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "a98765432") % 11;

	return !same_digits(id, 10) && check != 10 && check % 11 == digit(id, 9);
}

/* One digit of the first ten stands twice or three times, the others at most once. */
static bool de_tax(const char *id)
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
static bool de_card(const char *id)
{
	int digits = 0;

	for (int i = 0; i < 9; i++) {
		if (id[i] > '9' && !strchr("CFGHJKLMNPRTVWXYZ", id[i]))
			return false;
		digits += id[i] <= '9';
	}
	return id[0] > '9' && digits >= 4;
}

static bool de_card_check(const char *id)
{
	unsigned int sum = 0;

	for (int i = 0; i < 9; i++)
		sum += (id[i] <= '9' ? digit(id, i) : (unsigned int)(id[i] - 'A') + 10) * digit("731", i % 3);
	return de_card(id) && sum % 10 == digit(id, 9);
}

/* Health insurance: the letter as two digits, then Luhn from the left. */
static bool de_health(const char *id)
{
	unsigned int letter = (unsigned int)(id[0] - 'A') + 1, sum = letter / 10 + letter % 10 * 2 % 10 + letter % 10 * 2 / 10;

	for (int i = 1; i < 9; i++) {
		unsigned int product = digit(id, i) * (i & 1 ? 1 : 2);

		sum += product / 10 + product % 10;
	}
	return sum % 10 == digit(id, 9);
}

/* INSEE: Corsica's 2A and 2B count as 19 and 18. */
static bool fr_nir(const char *id)
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

static bool es_dni(const char *id)
{
	return !same_digits(id, 8) && es_letters[digits_number(id, 8) % 23] == id[8];
}

static bool es_nie(const char *id)
{
	return id[0] >= 'X' && id[0] <= 'Z' &&
	       es_letters[((unsigned int)(id[0] - 'X') * 10000000 + digits_number(id + 1, 7)) % 23] == id[8];
}

/* Agenzia delle Entrate: odd places by a table, even ones by value; letters may stand for digits. */
static bool it_fiscal(const char *id)
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

static bool nl_bsn(const char *id)
{
	return !same_digits(id, 9) && (digits_weighted(id, "98765432") + 10 * digit(id, 8)) % 11 == 0;
}

static bool be_national(const char *id)
{
	unsigned int rest = digits_mod97(id, 9, 0), since_2000 = digits_mod97(id, 9, 2), key = two(id + 9);

	return two(id + 2) % 20 <= 12 && two(id + 4) <= 31 && (key == 97 - rest || key == 97 - since_2000);
}

/* The century is added to the month in steps of twenty. */
static bool pl_pesel(const char *id)
{
	return digits_date(two(id), two(id + 2) % 20, two(id + 4)) && !same_digits(id, 11) &&
	       digits_weighted(id, "13791379131") % 10 == 0;
}

/* The day may be sixty more (samordningsnummer). */
static bool se_person(const char *id)
{
	unsigned int day = two(id + 4);

	return digits_date(two(id), two(id + 2), day > 60 ? day - 60 : day) && digits_luhn(id, 10) &&
	       digits_number(id + 6, 4) != 0;
}

static bool se_person_long(const char *id)
{
	return (two(id) == 19 || two(id) == 20) && se_person(id + 2);
}

static bool fi_hetu(const char *id)
{
	char plain[10] = "";

	memcpy(plain, id, 6);
	memcpy(plain + 6, id + 7, 3);
	return date_dmy(id) && digits_number(id + 7, 3) >= 2 &&
	       "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits_number(plain, 9) % 31] == id[10];
}

static bool dk_cpr(const char *id)
{
	return date_dmy(id) && digits_number(id + 6, 4) != 0;
}

/* D numbers: the day is forty more; both check digits by eleven. */
static bool no_birth(const char *id)
{
	unsigned int day = two(id), month = two(id + 2) % 40;

	return digits_date(two(id + 4), month, day > 40 ? day - 40 : day) && digits_weighted(id, "3761894521") % 11 == 0 &&
	       digits_weighted(id, "54327654321") % 11 == 0;
}

static bool ch_ahv(const char *id)
{
	return memcmp(id, "756", 3) == 0 && digits_ean13(id) && !same_digits(id + 3, 9);
}

static bool at_social(const char *id)
{
	unsigned int check = (digits_weighted(id, "379") + digits_weighted(id + 4, "584216")) % 11;

	return id[0] != '0' && check == digit(id, 3) && two(id + 4) <= 31 && two(id + 6) <= 15;
}

static bool pt_nif(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "98765432") % 11;

	return strchr("1235689", id[0]) && !same_digits(id, 9) && (check >= 10 ? 0 : check) == digit(id, 8);
}

static bool ie_check(const char *id, unsigned int second)
{
	return "WABCDEFGHIJKLMNOPQRSTUV"[(digits_weighted(id, "8765432") + 9 * second) % 23] == id[7];
}

static bool ie_ppsn(const char *id)
{
	return ie_check(id, 0);
}

static bool ie_ppsn_long(const char *id)
{
	return id[8] <= 'I' && ie_check(id, (unsigned int)(id[8] - 'A') + 1);
}

static bool gr_amka(const char *id)
{
	return date_dmy(id) && digits_luhn(id, 11);
}

static bool hr_oib(const char *id)
{
	return !same_digits(id, 11) && digits_mod11_10(id, 11);
}

static bool ro_cnp(const char *id)
{
	unsigned int check = digits_weighted(id, "279146358279") % 11;

	return id[0] != '0' && date_ymd(id + 1) && (check == 10 ? 1 : check) == digit(id, 12);
}

/* Women's month is fifty more; since 2004 twenty may be added. */
static bool cz_birth(const char *id)
{
	unsigned int month = two(id + 2) % 50;

	return digits_date(two(id), month > 20 ? month - 20 : month, two(id + 4)) && digits_number(id, 9) % 11 % 10 == digit(id, 9);
}

/* Estonia and Lithuania: two rounds of weights. */
static bool ee_person(const char *id)
{
	unsigned int check = digits_weighted(id, "1234567891") % 11;

	if (check == 10)
		check = digits_weighted(id, "3456789123") % 11 % 10;
	return id[0] >= '1' && id[0] <= '8' && date_ymd(id + 1) && check == digit(id, 10);
}

static bool bg_egn(const char *id)
{
	unsigned int month = two(id + 2) % 20;

	return digits_date(two(id), month, two(id + 4)) &&
	       (digits_weighted(id, "24") + 8 * digit(id, 2) + 5 * digit(id, 3) + 10 * digit(id, 4) + 9 * digit(id, 5) +
		7 * digit(id, 6) + 3 * digit(id, 7) + 6 * digit(id, 8)) % 11 % 10 == digit(id, 9);
}

static bool tr_kimlik(const char *id)
{
	unsigned int odd = digit(id, 0) + digit(id, 2) + digit(id, 4) + digit(id, 6) + digit(id, 8);
	unsigned int even = digit(id, 1) + digit(id, 3) + digit(id, 5) + digit(id, 7);

	return id[0] != '0' && (odd * 7 + 90 - even) % 10 == digit(id, 9) && (odd + even + digit(id, 9)) % 10 == digit(id, 10);
}

/* ---- South America, Africa ---------------------------------------------------------------------- */

/* Receita Federal: both check digits by eleven, ten counts as nought. */
static bool br_check(const char *id, const char *weights, int at)
{
	unsigned int rest = digits_weighted(id, weights) % 11;

	return (rest < 2 ? 0 : 11 - rest) == digit(id, at);
}

static bool br_cpf(const char *id)
{
	return !same_digits(id, 11) && br_check(id, "a98765432", 9) && br_check(id, "ba98765432", 10);
}

/* With letters since July 2026: their value is the ASCII code less 48, as that of digits. */
static bool br_cnpj(const char *id)
{
	return !same_digits(id, 14) && br_check(id, "543298765432", 12) && br_check(id, "6543298765432", 13);
}

static bool cl_rut(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "32765432") % 11;

	return "0123456789K0"[check] == id[8] && !same_digits(id, 8);
}

static bool ar_cuit(const char *id)
{
	unsigned int check = 11 - digits_weighted(id, "5432765432") % 11;

	return strchr("23", id[0]) && check != 10 && check % 11 == digit(id, 10);
}

static bool za_id(const char *id)
{
	return date_ymd(id) && id[10] <= '2' && digits_luhn(id, 13);
}

/* ---- Asia, Australia ---------------------------------------------------------------------------- */

static bool in_aadhaar(const char *id)
{
	return id[0] >= '2' && !same_digits(id, 12) && digits_verhoeff(id, 12);
}

static bool in_pan(const char *id)
{
	return strchr("PCHFATBLJG", id[3]) != NULL;
}

/* GB 11643-1999: a region, a date, ISO 7064 mod 11-2. */
static bool cn_id(const char *id)
{
	static const uint8_t weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned int sum = 0, region = two(id), year = digits_number(id + 6, 4);

	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		sum += weights[i] * digit(id, (int)i);
	return region >= 11 && region <= 83 && year >= 1900 && year < 2100 && digits_date(year, two(id + 10), two(id + 12)) &&
	       "10X98765432"[sum % 11] == id[17];
}

static bool jp_my(const char *id)
{
	unsigned int rest = digits_weighted(id, "65432765432") % 11;

	return !same_digits(id, 12) && (rest < 2 ? 0 : 11 - rest) == digit(id, 11);
}

/* The last digit is no checksum any more since October 2020. */
static bool kr_resident(const char *id)
{
	return date_ymd(id) && id[6] >= '1' && id[6] <= '8' && !same_digits(id + 6, 7);
}

static bool sg_nric(const char *id)
{
	const char *last = strchr("STM", id[0]) ? "JZIHGFEDCBA" : "XWUTRQPNMLK";
	unsigned int sum = digits_weighted(id + 1, "2765432");

	if (id[0] == 'T' || id[0] == 'G')
		sum += 4;
	if (id[0] == 'M')
		return "KLJNPQRTUWX"[10 - (sum + 3) % 11] == id[8];
	return strchr("STFG", id[0]) && last[sum % 11] == id[8];
}

static bool tw_id(const char *id)
{
	static const uint8_t letters[] = { 10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33 };
	unsigned int letter = letters[id[0] - 'A'];

	return (id[1] == '1' || id[1] == '2') && (letter / 10 + letter % 10 * 9 + digits_weighted(id + 1, "876543211")) % 10 == 0;
}

static bool th_id(const char *id)
{
	return id[0] != '0' && !same_digits(id, 13) && (11 - digits_weighted(id, "dcba98765432") % 11) % 10 == digit(id, 12);
}

static bool au_tfn(const char *id)
{
	return !same_digits(id, 9) && digits_weighted(id, "14375869a") % 11 == 0;
}

static bool au_medicare(const char *id)
{
	return id[0] >= '2' && id[0] <= '6' && digits_weighted(id, "13791379") % 10 == digit(id, 8);
}

static bool nz_ird(const char *id)
{
	unsigned int rest = digits_weighted(id, "32765432") % 11;

	if (rest == 1)
		rest = digits_weighted(id, "74325276") % 11;
	return (11 - rest) % 11 == digit(id, 8) && !same_digits(id, 9);
}

static const struct person_id person_ids[] = {
	{ "us_ssn", "ddddddddd", " -", us_ssn, "123456789" },
	{ "us_itin", "ddddddddd", " -", us_itin, NULL },
	{ "ca_sin", "ddddddddd", " -", ca_sin, "123456782" },
	{ "mx_curp", "AAAAddddddAAAAAAxd", "", mx_curp, NULL },
	{ "uk_nino", "AAddddddA", " ", uk_nino, NULL },
	{ "uk_nhs", "dddddddddd", " -", uk_nhs, "9434765919" },
	{ "de_tax", "ddddddddddd", " /", de_tax, "86095742719" },
	{ "de_card", "xxxxxxxxx", "", de_card, "L01X00T47" },
	{ "de_card", "xxxxxxxxxd", " ", de_card_check, "L01X00T471" },
	{ "de_health", "Addddddddd", " ", de_health, "A123456780" },
	{ "fr_nir", "ddddddxdddddddd", " .", fr_nir, "255081416802538" },
	{ "es_dni", "ddddddddA", "-. ", es_dni, "12345678Z" },
	{ "es_nie", "AdddddddA", "-. ", es_nie, "X1234567L" },
	{ "it_fiscal", "AAAAAAxxAxxAxxxA", "", it_fiscal, "RSSMRA85T10A562S" },
	{ "nl_bsn", "ddddddddd", ". ", nl_bsn, "123456782" },
	{ "be_national", "ddddddddddd", ".- ", be_national, "85073003328" },
	{ "pl_pesel", "ddddddddddd", "", pl_pesel, "44051401359" },
	{ "se_person", "dddddddddd", "-+", se_person, "8112189876" },
	{ "se_person", "dddddddddddd", "-", se_person_long, "198112189876" },
	{ "fi_hetu", "ddddddcdddx", "", fi_hetu, "131052-308T" },
	{ "dk_cpr", "dddddddddd", "- ", dk_cpr, NULL },
	{ "no_birth", "ddddddddddd", " ", no_birth, NULL },
	{ "ch_ahv", "ddddddddddddd", ". ", ch_ahv, "7569217076985" },
	{ "at_social", "dddddddddd", " ", at_social, "1237010180" },
	{ "pt_nif", "ddddddddd", " ", pt_nif, "123456789" },
	{ "ie_ppsn", "dddddddA", "", ie_ppsn, "1234567T" },
	{ "ie_ppsn", "dddddddAA", "", ie_ppsn_long, "1234567FA" },
	{ "gr_amka", "ddddddddddd", " ", gr_amka, NULL },
	{ "hr_oib", "ddddddddddd", "", hr_oib, NULL },
	{ "ro_cnp", "ddddddddddddd", "", ro_cnp, NULL },
	{ "cz_birth", "dddddddddd", "/", cz_birth, NULL },
	{ "ee_person", "ddddddddddd", "", ee_person, "38001085718" },
	{ "bg_egn", "dddddddddd", "", bg_egn, NULL },
	{ "tr_kimlik", "ddddddddddd", " ", tr_kimlik, "10000000146" },
	{ "br_cpf", "ddddddddddd", ".-", br_cpf, "12345678909" },
	{ "br_cnpj", "xxxxxxxxxxxxdd", "./-", br_cnpj, "11222333000181" },
	{ "cl_rut", "ddddddddx", ".-", cl_rut, "123456785" },
	{ "ar_cuit", "ddddddddddd", "-", ar_cuit, NULL },
	{ "za_id", "ddddddddddddd", " ", za_id, "8001015009087" },
	{ "in_aadhaar", "dddddddddddd", " -", in_aadhaar, NULL },
	{ "in_pan", "AAAAAddddA", "", in_pan, "ABCPE1234F" },
	{ "cn_id", "dddddddddddddddddx", "", cn_id, "11010519491231002X" },
	{ "jp_my", "dddddddddddd", " -", jp_my, "123456789018" },
	{ "kr_resident", "ddddddddddddd", "-", kr_resident, NULL },
	{ "sg_nric", "AdddddddA", "", sg_nric, "S1234567D" },
	{ "tw_id", "Addddddddd", "", tw_id, "A123456789" },
	{ "th_id", "ddddddddddddd", "- ", th_id, "1234567890121" },
	{ "il_id", "ddddddddd", "-", luhn_nine, "123456782" },
	{ "au_tfn", "ddddddddd", " ", au_tfn, "123456782" },
	{ "au_medicare", "dddddddddd", " ", au_medicare, "2123456701" },
	{ "nz_ird", "ddddddddd", "-", nz_ird, NULL },
};

const struct person_id *person_id_of(struct slice name, const struct person_id *after)
{
	for (size_t i = after ? (size_t)(after - person_ids) + 1 : 0; i < ARRAY_SIZE(person_ids); i++) {
		if (slice_eq(name, slice_of(person_ids[i].name)))
			return &person_ids[i];
	}
	return NULL;
}
