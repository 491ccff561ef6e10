/* SPDX-License-Identifier: Apache-2.0 */
/* Texts against small packs that a test writes itself. */
#ifndef PROMTAP_TESTS_DETECT_PLAY_H
#define PROMTAP_TESTS_DETECT_PLAY_H

#include "detect/compiled.h"
#include "detect/detect.h"

/* Compiles one pack; the test ends where that fails. */
struct rules *play_rules(const char *yaml);
/* The number of a rule. */
uint32_t play_rule(const struct rules *rules, const char *id);

/* The last call's findings in a line each, "ID where severity count repeats\n". */
extern char play_findings[4096];
/* The matches of all calls since the last reset. */
extern struct played_hit {
	char rule[RULE_ID_BYTES];
	uint64_t start, end;
	bool repeated;
} play_hits[1024];
extern size_t play_hit_count;

/* With seen_bytes as detect_setup has them. */
struct detect *play_new(struct rules *rules, size_t seen_bytes);
/* A call of one text in pieces of `piece` bytes after a first one of `first`; 0: in one piece. */
void play_text(struct detect *detect, struct slice text, enum text_where where, size_t first, size_t piece);
/* How many findings of that rule; repeats count as well. */
unsigned int play_count(const char *id);

#endif
