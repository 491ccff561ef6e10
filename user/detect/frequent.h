/* SPDX-License-Identifier: Apache-2.0 */
/* How often a word stands in ordinary text: what it costs to look for it. */
#ifndef PROMTAP_DETECT_FREQUENT_H
#define PROMTAP_DETECT_FREQUENT_H

#include <stdbool.h>

#include "base/slice.h"

/* Folded; `beginning`: of all words that begin so. Never 0. */
unsigned int words_per_mib(struct slice word, bool beginning);

#endif
