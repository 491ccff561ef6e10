/* SPDX-License-Identifier: Apache-2.0 */
/* --help and `promtap help SECTION`, in 100 columns. */
#include "config/help.h"

#include <string.h>

#include "config/options.h"

#define COLUMNS 100
#define INDENT 28

struct printer {
	FILE *out;
	bool in_file;	/* names as in the file, one a line, not flags */
};

/* Words from column `at` on, wrapped at INDENT. */
static void print_words(FILE *out, size_t at, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > INDENT && at + 1 + len > COLUMNS) {
			(void)fprintf(out, "\n%*s", INDENT, "");
			at = INDENT;
		} else if (at > INDENT) {
			(void)fputc(' ', out);
			at++;
		}
		(void)fprintf(out, "%.*s", (int)len, text);
		at += len;
		text += len + (text[len] == ' ');
	}
	(void)fputc('\n', out);
}

/* "  LEFT      text": a long LEFT has a line of its own. */
static void print_entry(FILE *out, const char *left, const char *text)
{
	size_t at = strlen(left) + 2;

	if (at + 2 > INDENT)
		(void)fprintf(out, "  %s\n%*s", left, INDENT, "");
	else
		(void)fprintf(out, "  %-*s", INDENT - 2, left);
	print_words(out, INDENT, text);
}

const char *help_default(const struct field *field)
{
	bool says_nothing = field->type == FIELD_BOOL && field->fallback && strcmp(field->fallback, "false") == 0;

	return says_nothing || (field->fallback && strcmp(field->fallback, "nan") == 0) ? NULL : field->fallback;
}

static void print_choices(const struct field *field, char ret_text[HELP_VALUE_BYTES])
{
	size_t len = 0;

	for (size_t i = 0; field->choices[i] && len < HELP_VALUE_BYTES; i++)
		len += (size_t)snprintf(ret_text + len, HELP_VALUE_BYTES - len, "%s%s", i ? "|" : "",
					field->choices[i]);
}

bool help_is_file(const struct setting *setting)
{
	return field_is_elsewhere(setting->field) && slice_ends(slice_of(setting->path), SLICE("_file"));
}

static const char *value_name(const struct setting *setting)
{
	static const char *const names[FIELD_TYPE_MAX] = {
		[FIELD_BOOL] = "true|false", [FIELD_COUNT] = "NUMBER", [FIELD_NUMBER] = "NUMBER",
		[FIELD_DURATION] = "DURATION", [FIELD_SIZE] = "SIZE", [FIELD_TEXT] = "TEXT", [FIELD_TEXTS] = "TEXT,...",
		[FIELD_SECRET] = "VARIABLE", [FIELD_FILE] = "FILE", [FIELD_GROUP] = "", [FIELD_MAP] = "",
	};

	if (help_is_file(setting))
		return "FILE";
	return setting->field->metavar ? setting->field->metavar : names[setting->field->type];
}

void help_value(const struct setting *setting, char ret_text[HELP_VALUE_BYTES])
{
	if (setting->field->choices && !setting->field->metavar)
		print_choices(setting->field, ret_text);
	else
		(void)snprintf(ret_text, HELP_VALUE_BYTES, "%s", value_name(setting));
}

void help_text(const struct setting *setting, char ret_text[HELP_TEXT_BYTES])
{
	const char *help = setting->field->help ? setting->field->help : "";

	if (setting->field->type == FIELD_SECRET && help_is_file(setting))
		(void)snprintf(ret_text, HELP_TEXT_BYTES, "file that holds a secret: %s", help);
	else if (setting->field->type == FIELD_SECRET)
		(void)snprintf(ret_text, HELP_TEXT_BYTES, "variable that holds it, in place of a file");
	else
		(void)snprintf(ret_text, HELP_TEXT_BYTES, "%s", help);
}

static void print_setting(const struct printer *printer, const struct setting *setting)
{
	const char *fallback = help_default(setting->field);
	char value[HELP_VALUE_BYTES], flag[SETTING_PATH_BYTES];
	char left[SETTING_PATH_BYTES + HELP_VALUE_BYTES + 4], help[HELP_TEXT_BYTES], text[HELP_TEXT_BYTES + 128];
	bool bare = !printer->in_file && setting->field->type == FIELD_BOOL;

	help_value(setting, value);
	help_text(setting, help);
	setting_flag(setting, flag);
	if (printer->in_file)
		(void)snprintf(left, sizeof(left), "%s: %s", setting->path, value);
	else
		(void)snprintf(left, sizeof(left), "--%s%s%s", flag, bare ? "" : " ", bare ? "" : value);
	(void)snprintf(text, sizeof(text), "%s%s%s%s", help, fallback ? " (default " : "",
		       fallback ? fallback : "", fallback ? ")" : "");
	print_entry(printer->out, left, text);
}

static int on_setting(void *ctx, const struct setting *setting)
{
	const struct printer *printer = ctx;
	char text[SETTING_PATH_BYTES];

	if (setting->field->group)
		(void)fprintf(printer->out, "\n%s:\n", setting->field->group);
	if (setting->is_group && setting->like) {
		(void)snprintf(text, sizeof(text), "as %s%s", setting->like->name,
			       setting_is_repeated(setting) ? "" : ", but for what follows");
		print_entry(printer->out, setting->path, text);
	}
	if (!setting->is_group && !setting_is_repeated(setting))
		print_setting(printer, setting);
	return setting_is_repeated(setting);
}

static void print_section(const struct section *section, FILE *out)
{
	struct printer printer = { out, true };

	(void)fprintf(out, "%s: %s\n", section->name, section->schema->about ? section->schema->about : "");
	(void)settings_walk(section, 1, on_setting, &printer);
}

static void print_commands(FILE *out)
{
	(void)fprintf(out, "Commands:\n");
	for (size_t i = 0; i < command_row_count; i++) {
		const struct command_row *row = &command_rows[i];
		char usage[64];

		if (!row->help)
			continue;
		(void)snprintf(usage, sizeof(usage), "%s %s", row->name, row->argument ? row->argument : "");
		print_entry(out, usage, row->help);
	}
}

static void print_section_names(const struct section *sections, size_t count, FILE *out)
{
	if (count == 0)
		return;
	(void)fprintf(out, "\nSections of settings (promtap help SECTION says more):\n");
	for (size_t i = 0; i < count; i++)
		print_entry(out, sections[i].name, sections[i].schema->about ? sections[i].schema->about : "");
}

static const char foot[] =
	"\nA setting can be a flag (--ring-size 16M), a variable (PROMTAP_RING_SIZE=16M) or a line of the file\n"
	"that --config names (ring-size: 16M). A flag wins over a variable, a variable over the file. That of\n"
	"a section is named with its path: --judge-window, PROMTAP_JUDGE_WINDOW, or window: below judge:.\n";

void help_print(const struct section *sections, size_t count, bool all, FILE *out)
{
	const struct section options = { .schema = &options_schema };
	struct printer printer = { out, false };

	(void)fprintf(out, "promtap shows the LLM calls of every process on this machine as metrics.\n\n"
			   "Usage: promtap COMMAND [OPTION...]\n\n");
	print_commands(out);
	(void)settings_walk(&options, 1, on_setting, &printer);
	print_section_names(sections, count, out);
	(void)fputs(foot, out);
	for (size_t i = 0; all && i < count; i++) {
		(void)fputc('\n', out);
		print_section(&sections[i], out);
	}
}

bool help_print_section(const struct section *sections, size_t count, const char *name, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(sections[i].name, name) != 0)
			continue;
		print_section(&sections[i], out);
		return true;
	}
	return false;
}
