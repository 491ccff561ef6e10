/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of rules, and the same together with their compiled databases as one
 * stretch of bytes: the tracer reads files and hands the decoder, which may
 * open none, a sealed memory file that holds them. Of this machine and this
 * version only. Every offset is checked: what is malformed is refused.
 */
#ifndef PROMTAP_DETECT_IMAGE_H
#define PROMTAP_DETECT_IMAGE_H

#include "base/buffer.h"
#include "detect/rules.h"

#define IMAGE_SOURCES_MAX 256
#define IMAGE_BYTES_MAX (256u * 1024 * 1024)

/* One pack, in the order of reading. */
struct rule_source {
	const char *file;	/* for messages */
	struct slice yaml;
	bool override;		/* of the user's */
};

/* Reads and checks packs, as pack_set_add() and pack_set_check() do; `ret` is empty on failure. */
int pack_set_from_sources(const struct rule_source *sources, size_t count, struct pack_set *ret,
			  char ret_error[PACK_ERROR_BYTES]);

/* The same, and compiles them. `databases` as for rules_new(). Same returns. */
int rules_from_sources(const struct rule_source *sources, size_t count, struct slice databases, struct rules **ret,
		       char ret_error[PACK_ERROR_BYTES]);

/* Appends an image to an empty buffer. 0; -E2BIG: too many or too much; -ENOMEM. */
int image_write(struct buffer *out, const struct rule_source *sources, size_t count, struct slice databases);

struct image {
	struct rule_source sources[IMAGE_SOURCES_MAX];	/* lent from the bytes */
	size_t count;
	struct slice databases;
};

/* 0, or -EBADMSG. */
int image_parse(struct slice bytes, struct image *ret);

/* Rules of an image, which may be unmapped afterwards. 0; -EBADMSG; or as rules_from_sources(). */
int image_rules(struct slice bytes, struct rules **ret, char ret_error[PACK_ERROR_BYTES]);

#endif
