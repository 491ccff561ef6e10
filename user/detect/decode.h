/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds encoded runs in a text and decodes them: escapes, entities, percent,
 * RFC 4648 encodings and kin, letter games. Bounded (injection-taxonomy
 * section 3): linear time, at most DECODE_CANDIDATES candidates and
 * DECODE_BYTES decoded per text; accepted where over 95 % of the result is
 * printable text.
 */
#ifndef PROMTAP_DETECT_DECODE_H
#define PROMTAP_DETECT_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define DECODE_CANDIDATES 64
#define DECODE_BYTES (64u * 1024)

enum decoder_id {
	DECODER_NONE = 0,
	DECODER_ESCAPE,		/* \x69, \u0069, \u{69}, \U00000069, \151, \N{...} is none */
	DECODER_ENTITY,		/* &#105; &#x69; &lt; */
	DECODER_PERCENT,
	DECODER_QUOTED_PRINTABLE,
	DECODER_BASE64,		/* and base64url; line breaks within */
	DECODER_BASE32,
	DECODER_BASE58,
	DECODER_BASE85,		/* Ascii85 and Z85 */
	DECODER_HEX,		/* runs, 0x.., parted by blanks, colons or commas */
	DECODER_BINARY,		/* groups of eight 0 and 1 */
	DECODER_DECIMAL,	/* code points as numbers: 73 103 110 ... */
	DECODER_MORSE,
	DECODER_CAESAR,		/* ROT13 and other shifts; Atbash */
	DECODER_REVERSED,	/* letters, or words */
	DECODER_CONCAT,		/* "ign" + "ore", joined */
	DECODER_MAX
};
extern const char *const decoder_names[DECODER_MAX];

struct decoded {
	enum decoder_id decoder;
	uint32_t start, end;	/* of the run in the text */
	struct slice text;	/* lent for the time of the callback */
};
typedef void (*decoded_fn)(void *ctx, const struct decoded *decoded);

/* What one text may still cost; shared by its windows and layers. */
struct decode_budget {
	uint32_t candidates, bytes;
	uint32_t over;		/* candidates that found no room: counted, shown */
};
#define DECODE_BUDGET { DECODE_CANDIDATES, DECODE_BYTES, 0 }

struct decode;	/* buffers, reused; one a worker */

struct decode *decode_new(void);
void decode_free(struct decode *decode);

/* Gives each run that decodes to text, in order of its start. `fn` must not call decode_text() on the same object. */
void decode_text(struct decode *decode, struct slice text, struct decode_budget *budget, decoded_fn fn, void *ctx);

#endif
