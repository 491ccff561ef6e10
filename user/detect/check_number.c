/* SPDX-License-Identifier: Apache-2.0 */
/* Payment cards (ISO/IEC 7812) and bank accounts (ISO 13616). */
#include "base/cleanup.h"
#include "detect/check_digits.h"
#include "detect/check_kinds.h"
#include "detect/check_text.h"

/* ---- cards -------------------------------------------------------------------------------------- */

#define CARD_MIN 13u
#define CARD_MAX 19u
#define CONTEXT_BYTES 100u

/* First digits, and the lengths that go with them, as bits; the networks' published ranges. */
#define LENGTHS(a, b) (((1u << ((b) + 1)) - 1) & ~((1u << (a)) - 1))
static const struct {
	unsigned int digits, low, high;
	uint32_t lengths;
} issuers[] = {
	{ 1, 4, 4, 1u << 13 | 1u << 16 | 1u << 19 },	/* Visa */
	{ 2, 51, 55, 1u << 16 },			/* Mastercard */
	{ 4, 2221, 2720, 1u << 16 },
	{ 2, 34, 34, 1u << 15 },			/* American Express */
	{ 2, 37, 37, 1u << 15 },
	{ 4, 6011, 6011, LENGTHS(16, 19) },		/* Discover */
	{ 3, 644, 659, LENGTHS(16, 19) },
	{ 4, 3528, 3589, LENGTHS(16, 19) },		/* JCB */
	{ 3, 300, 305, LENGTHS(14, 19) },		/* Diners Club */
	{ 2, 36, 36, LENGTHS(14, 19) },
	{ 2, 38, 39, LENGTHS(14, 19) },
	{ 2, 62, 62, LENGTHS(16, 19) },			/* UnionPay */
};

/* How the digits of cards are grouped on the card. */
static const struct {
	uint8_t count, sizes[5];
} groupings[] = {
	{ 4, { 4, 4, 4, 4 } },
	{ 3, { 4, 6, 5 } },
	{ 3, { 4, 6, 4 } },
	{ 5, { 4, 4, 4, 4, 3 } },
};

/* Of the networks' and processors' pages for testers: Stripe, Adyen, Braintree, PayPal. */
static const char *const test_cards[] = {
	"4111111111111111", "4242424242424242", "4012888888881881", "4222222222222", "4000056655665556", "4000000000000002",
	"4000000000009995", "4000002500003155", "4000000000003220", "4000000000000077", "4000000000000069",
	"4000000000000127", "4000000000000119", "4444333322221111", "4917610000000000", "4988438843884305", "4166676667666746",
	"5555555555554444", "5105105105105100", "5200828282828210", "2223003122003222", "2222400070000005", "5454545454545454",
	"5555341244441115", "2223000048400011", "5424000000000015", "378282246310005", "371449635398431", "378734493671000",
	"370000000000002", "6011111111111117", "6011000990139424", "6011000000000004", "30569309025904", "38520000023237",
	"36227206271667", "3530111333300000", "3566002020360505", "6200000000000005", "4716253605332423", "4539578763621486",
	"4532015112830366", "4111111145551142", "5431111111111111", "4500600000000061",
};

static bool issuer_fits(const char *digits, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++) {
		unsigned int first = digits_number(digits, issuers[i].digits);

		if (first >= issuers[i].low && first <= issuers[i].high && issuers[i].lengths >> len & 1)
			return true;
	}
	return false;
}

/* On the published lists, or made by hand: hardly any digits but two. */
static bool is_test_card(struct slice digits)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < ARRAY_SIZE(test_cards); i++) {
		if (slice_eq(digits, slice_of(test_cards[i])))
			return true;
	}
	for (size_t i = 0; i < digits.len; i++)
		seen |= 1u << (digits.ptr[i] - '0');
	return __builtin_popcount(seen) <= 3 || memmem(digits.ptr, digits.len, "123456789", 9);
}

/* Numbers go on in the same manner to either side, or hex does: a table. A security code of three or four digits may
 * follow, or the month of expiry and a slash. */
static bool is_in_table(const struct check_match *match, uint32_t start, char separator)
{
	const unsigned int hex = CHARS_DIGIT | CHAR_UPPER_HEX;
	uint32_t end = match->end;
	uint32_t before = start > 0 && match->text.ptr[start - 1] == separator ? check_run_back(match, start - 1, hex, 8) : 0;
	uint32_t after;

	if (before > 0 && check_border_before(match, start - 1 - before))
		return true;
	if (end >= match->text.len || match->text.ptr[end] != separator)
		return false;
	after = check_run(match, end + 1, hex, 8);
	if (after == 0 || after == 3 || !check_border_after(match, end + 1 + after))
		return false;
	return !(after <= 2 && end + 1 + after < match->text.len && match->text.ptr[end + 1 + after] == '/');
}

/* Digits before the end in those groups, all parted by the same sign. Where they start, or false. */
static bool grouped_back(const struct check_match *match, const uint8_t *sizes, unsigned int count, uint32_t *ret_start)
{
	uint32_t at = match->end;
	char separator = 0;

	while (count-- > 0) {
		if (check_run_back(match, at, CHARS_DIGIT, sizes[count] + 1u) < sizes[count])
			return false;
		at -= sizes[count];
		if (count == 0)
			break;
		if (at == 0 || (separator && match->text.ptr[at - 1] != separator))
			return false;
		separator = match->text.ptr[--at];
		if (separator != ' ' && separator != '-')
			return false;
	}
	*ret_start = at;
	return !is_in_table(match, at, separator);
}

static bool find_card(struct check_match *match, bool *ret_grouped)
{
	uint32_t run = check_run_back(match, match->end, CHARS_DIGIT, CARD_MAX + 1);

	*ret_grouped = false;
	if (run >= CARD_MIN && run <= CARD_MAX) {
		match->start = match->end - run;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(groupings) && run < CARD_MIN; i++) {
		*ret_grouped = grouped_back(match, groupings[i].sizes, groupings[i].count, &match->start);
		if (*ret_grouped)
			return true;
	}
	return false;
}

/* Words around a bare number that say what it is. */
static bool card_is_named(const struct check_match *match)
{
	static const char words[] = "card|visa|mastercard|amex|american express|credit|debit|payment| pan |cvv|cvc|kreditk|"
				    "karte|carte|tarjeta|carta di|cart\xc3\xa3o|\xe5\x8d\xa1|\xd0\xba\xd0\xb0\xd1\x80\xd1\x82| cc |expir| exp ";

	return check_has_word(check_line_before(match, match->start, CONTEXT_BYTES), words) ||
	       check_has_word(check_line_after(match, match->end, CONTEXT_BYTES / 2), words);
}

/* The match ends with nine digits or more, and one sign that is none. */
enum check_result check_card(struct check_match *match)
{
	char digits[CARD_MAX + 1];
	size_t len = 0;
	bool grouped;

	match->end = check_digits_end(match);
	if (!match->end || !check_number_ends(match, match->end) || !find_card(match, &grouped) ||
	    !check_number_starts(match, match->start))
		return CHECK_NO;
	for (uint32_t at = match->start; at < match->end; at++) {
		if (char_is(match->text.ptr[at], CHARS_DIGIT))
			digits[len++] = match->text.ptr[at];
	}
	if (!issuer_fits(digits, len) || !digits_luhn(digits, len))
		return CHECK_NO;
	if (is_test_card((struct slice){ digits, len }))
		return CHECK_WEAK;
	/* Of bare numbers of that length and start, one in ten is a card by chance. */
	return grouped || card_is_named(match) ? CHECK_YES : CHECK_WEAK;
}

/* ---- accounts ----------------------------------------------------------------------------------- */

#define IBAN_MIN 15u
#define IBAN_MAX 34u

/* SWIFT, IBAN Registry, release 99 (2024): the length in each country. */
static const struct {
	char country[3];
	uint8_t len;
} iban_lengths[] = {
	{ "AD", 24 }, { "AE", 23 }, { "AL", 28 }, { "AT", 20 }, { "AZ", 28 }, { "BA", 20 }, { "BE", 16 }, { "BG", 22 },
	{ "BH", 22 }, { "BI", 27 }, { "BR", 29 }, { "BY", 28 }, { "CH", 21 }, { "CR", 22 }, { "CY", 28 }, { "CZ", 24 },
	{ "DE", 22 }, { "DJ", 27 }, { "DK", 18 }, { "DO", 28 }, { "EE", 20 }, { "EG", 29 }, { "ES", 24 }, { "FI", 18 },
	{ "FK", 18 }, { "FO", 18 }, { "FR", 27 }, { "GB", 22 }, { "GE", 22 }, { "GI", 23 }, { "GL", 18 }, { "GR", 27 },
	{ "GT", 28 }, { "HN", 28 }, { "HR", 21 }, { "HU", 28 }, { "IE", 22 }, { "IL", 23 }, { "IQ", 23 }, { "IS", 26 },
	{ "IT", 27 }, { "JO", 30 }, { "KW", 30 }, { "KZ", 20 }, { "LB", 28 }, { "LC", 32 }, { "LI", 21 }, { "LT", 20 },
	{ "LU", 20 }, { "LV", 21 }, { "LY", 25 }, { "MC", 27 }, { "MD", 24 }, { "ME", 22 }, { "MK", 19 }, { "MN", 20 },
	{ "MR", 27 }, { "MT", 31 }, { "MU", 30 }, { "NI", 28 }, { "NL", 18 }, { "NO", 15 }, { "OM", 23 }, { "PK", 24 },
	{ "PL", 28 }, { "PS", 29 }, { "PT", 25 }, { "QA", 29 }, { "RO", 24 }, { "RS", 22 }, { "RU", 33 }, { "SA", 24 },
	{ "SC", 31 }, { "SD", 18 }, { "SE", 24 }, { "SI", 19 }, { "SK", 24 }, { "SM", 27 }, { "SO", 23 }, { "ST", 25 },
	{ "SV", 28 }, { "TL", 23 }, { "TN", 24 }, { "TR", 26 }, { "UA", 29 }, { "VA", 22 }, { "VG", 24 }, { "XK", 20 },
	{ "YE", 30 },
};

/* Of the registry itself and of everybody's documentation. */
static const char *const iban_specimens[] = {
	"DE89370400440532013000", "GB29NWBK60161331926819", "GB82WEST12345698765432", "FR1420041010050500013M02606",
	"NL91ABNA0417164300", "ES9121000418450200051332", "IT60X0542811101000000123456", "BE68539007547034",
	"CH9300762011623852957", "AT611904300234573201", "PL61109010140000071219812874", "SE4550000000058398257466",
	"NO9386011117947", "DK5000400440116243", "FI2112345600000785", "IE29AIBK93115212345678", "PT50000201231234567890154",
	"FR7630006000011234567890189", "DE75512108001245126199", "DE02120300000000202051", "DE12500105170648489890",
};

static size_t iban_len(const char *country)
{
	for (size_t i = 0; i < ARRAY_SIZE(iban_lengths); i++) {
		if (memcmp(country, iban_lengths[i].country, 2) == 0)
			return iban_lengths[i].len;
	}
	return 0;
}

/* So many letters and digits from there on, single blanks or hyphens between them left out; where they end, or 0. */
static uint32_t read_iban(const struct check_match *match, uint32_t at, char iban[IBAN_MAX], size_t len)
{
	size_t n = 0;

	for (; at < match->text.len && n < len; at++) {
		char c = match->text.ptr[at];
		bool between = (c == ' ' || c == '-') && at > match->start && match->text.ptr[at - 1] != c;

		if (char_is(c, CHARS_UPPER | CHARS_DIGIT))
			iban[n++] = c;
		else if (!between)
			return 0;
	}
	return n == len ? at : 0;
}

static bool mostly_zeros(const char *iban, size_t len)
{
	size_t zeros = 0;

	for (size_t i = 4; i < len; i++)
		zeros += iban[i] == '0';
	return zeros * 3 > len * 2;
}

static enum check_result judge_iban(struct check_match *match)
{
	char iban[IBAN_MAX];
	size_t len = iban_len(match->text.ptr + match->start);
	uint32_t end = len ? read_iban(match, match->start, iban, len) : 0;

	if (!end || !check_border_after(match, end) || !char_is(iban[2], CHARS_DIGIT) || !char_is(iban[3], CHARS_DIGIT) ||
	    digits_mod97(iban, 4, digits_mod97(iban + 4, len - 4, 0)) != 1)
		return CHECK_NO;
	match->end = end;
	if (mostly_zeros(iban, len))
		return CHECK_WEAK;
	for (size_t i = 0; i < ARRAY_SIZE(iban_specimens); i++) {
		if (slice_eq((struct slice){ iban, len }, slice_of(iban_specimens[i])))
			return CHECK_WEAK;
	}
	return CHECK_YES;
}

/* An expression sees each group of digits end that has nine before it: only what it sees last counts. */
static bool is_last_report(const struct check_match *match, uint32_t digits_end)
{
	if (digits_end > match->end)
		return false;
	for (uint32_t at = digits_end; at < match->end; at++) {
		if (char_is(match->text.ptr[at], CHARS_UPPER))
			return true;
		if (char_is(match->text.ptr[at], CHARS_DIGIT))
			return false;
	}
	return true;
}

/* The match ends with nine digits or more, as every account number has: the country stands before them. */
enum check_result check_iban(struct check_match *match)
{
	const unsigned int mask = CHARS_UPPER | CHARS_DIGIT;
	const uint32_t signs_max = 9;
	uint32_t digits_end = check_digits_end(match), back = 0;

	for (uint32_t at = digits_end; at > 0 && back < IBAN_MAX + signs_max; at--, back++) {
		char c = match->text.ptr[at - 1];

		if (!char_is(c, mask) && c != ' ' && c != '-')
			break;
		match->start = at - 1;
		if (!char_is(c, CHARS_UPPER) || !check_border_before(match, at - 1) || digits_end - at < 3)
			continue;
		/* Of the groups of one number only the last counts: up to its end no more digits may come. */
		if (judge_iban(match) != CHECK_NO)
			return is_last_report(match, digits_end) ? judge_iban(match) : CHECK_NO;
	}
	return CHECK_NO;
}
