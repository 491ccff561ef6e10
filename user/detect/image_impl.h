/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What parts of an image are written and read with. Each part has a function
 * that puts it and one that takes it, side by side, in the same order; what is
 * taken is checked for everything that those who use it rely on. After the
 * first fault nothing more is put, and zeroes are taken.
 */
#ifndef PROMTAP_DETECT_IMAGE_IMPL_H
#define PROMTAP_DETECT_IMAGE_IMPL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "detect/compiled.h"

struct image_out {
	struct buffer *bytes;
	size_t base;		/* where the image begins in it */
	int err;		/* 0 or -errno of the buffer */
};

void image_put_number(struct image_out *out, uint32_t number);
void image_put_text(struct image_out *out, struct slice text);
void image_put_array(struct image_out *out, const void *items, size_t count, size_t size);

struct image_in {
	struct slice bytes;	/* the image, aligned; lent to all that is made of it */
	size_t at;
	struct arena *arena;	/* of what cannot be lent */
	int err;		/* 0; -EBADMSG; -ENOMEM */
};

/* It is not what it ought to be. */
void image_refuse(struct image_in *in);
uint32_t image_take_number(struct image_in *in);
/* At most `max`. */
uint32_t image_take_upto(struct image_in *in, uint32_t max);
/* How many things follow, for which memory may be had: at most `max`, and each takes a number's bytes at least. */
uint32_t image_take_count(struct image_in *in, uint32_t max);
/* With a zero byte behind it, lent; "" after a fault. */
struct slice image_take_text(struct image_in *in);
/* An array that nobody changes, lent; never null unless there was a fault. */
void *image_take_array(struct image_in *in, size_t size, size_t *ret_count);
/* The same of exactly so many items. */
void *image_take_exactly(struct image_in *in, size_t size, size_t count);
/* Memory for what is taken, zeroed; null after a fault, and for nothing. */
void *image_room(struct image_in *in, size_t count, size_t size);

/* Whether all are below `limit`. */
bool image_all_below(const uint32_t *numbers, size_t count, uint32_t limit);
/* Whether they begin with 0, never go down, and end with `last`: where runs of something begin. */
bool image_are_runs(const uint32_t *firsts, size_t count, uint32_t last);

/* ---- fields of a struct ---- */

enum image_field_kind {
	IMAGE_NUMBER = 0,	/* of 32 bits */
	IMAGE_FLAG,
	IMAGE_TEXT,
	IMAGE_TEXT_OR_NULL
};

struct image_field {
	enum image_field_kind kind;
	size_t offset;
	uint32_t max;		/* of a number */
};

#define IMAGE_FIELD_NUMBER(type, member, max)                                                                          \
	{ IMAGE_NUMBER, offsetof(type, member) + 0 * sizeof(char[sizeof(((type *)0)->member) == 4 ? 1 : -1]), (max) }
#define IMAGE_FIELD_FLAG(type, member)                                                                                 \
	{ IMAGE_FLAG, offsetof(type, member) + 0 * sizeof(char[sizeof(((type *)0)->member) == sizeof(bool) ? 1 : -1]), 1 }
#define IMAGE_FIELD_TEXT(type, member) { IMAGE_TEXT, offsetof(type, member), 0 }
#define IMAGE_FIELD_TEXT_OR_NULL(type, member) { IMAGE_TEXT_OR_NULL, offsetof(type, member), 0 }

void image_put_fields(struct image_out *out, const void *from, const struct image_field *fields, size_t count);
void image_take_fields(struct image_in *in, void *to, const struct image_field *fields, size_t count);

/* ---- parts ---- */

/* Databases of a set, by number (image_saved.c). They come first, where other sets find them. */
struct saved_databases {
	struct saved_database {
		struct slice source, bytes;	/* its name; as database_save() made them, none: it looks for nothing. Lent */
	} items[DATABASES_MAX];
	size_t count;
};

void image_put_saved(struct image_out *out, const struct rules *rules);
void image_take_saved(struct image_in *in, struct saved_databases *ret);

/* Packs as they were read (image_pack.c). */
void image_put_set(struct image_out *out, const struct pack_set *set);
void image_take_set(struct image_in *in, struct pack_set *ret);

/* A dictionary that is sealed, whose concepts are below `concepts` (image_words.c). */
void image_put_dictionary(struct image_out *out, const struct dictionary *dictionary);
struct dictionary *image_take_dictionary(struct image_in *in, uint32_t concepts);

/* A gate of the dictionary, for the compiled rules and databases, which are taken first (image_gate.c). */
void image_put_gate(struct image_out *out, const struct gate *gate);
struct gate *image_take_gate(struct image_in *in, const struct rules *rules);

/* All of it (image_rules.c). */
void image_put_rules(struct image_out *out, const struct rules *rules);
void image_take_rules(struct image_in *in, struct rules *rules);

#endif
