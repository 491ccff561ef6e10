/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an expression cannot say of its match: lengths, borders, checksums,
 * entropy, placeholders. One row in checks.c for each; rules name them
 * (docs/rules.md). A check sees one window at a time, costs time linear in
 * CHECK_BYTES at most, and keeps nothing but *state.
 */
#ifndef PROMTAP_DETECT_CHECKS_H
#define PROMTAP_DETECT_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "llm/finding.h"

/* How far a check looks, to either side of the match. */
#define CHECK_BYTES 4096u

/*
 * A match in the text it stands in. Hyperscan says only where matches end:
 * `start` is `end` less the least width of the expression
 * (hs_expression_info), so it is exact where all matches are of one width; a
 * check that needs more finds it. On acceptance both say where the thing
 * stands; they never leave the window.
 *
 * Hyperscan reports every end, so an expression best ends early, with the
 * prefix of a token: the check then reads on from `end`.
 */
struct check_match {
	struct slice text;	/* the window */
	uint32_t start, end;
	const char *args;	/* the rule's check_args; "" if none */
	uint32_t *state;	/* of this rule in this text, zero at first */
	bool precedes, follows;	/* the text goes on before, behind the window: what touches that end is judged in the
				 * window that has all of it */
	int64_t now_unix_s;	/* 0: not known, nothing is too old */
};

enum check_result {
	CHECK_NO = 0,
	CHECK_YES,
	CHECK_WEAK,	/* a specimen, a test key: one step of severity down, LOW at most */
};

struct check {
	const char *name;
	const char *args;	/* what check_args may be, for people; null: none */
	enum check_result (*accept)(struct check_match *match);
	bool (*args_fit)(const char *args);	/* null: it has none */
	bool keeps;	/* uses *state */
};
extern const struct check checks[];
extern const uint32_t check_count;

/* Null: there is none. */
const struct check *check_of(struct slice name);

/* Whether a rule may give these; "": none. */
bool check_args_fit(const struct check *check, const char *args);

#endif
