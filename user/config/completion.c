/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for shells: commands, flags, and the values that can be known. */
#include <string.h>

#include "base/cleanup.h"
#include "config/help.h"
#include "config/options.h"

static bool is_file(const struct setting *setting)
{
	const char *metavar = setting->field->metavar;

	if (help_is_file(setting))
		return true;
	return metavar && (strncmp(metavar, "FILE", 4) == 0 || strcmp(metavar, "DIR") == 0);
}

static bool command_takes_file(const struct command_row *row)
{
	return row->argument && strstr(row->argument, "FILE");
}

/* In single quotes: a quote ends them, stands for itself, and begins them again. */
static void print_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", out);
		else
			(void)fputc(*text, out);
	}
}

struct shell {
	FILE *out;
	const struct section *sections;	/* without the options */
	size_t count;
};

/* Every flag, of options and sections. */
static void each_flag(const struct shell *shell, setting_fn fn, void *ctx)
{
	const struct section options = { .schema = &options_schema };

	(void)settings_walk(&options, 1, fn, ctx);
	(void)settings_walk(shell->sections, shell->count, fn, ctx);
}

static void print_section_words(const struct shell *shell)
{
	for (size_t i = 0; i < shell->count; i++)
		(void)fprintf(shell->out, "%s%s", i ? " " : "", shell->sections[i].name);
}

/* The first words of the commands, each once. */
static void print_first_words(FILE *out)
{
	for (size_t i = 0; i < command_row_count; i++) {
		const char *name = command_rows[i].name;
		size_t len = strcspn(name, " ");
		bool again = i > 0 && strncmp(command_rows[i - 1].name, name, len) == 0 &&
			     command_rows[i - 1].name[len] == ' ';

		if (command_rows[i].help && !again)
			(void)fprintf(out, "%s%.*s", i ? " " : "", (int)len, name);
	}
}

/* ---- bash ------------------------------------------------------------------------------------------ */

static int print_bash_flag(void *ctx, const struct setting *setting)
{
	const struct shell *shell = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG))
		return 0;
	setting_flag(setting, flag);
	(void)fprintf(shell->out, " --%s", flag);
	return 0;
}

static int print_bash_boolean(void *ctx, const struct setting *setting)
{
	const struct shell *shell = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG) || setting->field->type != FIELD_BOOL)
		return 0;
	setting_flag(setting, flag);
	(void)fprintf(shell->out, " | --%s", flag);
	return 0;
}

static int print_bash_value(void *ctx, const struct setting *setting)
{
	const struct shell *shell = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG) || (!setting->field->choices && !is_file(setting)))
		return 0;
	setting_flag(setting, flag);
	if (is_file(setting)) {
		(void)fprintf(shell->out, "\t--%s) compopt -o filenames\n"
					  "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n", flag);
		return 0;
	}
	(void)fprintf(shell->out, "\t--%s) mapfile -t COMPREPLY < <(compgen -W '", flag);
	for (size_t i = 0; setting->field->choices[i]; i++)
		(void)fprintf(shell->out, "%s%s", i ? " " : "", setting->field->choices[i]);
	(void)fprintf(shell->out, "' -- \"$2\") ;;\n");
	return 0;
}

/* What follows the words of the command that have been typed. */
static void print_bash_words(const struct shell *shell)
{
	FILE *out = shell->out;

	(void)fprintf(out, "\t'') words='");
	print_first_words(out);
	(void)fprintf(out, "' ;;\n");
	for (size_t i = 0; i < command_row_count; i++) {
		const struct command_row *row = &command_rows[i];
		const char *space = strchr(row->name, ' ');

		if (row->help && command_takes_file(row))
			(void)fprintf(out, "\t'%s') files=1 ;;\n", row->name);
		if (!row->help || !space || (i > 0 && strncmp(command_rows[i - 1].name, row->name,
							      (size_t)(space + 1 - row->name)) == 0))
			continue;
		(void)fprintf(out, "\t'%.*s') words='", (int)(space - row->name), row->name);
		for (size_t j = i; j < command_row_count; j++) {
			if (command_rows[j].help && strncmp(command_rows[j].name, row->name, (size_t)(space + 1 - row->name)) == 0)
				(void)fprintf(out, "%s%s", j > i ? " " : "",
					      command_rows[j].name + (space + 1 - row->name));
		}
		(void)fprintf(out, "' ;;\n");
	}
	(void)fprintf(out, "\thelp) words='");
	print_section_words(shell);
	(void)fprintf(out, "' ;;\n\tcompletion) words='bash zsh fish' ;;\n");
}

static void print_bash(const struct shell *shell)
{
	FILE *out = shell->out;

	(void)fprintf(out, "# bash completion of promtap(8), made by: promtap completion bash\n\n"
			   "_promtap_value() {\n\tcase $1 in\n");
	each_flag(shell, print_bash_value, (void *)shell);
	(void)fprintf(out, "\tesac\n}\n\n"
			   "# The words of the command before the one that is typed, without flags and their values.\n"
			   "_promtap_command() {\n\tlocal i word skip=\n\tcommand=\n"
			   "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tword=${COMP_WORDS[i]}\n\t\tcase $word in\n"
			   "\t\t=) skip=1 ;;\n\t\t--no-such-flag");
	each_flag(shell, print_bash_boolean, (void *)shell);
	(void)fprintf(out, ") skip= ;;\n\t\t-?*) skip=1 ;;\n"
			   "\t\t*) [ -n \"$skip\" ] || command=\"${command:+$command }$word\"; skip= ;;\n"
			   "\t\tesac\n\tdone\n}\n\n"
			   "_promtap() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
			   "\tlocal command words= files=\n\n\tCOMPREPLY=()\n"
			   "\tif [ \"$cur\" = = ]; then\n\t\tcur=\n"
			   "\telif [ \"$prev\" = = ]; then\n\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
			   "\tcase $prev in\n\t--no-such-flag");
	each_flag(shell, print_bash_boolean, (void *)shell);
	(void)fprintf(out, ") ;;\n\t--*) _promtap_value \"$prev\" \"$cur\"; return ;;\n\tesac\n"
			   "\tif [[ $cur == -* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
	each_flag(shell, print_bash_flag, (void *)shell);
	(void)fprintf(out, "' -- \"$cur\")\n\t\treturn\n\tfi\n\t_promtap_command\n\tcase $command in\n");
	print_bash_words(shell);
	(void)fprintf(out, "\tesac\n"
			   "\tif [ -n \"$files\" ]; then\n\t\tcompopt -o filenames\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
			   "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n\tfi\n}\n\n"
			   "complete -F _promtap promtap\n");
}

/* ---- zsh ------------------------------------------------------------------------------------------- */

/* Within [] and between colons of a specification, in single quotes. */
static void print_zsh(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			(void)fputc('\\', out);
		if (*text == '\'')
			(void)fputs("'\\''", out);
		else
			(void)fputc(*text, out);
	}
}

static void print_zsh_action(FILE *out, const struct setting *setting)
{
	const struct field *field = setting->field;

	if (is_file(setting)) {
		(void)fprintf(out, "_files");
		return;
	}
	for (size_t i = 0; field->choices && field->choices[i]; i++)
		(void)fprintf(out, "%s%s%s", i ? " " : "(", field->choices[i], field->choices[i + 1] ? "" : ")");
}

static int print_zsh_flag(void *ctx, const struct setting *setting)
{
	const struct shell *shell = ctx;
	char flag[SETTING_PATH_BYTES], value[HELP_VALUE_BYTES];

	if (!setting_has(setting, SOURCE_FLAG))
		return 0;
	setting_flag(setting, flag);
	help_value(setting, value);
	(void)fprintf(shell->out, "\t'--%s%s[", flag, setting->field->type == FIELD_BOOL ? "" : "=");
	print_zsh(shell->out, setting->field->help ? setting->field->help : "");
	(void)fputc(']', shell->out);
	if (setting->field->type != FIELD_BOOL) {
		(void)fputc(':', shell->out);
		print_zsh(shell->out, value);
		(void)fputc(':', shell->out);
		print_zsh_action(shell->out, setting);
	}
	(void)fprintf(shell->out, "' \\\n");
	return 0;
}

static void print_zsh_script(const struct shell *shell)
{
	FILE *out = shell->out;

	(void)fprintf(out, "#compdef promtap\n# zsh completion of promtap(8), made by: promtap completion zsh\n\n"
			   "_promtap_word() {\n\tlocal -a typed\n\ttyped=(${words[2,CURRENT-1]:#-*})\n"
			   "\tcase \"$typed\" in\n");
	(void)fprintf(out, "\t'') compadd -- ");
	print_first_words(out);
	(void)fprintf(out, " ;;\n");
	for (size_t i = 0; i < command_row_count; i++) {
		const struct command_row *row = &command_rows[i];
		const char *space = strchr(row->name, ' ');

		if (row->help && space)
			(void)fprintf(out, "\t'%.*s') compadd -- %s ;|\n", (int)(space - row->name),
				      row->name, space + 1);
		if (row->help && command_takes_file(row))
			(void)fprintf(out, "\t'%s') _files ;;\n", row->name);
	}
	(void)fprintf(out, "\thelp) compadd -- ");
	print_section_words(shell);
	(void)fprintf(out, " ;;\n\tcompletion) compadd -- bash zsh fish ;;\n\tesac\n}\n\n_arguments \\\n");
	each_flag(shell, print_zsh_flag, (void *)shell);
	(void)fprintf(out, "\t'*:word:_promtap_word'\n");
}

/* ---- fish ------------------------------------------------------------------------------------------ */

static int print_fish_flag(void *ctx, const struct setting *setting)
{
	const struct shell *shell = ctx;
	char flag[SETTING_PATH_BYTES];

	if (!setting_has(setting, SOURCE_FLAG))
		return 0;
	setting_flag(setting, flag);
	(void)fprintf(shell->out, "complete -c promtap -l %s", flag);
	if (is_file(setting))
		(void)fprintf(shell->out, " -rF");
	else if (setting->field->type != FIELD_BOOL)
		(void)fprintf(shell->out, " -x");
	for (size_t i = 0; setting->field->choices && setting->field->choices[i]; i++)
		(void)fprintf(shell->out, "%s%s%s", i ? " " : " -a '", setting->field->choices[i],
			      setting->field->choices[i + 1] ? "" : "'");
	(void)fprintf(shell->out, " -d '");
	print_quoted(shell->out, setting->field->help ? setting->field->help : "");
	(void)fprintf(shell->out, "'\n");
	return 0;
}

static void print_fish_command(FILE *out, const struct command_row *row)
{
	const char *space = strchr(row->name, ' ');

	if (space)
		(void)fprintf(out, "complete -c promtap -f -n '__fish_seen_subcommand_from %.*s' -a %s -d '",
			      (int)(space - row->name), row->name, space + 1);
	else
		(void)fprintf(out, "complete -c promtap -f -n __fish_use_subcommand -a %s -d '", row->name);
	print_quoted(out, row->help);
	(void)fprintf(out, "'\n");
	if (command_takes_file(row))
		(void)fprintf(out, "complete -c promtap -F -n '__fish_seen_subcommand_from %s'\n",
			      space ? space + 1 : row->name);
}

static void print_fish(const struct shell *shell)
{
	FILE *out = shell->out;

	(void)fprintf(out, "# fish completion of promtap(8), made by: promtap completion fish\n\n"
			   "complete -c promtap -f\n");
	(void)fprintf(out, "complete -c promtap -f -n __fish_use_subcommand -a '");
	print_first_words(out);
	(void)fprintf(out, "'\n");
	for (size_t i = 0; i < command_row_count; i++) {
		if (command_rows[i].help)
			print_fish_command(out, &command_rows[i]);
	}
	(void)fprintf(out, "complete -c promtap -f -n '__fish_seen_subcommand_from help' -a '");
	print_section_words(shell);
	(void)fprintf(out, "'\ncomplete -c promtap -f -n '__fish_seen_subcommand_from completion' "
			   "-a 'bash zsh fish'\n");
	each_flag(shell, print_fish_flag, (void *)shell);
}

bool help_print_completion(const struct section *sections, size_t count, const char *shell_name, FILE *out)
{
	static const struct {
		const char *name;
		void (*print)(const struct shell *shell);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh_script }, { "fish", print_fish } };
	const struct shell shell = { out, sections, count };

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].name, shell_name) != 0)
			continue;
		shells[i].print(&shell);
		return true;
	}
	return false;
}
