/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap config`, and what is printed from the tables of settings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/nearest.h"
#include "config/help.h"
#include "config/write.h"
#include "roles/roles.h"

#define EXIT_WRONG 2

int config_check_run(const char *file)
{
	if (settings_check(file, environ, stderr) < 0)
		return EXIT_WRONG;
	printf("%s: nothing is wrong\n", file);
	return EXIT_SUCCESS;
}

int config_show_run(const struct settings *settings)
{
	struct buffer text = { .limit = SETTINGS_BYTES_MAX };
	int err = settings_show(settings, &text);

	if (err == 0 && fwrite(text.data, 1, text.len, stdout) != text.len)
		err = -EIO;
	if (err < 0)
		log_error("the settings cannot be shown: %s", strerror(-err));
	buffer_done(&text);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int unknown_word(const char *what, const char *word, const char *nearest)
{
	if (nearest)
		(void)fprintf(stderr, "promtap: no %s '%.64s'; did you mean '%s'?\n", what, word, nearest);
	else
		(void)fprintf(stderr, "promtap: no %s '%.64s'; see promtap --help\n", what, word);
	return EXIT_WRONG;
}

int help_run(const char *section, bool all)
{
	struct section sections[SECTIONS_MAX];
	size_t count = settings_sections(sections);

	if (!section) {
		help_print(sections, count, all, stdout);
		return EXIT_SUCCESS;
	}
	if (help_print_section(sections, count, section, stdout))
		return EXIT_SUCCESS;
	return unknown_word("section", section, nearest_name(section, &sections[0].name, count, sizeof(sections[0])));
}

int completion_run(const char *shell)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	struct section sections[SECTIONS_MAX];
	size_t count = settings_sections(sections);

	if (help_print_completion(sections, count, shell, stdout))
		return EXIT_SUCCESS;
	return unknown_word("completion for", shell, nearest_name(shell, shells, ARRAY_SIZE(shells), sizeof(shells[0])));
}

int man_run(void)
{
	struct section sections[SECTIONS_MAX];

	help_print_man(sections, settings_sections(sections), stdout);
	return EXIT_SUCCESS;
}

int reference_run(void)
{
	struct section sections[SECTIONS_MAX];

	help_print_reference(sections, settings_sections(sections), stdout);
	return EXIT_SUCCESS;
}
