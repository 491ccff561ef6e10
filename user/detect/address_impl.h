/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by address*.c: the window that is searched, and what bytes are to the searches. */
#ifndef PROMTAP_DETECT_ADDRESS_IMPL_H
#define PROMTAP_DETECT_ADDRESS_IMPL_H

#include <stddef.h>

#include "detect/address.h"

#define ADDRESS_DIGITS_MIN_PLUS 8	/* E.164 */
#define ADDRESS_COUNTRY_LETTERS 2	/* an IBAN's digits stand behind them */
#define ADDRESS_RUN_BYTES_MIN 15	/* the shortest IBAN: Norway's */

enum {
	ADDRESS_PARTS = 1 << 0,		/* ends a token */
	ADDRESS_ALPHA = 1 << 1,
	ADDRESS_DIGIT = 1 << 2,
	ADDRESS_GROUP = 1 << 3,		/* stands between groups of digits */
};
extern const uint8_t address_classes[256];

static inline bool is_class(char c, uint8_t class)
{
	return address_classes[(uint8_t)c] & class;
}

static inline bool is_alpha(char c)
{
	return is_class(c, ADDRESS_ALPHA);
}

static inline bool is_digit(char c)
{
	return is_class(c, ADDRESS_DIGIT);
}

static inline bool is_alnum(char c)
{
	return is_class(c, ADDRESS_ALPHA | ADDRESS_DIGIT);
}

struct finder {
	const char *bytes;	/* the window */
	size_t limit;		/* what is looked at */
	size_t begin;		/* from here on */
	uint64_t base;		/* the window's place in the text */
	size_t start, end;	/* of the token at hand */
	address_fn found;
	void *ctx;
};

static inline void address_say(const struct finder *finder, enum address_kind kind, struct slice folded)
{
	finder->found(finder->ctx,
		      &(struct address){ kind, folded, finder->base + finder->start, finder->base + finder->end });
}

/* What a token with a sign of addresses holds. `cut`: it is longer. */
void address_read_token(const struct finder *finder, struct slice token, bool cut);
/* A top-level domain that is no file's ending, in either case. */
bool address_is_tld(struct slice label);
/* What a long run of letters and digits is: a wallet, an account. */
void address_read_run(const struct finder *finder, struct slice run);

#endif
