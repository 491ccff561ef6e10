/* SPDX-License-Identifier: Apache-2.0 */
/* The flags and variables of all settings, and the rows they are made from. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/walk.h"
#include "roles/settings.h"

#define NAMES_MAX 4096

static char *names[NAMES_MAX];
static size_t count;

static int take_name(void *ctx, const struct setting *setting)
{
	char name[SETTING_VARIABLE_BYTES];

	(void)ctx;
	if (!setting_has(setting, SOURCE_FLAG))
		return 0;
	setting_variable(setting, name);
	ck_assert_uint_lt(count, NAMES_MAX);
	names[count++] = strdup(name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

START_TEST(each_name_is_of_one_setting)
{
	struct section sections[SECTIONS_MAX + 1] = { { .schema = &options_schema } };
	size_t n = settings_sections(sections + 1) + 1;

	ck_assert_int_eq(settings_walk(sections, n, take_name, NULL), 0);
	ck_assert_uint_gt(count, 30);
	qsort(names, count, sizeof(names[0]), compare);
	for (size_t i = 1; i < count; i++)
		ck_assert_msg(strcmp(names[i - 1], names[i]) != 0, "%s stands for two settings", names[i]);
	/* What Kubernetes sets for a Service named promtap. */
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(strncmp(names[i], "PROMTAP_SERVICE_", 16) != 0 && strncmp(names[i], "PROMTAP_PORT", 12) != 0,
			      "%s is a variable of Kubernetes, too", names[i]);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}
END_TEST

static int check_row(void *ctx, const struct setting *setting)
{
	const struct field *field = setting->field;

	(void)ctx;
	ck_assert_msg(setting->is_group || field->help, "%s has no help", setting->path);
	ck_assert_msg(!field->help || !strpbrk(field->help, "\n`"), "%s: help holds more than a line", setting->path);
	ck_assert_msg(field->type != FIELD_CHOICE || field->choices, "%s has no choices", setting->path);
	ck_assert_msg(!setting->is_group || field->sub, "%s has no schema", setting->path);
	return 0;
}

START_TEST(each_row_is_whole)
{
	struct section sections[SECTIONS_MAX + 1] = { { .schema = &options_schema } };
	size_t n = settings_sections(sections + 1) + 1;

	ck_assert_int_eq(settings_walk(sections, n, check_row, NULL), 0);
}
END_TEST

/* What is not overridden is right as it stands: nothing at all is a configuration. */
START_TEST(defaults_alone)
{
	const char *words[] = { "promtap", "run", NULL };
	struct settings settings;

	ck_assert_int_eq(settings_parse(2, (char **)words, NULL, &settings, stderr), 0);
	settings_done(&settings);
}
END_TEST

static Suite *make_flags(void)
{
	Suite *suite = suite_create("flags");
	TCase *tc = tcase_create("flags");

	tcase_add_test(tc, each_name_is_of_one_setting);
	tcase_add_test(tc, each_row_is_whole);
	tcase_add_test(tc, defaults_alone);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_flags)
