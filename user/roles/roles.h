/* SPDX-License-Identifier: Apache-2.0 */
/* What main.c calls: one function a command. All return an exit status. */
#ifndef PROMTAP_ROLES_ROLES_H
#define PROMTAP_ROLES_ROLES_H

#include "config/options.h"
#include "roles/settings.h"

/* `promtap run`: the tracer role; starts the others. */
int tracer_run(struct settings *settings);

/* `promtap replay FILE`: a recording through decoder and server in this process. */
int replay_run(const char *file, const struct options *options);

/* `promtap rules list`: a line for each rule, or with --json an object. */
int rules_list_run(const struct options *options);

/* `promtap rules explain [ID]`: all of one rule; null: what matches in the text on standard input. */
int rules_explain_run(const char *id, const struct options *options);

/* `promtap rules test [FILE]`: the examples of its rules, or of all; null: all. */
int rules_test_run(const char *file, const struct options *options);

/* Internal, for make: the built-in rules as this program compiles them, to FILE (rule_builtin.h). */
int rules_compile_run(const char *file);

/* `promtap config check FILE`: all that is wrong in it. */
int config_check_run(const char *file);

/* `promtap config show`: what holds, and what said so. */
int config_show_run(const struct settings *settings);

/* `promtap help [SECTION]`, --help; null: of the program. */
int help_run(const char *section, bool all);

/* `promtap completion SHELL`, and internal: the man page, docs/configuration.md. */
int completion_run(const char *shell);
int man_run(void);
int reference_run(void);

/* `promtap scan --jsonl`: texts on standard input, verdicts on standard output. */
int scan_run(const struct options *options);

/* `promtap analyze [FILE]`: call records ("-": standard input; null: calls of the history, by --since) through judge and
 * alerts, as a table or with --json. */
int analyze_run(const char *file, const struct settings *settings);

/* `promtap report`: the cost review out of the history. */
int report_run(const struct options *options);

/* Whether the user's price file can be used. 0, or -errno with one line logged
 * that names file, line, field and cure. */
int prices_check(const char *path);

/* `promtap prices verify [FILE]`: what in the prices looks old, wrong or missing; null: of --prices and the built-in
 * ones. Asks the agent that these settings are of. 0: nothing, 1: something, 2: the file cannot be used. */
int prices_verify_run(const char *file, const struct settings *settings);

/* Internal: what the tracer executes for each other role. */
int role_run(const char *name);

#endif
