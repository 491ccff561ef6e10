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

#endif
