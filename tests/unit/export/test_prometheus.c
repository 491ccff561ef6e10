/* SPDX-License-Identifier: Apache-2.0 */
/* Golden text, and numbers that read back as what they were. */
#include "export/prometheus.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

#define METRICS 1000000

static const uint64_t bounds[] = { 50 };
static const uint64_t scaled_bounds[] = { 50500000, 100000000 };

static const struct metric_desc calls = {
	.name = "calls_total",
	.help = "Calls, \"all\" of them\\\nand more",
	.type = METRIC_COUNTER,
	.labels = { { "who", 10 }, { "how", 0 } },
};
static const struct metric_desc money = { .name = "money_total", .help = "Money", .type = METRIC_COUNTER,
					  .labels = { { "who", 10 } }, .scale = 1000000000000 };
static const struct metric_desc level = { .name = "level", .help = "Level", .type = METRIC_GAUGE,
					  .labels = { { "n", 0 } } };
static const struct metric_desc unused = { .name = "unused_total", .help = "Unused", .type = METRIC_COUNTER };
static const struct metric_desc length = { .name = "length_ms", .help = "Length", .type = METRIC_HISTOGRAM,
					   .labels = { { "who", 10 } }, .scale = 1000000, .bounds = scaled_bounds,
					   .bound_count = 2 };
static const struct metric_desc bare = { .name = "bare", .help = "Bare", .type = METRIC_HISTOGRAM,
					 .bounds = bounds, .bound_count = 1 };

static const char golden[] =
	"# HELP promtap_label_overflow_total Look-ups that went to \"other\" because the label has too many values, "
	"or (label=\"series\") the metric too many label sets\n"
	"# TYPE promtap_label_overflow_total counter\n"
	"promtap_label_overflow_total{label=\"series\"} 0\n"
	"promtap_label_overflow_total{label=\"who\"} 0\n"
	"# HELP calls_total Calls, \"all\" of them\\\\\\nand more\n"
	"# TYPE calls_total counter\n"
	"calls_total{who=\"a\",how=\"\"} 18446744073709551615\n"
	"calls_total{who=\"q\\\"\\\\\",how=\"x\"} 7\n"
	"# HELP money_total Money\n"
	"# TYPE money_total counter\n"
	"money_total{who=\"a\"} 0.003\n"
	"money_total{who=\"b\"} 2\n"
	"money_total{who=\"c\"} 1e-12\n"
	"# HELP length_ms Length\n"
	"# TYPE length_ms histogram\n"
	"length_ms_bucket{who=\"a\",le=\"50.5\"} 2\n"
	"length_ms_bucket{who=\"a\",le=\"100\"} 3\n"
	"length_ms_bucket{who=\"a\",le=\"+Inf\"} 4\n"
	"length_ms_sum{who=\"a\"} 1150.000001\n"
	"length_ms_count{who=\"a\"} 4\n"
	"# HELP bare Bare\n"
	"# TYPE bare histogram\n"
	"bare_bucket{le=\"50\"} 1\n"
	"bare_bucket{le=\"+Inf\"} 1\n"
	"bare_sum 3\n"
	"bare_count 1\n";

static struct metric_series *get(struct metric_family *family, const char *a, const char *b)
{
	return metric_get(family, (const char *const[]){ a, b });
}

static struct metrics *filled(void)
{
	struct metrics *metrics = metrics_new(METRICS);
	struct metric_family *family = metrics_family(metrics, &calls);

	metric_add(get(family, "q\"\\", "x"), 7);
	metric_add(get(family, "a", ""), UINT64_MAX);
	family = metrics_family(metrics, &money);
	metric_add(get(family, "a", NULL), 3000000000);
	metric_add(get(family, "b", NULL), 2000000000000);
	metric_add(get(family, "c", NULL), 1);
	(void)metrics_family(metrics, &unused);
	family = metrics_family(metrics, &length);
	metric_observe(get(family, "a", NULL), 0);
	metric_observe(get(family, "a", NULL), 50000000);
	metric_observe(get(family, "a", NULL), 100000000);
	metric_observe(get(family, "a", NULL), 1000000001);
	metric_observe(get(metrics_family(metrics, &bare), NULL, NULL), 3);
	return metrics;
}

START_TEST(text_is_golden)
{
	struct metrics *metrics = filled();
	struct buffer out = { .limit = METRICS };

	ck_assert_int_eq(prometheus_render(metrics, &out), 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	ck_assert_str_eq(out.data, golden);
	buffer_done(&out);
	metrics_free(metrics);
}
END_TEST

static void render_gauge(double value, char *ret, size_t size)
{
	struct metrics *metrics = metrics_new(METRICS);
	struct buffer out = { .limit = METRICS };
	const char *line;

	metric_set(metric_get(metrics_family(metrics, &level), (const char *const[]){ "1" }), value);
	ck_assert_int_eq(prometheus_render(metrics, &out), 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	line = strstr(out.data, "level{n=\"1\"} ");
	ck_assert_ptr_nonnull(line);
	(void)slice_copy(ret, size, (struct slice){ line + 13, strcspn(line + 13, "\n") });
	buffer_done(&out);
	metrics_free(metrics);
}

START_TEST(doubles_read_back_exactly)
{
	static const double values[] = { 0, 1, -1, 0.1, 1.0 / 3, 1e21, 1e-7, 123456789.125, 0.1 + 0.2, 5e-324,
					 1.7976931348623157e308 };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		render_gauge(values[i], text, sizeof(text));
		ck_assert_msg(strtod(text, NULL) == values[i], "%s", text);
	}
	render_gauge(0.1, text, sizeof(text));
	ck_assert_str_eq(text, "0.1");
}
END_TEST

START_TEST(infinities_are_spelt_as_prometheus_does)
{
	char text[64];

	render_gauge(INFINITY, text, sizeof(text));
	ck_assert_str_eq(text, "+Inf");
	render_gauge(-INFINITY, text, sizeof(text));
	ck_assert_str_eq(text, "-Inf");
	render_gauge(NAN, text, sizeof(text));
	ck_assert_str_eq(text, "NaN");
}
END_TEST

START_TEST(an_unset_gauge_is_left_out)
{
	struct metrics *metrics = metrics_new(METRICS);
	struct metric_family *family = metrics_family(metrics, &level);
	struct buffer out = { .limit = METRICS };

	metric_set(metric_get(family, (const char *const[]){ "1" }), 1);
	metric_set(metric_get(family, (const char *const[]){ "2" }), 2);
	metric_unset(metric_get(family, (const char *const[]){ "1" }));
	ck_assert_int_eq(prometheus_render(metrics, &out), 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	ck_assert_ptr_null(strstr(out.data, "level{n=\"1\"}"));
	ck_assert_ptr_nonnull(strstr(out.data, "level{n=\"2\"} 2\n"));
	buffer_done(&out);
	metrics_free(metrics);
}
END_TEST

/* At every size too small for the whole, an error and no crash. */
START_TEST(a_full_buffer_is_an_error)
{
	struct metrics *metrics = filled();

	for (size_t limit = 1; limit < sizeof(golden) - 1; limit++) {
		struct buffer out = { .limit = limit };

		ck_assert_int_eq(prometheus_render(metrics, &out), -E2BIG);
		buffer_done(&out);
	}
	metrics_free(metrics);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("prometheus");
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, text_is_golden);
	tcase_add_test(tcase, doubles_read_back_exactly);
	tcase_add_test(tcase, infinities_are_spelt_as_prometheus_does);
	tcase_add_test(tcase, an_unset_gauge_is_left_out);
	tcase_add_test(tcase, a_full_buffer_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
