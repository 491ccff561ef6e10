/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streaming JSON reader (RFC 8259). Fed any number of bytes at a time, in
 * constant memory, it delivers the values at the paths that the consumer asked
 * for, strings in pieces as they come. Documents may be cut anywhere: what was
 * delivered stands.
 *
 * Paths: keys parted by '.', "[]" any element of an array, "*" any key, "**"
 * any number of keys and elements, none included, and a leading "[]" for a
 * document that is an array:
 *     "model"   "usage.prompt_tokens"   "choices[].delta.content"   "choices[]"
 *     "[].usageMetadata.totalTokenCount"   "metadata.*"   "arguments.**"
 * A path may name a scalar, an object or an array; several rows may lie along
 * one another ("usage" and "usage.total_tokens"). Keys are compared after
 * unescaping. Of duplicate keys each is delivered: the consumer keeps the last.
 */
#ifndef PROMTAP_JSON_JSON_H
#define PROMTAP_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 512	/* deeper: -E2BIG */
#define JSON_INDEX_MAX 6	/* "[]" in one path */
#define JSON_NUMBER_BYTES_MAX 64

enum json_type {
	JSON_NULL = 0,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_TYPE_MAX
};

struct json_field {
	const char *path;
	unsigned id;	/* the consumer's own; several paths may share one */
};

/* One value, or a piece of one. `text` is lent for the time of the callback,
 * which must not call the reader. Pieces end anywhere between bytes, also
 * inside a UTF-8 sequence. Numbers longer than JSON_NUMBER_BYTES_MAX are
 * skipped, keys longer than 256 bytes are on no path but those of "**". */
struct json_value {
	unsigned id;
	enum json_type type;
	bool first;		/* begins the value. Objects and arrays: first at '{', last at '}' */
	bool last;
	const char *text;	/* STRING: unescaped UTF-8, a piece (may be empty). NUMBER: as on the wire, whole. Else null */
	size_t len;
	uint16_t path;		/* the same for all values of one path; "**" is several */
	uint64_t offset;	/* OBJECT, ARRAY: of the bracket, in bytes from the document's first one fed */
	uint32_t index[JSON_INDEX_MAX];	/* which element, for each "[]" of the path before a "**", outermost first */
};

typedef void (*json_value_fn)(void *ctx, const struct json_value *value);

/* The paths of one kind of document, compiled. Immutable: may be shared by
 * readers and threads. Null: out of memory or a malformed path (a bug: paths are ours). */
struct json_schema;
struct json_schema *json_schema_new(const struct json_field *fields, size_t count);
void json_schema_free(struct json_schema *schema);

enum json_flags {
	JSON_STRICT = 1,	/* refuse all that RFC 8259 refuses, anywhere, skipped values included */
	JSON_MANY = 2,		/* several documents follow one another (NDJSON) */
};

/* Without JSON_STRICT the reader forgives what does not change the meaning:
 * invalid UTF-8 (delivered as is), raw control characters in strings, lone
 * surrogates (as U+FFFD), a leading BOM. Of objects and arrays on no path it
 * then checks only that strings end and brackets match. */

struct json_reader;
/* Keeps `schema` (must outlive it), `fn` and `ctx`. A few KiB. */
struct json_reader *json_reader_new(const struct json_schema *schema, unsigned flags, json_value_fn fn, void *ctx);
void json_reader_free(struct json_reader *reader);
/* Ready for another document; may change schema. */
void json_reader_reset(struct json_reader *reader, const struct json_schema *schema);

/* 0, or -EBADMSG: not JSON (stays so until reset; later bytes are ignored),
 * -E2BIG: over a limit. Bytes after the end of the document (other than white
 * space, unless JSON_MANY) are -EBADMSG. */
int json_reader_feed(struct json_reader *reader, const void *bytes, size_t len);

/* Says that the input ends; delivers a number that only the end completes. 0: at least one whole document; -EAGAIN: cut in
 * the middle, or nothing but white space; or the error that feed gave. */
int json_reader_finish(struct json_reader *reader);

/* Whole non-negative numbers, also in the forms 12.0 and 1.2e1. False: not
 * such a number or out of range; *ret is untouched. */
bool json_value_u64(const struct json_value *value, uint64_t *ret);
bool json_value_double(const struct json_value *value, double *ret);

#endif
