/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of options, and what is made from it: flags, environment
 * variables, keys of the configuration file, --help. A new option is a member
 * of struct options and a row here.
 */
#include "config/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/nearest.h"
#include "config/value.h"
#include "config/yaml.h"
#include "limits.h"

#define FILE_BYTES_MAX 65536
#define VARIABLE_PREFIX "PROMTAP_"
#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define CAPTURE_BYTES_MAX ((uint64_t)CALL_PIECES_MAX * DATA_CLASS_3)

/* In the order of precedence. */
enum source {
	SOURCE_DEFAULT = 0,
	SOURCE_FILE,
	SOURCE_ENVIRONMENT,
	SOURCE_FLAG,
};

/* One name for all three: flag --ring-size, variable PROMTAP_RING_SIZE, key
 * "ring-size". `lowest` is the lowest source that may set it. */
struct option_row {
	const char *name, *metavar, *fallback, *help;
	size_t offset;
	struct value_rule rule;
	enum source lowest;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
	{ "listen", "ADDR:PORT", "127.0.0.1:9797", "where to serve /metrics; port 0: any free one",
	  AT(listen), { .type = VALUE_ADDRESS }, SOURCE_FILE },
	{ "calls", "FILE", NULL, "append one JSON line per LLM call; - is standard output",
	  AT(calls), { .type = VALUE_PATH }, SOURCE_FILE },
	{ "record", "FILE", NULL, "record what is captured, for replay; holds plaintext",
	  AT(record), { .type = VALUE_PATH }, SOURCE_FILE },
	{ "prices", "FILE", NULL, "prices that win over the built-in table; SIGHUP reads it again",
	  AT(prices), { .type = VALUE_PATH }, SOURCE_FILE },
	{ "rules", "FILE,...", NULL, "rules that are added to the built-in ones, or replace them",
	  AT(rules), { .type = VALUE_PATHS }, SOURCE_FILE },
	{ "rules-cache", "DIR", "/var/cache/promtap", "where compiled rules are kept, or none",
	  AT(rules_cache), { .type = VALUE_PATH }, SOURCE_FILE },
	{ "providers", "HOST=NAME", NULL, "whose these hosts are: NAME or NAME/GATEWAY; * is anything",
	  AT(providers), { .type = VALUE_PROVIDERS }, SOURCE_FILE },
	{ "gateways", "NAME,...", NULL, "services and programs that are gateways, beside those seen to be",
	  AT(gateways), { .type = VALUE_NAMES }, SOURCE_FILE },
	{ "money", "PLACE", "application", "at whose end money counts: application or gateway",
	  AT(money), { .type = VALUE_MONEY }, SOURCE_FILE },
	{ "config", "FILE", NULL, "read options from a YAML file",
	  AT(config), { .type = VALUE_PATH }, SOURCE_ENVIRONMENT },
	{ "log-level", "LEVEL", "info", "error, warning, info or debug",
	  AT(log_level), { .type = VALUE_LEVEL }, SOURCE_FILE },
	{ "node", "NAME", NULL, "name of this machine in call records; host name if not given",
	  AT(node), { .type = VALUE_NAME }, SOURCE_FILE },
	{ "ring-size", "SIZE", "32M", "memory between kernel and decoder, a power of two",
	  AT(ring_bytes), { VALUE_SIZE, true, 64 * KIB, GIB }, SOURCE_FILE },
	{ "capture-write", "SIZE", "4M", "bytes taken of one TLS write at most",
	  AT(capture_write_bytes), { VALUE_SIZE, false, KIB, CAPTURE_BYTES_MAX }, SOURCE_FILE },
	{ "capture-read", "SIZE", "4M", "bytes taken of one TLS read at most",
	  AT(capture_read_bytes), { VALUE_SIZE, false, KIB, CAPTURE_BYTES_MAX }, SOURCE_FILE },
	{ "estimate-tokens", NULL, "false", "guess the tokens of calls whose provider counts none, and say so",
	  AT(estimate_tokens), { .type = VALUE_BOOL }, SOURCE_FILE },
	{ "no-detect", NULL, "false", "do not look for injections, leaks and risks in the texts of calls",
	  AT(no_detect), { .type = VALUE_BOOL }, SOURCE_FILE },
	{ "redacted-context", NULL, "false", "show the words around findings, on the terminal only; credentials masked",
	  AT(redacted_context), { .type = VALUE_BOOL }, SOURCE_FLAG },
	{ "no-separation", NULL, "false", "all roles in one process with all privileges, for debuggers",
	  AT(no_separation), { .type = VALUE_BOOL }, SOURCE_FILE },
	{ "perf-uprobes", NULL, "false", "attach as before Linux 6.6, to compare or where uprobe_multi misbehaves",
	  AT(perf_uprobes), { .type = VALUE_BOOL }, SOURCE_FILE },
	{ "where", "PLACE", "user", "rules explain: where in a call the text stands",
	  AT(where), { .type = VALUE_NAME }, SOURCE_FLAG },
	{ "jsonl", NULL, "false", "scan: texts and verdicts are lines of JSON",
	  AT(jsonl), { .type = VALUE_BOOL }, SOURCE_FLAG },
	{ "json", NULL, "false", "rules list: one JSON object a line",
	  AT(json), { .type = VALUE_BOOL }, SOURCE_FLAG },
	{ "version", NULL, "false", "print the version",
	  AT(version), { .type = VALUE_BOOL }, SOURCE_FLAG },
	{ "help", NULL, "false", "print this",
	  AT(help), { .type = VALUE_BOOL }, SOURCE_FLAG },
};

static const struct {
	const char *name;
	const char *argument;	/* null: none; in brackets: it may be left out */
	const char *help;	/* null: internal, not shown */
	enum command command;
} commands[] = {
	{ "run", NULL, "observe this machine until Ctrl-C", COMMAND_RUN },
	{ "replay", "FILE", "decode a recording made by run --record", COMMAND_REPLAY },
	{ "scan", NULL, "judge texts on standard input, as live traffic is judged", COMMAND_SCAN },
	{ "rules list", NULL, "the rules that are looked for", COMMAND_RULES_LIST },
	{ "rules explain", "[ID]", "one rule; without ID what matches in a text on standard input", COMMAND_RULES_EXPLAIN },
	{ "rules test", "[FILE]", "run the examples of a file's rules, or of the built-in ones", COMMAND_RULES_TEST },
	{ "check", NULL, "say what this machine offers and which processes are covered", COMMAND_CHECK },
	{ "role", "NAME", NULL, COMMAND_ROLE },
};

struct parse {
	struct command_line *line;
	const char *group;	/* a command's first word of two, that has come */
	const char *argument;	/* what the command may have, as in its row */
	enum source source_of[ARRAY_SIZE(rows)];
	size_t file_line_of[ARRAY_SIZE(rows)];	/* 0: not in the file */
	char **environ_list;
	FILE *errors;
};

static const char *nearest_option(const char *word)
{
	return nearest_name(word, &rows[0].name, ARRAY_SIZE(rows), sizeof(rows[0]));
}

static const struct option_row *find_row(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

/* ---- values ------------------------------------------------------------- */

static int store(struct options *options, const struct option_row *row, const char *text, uint64_t number)
{
	char *member = (char *)options + row->offset;
	char *copy;

	if (row->rule.type == VALUE_BOOL) {
		*(bool *)member = number != 0;
	} else if (row->rule.type == VALUE_SIZE) {
		*(uint64_t *)member = number;
	} else {
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
		free(*(char **)member);
		*(char **)member = copy;
	}
	return 0;
}

/* Checks `text`, and stores it unless a stronger source has spoken. `where` is
 * how the user wrote the option: "--listen", "PROMTAP_LISTEN", "FILE:7: listen". */
static int set(struct parse *parse, const struct option_row *row, enum source source, const char *text,
	       const char *where)
{
	enum source *source_of = &parse->source_of[row - rows];
	char problem[VALUE_PROBLEM_BYTES];
	uint64_t number = 0;
	int err = value_parse(&row->rule, text, &number, problem);

	if (err < 0) {
		(void)fprintf(parse->errors, "%s: %s\n", where, problem);
		return err;
	}
	if (source < *source_of)
		return 0;
	*source_of = source;
	return store(&parse->line->options, row, text, number);
}

static int set_defaults(struct parse *parse)
{
	struct options *options = &parse->line->options;
	char host[256];
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].fallback || parse->source_of[i] != SOURCE_DEFAULT)
			continue;
		err = set(parse, &rows[i], SOURCE_DEFAULT, rows[i].fallback, rows[i].name);
		assert(err != -EINVAL);
		if (err < 0)
			return err;
	}
	if (options->node || gethostname(host, sizeof(host)) < 0)
		return 0;
	host[sizeof(host) - 1] = '\0';
	options->node = strdup(host);
	return options->node ? 0 : -ENOMEM;
}

/* ---- flags -------------------------------------------------------------- */

static int complain(struct parse *parse, const char *problem, const char *word, const char *nearest)
{
	const char *program = "promtap";

	if (nearest)
		(void)fprintf(parse->errors, "%s: %s '%.64s'; did you mean '%s'?\n", program, problem, word, nearest);
	else
		(void)fprintf(parse->errors, "%s: %s '%.64s'; see promtap --help\n", program, problem, word);
	return -EINVAL;
}

static int unknown_flag(struct parse *parse, const char *argument)
{
	const char *name = argument + (strncmp(argument, "--", 2) == 0 ? 2 : 1);
	size_t len = strcspn(name, "=");
	char word[64], flag[64];
	const char *nearest;

	(void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
	nearest = nearest_option(word);
	(void)snprintf(flag, sizeof(flag), "--%s", nearest ? nearest : "");
	return complain(parse, "unknown option", argument, nearest ? flag : NULL);
}

/* One flag at argv[*index], as "--flag=value", "--flag value" or a bare
 * boolean; moves *index to the last word that belongs to it. */
static int read_flag(struct parse *parse, char **argv, int *index)
{
	const char *argument = argv[*index];
	size_t len = strcspn(argument, "=");
	const struct option_row *row = NULL;
	char where[64];

	if (strncmp(argument, "--", 2) == 0)
		row = find_row(argument + 2, len - 2);
	if (!row)
		return unknown_flag(parse, argument);
	(void)snprintf(where, sizeof(where), "promtap: --%s", row->name);
	if (argument[len] == '=')
		return set(parse, row, SOURCE_FLAG, argument + len + 1, where);
	if (row->rule.type == VALUE_BOOL)
		return set(parse, row, SOURCE_FLAG, "true", where);
	if (!argv[*index + 1]) {
		(void)fprintf(parse->errors, "%s: has no value; write --%s %s\n", where, row->name, row->metavar);
		return -EINVAL;
	}
	*index += 1;
	return set(parse, row, SOURCE_FLAG, argv[*index], where);
}

static size_t find_command(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(commands) && strcmp(name, commands[i].name) != 0)
		i++;
	return i;
}

/* The first word of commands that have two: "rules". */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(word, commands[i].name, len) == 0 && commands[i].name[len] == ' ')
			return true;
	return false;
}

static int read_command(struct parse *parse, const char *word)
{
	char name[64];
	size_t i;

	if (!parse->group && is_group(word)) {
		parse->group = word;
		return 0;
	}
	(void)snprintf(name, sizeof(name), "%s%s%s", parse->group ? parse->group : "", parse->group ? " " : "", word);
	i = find_command(name);
	if (i == ARRAY_SIZE(commands))
		return complain(parse, "unknown command", name,
				nearest_name(name, &commands[0].name, ARRAY_SIZE(commands) - 1, sizeof(commands[0])));
	parse->line->command = commands[i].command;
	parse->argument = commands[i].argument;
	return 0;
}

/* A word that is no flag: the command, of one word or two, then its argument. */
static int read_word(struct parse *parse, const char *word)
{
	struct command_line *line = parse->line;

	if (line->command == COMMAND_NONE)
		return read_command(parse, word);
	if (!parse->argument || line->argument)
		return complain(parse, "unexpected argument", word, NULL);
	line->argument = word;
	return 0;
}

static int check_command(struct parse *parse)
{
	struct command_line *line = parse->line;
	size_t i = 0;

	if (line->command == COMMAND_NONE && parse->group) {
		(void)fprintf(parse->errors, "promtap: %s lacks its second word; see promtap --help\n", parse->group);
		return -EINVAL;
	}
	if (line->command == COMMAND_NONE) {
		(void)fprintf(parse->errors, "promtap: no command; write promtap run, or see promtap --help\n");
		return -EINVAL;
	}
	if (!parse->argument || parse->argument[0] == '[' || line->argument)
		return 0;
	while (commands[i].command != line->command)
		i++;
	(void)fprintf(parse->errors, "promtap: %s lacks its argument; write promtap %s %s\n", commands[i].name,
		      commands[i].name, parse->argument);
	return -EINVAL;
}

static int read_arguments(struct parse *parse, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int err = argv[i][0] == '-' ? read_flag(parse, argv, &i) : read_word(parse, argv[i]);

		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- environment -------------------------------------------------------- */

static void variable_name(const char *name, char *ret_variable, size_t size)
{
	size_t n = (size_t)snprintf(ret_variable, size, VARIABLE_PREFIX "%s", name);

	assert(n < size);
	for (char *c = ret_variable; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

static const char *variable_value(char **environ_list, const char *variable)
{
	size_t len = strlen(variable);

	for (char **entry = environ_list; entry && *entry; entry++) {
		if (strncmp(*entry, variable, len) == 0 && (*entry)[len] == '=')
			return *entry + len + 1;
	}
	return NULL;
}

/* Other variables of this prefix are not ours to judge: Kubernetes sets
 * PROMTAP_PORT and the like for a Service that is named promtap. An empty
 * variable counts as not set. */
static int read_environment(struct parse *parse)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char variable[64], where[80];
		const char *value;
		int err;

		if (rows[i].lowest > SOURCE_ENVIRONMENT)
			continue;
		variable_name(rows[i].name, variable, sizeof(variable));
		value = variable_value(parse->environ_list, variable);
		if (!value || *value == '\0')
			continue;
		(void)snprintf(where, sizeof(where), "promtap: %s", variable);
		err = set(parse, &rows[i], SOURCE_ENVIRONMENT, value, where);
		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- configuration file ------------------------------------------------- */

struct file_reader {
	struct parse *parse;
	const char *name;
};

static int unknown_key(struct file_reader *reader, const char *key, size_t line)
{
	const char *nearest = nearest_option(key);
	FILE *errors = reader->parse->errors;

	if (nearest)
		(void)fprintf(errors, "%s:%zu: %s: is not an option; did you mean '%s'?\n", reader->name, line, key,
			      nearest);
	else
		(void)fprintf(errors, "%s:%zu: %s: is not an option; see promtap --help\n", reader->name, line, key);
	return -EINVAL;
}

/* A yaml_pair_fn. */
static int read_pair(void *ctx, const char *key, const char *value, bool is_mapping, size_t line)
{
	struct file_reader *reader = ctx;
	struct parse *parse = reader->parse;
	const struct option_row *row = find_row(key, strlen(key));
	char where[512];

	if (!row)
		return unknown_key(reader, key, line);
	if (row->lowest > SOURCE_FILE) {
		(void)fprintf(parse->errors, "%s:%zu: %s: cannot be set here; use the flag --%s\n", reader->name, line,
			      key, key);
		return -EINVAL;
	}
	if (parse->file_line_of[row - rows] > 0) {
		(void)fprintf(parse->errors, "%s:%zu: %s: stands on line %zu already; remove one of them\n",
			      reader->name, line, key, parse->file_line_of[row - rows]);
		return -EINVAL;
	}
	if (is_mapping && row->rule.type != VALUE_PROVIDERS) {
		(void)fprintf(parse->errors, "%s:%zu: %s: is not one value; write '%s: VALUE' on one line\n",
			      reader->name, line, key, key);
		return -EINVAL;
	}
	parse->file_line_of[row - rows] = line;
	(void)snprintf(where, sizeof(where), "%.400s:%zu: %s", reader->name, line, key);
	return set(parse, row, SOURCE_FILE, value, where);
}

static int parse_file(struct parse *parse, const char *name, const void *bytes, size_t len)
{
	struct file_reader reader = { .parse = parse, .name = name };

	return yaml_pairs(name, bytes, len, read_pair, &reader, parse->errors);
}

static int read_file(struct parse *parse)
{
	const char *path = parse->line->options.config;
	struct buffer bytes = { 0 };
	int err;

	if (!path)
		return 0;
	err = file_read(path, FILE_BYTES_MAX, &bytes);
	if (err == -E2BIG)
		(void)fprintf(parse->errors, "%s: is over 64 KiB; give the file of options to --config\n", path);
	else if (err < 0)
		(void)fprintf(parse->errors, "%s: %s; give a readable file to --config\n", path, strerror(-err));
	else
		err = parse_file(parse, path, bytes.data, bytes.len);
	buffer_done(&bytes);
	return err;
}

/* ---- what others call --------------------------------------------------- */

/* The other roles have no options and no files: the tracer tells them. */
static bool has_sources(const struct command_line *line)
{
	return line->command != COMMAND_ROLE && !line->options.help && !line->options.version;
}

int options_parse(int argc, char **argv, char **environ_list, struct command_line *ret, FILE *errors)
{
	struct parse parse = { .line = ret, .environ_list = environ_list, .errors = errors };
	int err;

	memset(ret, 0, sizeof(*ret));
	err = read_arguments(&parse, argc, argv);
	if (err == 0 && !ret->options.help && !ret->options.version)
		err = check_command(&parse);
	if (err == 0 && has_sources(ret))
		err = read_environment(&parse);
	if (err == 0 && has_sources(ret))
		err = read_file(&parse);
	return err < 0 ? err : set_defaults(&parse);
}

int options_parse_text(const char *name, const void *bytes, size_t len, struct options *ret, FILE *errors)
{
	struct command_line line = { 0 };
	struct parse parse = { .line = &line, .errors = errors };
	int err = parse_file(&parse, name, bytes, len);

	if (err == 0)
		err = set_defaults(&parse);
	*ret = line.options;
	return err;
}

void options_done(struct options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char **member = (char **)((char *)options + rows[i].offset);

		if (!value_is_text(rows[i].rule.type))
			continue;
		free(*member);
		*member = NULL;
	}
}

static void print_row(const struct option_row *row, FILE *out)
{
	bool show_default = row->fallback && row->rule.type != VALUE_BOOL;
	char flag[64];

	(void)snprintf(flag, sizeof(flag), "--%s%s%s", row->name, row->metavar ? " " : "",
		       row->metavar ? row->metavar : "");
	(void)fprintf(out, "  %-24s  %s", flag, row->help);
	if (show_default)
		(void)fprintf(out, " (default %s)", row->fallback);
	(void)fputc('\n', out);
}

void options_help(FILE *out)
{
	(void)fprintf(out, "promtap shows the LLM calls of every process on this machine as metrics.\n\n"
			   "Usage: promtap COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char usage[64];

		if (!commands[i].help)
			continue;
		(void)snprintf(usage, sizeof(usage), "%s %s", commands[i].name,
			       commands[i].argument ? commands[i].argument : "");
		(void)fprintf(out, "  %-24s  %s\n", usage, commands[i].help);
	}
	(void)fprintf(out, "\nOptions:\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		print_row(&rows[i], out);
	(void)fprintf(out, "\nAn option can also be an environment variable (PROMTAP_RING_SIZE=16M) or a line of the\n"
			   "file that --config names (ring-size: 16M). A flag wins over a variable, a variable over\n"
			   "the file.\n");
}
