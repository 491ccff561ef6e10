/* SPDX-License-Identifier: Apache-2.0 */
/* docs/configuration.md. */
#include <string.h>

#include "config/help.h"
#include "config/options.h"

static const char head[] =
	"# Configuration\n"
	"\n"
	"This page is made from the program's own tables (`make docs`); a test checks that it is up to date.\n"
	"\n"
	"One setting can be written in three ways. A flag wins over a variable, a variable over the file, the file\n"
	"over the default; what is overridden must be right all the same.\n"
	"\n"
	"| where | `ring-size` | `threshold` of `latency_p95` in section `alerts` |\n"
	"| --- | --- | --- |\n"
	"| flag | `--ring-size 16M` | `--alerts-latency-p95-threshold 3000` |\n"
	"| environment | `PROMTAP_RING_SIZE=16M` | `PROMTAP_ALERTS_LATENCY_P95_THRESHOLD=3000` |\n"
	"| file (`--config FILE`) | `ring-size: 16M` | `alerts: {latency_p95: {threshold: 3000}}` |\n"
	"\n"
	"What stands below a name of your own (a service, a receiver: `NAME` in the tables below) has no flag of\n"
	"its own: `--set 'alerts.services.\"shop.v2\".latency_p95.threshold=3000'` sets it, with names that hold a\n"
	"dot in double quotes. `--set` works for every other setting, too, and can be repeated.\n"
	"\n"
	"- `promtap config check FILE` says everything that is wrong in a file, each with its line, its path and\n"
	"  what to write; exit status 0: nothing is, 2: something is. Secrets, prices and rules\n"
	"  that cannot be read on this machine are a warning there.\n"
	"- `promtap config show` prints what holds, and which file and line, variable or flag said so. Secrets are\n"
	"  not shown.\n"
	"- **SIGHUP** reads the file and the secrets again. If anything is wrong, the settings in use stay and the\n"
	"  log says what. The settings of sections, and of the options at the top `prices`, `rules`, `providers`\n"
	"  and `gateways`, take effect at once; the other options hold from the next start on, and the log names\n"
	"  those that have changed.\n"
	"\n"
	"## The file\n"
	"\n"
	"YAML: mappings, lists and values. Anchors, aliases, tags, directives and second documents are refused,\n"
	"and so are keys that stand twice and keys that do not exist. A file has at most 1 MiB, 65,536 values and\n"
	"12 levels.\n"
	"\n"
	"```yaml\n"
	"listen: 0.0.0.0:9797\n"
	"prices: /etc/promtap/prices.csv\n"
	"judge:\n"
	"  drift_window: 200\n"
	"alerts:\n"
	"  latency_p95:\n"
	"    threshold: 3000          # ms\n"
	"    hold: 5m\n"
	"  daily_budget:\n"
	"    threshold: 50            # USD for each service and day\n"
	"  services:\n"
	"    nightly-batch:           # slow by design, and its budget is its own\n"
	"      latency_p95: {enabled: false}\n"
	"      latency_p99: {enabled: false}\n"
	"      daily_budget: {threshold: 400}\n"
	"  models:\n"
	"    \"o3\":\n"
	"      latency_p95: {threshold: 60000}\n"
	"history:\n"
	"  calls_age: 30d\n"
	"notify:\n"
	"  channels:\n"
	"    oncall:\n"
	"      type: pagerduty\n"
	"      severity: critical\n"
	"      secret_file: /run/secrets/pagerduty\n"
	"```\n"
	"\n"
	"| value | how it is written |\n"
	"| --- | --- |\n"
	"| `true\\|false` | also `yes`, `no`, `on`, `off`, `1`, `0`; a flag alone is true, `--history-enabled=false` is not |\n"
	"| `NUMBER`, `MS`, `DOLLARS`, ... | `3000`, `0.05` |\n"
	"| `SHARE` | `0.05`, or `5%` |\n"
	"| `PERCENT` | `10`, or `10%` |\n"
	"| `DURATION` | `90s`, `15m`, `1h30m`, `30d`; units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w` |\n"
	"| `SIZE` | bytes, or `64K`, `32M`, `1G` |\n"
	"| lists | `[one, other]`, or `one, other`; in flags and variables `one,other` |\n"
	"\n"
	"**Secrets** never stand in the file, in flags or in variables of promtap: `NAME_file` names a file that\n"
	"holds the secret, `NAME_env` a variable of the agent's environment. One line of text, at most 4096 bytes;\n"
	"a newline at the end is no part of it. A file that everybody may write is refused. One that everybody may\n"
	"read is used with a warning: that is how Kubernetes mounts secrets, inside the container.\n"
	"\n"
	"**Certificates and keys** stand in files that only `promtap run` itself reads, at the start and on SIGHUP: they\n"
	"may be where root alone can read. What stands in them is checked, by `promtap config check` too. A file that\n"
	"everybody may write is refused, a key that everybody may read is warned of.\n";

struct page {
	FILE *out;
	bool in_table;
};

static void print_cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '<' || *text == '*')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
}

static void begin_table(struct page *page)
{
	if (!page->in_table)
		(void)fprintf(page->out, "\n| setting | value | default | |\n| --- | --- | --- | --- |\n");
	page->in_table = true;
}

static void print_help(const struct setting *setting, FILE *out)
{
	char text[HELP_TEXT_BYTES];

	help_text(setting, text);
	print_cell(out, text);
	if (setting->field->required)
		print_cell(out, "; must be given");
	if (setting->field->lowest == SOURCE_FLAG)
		print_cell(out, " (flag alone)");
	if (setting->field->lowest == SOURCE_ENVIRONMENT)
		print_cell(out, " (flag or variable)");
}

static int print_row(void *ctx, const struct setting *setting)
{
	struct page *page = ctx;
	const char *fallback = help_default(setting->field);
	char value[HELP_VALUE_BYTES];

	if (setting->field->group) {
		(void)fprintf(page->out, "\n### %s\n", setting->field->group);
		page->in_table = false;
	}
	if (setting->is_group ? !setting->like : setting_is_repeated(setting))
		return 0;
	begin_table(page);
	if (setting->is_group) {
		(void)fprintf(page->out, "| `%s` | | | as `%s`%s |\n", setting->path, setting->like->name,
			      setting_is_repeated(setting) ? "" : ", but for what follows");
		return setting_is_repeated(setting);
	}
	help_value(setting, value);
	(void)fprintf(page->out, "| `%s` | ", setting->path);
	print_cell(page->out, value);
	(void)fprintf(page->out, fallback ? " | `%s` | " : " | %s | ", fallback ? fallback : "");
	print_help(setting, page->out);
	(void)fprintf(page->out, " |\n");
	return 0;
}

static void print_section(const struct section *section, FILE *out)
{
	struct page page = { .out = out };

	if (section->name)
		(void)fprintf(out, "\n## Section `%s`\n\n%s%s\n", section->name,
			      section->schema->about ? section->schema->about : "", section->schema->about ? "." : "");
	else
		(void)fprintf(out, "\n## Options\n");
	(void)settings_walk(section, 1, print_row, &page);
}

void help_print_reference(const struct section *sections, size_t count, FILE *out)
{
	const struct section options = { .schema = &options_schema };

	(void)fputs(head, out);
	print_section(&options, out);
	for (size_t i = 0; i < count; i++)
		print_section(&sections[i], out);
}
