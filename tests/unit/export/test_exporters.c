/* SPDX-License-Identifier: Apache-2.0 */
/* The set as a whole: call records to a file, lines to a terminal's fd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "export/exporter.h"
#include "otlp/otlp_config.h"
#include "unit.h"

static void read_file(FILE *file, struct buffer *text)
{
	char bytes[4096];
	ssize_t n;

	ck_assert_int_eq(lseek(fileno(file), 0, SEEK_SET), 0);
	while ((n = read(fileno(file), bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(buffer_append(text, bytes, (size_t)n), 0);
	ck_assert_int_eq(buffer_append(text, "", 1), 0);
}

static unsigned count_lines(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

START_TEST(each_call_goes_to_both)
{
	struct metrics *metrics = metrics_new(1 << 20);
	FILE *records = tmpfile(), *terminal = tmpfile();
	struct export_setup setup = { .node = "node-1", .calls_fd = fileno(records), .terminal_fd = fileno(terminal),
				      .color = true };
	struct buffer record_text = { 0 }, terminal_text = { 0 };
	struct exporters *exporters = NULL;
	struct call call;

	call_init(&call);
	(void)strcpy(call.request_model, "gpt-4o");
	ck_assert_int_eq(exporters_start(&setup, metrics, &exporters), 0);
	ck_assert_ptr_null(exporters_address(exporters, "web"));
	exporters_call(exporters, &call);
	exporters_call(exporters, &call);
	ck_assert(!exporters_flush(exporters));
	exporters_stop(exporters);
	read_file(records, &record_text);
	ck_assert_uint_eq(count_lines(record_text.data), 2);
	ck_assert_ptr_nonnull(strstr(record_text.data, "\"node-1\""));
	ck_assert_ptr_nonnull(strstr(record_text.data, "\"gpt-4o\""));
	read_file(terminal, &terminal_text);
	/* A heading and two calls, without colours: the fd is no terminal. */
	ck_assert_uint_eq(count_lines(terminal_text.data), 3);
	ck_assert_ptr_null(strchr(terminal_text.data, '\033'));
	buffer_done(&record_text);
	buffer_done(&terminal_text);
	(void)fclose(records);
	(void)fclose(terminal);
	metrics_free(metrics);
}
END_TEST

static uint64_t lost_by(const struct metrics *metrics, const char *exporter)
{
	const struct metric_family *family;
	const struct metric_series *series;
	struct metric_value value = { 0 };

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		if (strcmp(metric_family_desc(family)->name, "promtap_export_lost_total") != 0)
			continue;
		for (size_t k = 0; (series = metric_series_at(family, k)); k++)
			if (strcmp(metric_series_label(series, 0), exporter) == 0)
				metric_read(series, &value);
	}
	return value.count;
}

/* Off, on and off again: what waited for its batch is counted as lost. */
START_TEST(spans_follow_the_configuration)
{
	struct metrics *metrics = metrics_new(1 << 20);
	char endpoint[] = "http://127.0.0.1:1";
	const struct otlp_config off = { 0 }, on = { .endpoint = endpoint, .timeout = 1000000000, .delay = 3600000000000,
						     .batch = 512, .queue_bytes = 1 << 20, .retry_for = 1 };
	struct export_setup setup = { .node = "n", .otlp = &off, .calls_fd = -1, .terminal_fd = -1 };
	struct exporters *exporters = NULL;
	struct call call;

	call_init(&call);
	ck_assert_int_eq(exporters_start(&setup, metrics, &exporters), 0);
	exporters_call(exporters, &call);
	setup.otlp = &on;
	exporters_use(exporters, &setup);
	exporters_call(exporters, &call);
	setup.otlp = &off;
	exporters_use(exporters, &setup);
	ck_assert(!exporters_flush(exporters));
	ck_assert_uint_eq(lost_by(metrics, "otlp"), 1);
	exporters_stop(exporters);
	metrics_free(metrics);
}
END_TEST

START_TEST(nothing_asked_for_is_nothing_started)
{
	struct metrics *metrics = metrics_new(1 << 20);
	struct export_setup setup = { .node = "n", .calls_fd = -1, .terminal_fd = -1 };
	struct exporters *exporters = NULL;
	struct call call;

	call_init(&call);
	ck_assert_int_eq(exporters_start(&setup, metrics, &exporters), 0);
	exporters_call(exporters, &call);
	exporters_serve(exporters, metrics);
	exporters_set_ready(exporters, true);
	ck_assert(!exporters_flush(exporters));
	exporters_stop(exporters);
	exporters_stop(NULL);
	metrics_free(metrics);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("exporters");
	TCase *tcase = tcase_create("set");

	tcase_add_test(tcase, each_call_goes_to_both);
	tcase_add_test(tcase, spans_follow_the_configuration);
	tcase_add_test(tcase, nothing_asked_for_is_nothing_started);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
