/* SPDX-License-Identifier: Apache-2.0 */
/* The whole configuration: read, read again, and handed over in a sealed memory file. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerts/conditions.h"
#include "base/cleanup.h"
#include "roles/sealed.h"
#include "roles/settings.h"

static char path[] = "/tmp/promtap-test-XXXXXX";
static char *said;
static size_t said_size;

static void setup(void)
{
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	close(mkstemp(path));
}

static void teardown(void)
{
	(void)unlink(path);
	free(said);
	said = NULL;
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static const char *const words[] = { "promtap", "run", "--config", path, "--alerts-drift-threshold", "20", NULL };

static int parse(struct settings *settings)
{
	FILE *errors = open_memstream(&said, &said_size);
	int err = settings_parse(ARRAY_SIZE(words) - 1, (char **)words, NULL, settings, errors);

	fclose(errors);
	return err;
}

static double threshold(const struct settings *settings, enum reading_kind kind, const char *service)
{
	struct alert_rule rule;

	alert_rule_of(settings->alerts, kind, service, "m", &rule);
	return rule.threshold;
}

static bool same(const struct settings *one, const struct settings *other)
{
	return schema_equal(&options_schema, &one->line.options, &other->line.options) &&
	       schema_equal(&alert_schema, one->alerts, other->alerts);
}

static const char rich[] = "node: n\nalerts:\n  latency_p95: {threshold: 3000}\n  services:\n    \"a.b\": "
			   "{latency_p95: {threshold: 9}}\n"
			   "  models: {m2: {error_rate: {severity: critical, hold: 7s}}}\n";

START_TEST(read_and_read_again)
{
	struct settings settings;
	double before;

	write_file(rich);
	ck_assert_msg(parse(&settings) == 0, "%s", said);
	ck_assert(threshold(&settings, READING_LATENCY_P95, "x") == 3000);
	ck_assert(threshold(&settings, READING_LATENCY_P95, "a.b") == 9);
	ck_assert(threshold(&settings, READING_DRIFT, "x") == 20);
	before = threshold(&settings, READING_LATENCY_P99, "x");

	/* What is wrong changes nothing; what is right all but the options. */
	write_file("alerts: {latency_p95: {threshold: 1}, latency_p99: {threshold: y}}\n");
	ck_assert_int_eq(settings_read_again(&settings), -EINVAL);
	ck_assert(threshold(&settings, READING_LATENCY_P95, "x") == 3000);
	ck_assert(threshold(&settings, READING_LATENCY_P99, "x") == before);
	write_file("node: other\nalerts: {latency_p95: {threshold: 1}}\n");
	ck_assert_int_eq(settings_read_again(&settings), 0);
	ck_assert(threshold(&settings, READING_LATENCY_P95, "a.b") == 1);
	ck_assert(threshold(&settings, READING_DRIFT, "x") == 20);
	ck_assert_str_eq(settings.line.options.node, "n");
	unlink(path);
	ck_assert_int_lt(settings_read_again(&settings), 0);
	ck_assert(threshold(&settings, READING_LATENCY_P95, "a.b") == 1);
	settings_done(&settings);
}
END_TEST

START_TEST(handed_over)
{
	struct settings in, out = { 0 };
	uint64_t bytes = 0;
	int fd;

	write_file(rich);
	ck_assert_int_eq(parse(&in), 0);
	fd = settings_hand_over(&in, &bytes);
	ck_assert_int_ge(fd, 0);
	/* Twice: as at the start, and over what was there. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(settings_take(fd, bytes, &out), 0);
		ck_assert(same(&in, &out));
		ck_assert(threshold(&out, READING_LATENCY_P95, "a.b") == 9);
	}
	ck_assert_int_lt(write(fd, "x", 1), 0);
	ck_assert_int_lt(ftruncate(fd, 0), 0);
	ck_assert_int_eq(settings_take(fd, bytes - 1, &out), -EBADMSG);
	ck_assert_int_eq(settings_take(fd, 0, &out), -EBADMSG);
	ck_assert_int_eq(settings_take(fd, SETTINGS_BYTES_MAX + 1ull, &out), -EBADMSG);
	ck_assert_int_lt(settings_take(-1, bytes, &out), 0);
	/* A refusal leaves what was there. */
	ck_assert(same(&in, &out));
	close(fd);
	settings_done(&in);
	settings_done(&out);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	struct settings in, out = { 0 };
	struct slice whole;
	uint64_t bytes = 0;
	int fd;

	write_file("alerts: {services: {a: {drift: {threshold: 9}}}}\n");
	ck_assert_int_eq(parse(&in), 0);
	fd = settings_hand_over(&in, &bytes);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sealed_map(fd, 0, bytes, &whole), 0);
	for (uint64_t len = 1; len < bytes; len++) {
		int cut = sealed_new("cut", (struct slice){ whole.ptr, len });

		ck_assert_int_ge(cut, 0);
		ck_assert_int_eq(settings_take(cut, len, &out), -EBADMSG);
		ck_assert_ptr_null(out.alerts);
		close(cut);
	}
	sealed_unmap(whole);
	close(fd);
	settings_done(&in);
}
END_TEST

START_TEST(every_section_has_one_name)
{
	struct section sections[SECTIONS_MAX];
	size_t count = settings_sections(sections);

	ck_assert_uint_gt(count, 0);
	ck_assert_uint_le(count, SECTIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(sections[i].schema->about);
		for (size_t j = 0; j < options_schema.count; j++)
			ck_assert_str_ne(sections[i].name, options_schema.fields[j].name);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(sections[i].name, sections[j].name);
	}
}
END_TEST

static Suite *make_settings(void)
{
	Suite *suite = suite_create("settings");
	TCase *tc = tcase_create("settings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, read_and_read_again);
	tcase_add_test(tc, handed_over);
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, every_section_has_one_name);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_settings)
