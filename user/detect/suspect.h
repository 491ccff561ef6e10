/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether folded text may have words that a second reading would see: in
 * leetspeak or look-alikes (leet.h), split by signs and markup or with letters
 * repeated (respell.h). Cheap, seldom true of prose.
 */
#ifndef PROMTAP_DETECT_SUSPECT_H
#define PROMTAP_DETECT_SUSPECT_H

#include "detect/normalise.h"

struct suspicion {
	bool leet, split;
};

struct suspicion suspect(struct slice text, const struct fold_facts *facts);

#endif
