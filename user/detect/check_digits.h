/* SPDX-License-Identifier: Apache-2.0 */
/* Check digits of numbers, as text: only digits may come in unless it says more. */
#ifndef PROMTAP_DETECT_CHECK_DIGITS_H
#define PROMTAP_DETECT_CHECK_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

/* ISO/IEC 7812-1 annex B: the last digit. */
bool digits_luhn(const char *digits, size_t len);
/* Verhoeff's dihedral check, the last digit. */
bool digits_verhoeff(const char *digits, size_t len);
/* ISO 7064 mod 11, 10: the last digit. */
bool digits_mod11_10(const char *digits, size_t len);
/* ISO 7064 mod 97: digits, or letters that stand for 10 to 35; what is left over. */
unsigned int digits_mod97(const char *text, size_t len, unsigned int carry);
/* The sum of digits, each times its weight ("8765432" or letters: a is 10). */
unsigned int digits_weighted(const char *digits, const char *weights);
/* EAN-13. */
bool digits_ean13(const char *digits);
/* The number that they are; at most nine. */
unsigned int digits_number(const char *digits, size_t len);
/* A day that there is; the year modulo 100 or in full. */
bool digits_date(unsigned int year, unsigned int month, unsigned int day);

/* Of a number of a person: one digit of it, two, and whether all are the same. */
static inline unsigned int digit(const char *id, int at)
{
	return (unsigned int)(id[at] - '0');
}

static inline unsigned int two(const char *id)
{
	return digits_number(id, 2);
}

static inline bool same_digits(const char *id, int len)
{
	for (int i = 1; i < len; i++) {
		if (id[i] != id[0])
			return false;
	}
	return true;
}

/* YYMMDD and DDMMYY */
static inline bool date_ymd(const char *id)
{
	return digits_date(two(id), two(id + 2), two(id + 4));
}

static inline bool date_dmy(const char *id)
{
	return digits_date(two(id + 4), two(id + 2), two(id));
}

#endif
