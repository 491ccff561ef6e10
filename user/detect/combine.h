/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logic of `combine` rules: "a.b & (family:c | !d.e)". Read once into a
 * short program over a mask of the terms that hold; bounded in terms, length
 * and depth. `&` binds closer than `|`, `!` closest.
 */
#ifndef PROMTAP_DETECT_COMBINE_H
#define PROMTAP_DETECT_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "detect/family.h"

#define COMBINE_TERMS_MAX 64
#define COMBINE_STEPS_MAX 192
#define COMBINE_DEPTH_MAX 16

struct combine_term {
	struct slice id;	/* of a rule; lent from the text */
	enum family family;	/* any rule of it; FAMILY_UNKNOWN: the rule `id` */
};

struct combine {
	struct combine_term terms[COMBINE_TERMS_MAX];	/* each once */
	uint8_t term_count;
	uint8_t step_count;
	uint8_t steps[COMBINE_STEPS_MAX];	/* postfix: a term's number, or an operator */
	uint64_t wanted;	/* bits of terms that count by being there; the others only by being absent */
};

/* 0, and `ret` lends from `text`. -EINVAL: *ret_problem says "problem; cure" and
 * *ret_at where in the text. What holds where no term does is refused. */
int combine_parse(const char *text, struct combine *ret, const char **ret_problem, size_t *ret_at);

/* Bit i of `terms`: terms[i] holds. */
bool combine_holds(const struct combine *combine, uint64_t terms);

#endif
