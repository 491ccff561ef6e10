/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a reader, shared by the files of this folder. A state function
 * is given at least one byte, takes some or changes the state, and returns
 * where the next one begins; after json_fail() nothing more is read.
 */
#ifndef PROMTAP_JSON_READER_H
#define PROMTAP_JSON_READER_H

#include "json/schema.h"

#define JSON_SCRATCH_BYTES 256

/* Each place where the input can stop. */
enum json_state {
	STATE_START = 0,	/* before the first document: white space or a BOM may come */
	STATE_BOM,		/* inside the BOM */
	STATE_VALUE,		/* a value must come */
	STATE_FIRST_ELEMENT,	/* a value or ']' */
	STATE_FIRST_KEY,	/* a key or '}' */
	STATE_KEY,		/* a key must come */
	STATE_COLON,
	STATE_COMMA,		/* ',' or the end of the container */
	STATE_STRING,		/* inside a string, of a key or a value */
	STATE_ESCAPE,		/* after '\' */
	STATE_HEX,		/* inside the digits of \uXXXX */
	STATE_NUMBER,
	STATE_LITERAL,		/* inside true, false, null */
	STATE_SKIP,		/* inside a container on no path */
	STATE_END,		/* after the document: white space only */
	STATE_GAP,		/* JSON_MANY, after a number or a literal: white space must part documents */
	STATE_NEXT,		/* JSON_MANY, after a document: another may come */
	STATE_MAX
};

struct json_reader {
	const struct json_schema *schema;	/* lent */
	json_value_fn fn;
	void *ctx;
	bool strict, many;

	int error;
	enum json_state state;
	bool documents;			/* at least one is whole */
	const struct json_node *node;	/* of the value that comes next or is being read */
	struct json_value value;	/* what is delivered; its index is kept up to date */
	const char *fed;		/* the bytes being read, */
	uint64_t fed_before;		/* ... and how many came before them */
	unsigned depth;			/* open containers */
	uint64_t objects[JSON_DEPTH_MAX / 64];	/* a bit per open container: it is an object */
	uint16_t nodes[JSON_DEPTH_MAX];	/* node of each open container, skipped ones excepted */

	struct {
		bool key;		/* it is a key */
		bool wanted;		/* somebody looks at its text */
		bool started;		/* a piece was delivered */
		uint8_t utf8_left;	/* strict: continuation bytes that must come, */
		uint8_t utf8_low, utf8_high;	/* ... and the range of the next one */
		uint8_t hex_left;	/* digits that must come */
		uint16_t unit;		/* UTF-16 code unit, being read */
		uint16_t high;		/* high surrogate that waits for its low one, or 0 */
		size_t scratch_len;
		char scratch[JSON_SCRATCH_BYTES];	/* unescaped text, not yet delivered */
	} string;
	struct {
		bool over;		/* does not fit */
		size_t len;
		char text[JSON_KEY_BYTES_MAX];	/* of a key that came in pieces */
	} key;
	struct {
		uint8_t state;
		bool over;		/* does not fit */
		size_t len;
		char text[JSON_NUMBER_BYTES_MAX];	/* of a number that was cut */
	} number;
	struct {
		const char *text;	/* "true", "false" or "null" */
		unsigned matched;	/* bytes of it */
	} literal;
	struct {
		unsigned depth;		/* of the outermost container that is skipped */
		uint64_t in_string;	/* all ones: the next byte is inside a string */
		uint64_t escaped;	/* 1: the next byte is escaped */
	} skip;
};

static inline const char *json_fail(struct json_reader *reader, int error)
{
	reader->error = error;
	return NULL;
}

static inline const struct json_node *json_child_node(const struct json_reader *reader, unsigned node)
{
	return json_schema_node(reader->schema, node);
}

static inline bool json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* reader.c: a value at reader->node, to everybody who wants it. */
void json_deliver(struct json_reader *reader, enum json_type type, bool first, bool last, struct slice text);
/* A scalar ended; a container ended with `bracket`. */
void json_value_end(struct json_reader *reader, enum json_type type);
void json_container_end(struct json_reader *reader, const char *bracket);
/* A container begins: it is noted, not delivered. */
void json_push(struct json_reader *reader, bool object);

/* string.c */
void json_string_begin(struct json_reader *reader, bool key);
const char *json_string_text(struct json_reader *reader, const char *p, const char *end);
const char *json_string_escape(struct json_reader *reader, const char *p, const char *end);
const char *json_string_hex(struct json_reader *reader, const char *p, const char *end);
/* Delivers what was unescaped so far. */
void json_string_flush(struct json_reader *reader);

/* number.c */
void json_number_begin(struct json_reader *reader);
const char *json_number_text(struct json_reader *reader, const char *p, const char *end);
/* The input ended after the number. False: not a number yet. */
bool json_number_finish(struct json_reader *reader);

/* skip.c */
void json_skip_begin(struct json_reader *reader);
const char *json_skip_text(struct json_reader *reader, const char *p, const char *end);

#endif
