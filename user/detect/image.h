/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of rules, and what they are compiled into as one stretch of bytes,
 * which is kept on disk, and which the tracer hands the decoder, that may open
 * no file, in a sealed memory file. Of this program on this kind of processor
 * only. What is read from it is checked: what is malformed is refused. Only
 * Hyperscan's own databases are believed, once their checksums are right.
 */
#ifndef PROMTAP_DETECT_IMAGE_H
#define PROMTAP_DETECT_IMAGE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "detect/rules.h"

#define IMAGE_SOURCES_MAX 256
#define IMAGE_BYTES_MAX (256u * 1024 * 1024)
#define IMAGE_ALIGNMENT 64	/* of arrays in it, and of the whole: a line of the processor's */

/* One pack, in the order of reading. */
struct rule_source {
	const char *file;	/* for messages */
	struct slice yaml;
	bool override;		/* of the user's */
};

/* Reads and checks packs, as pack_set_add() and pack_set_check() do; `ret` is empty on failure. */
int pack_set_from_sources(const struct rule_source *sources, size_t count, struct pack_set *ret,
			  char ret_error[PACK_ERROR_BYTES]);

/* A hash of all that decides what these are compiled into: themselves, this program, Hyperscan, the processor. The
 * same in every process. */
uint64_t rule_sources_key(const struct rule_source *sources, size_t count);

/* Whether that may be the image of these sources, made by this program: its head says so. */
bool image_is_of(struct slice bytes, uint64_t key);

/* Takes `kept`, which is only lent, if that is an image of the same sources; else reads them and compiles, all but the
 * databases that stand in there, too, made by whatever program. Returns as pack_set_from_sources() and rules_new() do. */
int rules_from_sources(const struct rule_source *sources, size_t count, struct slice kept, struct rules **ret,
		       char ret_error[PACK_ERROR_BYTES]);

/* The same with several images at hand. */
int rules_from_sources_and(const struct rule_source *sources, size_t count, const struct slice *images, size_t image_count,
			   struct rules **ret, char ret_error[PACK_ERROR_BYTES]);

/* The image of a set; lent, as long as there is a reference. */
struct slice rules_image(const struct rules *rules);

/* Bytes and how to give them back. */
struct image {
	struct slice bytes;
	void (*release)(struct slice bytes);
};

/* Rules of an image, which is taken over in every case, and released with the last reference. It stands at a multiple
 * of IMAGE_ALIGNMENT, and nobody changes it. 0; -EBADMSG: malformed, or of another program; -ENOMEM. */
int rules_from_image(struct image image, struct rules **ret);

#endif
