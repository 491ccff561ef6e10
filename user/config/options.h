/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user can set. One table beside this struct (options.c) makes the
 * flags, the environment variables, the keys of the YAML file and --help.
 * Precedence: flag, environment, file, default.
 */
#ifndef PROMTAP_CONFIG_OPTIONS_H
#define PROMTAP_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct options {
	char *listen;			/* ADDR:PORT of the metrics; [::1]:9797 for IPv6 */
	char *calls;			/* file of call records, "-": standard output; null: none */
	char *record;			/* recording to write; null: none */
	char *prices;			/* prices that win over the built-in table; null: none */
	char *rules;			/* files of rules, parted by commas; null: none */
	char *rules_cache;		/* folder of compiled rules; "none": none */
	char *where;			/* place of the text that `rules explain` reads */
	char *providers;		/* hosts of the user's own, HOST=PROVIDER,...; null: none */
	char *gateways;			/* services and programs that are some, parted by commas; null: none */
	char *money;			/* "application" or "gateway" */
	char *config;			/* YAML file; null: none */
	char *log_level;
	char *node;			/* name of this machine in call records; default: host name */
	uint64_t ring_bytes;		/* power of two, 64 KiB at least */
	uint64_t capture_write_bytes;	/* of one TLS write */
	uint64_t capture_read_bytes;
	bool estimate_tokens;		/* where the provider counts none */
	bool no_separation;
	bool perf_uprobes;		/* not uprobe_multi, even where the kernel has it */
	bool redacted_context;		/* words around findings, on the terminal */
	bool no_detect;			/* texts are not looked into */
	bool json;			/* `rules list` */
	bool jsonl;			/* of scan */
	bool version;
	bool help;
};

enum command {
	COMMAND_NONE = 0,
	COMMAND_RUN,		/* observe this machine */
	COMMAND_REPLAY,		/* decode a recording: argument FILE */
	COMMAND_SCAN,		/* texts on standard input */
	COMMAND_RULES_LIST,
	COMMAND_RULES_EXPLAIN,	/* argument ID, or null: of a text on standard input */
	COMMAND_RULES_TEST,	/* argument FILE, or null: of all rules */
	COMMAND_CHECK,		/* what this machine offers, and per process what is covered */
	COMMAND_ROLE,		/* internal: the tracer starts the others by it */
	COMMAND_MAX
};

struct command_line {
	enum command command;
	const char *argument;	/* what the command is about; lent from argv, null: none */
	struct options options;
};

/* Reads argv, environment and the configuration file. 0; -EINVAL: one line was
 * printed to `errors` that names the flag, variable, or file and line, and the
 * cure; or -errno of a file. options_done() frees in every case. */
int options_parse(int argc, char **argv, char **environ_list, struct command_line *ret, FILE *errors);
void options_done(struct options *options);

/* The same for the bytes of a configuration file alone; `name` is for messages. */
int options_parse_text(const char *name, const void *bytes, size_t len, struct options *ret, FILE *errors);

/* --help: made from the same table. */
void options_help(FILE *out);

extern const char promtap_version[];

#endif
