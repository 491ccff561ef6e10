/* SPDX-License-Identifier: Apache-2.0 */
/* What people read about commands and settings, made from the tables: --help, the man page, completion, docs. */
#ifndef PROMTAP_CONFIG_HELP_H
#define PROMTAP_CONFIG_HELP_H

#include <stdio.h>

#include "config/walk.h"

/* Objects of sections may be null here. `sections` without the options. */

/* --help: commands, options, and the names of the sections; `all`: their settings too. */
void help_print(const struct section *sections, size_t count, bool all, FILE *out);
/* `promtap help SECTION`: a section's settings. False: there is none of this name. */
bool help_print_section(const struct section *sections, size_t count, const char *name, FILE *out);

/* docs/configuration.md */
void help_print_reference(const struct section *sections, size_t count, FILE *out);
/* promtap.8, in mdoc(7). */
void help_print_man(const struct section *sections, size_t count, FILE *out);
/* `shell`: "bash", "zsh", "fish". False: another. */
bool help_print_completion(const struct section *sections, size_t count, const char *shell, FILE *out);

/* What a value looks like: "SIZE", "true|false", "info|warning|critical"; "" for a group. */
#define HELP_VALUE_BYTES 160
void help_value(const struct setting *setting, char ret_text[HELP_VALUE_BYTES]);
/* What it is for. */
#define HELP_TEXT_BYTES 512
void help_text(const struct setting *setting, char ret_text[HELP_TEXT_BYTES]);
/* NAME_file of a SECRET or FILE, not NAME_env. */
bool help_is_file(const struct setting *setting);
/* What holds if nothing is set; null: nothing does. */
const char *help_default(const struct field *field);

#endif
