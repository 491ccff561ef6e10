/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections of the configuration file as tables of fields. A stage declares its
 * struct and its table; reading, defaults, checking, the messages ("FILE:LINE:
 * alerts.latency_p95.threshold: ...; cure"), the flag (--alerts-latency-p95-threshold),
 * the variable (PROMTAP_ALERTS_LATENCY_P95_THRESHOLD), --help, the man page,
 * completion and docs/configuration.md are all made from the table.
 *
 * Names are lower case with underscores in the file and hyphens in flags; a
 * mapping whose keys the user chooses (FIELD_MAP) is set in the file alone, or
 * by --set PATH=VALUE.
 */
#ifndef PROMTAP_CONFIG_SCHEMA_H
#define PROMTAP_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/value.h"

enum field_type {
	FIELD_UNKNOWN = 0,
	FIELD_BOOL,		/* bool */
	FIELD_COUNT,		/* uint64_t, min..max */
	FIELD_NUMBER,		/* double, low..high, and `percent` */
	FIELD_DURATION,		/* uint64_t nanoseconds: "90s", "15m", "1h30m", "30d"; min..max in ns */
	FIELD_SIZE,		/* uint64_t bytes: "64K", "32M", "1G"; min..max */
	FIELD_TEXT,		/* char *, owned; null: not set; max: bytes. `check` may refuse */
	FIELD_CHOICE,		/* unsigned: index into `choices` */
	FIELD_TEXTS,		/* struct texts: a list of scalars */
	FIELD_SECRET,		/* char *, owned; the key is NAME_file (a path, read by the tracer) or NAME_env (a
				 * variable); never stands in the file itself */
	FIELD_FILE,		/* char *, owned: what stands in a file of at most max bytes, many lines of text; the key is
				 * NAME_file, read by the tracer */
	FIELD_GROUP,		/* a struct in place, by `sub` */
	FIELD_MAP,		/* struct field_map: keys are the user's, each value a struct by `sub` */
	FIELD_TYPE_MAX
};

struct texts {
	char **items;
	size_t count;
};

struct field_map {
	char **keys;
	void *items;		/* count structs of sub->size each */
	size_t count;
};

#define FIELD_PROBLEM_BYTES 256

/* In the order of precedence. */
enum source {
	SOURCE_DEFAULT = 0,
	SOURCE_FILE,
	SOURCE_ENVIRONMENT,
	SOURCE_FLAG,
	SOURCE_MAX
};

struct schema;
struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	const char *fallback;	/* as it would stand in the file; null: unset, 0, false */
	uint64_t min, max;	/* both 0: any */
	double low, high;	/* likewise */
	enum value_percent percent;
	const char *const *choices;	/* ended by null; of a TEXT that may only be one of these, too */
	const struct schema *sub;
	/* Null: any. Returns whether `text` is right; else says what is wrong and the cure. */
	bool (*check)(const char *text, char ret_problem[FIELD_PROBLEM_BYTES]);
	/* Of a FILE that is right; null: none. Returns whether there is something to warn of at that time. */
	bool (*warn)(const char *text, int64_t now_unix_s, char ret_problem[FIELD_PROBLEM_BYTES]);
	bool is_private;	/* of a FILE: a key stands in it; that everybody may read it is warned of */
	bool required;
	bool pairs;		/* of a TEXT: a mapping in the file becomes "KEY=VALUE,..." (base/pairs.h) */
	bool joined;		/* of a TEXT: a list in the file becomes "ONE,OTHER" */
	enum source lowest;	/* that may set it; 0: any */
	const char *metavar;	/* of the help: "DOLLARS" */
	const char *help;	/* one line */
	const char *group;	/* heading of the help from this field on; null: as before it */
};

struct schema {
	const char *about;	/* one line for the docs */
	size_t size;		/* of the struct */
	const struct field *fields;
	size_t count;
	unsigned items_max;	/* of a FIELD_MAP of these; 0: SCHEMA_ITEMS_MAX */
	/* A uint64_t in the struct whose bit N says that field N was given, and does not stand for its default: for
	 * overrides that set only what they name. At most 64 fields then. */
	bool has_given;
	size_t given;
	/* Null: none. What no field alone can say; `path` is for the problem. */
	bool (*check)(const void *object, char ret_problem[FIELD_PROBLEM_BYTES]);
};

#define SCHEMA_ITEMS_MAX 1024
#define SCHEMA_TEXT_BYTES_MAX 4096	/* of a TEXT whose max is 0, and of a secret */

/* Fills `object` (schema->size bytes, zeroed by this) with the defaults. 0 or -ENOMEM. */
int schema_defaults(const struct schema *schema, void *object);
/* Frees what the fields own; the object is zero afterwards. */
void schema_done(const struct schema *schema, void *object);

/* Whether two objects say the same: whether a new configuration changes anything. */
bool schema_equal(const struct schema *schema, const void *one, const void *other);

/* ---- for the readers and writers of this folder --------------------------------------------------- */

/* Puts what `text` says into the object that `field` is of: a field of one value, or TEXTS parted by commas. 0;
 * -ENOMEM; -EINVAL: `ret_problem` says what to write, and the object is as before. `trusted`: written by
 * schema_write(), not by a person: bounds and checks have been passed. */
int field_set(const struct field *field, void *object, const char *text, bool trusted,
	      char ret_problem[FIELD_PROBLEM_BYTES]);
/* One text more in a TEXTS. Same. */
int field_add(const struct field *field, void *object, const char *text, char ret_problem[FIELD_PROBLEM_BYTES]);
/* Empties a TEXTS, a text, a map or a group. */
void field_clear(const struct field *field, void *object);
bool field_equal(const struct field *field, const void *one, const void *other);

static inline void *field_of(const struct field *field, const void *object)
{
	return (char *)object + field->offset;
}

/* A text of its own. */
static inline bool field_is_text(const struct field *field)
{
	return field->type == FIELD_TEXT || field->type == FIELD_SECRET || field->type == FIELD_FILE;
}

/* Written as a name of where the value stands. */
static inline bool field_is_elsewhere(const struct field *field)
{
	return field->type == FIELD_SECRET || field->type == FIELD_FILE;
}

/* Of one value: neither a group, nor a map, nor a list. */
static inline bool field_is_scalar(const struct field *field)
{
	return field->type != FIELD_GROUP && field->type != FIELD_MAP && field->type != FIELD_TEXTS;
}

#endif
