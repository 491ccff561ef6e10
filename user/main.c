/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, then one function a command. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attach/check.h"
#include "base/log.h"
#include "config/options.h"
#include "roles/hit_lines.h"
#include "roles/roles.h"

#define EXIT_USAGE 2

/* What the configuration names must be usable, or nothing starts. */
static bool files_usable(const struct command_line *line)
{
	bool priced = line->command == COMMAND_RUN || line->command == COMMAND_REPLAY;

	if (priced && hit_lines_wanted(&line->options) < 0)
		return false;
	return !priced || !line->options.prices || prices_check(line->options.prices) == 0;
}

static int run_command(struct settings *settings)
{
	const struct command_line *line = &settings->line;
	const struct options *options = &line->options;
	enum log_level level = LOG_INFO;

	if (options->help || options->help_all)
		return help_run(NULL, options->help_all);
	if (options->version) {
		printf("promtap %s\n", promtap_version);
		return EXIT_SUCCESS;
	}
	(void)log_level_parse(options->log_level, &level);
	log_setup(NULL, level);
	if (!files_usable(line))
		return EXIT_USAGE;
	switch (line->command) {
	case COMMAND_RUN:
		return tracer_run(settings);
	case COMMAND_REPLAY:
		return replay_run(line->argument, options);
	case COMMAND_SCAN:
		return scan_run(options);
	case COMMAND_ANALYZE:
		return analyze_run(line->argument, settings);
	case COMMAND_RULES_LIST:
		return rules_list_run(options);
	case COMMAND_RULES_EXPLAIN:
		return rules_explain_run(line->argument, options);
	case COMMAND_RULES_TEST:
		return rules_test_run(line->argument, options);
	case COMMAND_RULES_COMPILE:
		return rules_compile_run(line->argument);
	case COMMAND_CHECK:
		return attach_check_run(stdout);
	case COMMAND_CONFIG_CHECK:
		return config_check_run(line->argument);
	case COMMAND_CONFIG_SHOW:
		return config_show_run(settings);
	case COMMAND_REPORT:
		return report_run(options);
	case COMMAND_PRICES_VERIFY:
		return prices_verify_run(line->argument, settings);
	case COMMAND_HELP:
		return help_run(line->argument, false);
	case COMMAND_COMPLETION:
		return completion_run(line->argument);
	case COMMAND_MAN:
		return man_run();
	case COMMAND_REFERENCE:
		return reference_run();
	case COMMAND_ROLE:
		return role_run(line->argument);
	default:
		return EXIT_USAGE;
	}
}

int main(int argc, char **argv)
{
	struct settings settings;
	int status = EXIT_USAGE;

	if (settings_parse(argc, argv, environ, &settings, stderr) == 0)
		status = run_command(&settings);
	settings_done(&settings);
	return status;
}
