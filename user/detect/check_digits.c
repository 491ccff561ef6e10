/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/check_digits.h"

#include <stdint.h>

bool digits_luhn(const char *digits, size_t len)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int digit = (unsigned int)(digits[len - 1 - i] - '0') << (i & 1);

		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* J. Verhoeff, "Error Detecting Decimal Codes" (1969): multiplication in the dihedral group of order ten, and a
 * permutation for each place, counted from the right. */
bool digits_verhoeff(const char *digits, size_t len)
{
	static const uint8_t permutation[] = { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 };
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int digit = (unsigned int)(digits[len - 1 - i] - '0');

		for (size_t times = i % 8; times > 0; times--)
			digit = permutation[digit];
		/* 0-4 turn, 5-9 are mirrored: a mirror turns the other way what comes after it. */
		if (sum < 5)
			sum = digit < 5 ? (sum + digit) % 5 : 5 + (sum + digit) % 5;
		else
			sum = digit < 5 ? 5 + (sum - digit) % 5 : (sum - digit + 5) % 5;
	}
	return sum == 0;
}

bool digits_mod11_10(const char *digits, size_t len)
{
	unsigned int product = 10;

	for (size_t i = 0; i + 1 < len; i++) {
		unsigned int sum = (product + (unsigned int)(digits[i] - '0')) % 10;

		product = (sum ? sum : 10) * 2 % 11;
	}
	return (11 - product) % 10 == (unsigned int)(digits[len - 1] - '0');
}

unsigned int digits_mod97(const char *text, size_t len, unsigned int carry)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			carry = (carry * 10 + (unsigned int)(text[i] - '0')) % 97;
		else
			carry = (carry * 100 + (unsigned int)(text[i] - 'A') + 10) % 97;
	}
	return carry;
}

unsigned int digits_weighted(const char *digits, const char *weights)
{
	unsigned int sum = 0;

	for (; *weights; weights++, digits++) {
		unsigned int weight = (unsigned int)(*weights >= 'a' ? *weights - 'a' + 10 : *weights - '0');

		sum += weight * (unsigned int)(*digits - '0');
	}
	return sum;
}

bool digits_ean13(const char *digits)
{
	return digits_weighted(digits, "1313131313131") % 10 == 0;
}

unsigned int digits_number(const char *digits, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (unsigned int)(digits[i] - '0');
	return n;
}

bool digits_date(unsigned int year, unsigned int month, unsigned int day)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned int)(month == 2 && year % 4 == 0);
}
