/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define BYTES (1 << 20)

static const uint64_t bounds[] = { 10000, 20000 };

static const struct metric_desc hits = {
	.name = "hits_total",
	.help = "Hits",
	.type = METRIC_COUNTER,
	.labels = { { "who", 3 }, { "kind", 0 } },
	.series_max = 4,
};
static const struct metric_desc misses = {
	.name = "misses_total",
	.help = "Misses",
	.type = METRIC_COUNTER,
	.labels = { { "who", 3 } },
};
static const struct metric_desc lengths = {
	.name = "length_ms",
	.help = "Lengths",
	.type = METRIC_HISTOGRAM,
	.scale = 1000,
	.bounds = bounds,
	.bound_count = 2,
};
static const struct metric_desc level = { .name = "level", .help = "Level", .type = METRIC_GAUGE };

static uint64_t count_of(const struct metric_series *series)
{
	struct metric_value value;

	metric_read(series, &value);
	return value.count;
}

static struct metric_series *get2(struct metric_family *family, const char *a, const char *b)
{
	return metric_get(family, (const char *const[]){ a, b });
}

static struct metric_series *get1(struct metric_family *family, const char *a)
{
	return metric_get(family, (const char *const[]){ a });
}

/* What the registry says about values that had no place. */
static uint64_t overflow_of(const struct metrics *metrics, const char *label)
{
	const struct metric_family *family = metrics_family_at(metrics, 0);
	const struct metric_series *series;

	ck_assert_str_eq(metric_family_desc(family)->name, "promtap_label_overflow_total");
	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		if (strcmp(metric_series_label(series, 0), label) == 0)
			return count_of(series);
	}
	ck_abort_msg("no overflow series for label %s", label);
	return 0;
}

START_TEST(same_labels_same_series)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &hits);

	metric_add(get2(family, "a", "x"), 2);
	metric_add(get2(family, "a", "x"), 3);
	metric_add(get2(family, "a", "y"), 7);
	ck_assert_ptr_eq(get2(family, "a", "x"), get2(family, "a", "x"));
	ck_assert_uint_eq(count_of(get2(family, "a", "x")), 5);
	ck_assert_uint_eq(count_of(get2(family, "a", "y")), 7);
	metrics_free(metrics);
}
END_TEST

/* "a" + "bc" is not "ab" + "c", and the order is by label, not by joined text. */
START_TEST(series_are_sorted_by_labels)
{
	static const char *const expected[][2] = { { "a", "bc" }, { "a", "z" }, { "a b", "a" }, { "ab", "c" } };
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &hits);

	(void)get2(family, "ab", "c");
	(void)get2(family, "a", "z");
	(void)get2(family, "a b", "a");
	(void)get2(family, "a", "bc");
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(metric_series_label(metric_series_at(family, i), 0), expected[i][0]);
		ck_assert_str_eq(metric_series_label(metric_series_at(family, i), 1), expected[i][1]);
	}
	ck_assert_ptr_null(metric_series_at(family, 4));
	metrics_free(metrics);
}
END_TEST

START_TEST(values_over_the_cap_go_to_other)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &misses);

	ck_assert_uint_eq(overflow_of(metrics, "who"), 0);
	for (int i = 0; i < 10; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "name%d", i);
		metric_add(get1(family, name), 1);
	}
	ck_assert_uint_eq(count_of(get1(family, METRIC_OTHER)), 7);
	ck_assert_uint_eq(count_of(get1(family, "name2")), 1);
	ck_assert_uint_eq(overflow_of(metrics, "who"), 7);
	ck_assert_ptr_nonnull(metric_series_at(family, 3));
	ck_assert_ptr_null(metric_series_at(family, 4));
	metrics_free(metrics);
}
END_TEST

/* One name means the same in every family, so their series can be joined. */
START_TEST(the_cap_of_a_label_spans_families)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *first = metrics_family(metrics, &hits);
	struct metric_family *second = metrics_family(metrics, &misses);

	(void)get2(first, "a", "x");
	(void)get2(first, "b", "x");
	(void)get1(second, "c");
	ck_assert_str_eq(metric_series_label(get1(second, "d"), 0), METRIC_OTHER);
	ck_assert_str_eq(metric_series_label(get1(second, "b"), 0), "b");
	metrics_free(metrics);
}
END_TEST

START_TEST(label_sets_over_the_cap_keep_closed_labels)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &hits);
	struct metric_series *series;

	(void)get2(family, "a", "1");
	(void)get2(family, "a", "2");
	(void)get2(family, "b", "1");
	(void)get2(family, "b", "2");
	series = get2(family, "a", "3");
	ck_assert_str_eq(metric_series_label(series, 0), METRIC_OTHER);
	ck_assert_str_eq(metric_series_label(series, 1), "3");
	ck_assert_uint_eq(overflow_of(metrics, "series"), 1);
	ck_assert_uint_eq(overflow_of(metrics, "who"), 0);
	ck_assert_str_eq(metric_series_label(get2(family, "b", "2"), 0), "b");
	metrics_free(metrics);
}
END_TEST

START_TEST(bytes_are_bounded)
{
	static const struct metric_desc wide = {
		.name = "wide_total",
		.help = "Wide",
		.type = METRIC_COUNTER,
		.labels = { { "text", 100000 } },
		.series_max = 100000,
	};
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &wide);
	char name[METRIC_VALUE_BYTES];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 50000; i++) {
		(void)snprintf(name, 8, "%07d", i);
		name[7] = 'x';
		metric_add(get1(family, name), 1);
	}
	/* Arrays double, so the bound is passed by one doubling at most. */
	ck_assert_uint_le(metrics_bytes(metrics), BYTES + BYTES / 4);
	ck_assert_uint_gt(overflow_of(metrics, "series"), 40000);
	ck_assert_uint_eq(count_of(get1(family, METRIC_OTHER)), overflow_of(metrics, "series"));
	metrics_free(metrics);
}
END_TEST

START_TEST(label_values_are_cut_and_plain)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &misses);
	char longer[300];

	memset(longer, 'y', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_uint_eq(strlen(metric_series_label(get1(family, longer), 0)), METRIC_VALUE_BYTES - 1);
	ck_assert_str_eq(metric_series_label(get1(family, "a\nb\xff\x7f\"\\"), 0), "a_b__\"\\");
	metrics_free(metrics);
}
END_TEST

START_TEST(histogram_bounds_are_inclusive)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_series *series = metric_get(metrics_family(metrics, &lengths), NULL);
	struct metric_value value;

	metric_observe(series, 10000);
	metric_observe(series, 10001);
	metric_observe(series, 20000);
	metric_observe(series, 20001);
	metric_observe(series, 0);
	metric_read(series, &value);
	ck_assert_uint_eq(value.buckets[0], 2);
	ck_assert_uint_eq(value.buckets[1], 2);
	ck_assert_uint_eq(value.buckets[2], 1);
	ck_assert_uint_eq(value.count, 5);
	ck_assert_uint_eq(value.sum, 60002);
	metrics_free(metrics);
}
END_TEST

START_TEST(counters_never_fall)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_family *family = metrics_family(metrics, &misses);
	struct metric_series *series = get1(family, "a");

	metric_add(series, UINT64_MAX - 1);
	metric_add(series, 5);
	ck_assert_uint_eq(count_of(series), UINT64_MAX);
	metric_raise(get1(family, "b"), 9);
	metric_raise(get1(family, "b"), 4);
	ck_assert_uint_eq(count_of(get1(family, "b")), 9);
	metrics_free(metrics);
}
END_TEST

START_TEST(gauge_is_set)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_series *series = metric_get(metrics_family(metrics, &level), NULL);
	struct metric_value value;

	metric_set(series, 2.5);
	metric_set(series, -1.25);
	metric_read(series, &value);
	ck_assert_double_eq(value.number, -1.25);
	metrics_free(metrics);
}
END_TEST

START_TEST(gauge_is_unset_until_it_is_set_again)
{
	struct metrics *metrics = metrics_new(BYTES);
	struct metric_series *series = metric_get(metrics_family(metrics, &level), NULL);
	struct metric_value value;

	metric_set(series, 1);
	metric_read(series, &value);
	ck_assert(!value.unset);
	metric_unset(series);
	metric_read(series, &value);
	ck_assert(value.unset);
	metric_set(series, 0);
	metric_read(series, &value);
	ck_assert(!value.unset);
	metrics_free(metrics);
}
END_TEST

START_TEST(updates_without_a_series_do_nothing)
{
	metric_unset(NULL);
	metric_add(NULL, 1);
	metric_raise(NULL, 1);
	metric_set(NULL, 1);
	metric_observe(NULL, 1);
	metrics_free(NULL);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("registry");

	tcase_add_test(tcase, same_labels_same_series);
	tcase_add_test(tcase, series_are_sorted_by_labels);
	tcase_add_test(tcase, values_over_the_cap_go_to_other);
	tcase_add_test(tcase, the_cap_of_a_label_spans_families);
	tcase_add_test(tcase, label_sets_over_the_cap_keep_closed_labels);
	tcase_add_test(tcase, bytes_are_bounded);
	tcase_add_test(tcase, label_values_are_cut_and_plain);
	tcase_add_test(tcase, histogram_bounds_are_inclusive);
	tcase_add_test(tcase, counters_never_fall);
	tcase_add_test(tcase, gauge_is_set);
	tcase_add_test(tcase, gauge_is_unset_until_it_is_set_again);
	tcase_add_test(tcase, updates_without_a_series_do_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
