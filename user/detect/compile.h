/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling a set of rules, inside: what the files that take part share while it lasts. */
#ifndef PROMTAP_DETECT_COMPILE_H
#define PROMTAP_DETECT_COMPILE_H

#include "detect/compiled.h"
#include "detect/normalise.h"

struct compiler {
	struct rules *rules;
	struct fold *fold;
	struct compiled_phrase {
		char *text;	/* folded; owned */
		uint32_t concept;
	} *phrases;		/* of all concepts, named and not */
	size_t phrase_count, phrase_capacity;
	struct compiled_concept {
		size_t cost;		/* how often one of its phrases stands in a MiB of text, at most */
		uint8_t longest;	/* words of a phrase */
	} *concepts;
	size_t concept_capacity;
	const struct slice *images;	/* whose databases may be used again */
	size_t image_count;
	size_t made;		/* databases that Hyperscan had to compile */
	char *error;		/* PACK_ERROR_BYTES */
};

/* -EINVAL, with what is wrong with the rule in `error`. */
int compile_refuse(const struct compiler *compiler, const struct pack_rule *rule, const char *problem);

/* Compiles `set`, which it takes over in every case, from sources that are known by that key, with databases out of
 * `images` where these have them. As rules_new(). */
int rules_compile(struct pack_set *set, uint64_t sources, const struct slice *images, size_t image_count, struct rules **ret,
		  char ret_error[PACK_ERROR_BYTES]);

/* What rules_compile() made as an image. 0; -E2BIG; -ENOMEM. */
int image_of_compiled(const struct rules *rules, uint64_t sources, struct image *ret);

struct saved_databases;
/* The databases of an image, lent from there; false: it is none. */
bool image_saved_databases(struct slice image, struct saved_databases *ret);

/* What a rule says by names: its check, its signal, its combination. 0; -EINVAL with `error` set; -ENOMEM. */
int compile_resolve(struct compiler *compiler, struct compiled_rule *compiled);
/* Which rules are of which kind, and which join others. 0 or -ENOMEM. */
int compile_lists(struct rules *rules);

/* ---- words (compile_words.c): 0, -EINVAL with `error` set, -ENOMEM ---- */

/* The phrases of all concepts that have names. */
int compile_concepts(struct compiler *compiler);
/* Words of a rule, as a sequence asks for them. */
struct concept_source compile_source(struct compiler *compiler);
/* The words that are known in other spellings, too (compile_spelling.c); before the dictionary is sealed. */
int compile_spellings(struct compiler *compiler);
/* One more phrase of a concept of the caller's; -EINVAL: it cannot be looked for, `error` is not set. */
int compile_phrase(struct compiler *compiler, const char *phrase, uint32_t concept);
void compile_words_done(struct compiler *compiler);

/* ---- after all rules ---- */

/* Of Hyperscan, for an expression. */
unsigned int compile_flags(const struct pack_rule *rule);
/* Which databases wait for which phrases (compile_databases.c). */
int compile_needs(struct compiler *compiler);
int compile_databases(struct compiler *compiler);
/* Where sequences are tried (compile_gate.c); the dictionary is sealed. */
int compile_gate(struct compiler *compiler);

#endif
