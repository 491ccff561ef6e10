/* SPDX-License-Identifier: Apache-2.0 */
/* Words that were run together ("ignoreallpreviousinstructions"), cut by the dictionary. */
#ifndef PROMTAP_DETECT_JOINED_H
#define PROMTAP_DETECT_JOINED_H

#include "detect/dictionary.h"

#define JOINED_BYTES_MIN 14	/* shorter ones are words of their own */
#define JOINED_BYTES_MAX 512
#define JOINED_PIECES_MAX 64

/* Cuts a run of small letters of ASCII, JOINED_BYTES_MIN to JOINED_BYTES_MAX of
 * them. Returns how many pieces there are, from its start on; 0: it is no such
 * run. Pieces that are no words of the dictionary stand between those that are. */
size_t joined_cut(const struct dictionary *dictionary, struct slice run, uint8_t ret_lens[JOINED_PIECES_MAX]);

#endif
