/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an expression cannot say of its match: checksums, entropy, borders,
 * placeholders. One row in checks.c for each; rules name them (docs/rules.md).
 */
#ifndef PROMTAP_DETECT_CHECKS_H
#define PROMTAP_DETECT_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "llm/finding.h"

/* A match in the text it stands in. Hyperscan says only where matches end: a
 * check may move `start` (it is `end` at first, unless the rule has a literal
 * prefix) and `end`, looking back no further than CHECK_BYTES. */
struct check_match {
	struct slice text;	/* the window */
	uint32_t start, end;
	const char *args;	/* the rule's check_args; "" if none */
	uint32_t *state;	/* of this rule in this text, zero at first: counts, the last offset */
};
#define CHECK_BYTES 4096

enum check_result {
	CHECK_NO = 0,
	CHECK_YES,
	CHECK_WEAK,	/* a specimen, a test key: one step of severity down, LOW at most */
};

struct check {
	const char *name;
	const char *args;	/* what check_args may be, for people; null: none */
	enum check_result (*accept)(struct check_match *match);
};
extern const struct check checks[];
extern const uint32_t check_count;

/* Null: there is none. */
const struct check *check_of(struct slice name);

#endif
