/* SPDX-License-Identifier: Apache-2.0 */
/* The token counts of a call as classes that do not overlap. */
#ifndef PROMTAP_ANALYSIS_TOKEN_CLASSES_H
#define PROMTAP_ANALYSIS_TOKEN_CLASSES_H

#include "analysis/price.h"

/* By token class of enum price_class; 0 where the call says nothing. Their sum
 * is input and output, each token once, unless the counts contradict. */
void token_classes(const struct call *call, uint64_t ret[PRICE_TOKENS_END]);

#endif
