/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of options and of commands. A new option is a member of struct
 * options and a row here; a new command an enumerator, a row, and a case in
 * main.c.
 */
#include "config/options.h"

#include "base/cleanup.h"
#include "config/value.h"
#include "maxima.h"

#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define DAY_NS (86400ull * 1000000000)
#define CAPTURE_BYTES_MAX ((uint64_t)CALL_PIECES_MAX * DATA_CLASS_3)

#define AT(member) .offset = offsetof(struct options, member)

static const char *const log_levels[] = { "error", "warning", "info", "debug", NULL };
static const char *const money_places[] = { "application", "gateway", NULL };
static const char *const report_words[] = { "service", "model", "provider", "day", "hour" };

static bool is_report_word(struct slice word)
{
	for (size_t i = 0; i < ARRAY_SIZE(report_words); i++) {
		if (slice_eq(word, slice_of(report_words[i])))
			return true;
	}
	return false;
}

static bool check_by(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	for (const char *word = text; *word;) {
		size_t len = strcspn(word, ",");

		if (!is_report_word((struct slice){ word, len }))
			return value_refuse(ret_problem, word, len, "is nothing to add up by",
					    "write some of service,model,provider,day,hour");
		word += len + (word[len] == ',');
	}
	return true;
}

static const struct field fields[] = {
	{ .group = "What comes out",
	  .name = "listen", .type = FIELD_TEXT, AT(listen), .metavar = "ADDR:PORT", .fallback = "127.0.0.1:9797",
	  .check = value_is_address, .help = "where to serve /metrics; port 0: any free one" },
	{ .name = "calls", .type = FIELD_TEXT, AT(calls), .metavar = "FILE", .check = value_is_path,
	  .help = "append one JSON line per LLM call; - is standard output" },
	{ .name = "record", .type = FIELD_TEXT, AT(record), .metavar = "FILE", .check = value_is_path,
	  .help = "record what is captured, for replay; holds plaintext" },
	{ .name = "redacted-context", .type = FIELD_BOOL, AT(redacted_context), .fallback = "false",
	  .lowest = SOURCE_FLAG,
	  .help = "show the words around findings, on the terminal only; credentials masked" },
	{ .name = "node", .type = FIELD_TEXT, AT(node), .metavar = "NAME", .check = value_is_name,
	  .help = "name of this machine in call records; host name if not given" },
	{ .name = "log-level", .type = FIELD_TEXT, AT(log_level), .metavar = "LEVEL", .fallback = "info",
	  .choices = log_levels, .help = "error, warning, info or debug" },

	{ .group = "What it is made from",
	  .name = "config", .type = FIELD_TEXT, AT(config), .metavar = "FILE", .check = value_is_path,
	  .lowest = SOURCE_ENVIRONMENT, .help = "read settings from a YAML file" },
	{ .name = "set", .type = FIELD_TEXTS, AT(set), .metavar = "PATH=VALUE", .lowest = SOURCE_FLAG,
	  .help = "set what has no flag of its own: below keys of your own; can be repeated" },
	{ .name = "prices", .type = FIELD_TEXT, AT(prices), .metavar = "FILE", .check = value_is_path,
	  .help = "prices that win over the built-in table; SIGHUP reads it again" },
	{ .name = "rules", .type = FIELD_TEXT, AT(rules), .metavar = "FILE,...", .joined = true,
	  .check = value_is_paths, .max = 65536, .help = "rules that are added to the built-in ones, or replace them" },
	{ .name = "rules-cache", .type = FIELD_TEXT, AT(rules_cache), .metavar = "DIR",
	  .fallback = "/var/cache/promtap", .check = value_is_path, .help = "where compiled rules are kept, or none" },
	{ .name = "state-dir", .type = FIELD_TEXT, AT(state_dir), .metavar = "DIR", .fallback = "/var/lib/promtap",
	  .check = value_is_path, .help = "where alerts and history outlive a restart, or none" },
	{ .name = "no-detect", .type = FIELD_BOOL, AT(no_detect), .fallback = "false",
	  .help = "do not look for injections, leaks and risks in the texts of calls" },
	{ .name = "providers", .type = FIELD_TEXT, AT(providers), .metavar = "HOST=NAME", .max = 8192, .pairs = true,
	  .check = value_is_providers, .help = "whose these hosts are: NAME or NAME/GATEWAY; * is anything" },
	{ .name = "gateways", .type = FIELD_TEXT, AT(gateways), .metavar = "NAME,...", .joined = true,
	  .check = value_is_names, .help = "services and programs that are gateways, beside those seen to be" },
	{ .name = "money", .type = FIELD_TEXT, AT(money), .metavar = "PLACE", .fallback = "application",
	  .choices = money_places, .help = "at whose end money counts: application or gateway" },
	{ .name = "estimate-tokens", .type = FIELD_BOOL, AT(estimate_tokens), .fallback = "false",
	  .help = "guess the tokens of calls whose provider counts none, and say so" },

	{ .group = "How it captures",
	  .name = "ring-size", .type = FIELD_SIZE, AT(ring_bytes), .metavar = "SIZE", .fallback = "32M",
	  .min = 64 * KIB, .max = GIB, .check = value_is_power_of_two,
	  .help = "memory between kernel and decoder, a power of two" },
	{ .name = "capture-write", .type = FIELD_SIZE, AT(capture_write_bytes), .metavar = "SIZE", .fallback = "4M",
	  .min = KIB, .max = CAPTURE_BYTES_MAX, .help = "bytes taken of one TLS write at most" },
	{ .name = "capture-read", .type = FIELD_SIZE, AT(capture_read_bytes), .metavar = "SIZE", .fallback = "4M",
	  .min = KIB, .max = CAPTURE_BYTES_MAX, .help = "bytes taken of one TLS read at most" },
	{ .name = "no-separation", .type = FIELD_BOOL, AT(no_separation), .fallback = "false",
	  .help = "all roles in one process with all privileges, for debuggers" },
	{ .name = "perf-uprobes", .type = FIELD_BOOL, AT(perf_uprobes), .fallback = "false",
	  .help = "attach as before Linux 6.6, to compare or where uprobe_multi misbehaves" },

	{ .group = "Of some commands",
	  .name = "since", .type = FIELD_DURATION, AT(since), .metavar = "DURATION", .lowest = SOURCE_FLAG,
	  .min = 1, .max = 3660 * DAY_NS,
	  .help = "report, analyze, prices verify: calls of the last so many days, as 7d" },
	{ .name = "by", .type = FIELD_TEXT, AT(by), .metavar = "WORD,...", .fallback = "service,model,day",
	  .lowest = SOURCE_FLAG, .check = check_by,
	  .help = "report: what is added up, some of service,model,provider,day,hour" },
	{ .name = "json", .type = FIELD_BOOL, AT(json), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "rules list, report, analyze: JSON, not a table" },
	{ .name = "csv", .type = FIELD_BOOL, AT(csv), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "report: CSV, not a table" },
	{ .name = "jsonl", .type = FIELD_BOOL, AT(jsonl), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "scan: texts and verdicts are lines of JSON" },
	{ .name = "jobs", .type = FIELD_COUNT, AT(jobs), .metavar = "N", .lowest = SOURCE_FLAG, .max = 256,
	  .help = "scan: so many threads; 0, the default: one for each processor it may run on" },
	{ .name = "where", .type = FIELD_TEXT, AT(where), .metavar = "PLACE", .fallback = "user",
	  .lowest = SOURCE_FLAG, .check = value_is_name, .help = "rules explain: where in a call the text stands" },
	{ .name = "version", .type = FIELD_BOOL, AT(version), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "print the version" },
	{ .name = "help", .type = FIELD_BOOL, AT(help), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "print this" },
	{ .name = "help-all", .type = FIELD_BOOL, AT(help_all), .fallback = "false", .lowest = SOURCE_FLAG,
	  .help = "print this and the settings of all sections" },
};

const struct schema options_schema = {
	.about = "the program as a whole",
	.size = sizeof(struct options),
	.fields = fields,
	.count = ARRAY_SIZE(fields),
};

const struct command_row command_rows[] = {
	{ "run", NULL, "observe this machine until Ctrl-C", COMMAND_RUN },
	{ "replay", "FILE", "decode a recording made by run --record", COMMAND_REPLAY },
	{ "scan", NULL, "judge texts on standard input, as live traffic is judged", COMMAND_SCAN },
	{ "analyze", "[FILE]", "judge call records as live calls are judged; - is standard input, --since: the history",
	  COMMAND_ANALYZE },
	{ "rules list", NULL, "the rules that are looked for", COMMAND_RULES_LIST },
	{ "rules explain", "[ID]", "one rule; without ID what matches in a text on standard input",
	  COMMAND_RULES_EXPLAIN },
	{ "rules test", "[FILE]", "run the examples of a file's rules, or of the built-in ones", COMMAND_RULES_TEST },
	{ "rules compile", "FILE", NULL, COMMAND_RULES_COMPILE },
	{ "check", NULL, "say what this machine offers and which processes are covered", COMMAND_CHECK },
	{ "config check", "FILE", "say all that is wrong in a file of settings", COMMAND_CONFIG_CHECK },
	{ "config show", NULL, "what is set, and by what; secrets are not shown", COMMAND_CONFIG_SHOW },
	{ "report", NULL, "what calls cost and how they went, out of the history", COMMAND_REPORT },
	{ "prices verify", "[FILE]", "what in the prices looks old, wrong or missing", COMMAND_PRICES_VERIFY },
	{ "help", "[SECTION]", "this, or the settings of one section", COMMAND_HELP },
	{ "completion", "SHELL", "print completion for bash, zsh or fish", COMMAND_COMPLETION },
	{ "man", NULL, NULL, COMMAND_MAN },
	{ "reference", NULL, NULL, COMMAND_REFERENCE },
	{ "role", "NAME", NULL, COMMAND_ROLE },
};
const size_t command_row_count = ARRAY_SIZE(command_rows);
