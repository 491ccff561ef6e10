/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a compiled set of rules, for the files of this stage that match with it. */
#ifndef PROMTAP_DETECT_COMPILED_H
#define PROMTAP_DETECT_COMPILED_H

#include <hs/hs.h>

#include "detect/checks.h"
#include "detect/combine.h"
#include "detect/databases.h"
#include "detect/gate.h"
#include "detect/image.h"
#include "detect/rules.h"
#include "detect/sequence.h"
#include "detect/signals.h"

#define RULE_NONE UINT32_MAX
#define WIDTH_UNBOUNDED UINT32_MAX

struct compiled_rule {
	const struct pack_rule *rule;
	struct sequence *sequence;	/* SEQUENCE, NEAR; owned */
	uint32_t key;			/* the one of its terms that the gate knows it by */
	struct sequence_reach reach;	/* of its anchor */
	const struct check *check;	/* EXPRESSION, DIGITS; null: none */
	uint32_t width;			/* EXPRESSION, DIGITS: of its shortest match */
	uint32_t width_max;		/* EXPRESSION: of its longest one; WIDTH_UNBOUNDED */
	struct combine *combine;	/* COMBINE; owned */
	uint32_t combine_rules[COMBINE_TERMS_MAX];	/* of its terms; RULE_NONE: a family, or a rule that is disabled */
	enum signal_id signal;		/* SIGNAL */
	uint64_t joins;			/* bits of the joining rules that want a match of it; nothing else brings them about */
};

/* Few rules count in what a model made: texts of its are read for these alone. */
enum rule_part {
	PART_ALL = 0,
	PART_MADE,
	PART_MAX
};

/* What the gate opens: a rule by its number, or what a database that waits needs. */
#define GATE_NEED 0x80000000u	/* and its number */

/*
 * Those that are scanned always, of the original and of folded text: of rules
 * that count anywhere, in what a model did not make, in answers, in arguments.
 */
#define DATABASE_KINDS 4
#define DATABASES_FIXED (2 * DATABASE_KINDS)
#define NEEDS_MAX 128	/* databases that wait for phrases */

/* A literal: where it stands, databases that wait look around it. */
struct trigger {
	uint32_t bytes;
	uint32_t first, count;		/* of trigger_databases[] */
};

struct expressions {
	hs_database_t *database;	/* null: there are none */
	char source[DATABASE_SOURCE_BYTES];	/* the name of what that is compiled from; until there is an image */
	uint32_t *rules;		/* by Hyperscan's id; owned */
	size_t count;
	struct trigger *triggers;	/* the ids behind those; owned */
	size_t trigger_count;
	bool folded;
	unsigned int places;		/* WHERE_BITs: where some of its rules count */
	bool anchored;			/* matches begin with the text */
	bool waits;			/* it is scanned only where something stands that its matches hold */
	uint32_t width_max;		/* of any match; WIDTH_UNBOUNDED */

	/* Of those that wait for phrases. */
	const struct pack_rule *needs;	/* one of its rules; all need the same */
	uint32_t first_need;		/* the concept of the first list of phrases; the others follow */
	uint32_t anchor;		/* the concept whose phrases stand least often */
};

/* While it is being compiled each part has memory of its own; in use, see image_impl.h. */
struct rules {
	int references;
	struct pack_set set;
	struct compiled_rule *compiled;	/* one for each of set.rules */
	struct dictionary *dictionary;
	uint32_t concept_count;
	struct gate *gates[PART_MAX];	/* of sequences, and of what databases need */

	uint32_t *joining;		/* rules of the kinds COMBINE and SCORE, in the order of the set */
	size_t joining_count;		/* the bit of each is its number there modulo 64 */
	uint32_t *signals;		/* of the kind SIGNAL */
	size_t signal_count;

	uint32_t *digits;		/* of the kind DIGITS */
	size_t digits_count;
	uint32_t digits_min;		/* the fewest that one of them asks for */

	/* DATABASES_FIXED, those that wait for phrases, which their rules need, and those that wait for literals. */
	struct expressions databases[DATABASES_MAX];
	size_t database_count;
	uint32_t *trigger_databases;	/* owned */
	struct image image;		/* what all of it was taken from, and is lent from in part */
	bool kept;			/* it was not compiled by this process */
	size_t made;			/* databases that were, out of which no image at hand had them */
};

#endif
