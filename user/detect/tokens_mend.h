/* SPDX-License-Identifier: Apache-2.0 */
/* Words that no rule has, read as those that they are a scramble or pieces of. */
#ifndef PROMTAP_DETECT_TOKENS_MEND_H
#define PROMTAP_DETECT_TOKENS_MEND_H

#include "detect/tokens.h"

/* Of a text that was cut, all of it; a long one stays as it is. Before any word is ready. */
void tokens_mend(struct tokens *tokens);

#endif
