/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of literals, one of which stands in whatever an expression matches, and
 * what it costs to look for them. Small: what grows is given up.
 */
#ifndef PROMTAP_DETECT_LITERAL_SET_H
#define PROMTAP_DETECT_LITERAL_SET_H

#include "base/arena.h"

#define LITERAL_SET_MAX 128	/* literals */
#define LITERAL_SET_JOINED 64
#define LITERAL_BYTES_MAX 32

struct literal_set {
	struct slice *items;	/* of an arena */
	size_t count;		/* 0: nothing is known */
	double cost;		/* of one that was reduced: see there */
};

/* Of one literal. What is too much, or longer than LITERAL_BYTES_MAX, or finds no memory, is not known. */
struct literal_set literal_set_one(struct arena *arena, struct slice literal);
/* Those of either; not known if one is not. */
struct literal_set literal_set_either(struct arena *arena, const struct literal_set *a, const struct literal_set *b);
/* Each of `a` with each of `b` behind it; not known if one is not, or if it is more than LITERAL_SET_JOINED. */
struct literal_set literal_set_both(struct arena *arena, const struct literal_set *a, const struct literal_set *b);
/* In order; without those that hold another one: where they stand, that one does. Its cost is how often they stand in a
 * MiB of ordinary text, by and large, with what each costs by being looked for. */
struct literal_set literal_set_reduced(struct arena *arena, const struct literal_set *set);
bool literal_set_equal(const struct literal_set *a, const struct literal_set *b);

/* Whether a set that was reduced is better to look for than another one; what is not known, and what holds the empty
 * literal, never is. */
bool literal_set_cheaper(const struct literal_set *a, const struct literal_set *b);
/* Whether it is not worth finding out, for it holds too many. */
bool literal_set_hopeless(const struct literal_set *a, const struct literal_set *b);
/* How often they stand in a MiB of ordinary text, by and large. */
double literal_set_rate(const struct literal_set *set);

#endif
