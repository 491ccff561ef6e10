/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers behind a name. Of each (service, requested model) the last few
 * response models and system fingerprints, with the time each was seen last. A
 * change is one that was not among them within ANSWERER_RECENT_NS: a provider
 * that spreads calls over two deployments (A, B, A, B) changes once. A name
 * behind which more of a kind take turns than are remembered is a router: of
 * that kind nothing more is told while they do.
 */
#ifndef PROMTAP_JUDGE_ANSWERERS_H
#define PROMTAP_JUDGE_ANSWERERS_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/held.h"
#include "judge/table.h"

#define ANSWERERS_NAMES 512	/* (service, requested model) */
#define ANSWERERS_MODELS 4
#define ANSWERERS_FINGERPRINTS 8
#define ANSWERER_RECENT_NS (24 * 3600ll * 1000000000)

#define ANSWERER_BYTES (METRIC_VALUE_BYTES + FINGERPRINT_BYTES + 4)	/* "model (fingerprint)" */

struct answerers {
	struct table table;
	uint64_t evicted;
};

/* 0 or -ENOMEM. */
int answerers_init(struct answerers *answerers);
void answerers_done(struct answerers *answerers);
size_t answerers_bytes(void);

/* Who answered, before and after; "" unknown. */
struct answerer_change {
	char before[ANSWERER_BYTES], after[ANSWERER_BYTES];
};

/* Takes in who answered a call. Whether it is a change; `ret->after` is who answers now in either case.
 */
bool answerers_note(struct answerers *answerers, const struct held *held, struct answerer_change *ret);

#endif
