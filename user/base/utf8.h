/* SPDX-License-Identifier: Apache-2.0 */
/* Names that were cut, or that somebody made up, need not be UTF-8; what we send to others is. */
#ifndef PROMTAP_BASE_UTF8_H
#define PROMTAP_BASE_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd"		/* U+FFFD */

/* Bytes, 1 to 4, of the character that `text` begins with (RFC 3629: neither overlong, nor a surrogate, nor above
 * U+10FFFF); 0: there is none, also at the end of the text. */
size_t utf8_bytes(const char *text);

#endif
