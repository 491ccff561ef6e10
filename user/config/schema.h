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

enum field_type {
	FIELD_UNKNOWN = 0,
	FIELD_BOOL,		/* bool */
	FIELD_COUNT,		/* uint64_t, min..max */
	FIELD_NUMBER,		/* double, low..high; "5%" is 0.05 */
	FIELD_DURATION,		/* uint64_t nanoseconds: "90s", "15m", "1h30m", "30d"; min..max in ns */
	FIELD_SIZE,		/* uint64_t bytes: "64K", "32M", "1G"; min..max */
	FIELD_TEXT,		/* char *, owned; null: not set; max: bytes. `check` may refuse */
	FIELD_CHOICE,		/* unsigned: index into `choices` */
	FIELD_TEXTS,		/* struct texts: a list of scalars */
	FIELD_SECRET,		/* char *, owned; the key is NAME_file (a path, read by the tracer) or NAME_env (a
				 * variable); never stands in the file itself */
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

struct schema;
struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	const char *fallback;	/* as it would stand in the file; null: unset, 0, false */
	uint64_t min, max;	/* both 0: any */
	double low, high;	/* likewise */
	const char *const *choices;	/* ended by null */
	const struct schema *sub;
	/* Null: any. Returns whether `text` is right; else says what is wrong and the cure. */
	bool (*check)(const char *text, char ret_problem[FIELD_PROBLEM_BYTES]);
	bool required;
	const char *metavar;	/* of the help: "DOLLARS" */
	const char *help;	/* one line */
};

struct schema {
	const char *about;	/* one line for the docs */
	size_t size;		/* of the struct */
	const struct field *fields;
	size_t count;
	unsigned items_max;	/* of a FIELD_MAP of these */
	/* Null: none. What no field alone can say; `path` is for the problem. */
	bool (*check)(const void *object, char ret_problem[FIELD_PROBLEM_BYTES]);
};

/* Fills `object` (schema->size bytes, zeroed by this) with the defaults. 0 or -ENOMEM. */
int schema_defaults(const struct schema *schema, void *object);
/* Frees what the fields own; the object is zero afterwards. */
void schema_done(const struct schema *schema, void *object);

#endif
