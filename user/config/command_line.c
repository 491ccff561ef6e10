/* SPDX-License-Identifier: Apache-2.0 */
/*
 * argv, environment and file into one document, and that into the options and
 * the sections. What is read from argv comes first, for it names the file; it
 * is laid over last, for it is the strongest.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/nearest.h"
#include "config/options.h"
#include "config/secret.h"
#include "config/walk.h"

#define FLAGS_MAX 1024		/* settings of all sections, for what was meant */
#define FLAG_WORD_BYTES 64	/* nearest.h compares no longer words */

/* One value that a flag or a variable gives. */
struct assignment {
	const char *path, *text, *where;	/* owned by the document, lent from argv or the environment, as path */
};

struct assignments {
	struct assignment *items;
	size_t count;
};

struct parse {
	const struct config_sources *sources;
	struct command_line *line;
	const char *group;	/* a command's first word of two, that has come */
	const char *argument;	/* what the command may have, as in its row */
	struct section sections[SECTIONS_MAX + 1];	/* [0]: the options */
	size_t section_count;
	struct assignments flags, variables;
	struct problems problems;
};

static int assign(struct parse *parse, struct assignments *list, struct slice path, const char *text, const char *where)
{
	struct arena *arena = &parse->line->document.arena;
	struct assignment *items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count] = (struct assignment){ arena_copy(arena, path), text, arena_copy(arena, slice_of(where)) };
	if (!items[list->count].path || !items[list->count].where)
		return -ENOMEM;
	list->count++;
	return 0;
}

/* Of several the last. Null: none. */
static const char *assigned(const struct assignments *list, const char *path)
{
	for (size_t i = list->count; i > 0; i--) {
		if (strcmp(list->items[i - 1].path, path) == 0)
			return list->items[i - 1].text;
	}
	return NULL;
}

/* ---- flags -------------------------------------------------------------------------------------- */

static int complain(struct parse *parse, const char *problem, const char *word, const char *nearest)
{
	FILE *errors = parse->sources->errors;

	if (nearest)
		(void)fprintf(errors, "promtap: %s '%.64s'; did you mean '%s'?\n", problem, word, nearest);
	else
		(void)fprintf(errors, "promtap: %s '%.64s'; see promtap --help\n", problem, word);
	return -EINVAL;
}

struct flag_search {
	struct slice name;
	struct setting found;
	bool is_found;
};

static int match_flag(void *ctx, const struct setting *setting)
{
	struct flag_search *search = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG))
		return 0;
	setting_flag(setting, flag);
	if (!slice_eq(search->name, slice_of(flag)))
		return 0;
	search->found = *setting;
	search->is_found = true;
	return -ECANCELED;
}

struct flag_list {
	char words[FLAGS_MAX][FLAG_WORD_BYTES + 1];
	const char *names[FLAGS_MAX];
	size_t count;
};

static int add_flag(void *ctx, const struct setting *setting)
{
	struct flag_list *list = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG) || list->count == FLAGS_MAX)
		return 0;
	setting_flag(setting, flag);
	if (slice_copy(list->words[list->count], sizeof(list->words[0]), slice_of(flag))) {
		list->names[list->count] = list->words[list->count];
		list->count++;
	}
	return 0;
}

static int unknown_flag(struct parse *parse, const char *argument)
{
	const char *name = argument + (strncmp(argument, "--", 2) == 0 ? 2 : 1);
	auto_free struct flag_list *list = calloc(1, sizeof(*list));
	char word[FLAG_WORD_BYTES], flag[FLAG_WORD_BYTES + 8], written[FLAG_WORD_BYTES];
	const char *nearest;

	if (!list)
		return -ENOMEM;
	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "="), name);
	(void)settings_walk(parse->sections, parse->section_count, add_flag, list);
	nearest = nearest_name(word, list->names, list->count, sizeof(list->names[0]));
	(void)snprintf(flag, sizeof(flag), "--%s", nearest ? nearest : "");
	/* What was to be its value may be a secret. */
	(void)snprintf(written, sizeof(written), "%.*s", (int)strcspn(argument, "="), argument);
	return complain(parse, "unknown option", written, nearest ? flag : NULL);
}

/* Of "PATH=VALUE"; the path may hold quoted keys, and those a '='. */
static size_t path_length(const char *text)
{
	bool quoted = false;
	size_t len = 0;

	for (; text[len] && (quoted || text[len] != '='); len++)
		quoted ^= text[len] == '"';
	return len;
}

static int read_set(struct parse *parse, const char *text)
{
	size_t len = path_length(text);
	char where[SETTING_PATH_BYTES];
	int err;

	if (text[len] != '=') {
		(void)fprintf(parse->sources->errors, "promtap: --set: has no value; write --set PATH=VALUE\n");
		return -EINVAL;
	}
	(void)snprintf(where, sizeof(where), "--set %.*s", (int)(len < 120 ? len : 120), text);
	err = assign(parse, &parse->flags, (struct slice){ text, len }, text + len + 1, where);
	return err < 0 ? err : assign(parse, &parse->flags, SLICE("set"), text, "--set");
}

static int take_flag(struct parse *parse, const struct setting *setting, const char *text)
{
	char flag[SETTING_PATH_BYTES], where[SETTING_PATH_BYTES + 2];

	if (strcmp(setting->path, "set") == 0)
		return read_set(parse, text);
	setting_flag(setting, flag);
	(void)snprintf(where, sizeof(where), "--%s", flag);
	return assign(parse, &parse->flags, slice_of(setting->path), text, where);
}

/* One flag at argv[*index], as "--flag=value", "--flag value" or a bare
 * boolean; moves *index to the last word that belongs to it. */
static int read_flag(struct parse *parse, char **argv, int *index)
{
	const char *argument = argv[*index];
	size_t len = strcspn(argument, "=");
	struct flag_search search = { .name = { argument + 2, len - 2 } };
	const struct field *field;

	if (strncmp(argument, "--", 2) == 0 && len > 2)
		(void)settings_walk(parse->sections, parse->section_count, match_flag, &search);
	if (!search.is_found)
		return unknown_flag(parse, argument);
	field = search.found.field;
	if (argument[len] == '=')
		return take_flag(parse, &search.found, argument + len + 1);
	if (field->type == FIELD_BOOL)
		return take_flag(parse, &search.found, "true");
	if (!argv[*index + 1]) {
		(void)fprintf(parse->sources->errors, "promtap: %s: has no value; write %s %s\n", argument, argument,
			      field->metavar ? field->metavar : "VALUE");
		return -EINVAL;
	}
	*index += 1;
	return take_flag(parse, &search.found, argv[*index]);
}

/* ---- the command -------------------------------------------------------------------------------- */

static size_t find_command(const char *name)
{
	size_t i = 0;

	while (i < command_row_count && strcmp(name, command_rows[i].name) != 0)
		i++;
	return i;
}

/* The first word of commands that have two: "rules". */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < command_row_count; i++)
		if (strncmp(word, command_rows[i].name, len) == 0 && command_rows[i].name[len] == ' ')
			return true;
	return false;
}

/* Of those that --help shows. */
static const char *nearest_command(const char *word)
{
	const char *names[COMMAND_MAX];
	size_t count = 0;

	for (size_t i = 0; i < command_row_count && count < COMMAND_MAX; i++) {
		if (command_rows[i].help)
			names[count++] = command_rows[i].name;
	}
	return nearest_name(word, names, count, sizeof(names[0]));
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
	if (i == command_row_count)
		return complain(parse, "unknown command", name, nearest_command(name));
	parse->line->command = command_rows[i].command;
	parse->argument = command_rows[i].argument;
	return 0;
}

/* `--enabled false`: whether a flag of no value is one is not for the next word to say. */
static int refuse_word(struct parse *parse, const char *before, const char *word)
{
	char problem[VALUE_PROBLEM_BYTES];
	bool truth;

	if (strncmp(before, "--", 2) != 0 || strchr(before, '=') || !value_bool(word, &truth, problem))
		return complain(parse, "unexpected argument", word, NULL);
	(void)fprintf(parse->sources->errors, "promtap: unexpected argument '%s'; write %.64s=%s\n", word, before, word);
	return -EINVAL;
}

/* A word that is no flag: the command, of one word or two, then its argument. */
static int read_word(struct parse *parse, const char *before, const char *word)
{
	struct command_line *line = parse->line;

	if (line->command == COMMAND_NONE)
		return read_command(parse, word);
	if (!parse->argument || line->argument)
		return refuse_word(parse, before, word);
	line->argument = word;
	return 0;
}

static int check_command(struct parse *parse)
{
	struct command_line *line = parse->line;
	FILE *errors = parse->sources->errors;
	size_t i = 0;

	if (line->command == COMMAND_NONE && parse->group) {
		(void)fprintf(errors, "promtap: %s lacks its second word; see promtap --help\n", parse->group);
		return -EINVAL;
	}
	if (line->command == COMMAND_NONE) {
		(void)fprintf(errors, "promtap: no command; write promtap run, or see promtap --help\n");
		return -EINVAL;
	}
	if (!parse->argument || parse->argument[0] == '[' || line->argument)
		return 0;
	while (command_rows[i].command != line->command)
		i++;
	(void)fprintf(errors, "promtap: %s lacks its argument; write promtap %s %s\n", command_rows[i].name,
		      command_rows[i].name, parse->argument);
	return -EINVAL;
}

/* "-" alone is a word: standard input. */
static int read_arguments(struct parse *parse)
{
	char **argv = parse->sources->argv;

	for (int i = 1; i < parse->sources->argc; i++) {
		bool is_flag = argv[i][0] == '-' && argv[i][1] != '\0';
		int err = is_flag ? read_flag(parse, argv, &i) : read_word(parse, argv[i - 1], argv[i]);

		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- environment and file ------------------------------------------------------------------------ */

static const char *variable_value(char **environ_list, const char *variable)
{
	size_t len = strlen(variable);

	for (char **entry = environ_list; entry && *entry; entry++) {
		if (strncmp(*entry, variable, len) == 0 && (*entry)[len] == '=')
			return *entry + len + 1;
	}
	return NULL;
}

/* Other variables of our prefix are not ours to judge: Kubernetes sets
 * PROMTAP_PORT and the like for a Service that is named promtap. An empty
 * variable counts as not set. */
static int read_variable(void *ctx, const struct setting *setting)
{
	struct parse *parse = ctx;
	char variable[SETTING_VARIABLE_BYTES];
	const char *value;

	if (!setting_has(setting, SOURCE_ENVIRONMENT))
		return 0;
	setting_variable(setting, variable);
	value = variable_value(parse->sources->environ_list, variable);
	if (!value || *value == '\0')
		return 0;
	return assign(parse, &parse->variables, slice_of(setting->path), value, variable);
}

static int read_file(struct document *document, const char *path, struct problems *problems)
{
	struct buffer bytes = { 0 };
	int err = file_read(path, DOCUMENT_BYTES_MAX, &bytes);

	problems->file = path;
	if (err == -E2BIG)
		problem_at(problems, NULL, NULL, "is over 1 MiB; give the file of settings to --config");
	else if (err < 0)
		problem_at(problems, NULL, NULL, "%s; give a readable file to --config", strerror(-err));
	else
		err = document_read(document, path, bytes.data, bytes.len, problems);
	buffer_done(&bytes);
	return err;
}

/* The last word of `--config` or of its variable; empty ones are found when they are read. */
static int read_named_file(struct parse *parse)
{
	const char *path = assigned(&parse->flags, "config");

	if (!path)
		path = assigned(&parse->variables, "config");
	return path && *path ? read_file(&parse->line->document, path, &parse->problems) : 0;
}

static int lay_over(struct parse *parse, const struct assignments *list, enum source source)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct assignment *a = &list->items[i];
		int err;

		if (strcmp(a->path, "set") == 0)
			continue;
		err = document_set(&parse->line->document, a->path, a->text, source, a->where, &parse->problems);
		if (err < 0)
			return err;
	}
	return 0;
}

/* ---- what others call ---------------------------------------------------------------------------- */

static bool wants_help(const struct parse *parse)
{
	return assigned(&parse->flags, "help") || assigned(&parse->flags, "help-all") ||
	       assigned(&parse->flags, "version");
}

/* The other roles have no options and no files: the tracer tells them. What
 * prints something that is the same everywhere does not depend on them either. */
static bool has_sources(const struct parse *parse)
{
	static const enum command without[] = { COMMAND_ROLE, COMMAND_HELP, COMMAND_MAN, COMMAND_COMPLETION,
						COMMAND_REFERENCE, COMMAND_CONFIG_CHECK };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		if (parse->line->command == without[i])
			return false;
	}
	return !wants_help(parse);
}

static int gather(struct parse *parse)
{
	int err = read_arguments(parse);

	if (err == 0 && !wants_help(parse))
		err = check_command(parse);
	if (err == 0 && has_sources(parse))
		err = settings_walk(parse->sections, parse->section_count, read_variable, parse);
	if (err == 0 && has_sources(parse))
		err = read_named_file(parse);
	if (err == 0)
		err = lay_over(parse, &parse->variables, SOURCE_ENVIRONMENT);
	return err < 0 ? err : lay_over(parse, &parse->flags, SOURCE_FLAG);
}

static int keep_sets(struct parse *parse)
{
	struct texts *set = &parse->line->options.set;

	for (size_t i = 0; i < parse->flags.count; i++) {
		char **items;

		if (strcmp(parse->flags.items[i].path, "set") != 0)
			continue;
		items = reallocarray(set->items, set->count + 1, sizeof(*items));
		if (!items)
			return -ENOMEM;
		set->items = items;
		items[set->count] = strdup(parse->flags.items[i].text);
		if (!items[set->count])
			return -ENOMEM;
		set->count++;
	}
	return 0;
}

static int name_node(struct options *options)
{
	char host[256];

	if (options->node || gethostname(host, sizeof(host)) < 0)
		return 0;
	host[sizeof(host) - 1] = '\0';
	options->node = strdup(host);
	return options->node ? 0 : -ENOMEM;
}

static void begin(struct parse *parse, const struct config_sources *sources, struct command_line *line)
{
	assert(sources->section_count <= SECTIONS_MAX);
	parse->sources = sources;
	parse->line = line;
	parse->sections[0] = (struct section){ NULL, &options_schema, &line->options };
	for (size_t i = 0; i < sources->section_count; i++)
		parse->sections[i + 1] = sources->sections[i];
	parse->section_count = sources->section_count + 1;
	parse->problems = (struct problems){ .out = sources->errors, .program = "promtap" };
}

static int read_sections(struct parse *parse, enum secret_wanted wanted)
{
	struct secret_source secrets = { wanted, parse->sources->environ_list, parse->sources->now_unix_s };
	const struct schema_reader reader = { .problems = &parse->problems, .secret = secret_read, .ctx = &secrets };
	int err = sections_read(&reader, parse->sections, parse->section_count, parse->line->document.root);

	problems_end(&parse->problems);
	return err;
}

int command_line_read(const struct config_sources *sources, struct command_line *ret)
{
	struct parse parse = { 0 };
	int err, others;

	memset(ret, 0, sizeof(*ret));
	begin(&parse, sources, ret);
	err = gather(&parse);
	/* Even then: the objects must be such that they can be freed. */
	if (err < 0)
		parse.problems.out = NULL;
	others = read_sections(&parse, err == 0 && ret->command == COMMAND_RUN ? SECRET_REQUIRED : SECRET_NOT_WANTED);
	err = err < 0 ? err : others;
	if (err == 0)
		err = keep_sets(&parse);
	if (err == 0)
		err = name_node(&ret->options);
	free(parse.flags.items);
	free(parse.variables.items);
	return err;
}

void command_line_done(struct command_line *line)
{
	schema_done(&options_schema, &line->options);
	document_done(&line->document);
}

/* The files of a list with commas that cannot be read here. Where promtap will run they may be there. */
static void warn_of_files(struct parse *parse, const char *key, const char *list)
{
	const struct path at = { NULL, key };
	const struct node *node = list ? node_find(parse->line->document.root, key) : NULL;
	char file[PATH_MAX], problem[PATH_MAX + 128];

	for (size_t len; node && *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		(void)slice_copy(file, sizeof(file), (struct slice){ list, len });
		if (access(file, R_OK) == 0)
			continue;
		(void)snprintf(problem, sizeof(problem), "%s: %s; name a readable file", file, strerror(errno));
		warning_at(&parse->problems, node, &at, problem);
	}
}

int config_check_file(const char *path, const struct config_sources *sources)
{
	struct command_line line = { 0 };
	struct parse parse = { 0 };
	int err, others;

	begin(&parse, sources, &line);
	err = read_file(&line.document, path, &parse.problems);
	others = read_sections(&parse, SECRET_TRIED);
	if (err == 0 && others == 0) {
		warn_of_files(&parse, "prices", line.options.prices);
		warn_of_files(&parse, "rules", line.options.rules);
	}
	command_line_done(&line);
	return err < 0 ? err : others;
}
