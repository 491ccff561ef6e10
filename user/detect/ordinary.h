/* SPDX-License-Identifier: Apache-2.0 */
/* Words that are one letter away from words of rules, and mean something else. */
#ifndef PROMTAP_DETECT_ORDINARY_H
#define PROMTAP_DETECT_ORDINARY_H

#include <stdbool.h>

#include "base/slice.h"

bool ordinary_word(struct slice word);

#endif
