/* SPDX-License-Identifier: Apache-2.0 */
/* promtap.8, in mdoc(7). */
#include <string.h>

#include "config/help.h"
#include "config/options.h"

static const char head[] =
	".\\\" Made by `promtap man` from the program's tables.\n"
	".Dd November 26, 2026\n"
	".Dt PROMTAP 8\n"
	".Os\n"
	".Sh NAME\n"
	".Nm promtap\n"
	".Nd observe the LLM calls of every process on this machine\n"
	".Sh SYNOPSIS\n"
	".Nm\n"
	".Ar command\n"
	".Op Ar option ...\n"
	".Sh DESCRIPTION\n"
	".Nm\n"
	"reads the plaintext of TLS connections at the TLS library, finds the calls to\n"
	"language models in it, and serves their figures to Prometheus.\n"
	"Neither the processes nor their configuration are touched.\n"
	"No text of a call is stored, logged or exported, unless\n"
	".Fl -record\n"
	"asks for it.\n"
	".Pp\n"
	"It needs root and a Linux kernel with BPF and type information;\n"
	".Nm\n"
	".Cm check\n"
	"says what a machine offers.\n";

static const char tail[] =
	".Sh ENVIRONMENT\n"
	"Each setting that has a flag has a variable:\n"
	".Fl -ring-size\n"
	"is\n"
	".Ev PROMTAP_RING_SIZE ,\n"
	"the setting\n"
	".Cm judge.window\n"
	"is\n"
	".Ev PROMTAP_JUDGE_WINDOW .\n"
	"An empty variable counts as not set.\n"
	".Ev NO_COLOR\n"
	"turns colours off.\n"
	".Sh FILES\n"
	".Bl -tag -width Ds\n"
	".It Pa /var/lib/promtap\n"
	"what outlives a restart\n"
	".Pq Fl -state-dir\n"
	".It Pa /var/cache/promtap\n"
	"compiled rules\n"
	".Pq Fl -rules-cache\n"
	".El\n"
	".Sh SIGNALS\n"
	".Bl -tag -width SIGTERM\n"
	".It Dv SIGHUP\n"
	"The file of settings, the secrets, the prices and the rules are read again.\n"
	"If one of them cannot be used, the one in use stays, and the log says line and cure.\n"
	".It Dv SIGTERM , SIGINT\n"
	"Detach, write what is buffered, end.\n"
	".El\n"
	".Sh EXIT STATUS\n"
	"0: done.\n"
	"1: something failed, which the log names.\n"
	"2: a command line, a variable or a file was wrong.\n"
	".Sh EXAMPLES\n"
	".Dl promtap run --calls calls.jsonl\n"
	".Dl promtap config check /etc/promtap.yaml\n"
	".Dl promtap run --config /etc/promtap.yaml --set 'alerts.services.shop.latency_p95.threshold=3000'\n";

/* As a line of text: nothing in it is a request or an escape. */
static void print_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		(void)fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			(void)fputs("\\e", out);
		else
			(void)fputc(*text, out);
	}
	(void)fputc('\n', out);
}

/* Arguments of a macro: what could be another macro, or a delimiter, is none. */
static void print_argument(FILE *out, const char *macro, const char *text)
{
	(void)fprintf(out, " %s \\&", macro);
	for (; *text; text++) {
		if (*text == '\\')
			(void)fputs("\\e", out);
		else if (*text == ' ')
			(void)fputs("\\ ", out);
		else
			(void)fputc(*text, out);
	}
}

static void print_commands(FILE *out)
{
	(void)fprintf(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < command_row_count; i++) {
		const struct command_row *row = &command_rows[i];

		if (!row->help)
			continue;
		(void)fprintf(out, ".It");
		print_argument(out, "Cm", row->name);
		if (row->argument)
			print_argument(out, "Ar", row->argument);
		(void)fputc('\n', out);
		print_text(out, row->help);
	}
	(void)fprintf(out, ".El\n");
}

struct page {
	FILE *out;
	bool as_flags;	/* else as in the file */
	bool in_list;
};

static void end_list(struct page *page)
{
	if (page->in_list)
		(void)fprintf(page->out, ".El\n");
	page->in_list = false;
}

static void begin_list(struct page *page)
{
	if (!page->in_list)
		(void)fprintf(page->out, ".Bl -tag -width Ds\n");
	page->in_list = true;
}

static void print_item(const struct page *page, const struct setting *setting)
{
	char flag[SETTING_PATH_BYTES], value[HELP_VALUE_BYTES];

	help_value(setting, value);
	setting_flag(setting, flag);
	(void)fprintf(page->out, ".It");
	if (page->as_flags)
		(void)fprintf(page->out, " Fl -%s", flag);
	else
		print_argument(page->out, "Cm", setting->path);
	if (!page->as_flags || setting->field->type != FIELD_BOOL)
		print_argument(page->out, "Ar", value);
	(void)fputc('\n', page->out);
}

static int print_setting(void *ctx, const struct setting *setting)
{
	struct page *page = ctx;
	char text[HELP_TEXT_BYTES];
	const char *fallback = help_default(setting->field);

	if (setting->field->group) {
		end_list(page);
		(void)fprintf(page->out, ".Ss %s\n", setting->field->group);
	}
	if (setting->is_group ? !setting->like : setting_is_repeated(setting))
		return 0;
	begin_list(page);
	if (setting->is_group) {
		(void)fprintf(page->out, ".It");
		print_argument(page->out, "Cm", setting->path);
		(void)fprintf(page->out, "\nAs\n.Cm %s%s.\n", setting->like->name,
			      setting_is_repeated(setting) ? " " : "\nbut for what follows");
		return setting_is_repeated(setting);
	}
	print_item(page, setting);
	help_text(setting, text);
	print_text(page->out, text);
	if (fallback) {
		(void)fprintf(page->out, ".br\nDefault:");
		(void)fprintf(page->out, "\n.Ql");
		print_argument(page->out, "", fallback);
		(void)fputc('\n', page->out);
	}
	return 0;
}

static void print_section(const struct section *section, FILE *out)
{
	struct page page = { .out = out };

	(void)fprintf(out, ".Ss Section %s\n", section->name);
	print_text(out, section->schema->about ? section->schema->about : "");
	(void)settings_walk(section, 1, print_setting, &page);
	end_list(&page);
}

void help_print_man(const struct section *sections, size_t count, FILE *out)
{
	const struct section options = { .schema = &options_schema };
	struct page page = { .out = out, .as_flags = true };

	(void)fputs(head, out);
	print_commands(out);
	(void)fprintf(out, ".Sh OPTIONS\nA flag wins over a variable of the environment, a variable over the file\n"
			   "that\n.Fl -config\nnames.\n");
	(void)settings_walk(&options, 1, print_setting, &page);
	end_list(&page);
	if (count > 0)
		(void)fprintf(out, ".Sh SETTINGS\nBy their paths in the file; the flag of\n.Cm judge.window\nis\n"
				   ".Fl -judge-window .\n"
				   "What stands below a name of the user's own, here NAME, is set in the file\n"
				   "or by\n.Fl -set .\n");
	for (size_t i = 0; i < count; i++)
		print_section(&sections[i], out);
	(void)fputs(tail, out);
}
