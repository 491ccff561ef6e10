/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user can set for the program as a whole, and its commands. One table
 * beside this struct (options.c) makes the flags, the environment variables,
 * the keys at the top of the YAML file, --help and the documentation; what a
 * stage lets be set is a section of its own (schema.h). Precedence: flag,
 * environment, file, default.
 */
#ifndef PROMTAP_CONFIG_OPTIONS_H
#define PROMTAP_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/read.h"

struct options {
	char *listen;			/* ADDR:PORT of the metrics; [::1]:9797 for IPv6 */
	char *calls;			/* file of call records, "-": standard output; null: none */
	char *record;			/* recording to write; null: none */
	char *prices;			/* prices that win over the built-in table; null: none */
	char *rules;			/* files of rules, parted by commas; null: none */
	char *rules_cache;		/* folder of compiled rules; "none": none */
	char *state_dir;		/* folder of what outlives a restart; "none": nothing does */
	char *where;			/* place of the text that `rules explain` reads */
	char *providers;		/* hosts of the user's own, HOST=PROVIDER,...; null: none */
	char *gateways;			/* services and programs that are some, parted by commas; null: none */
	char *money;			/* "application" or "gateway" */
	char *config;			/* YAML file; null: none */
	char *log_level;
	char *node;			/* name of this machine in call records; default: host name */
	char *by;			/* what `report` adds up by: words of report_words, parted by commas */
	uint64_t since;			/* ns before now, of `report` and `analyze`; 0: not given */
	uint64_t ring_bytes;		/* power of two, 64 KiB at least */
	uint64_t capture_write_bytes;	/* of one TLS write */
	uint64_t capture_read_bytes;
	struct texts set;		/* PATH=VALUE, as given; they have been laid over the file */
	bool estimate_tokens;		/* where the provider counts none */
	bool no_separation;
	bool perf_uprobes;		/* not uprobe_multi, even where the kernel has it */
	bool redacted_context;		/* words around findings, on the terminal */
	bool no_detect;			/* texts are not looked into */
	bool json;			/* `rules list`, `report`, `analyze` */
	bool csv;			/* `report` */
	bool jsonl;			/* of scan */
	uint64_t jobs;			/* of scan: threads; 0: one for each processor it may run on */
	bool version;
	bool help;
	bool help_all;
};
extern const struct schema options_schema;

enum command {
	COMMAND_NONE = 0,
	COMMAND_RUN,		/* observe this machine */
	COMMAND_REPLAY,		/* decode a recording: argument FILE */
	COMMAND_SCAN,		/* texts on standard input */
	COMMAND_ANALYZE,	/* call records: argument FILE, "-", or null: those of the history */
	COMMAND_RULES_LIST,
	COMMAND_RULES_EXPLAIN,	/* argument ID, or null: of a text on standard input */
	COMMAND_RULES_TEST,	/* argument FILE, or null: of all rules */
	COMMAND_RULES_COMPILE,	/* argument FILE, to write */
	COMMAND_CHECK,		/* what this machine offers, and per process what is covered */
	COMMAND_CONFIG_CHECK,	/* argument FILE */
	COMMAND_CONFIG_SHOW,
	COMMAND_REPORT,
	COMMAND_PRICES_VERIFY,	/* argument FILE, or null: the one in use */
	COMMAND_HELP,		/* argument SECTION, or null */
	COMMAND_MAN,		/* internal: prints the man page */
	COMMAND_COMPLETION,	/* argument bash, zsh or fish */
	COMMAND_REFERENCE,	/* internal: prints docs/configuration.md */
	COMMAND_ROLE,		/* internal: the tracer starts the others by it */
	COMMAND_MAX
};

struct command_row {
	const char *name;
	const char *argument;	/* null: none; in brackets: it may be left out */
	const char *help;	/* null: internal, not shown */
	enum command command;
};
extern const struct command_row command_rows[];
extern const size_t command_row_count;

struct command_line {
	enum command command;
	const char *argument;	/* what the command is about; lent from argv, null: none */
	struct options options;
	struct document document;	/* what was set, and where */
};

/* Besides the options, which are a section without a name. */
#define SECTIONS_MAX 16

struct config_sources {
	int argc;
	char **argv, **environ_list;	/* outlive the command line: it lends from them */
	const struct section *sections;	/* of the stages; their objects are filled */
	size_t section_count;
	FILE *errors;
	int64_t now_unix_s;		/* what runs out is warned of; 0: not known */
};

/* Reads argv, environment and the configuration file. 0; -EINVAL: a line was printed to `errors` for each problem,
 * which names the flag, variable, or file, line and path, and the cure; or -errno of a file. In every case
 * command_line_done() frees, and the objects of the sections are the caller's to free. */
int command_line_read(const struct config_sources *sources, struct command_line *ret);
void command_line_done(struct command_line *line);

/* The same for a configuration file alone. Secrets that cannot be read here are warnings. Fills the objects, too. */
int config_check_file(const char *path, const struct config_sources *sources);

extern const char promtap_version[];

#endif
