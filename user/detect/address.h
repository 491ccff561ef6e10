/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in a text: URLs and host names, e-mail addresses, wallets, and
 * numbers long enough to be a telephone's or an account's. From pieces that
 * are cut anywhere. Two ways to write one address fold to the same bytes: case,
 * percent-encoding, escapes of JSON, "hxxp", "[.]" and "(at)", the spacing of
 * numbers. Linear time, no memory but the reader's own. The order of what is found
 * is not that of the text.
 */
#ifndef PROMTAP_DETECT_ADDRESS_H
#define PROMTAP_DETECT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum address_kind {
	ADDRESS_NONE = 0,
	ADDRESS_URL,		/* host and path: no scheme, no port, no query */
	ADDRESS_EMAIL,
	ADDRESS_WALLET,
	ADDRESS_NUMBER,		/* digits alone */
	ADDRESS_KIND_MAX
};

struct address {
	enum address_kind kind;
	struct slice folded;	/* lent for the time of the callback */
	uint64_t start, end;	/* bytes of the text: of the token that holds it */
};
typedef void (*address_fn)(void *ctx, const struct address *address);

#define ADDRESS_TOKEN_BYTES 256	/* of a longer token only the beginning is looked at */
#define ADDRESS_WINDOW_BYTES 1024

/* Where a text is; address_reader_init() at its beginning. */
struct address_reader {
	uint64_t base;		/* where `held` begins in the text */
	uint16_t len;
	bool inside;		/* it begins within a token that was too long */
	char held[ADDRESS_WINDOW_BYTES + 1];	/* and one that is read behind them */
};

void address_reader_init(struct address_reader *reader);
void address_feed(struct address_reader *reader, struct slice bytes, address_fn found, void *ctx);
/* The text is over. */
void address_end(struct address_reader *reader, address_fn found, void *ctx);

#endif
