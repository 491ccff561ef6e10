/* SPDX-License-Identifier: Apache-2.0 */
/* Where somebody is reached, or is: e-mail addresses, telephone numbers, coordinates, and days of birth. */
#include "base/cleanup.h"
#include "detect/check_digits.h"
#include "detect/check_kinds.h"
#include "detect/check_text.h"

/* ---- e-mail ------------------------------------------------------------------------------------- */

#define LOCAL_MAX 64u	/* RFC 5321 section 4.5.3.1 */
#define DOMAIN_MAX 253u

bool check_email_args_fit(const char *args)
{
	return *args == '\0' || digits_number(args, strspn(args, "0123456789")) > 0;
}

/* RFC 2606, RFC 6761, and what code and documentation write. */
static bool is_example_domain(struct slice domain)
{
	return check_has_word(domain, " example.|.example |.test |.invalid |.localhost |.local | test.| email.com | domain.|"
				      " yourdomain.| company.com | mycompany.| acme.| foo.| bar.| mail.com | noreply.github.com |"
				      " users.noreply.|.internal | localhost ");
}

/* What is no top-level domain but the end of a file's name: icon@2x.png, pkg@1.2.js. */
static bool is_file_ending(struct slice domain)
{
	return check_has_word(domain, ".png |.jpg |.jpeg |.gif |.svg |.webp |.js |.ts |.json |.css |.html |.py |.md |.so |.yml |"
				      ".yaml |.service |.target |.git ");
}

static uint32_t domain_len(const struct check_match *match, uint32_t at)
{
	uint32_t len = check_run(match, at, CHARS_ALNUM | CHAR_HYPHEN | CHAR_DOT, DOMAIN_MAX + 1);

	while (len > 0 && char_is(match->text.ptr[at + len - 1], CHAR_DOT | CHAR_HYPHEN))
		len--;
	return len;
}

static bool is_domain(struct slice domain)
{
	const char *dot = domain.len ? memrchr(domain.ptr, '.', domain.len) : NULL;
	size_t tld = dot ? domain.len - (size_t)(dot + 1 - domain.ptr) : 0;

	if (tld < 2 || tld > 24 || dot == domain.ptr || domain.len > DOMAIN_MAX || memmem(domain.ptr, domain.len, "..", 2))
		return false;
	for (size_t i = 0; i < tld; i++) {
		if (!char_is(dot[1 + i], CHARS_LOWER | CHARS_UPPER))
			return false;
	}
	return !is_example_domain(domain) && !is_file_ending(domain);
}

/* Distinct addresses, nearly: a bit of 32 for each, by hash. Whether this one is new and they are `many` now. */
static bool is_one_of_many(uint32_t *bits, struct slice address, unsigned int many)
{
	uint32_t hash = 2166136261u, bit;

	for (size_t i = 0; i < address.len; i++)
		hash = (hash ^ (unsigned char)address.ptr[i]) * 16777619u;
	bit = 1u << (hash >> 27);
	if (*bits & bit)
		return false;
	*bits |= bit;
	return (unsigned int)__builtin_popcount(*bits) >= many;
}

/* The match is the sign @ with a character to either side. With a number as argument: only when so many addresses
 * stand in the text. */
enum check_result check_email(struct check_match *match)
{
	const unsigned int local = CHARS_URL | CHAR_DOT | CHAR_PLUS;
	uint32_t at = match->end < 2 ? 0 : match->end - 2;	/* of the sign */
	uint32_t before = check_run_back(match, at, local, LOCAL_MAX + 1);
	uint32_t after = domain_len(match, at + 1);
	unsigned int many = digits_number(match->args, strspn(match->args, "0123456789"));

	if (before == 0 || before > LOCAL_MAX || match->text.ptr[at] != '@' ||
	    !is_domain(check_slice(match, at + 1, at + 1 + after)))
		return CHECK_NO;
	if ((at + 1 + after == match->text.len && match->follows) || (before == at && match->precedes))
		return CHECK_NO;
	match->start = at - before;
	match->end = at + 1 + after;
	/* ssh and git: git@host:path, user@host:/path; a password in a URL */
	if (check_has_word(check_slice(match, match->start, at), " git |noreply|no-reply") ||
	    (match->start > 0 && strchr(":/@", match->text.ptr[match->start - 1]) && match->text.ptr[match->start - 1] &&
	     !(match->start >= 7 && memcmp(match->text.ptr + match->start - 7, "mailto:", 7) == 0)))
		return CHECK_NO;
	if (many)
		return is_one_of_many(match->state, check_slice(match, match->start, match->end), many) ? CHECK_YES : CHECK_NO;
	return CHECK_YES;
}

/* ---- telephone ---------------------------------------------------------------------------------- */

#define PHONE_DIGITS_MIN 7u
#define PHONE_DIGITS_MAX 15u

struct phone {
	char digits[PHONE_DIGITS_MAX + 1];
	uint32_t count, groups, end;
};

/* Digits from there on, with at most two signs between: blanks, hyphens, dots, brackets, a slash. */
static bool read_phone(const struct check_match *match, uint32_t at, struct phone *ret)
{
	uint32_t gap = 1;

	/* A bracket opens the area. */
	at += at < match->text.len && match->text.ptr[at] == '(';
	*ret = (struct phone){ .end = at };
	for (; at < match->text.len && gap <= 3; at++) {
		char c = match->text.ptr[at];

		if (char_is(c, CHARS_DIGIT)) {
			if (ret->count > PHONE_DIGITS_MAX)
				return false;
			ret->groups += gap > 0;
			ret->digits[ret->count++ % sizeof(ret->digits)] = c;
			ret->end = at + 1;
			gap = 0;
		} else if (c && strchr(" -.()/", c)) {
			gap++;
		} else {
			break;
		}
	}
	return ret->count >= PHONE_DIGITS_MIN && ret->count <= PHONE_DIGITS_MAX && check_number_ends(match, ret->end);
}

/* ITU-T E.164 country codes in use, by their first digits. */
static bool is_country_code(const char *digits)
{
	static const char two_digits[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 "
					 "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
	static const char three_starts[] = "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99 ";
	const char first[] = { digits[0], digits[1], ' ', '\0' };

	return digits[0] == '1' || digits[0] == '7' || strstr(two_digits, first) || strstr(three_starts, first);
}

/* North America: area and exchange begin with 2 to 9 and are no service codes; 555-0100 to 555-0199 are nobody's. */
static bool is_nanp(const char *digits)
{
	if (digits[0] < '2' || digits[3] < '2' || memcmp(digits + 1, "11", 2) == 0 || memcmp(digits + 4, "11", 2) == 0)
		return false;
	return memcmp(digits + 3, "55501", 5) != 0 && memcmp(digits, "555", 3) != 0 &&
	       !(memcmp(digits + 3, "555", 3) == 0 && digits[6] == '1') && memcmp(digits, "2345678", 7) != 0;
}

static bool is_made_up(const struct phone *phone)
{
	struct slice digits = { phone->digits, phone->count };

	return check_has_word(digits, "1234567|00000|11111|98765|99999");
}

/* The match is a plus and the first two digits. */
enum check_result check_phone(struct check_match *match)
{
	uint32_t at = match->start + 1;
	struct phone phone;

	if (at >= match->text.len || match->text.ptr[match->start] != '+' || !check_number_starts(match, match->start) ||
	    !read_phone(match, at, &phone) || is_made_up(&phone))
		return CHECK_NO;
	if (phone.count < 8 || !is_country_code(phone.digits))
		return CHECK_NO;
	if (phone.digits[0] == '1' && (phone.count != 11 || !is_nanp(phone.digits + 1)))
		return CHECK_NO;
	match->end = phone.end;
	return CHECK_YES;
}

/* How far before the end of its last digits a number of North America starts, as it is written with separators; or 0. */
static uint32_t nanp_width(const struct check_match *match, uint32_t end)
{
	static const char *const layouts[] = { "ddd-ddd-dddd", "ddd.ddd.dddd", "(ddd) ddd-dddd", "(ddd)ddd-dddd" };

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (check_is_laid_out(match, end, slice_of(layouts[i])))
			return (uint32_t)strlen(layouts[i]);
	}
	return 0;
}

/* The match ends with nine digits or more, and one sign that is none. */
enum check_result check_phone_us(struct check_match *match)
{
	uint32_t end = check_digits_end(match), width = nanp_width(match, end);
	struct phone phone;

	if (!width)
		return CHECK_NO;
	match->start = end - width;
	match->end = end;
	if (!check_number_starts(match, match->start) || !read_phone(match, match->start, &phone) || phone.end != end ||
	    phone.count != 10 || !is_nanp(phone.digits) || is_made_up(&phone))
		return CHECK_NO;
	return CHECK_YES;
}

/* The match is a word for a telephone; its number stands behind. */
enum check_result check_phone_after(struct check_match *match)
{
	struct slice line = check_line_after(match, match->end, 24);
	struct phone phone;

	for (uint32_t at = match->end; at < match->end + line.len; at++) {
		if (!char_is(match->text.ptr[at], CHARS_DIGIT))
			continue;
		if (!check_border_before(match, at) || !read_phone(match, at, &phone) || is_made_up(&phone))
			return CHECK_NO;
		if (phone.count == 10 && phone.digits[0] != '0' && !is_nanp(phone.digits))
			return CHECK_NO;
		match->start = at;
		match->end = phone.end;
		return CHECK_YES;
	}
	return CHECK_NO;
}

/* ---- places and days ---------------------------------------------------------------------------- */

/* A decimal fraction from there on; whether it has four places or more and is at most `most`. */
static bool read_degrees(const struct check_match *match, uint32_t *at, unsigned int most)
{
	uint32_t whole = check_run(match, *at, CHARS_DIGIT, 4), places;
	unsigned int degrees = digits_number(match->text.ptr + *at, whole);

	*at += whole;
	if (whole == 0 || whole > 3 || degrees > most || *at >= match->text.len || match->text.ptr[*at] != '.')
		return false;
	places = check_run(match, *at + 1, CHARS_DIGIT, 16);
	*at += 1 + places;
	return places >= 4 && places <= 15;
}

/* The next digit before `end`. */
static uint32_t next_digit(const struct check_match *match, uint32_t at, uint32_t end)
{
	while (at < end && !char_is(match->text.ptr[at], CHARS_DIGIT))
		at++;
	return at;
}

/* The match is a word for a place; two fractions stand behind, whatever names the second. */
enum check_result check_coordinates(struct check_match *match)
{
	const uint32_t reach = 64, between = 24;
	uint32_t limit = match->end + (uint32_t)check_line_after(match, match->end, reach).len;
	uint32_t start = next_digit(match, match->end, limit), at = start, second;

	if (start == limit || !read_degrees(match, &at, 90))
		return CHECK_NO;
	limit = at + (uint32_t)check_line_after(match, at, between).len;
	second = next_digit(match, at, limit);
	at = second;
	if (second == limit || !read_degrees(match, &at, 180) || !check_number_ends(match, at))
		return CHECK_NO;
	match->start = start;
	match->end = at;
	return CHECK_YES;
}

static bool is_year(unsigned int number)
{
	return number > 1900 && number < 2100;
}

/* Three numbers parted by a sign: a day there was, in either order; two digits do for the year. */
static bool read_date(const struct check_match *match, uint32_t at, uint32_t *ret_end)
{
	unsigned int parts[3] = { 0 };
	uint32_t len = 0;

	for (int i = 0; i < 3; i++) {
		uint32_t signs = i ? check_run(match, at, CHAR_HYPHEN | CHAR_SLASH | CHAR_DOT, 2) : 0;

		/* "17. 3. 1961" */
		signs += i && at + signs < match->text.len && match->text.ptr[at + signs] == ' ';
		at += signs;
		len = check_run(match, at, CHARS_DIGIT, 5);
		if ((i > 0 && signs == 0) || len == 0 || len > 4)
			return false;
		parts[i] = digits_number(match->text.ptr + at, len);
		at += len;
	}
	*ret_end = at;
	if (at + 1 < match->text.len && match->text.ptr[at] == '.' && char_is(match->text.ptr[at + 1], CHARS_DIGIT))
		return false;
	if (is_year(parts[0]))
		return digits_date(parts[0], parts[1], parts[2]);
	return (len == 2 || is_year(parts[2])) &&
	       (digits_date(parts[2], parts[1], parts[0]) || digits_date(parts[2], parts[0], parts[1]));
}

/* The match is a word for the day of birth; the day stands behind, in figures or with the name of the month. */
enum check_result check_date_after(struct check_match *match)
{
	struct slice line = check_line_after(match, match->end, 32);
	uint32_t end = match->end + (uint32_t)line.len, date_end;

	for (uint32_t at = match->end; at < end; at++) {
		if (!char_is(match->text.ptr[at], CHARS_DIGIT) || !check_border_before(match, at))
			continue;
		if (read_date(match, at, &date_end)) {
			match->start = at;
			match->end = date_end;
			return CHECK_YES;
		}
		/* "4 March 1961", "March 4th, 1961": a year, and the name of a month before it. */
		if (check_run(match, at, CHARS_DIGIT, 5) == 4 && (memcmp(match->text.ptr + at, "19", 2) == 0 ||
								  memcmp(match->text.ptr + at, "20", 2) == 0) &&
		    check_has_word(check_slice(match, match->end, at),
				   " jan| feb| mar| apr| may| jun| jul| aug| sep| oct| nov| dec| m\xc3\xa4r| mai| okt| dez| f\xc3\xa9v|"
				   " avr| ao\xc3\xbb| ene| abr| ago| dic| gen| mag| giu| lug| set| ott| out")) {
			match->start = at;
			match->end = at + 4;
			return CHECK_YES;
		}
	}
	return CHECK_NO;
}
