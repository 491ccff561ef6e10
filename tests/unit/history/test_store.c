/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what is written is read back, the hours are what the calls come to, and the limits hold. */
#include "history/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "history/database.h"
#include "history/hours.h"
#include "history/packed.h"
#include "samples.h"
#include "unit.h"

static char path[64];
static int folder;
static struct store *store;
static struct buffer records;
static struct store_written written;

static void setup(void)
{
	folder = sample_folder(path);
	written = (struct store_written){ 0 };
	ck_assert_int_eq(store_open(folder, &store), 0);
}

static void teardown(void)
{
	store_close(store);
	store = NULL;
	buffer_done(&records);
	sample_folder_done(folder, path);
}

static void pack_range(uint64_t from, uint64_t to)
{
	struct call call;

	records.len = 0;
	for (uint64_t n = from; n < to; n++) {
		sample_call(n, &call);
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
}

static void write_range(uint64_t from, uint64_t to)
{
	for (; from < to; from += 1000) {
		pack_range(from, from + 1000 < to ? from + 1000 : to);
		ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	}
}

/* ---- there and back ---------------------------------------------------------------------------------- */

static uint64_t expected;

static void check_call(void *ctx, const struct call *call)
{
	struct call should;

	(void)ctx;
	sample_call(expected++, &should);
	ck_assert_mem_eq(call, &should, sizeof(should));
}

START_TEST(calls_come_back_as_they_were)
{
	write_range(0, 2500);
	ck_assert_uint_eq(written.rows[STORE_CALLS], 2500);
	expected = 0;
	ck_assert_int_eq(history_calls(folder, 0, SIZE_MAX, check_call, NULL), 2500);
	ck_assert_uint_eq(expected, 2500);
}
END_TEST

START_TEST(the_last_calls_or_those_since)
{
	write_range(0, 1000);
	expected = 900;
	ck_assert_int_eq(history_calls(folder, 0, 100, check_call, NULL), 100);
	expected = 700;
	ck_assert_int_eq(history_calls(folder, SAMPLE_BEGIN_NS + 700 * 1000000ll, 5000, check_call, NULL), 300);
	ck_assert_int_eq(history_calls(folder, SAMPLE_BEGIN_NS + 5000 * 1000000ll, 5000, check_call, NULL), 0);
	ck_assert_int_eq(history_calls(folder, 0, 0, check_call, NULL), 0);
}
END_TEST

START_TEST(other_ids_come_back_too)
{
	static const char *const ids[] = { "", "-", "abc", "abc-0", "abc-00", "abc-1F", "a-b-ff", "abc-ffffffffffffffff",
					   "abc-7fffffffffffffff", "abc--1" };
	struct call call;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		sample_call(i, &call);
		(void)slice_copy(call.id, sizeof(call.id), slice_of(ids[i]));
		records.len = 0;
		ck_assert_int_eq(pack_call(&call, &records), 0);
		ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char sql[256];

		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM calls c JOIN runs r ON r.id = c.run WHERE "
			       "'%s' = CASE c.number WHEN -1 THEN r.run ELSE r.run || '-' || lower(printf('%%x', c.number)) END",
			       ids[i]);
		ck_assert_int_eq(sample_number(path, sql), 1);
	}
}
END_TEST

START_TEST(a_batch_may_be_written_again)
{
	pack_range(0, 500);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	ck_assert_uint_eq(written.rows[STORE_CALLS], 500);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM calls"), 500);
	sample_check_hours(path);
}
END_TEST

START_TEST(hours_are_what_the_calls_come_to)
{
	struct call call;

	write_range(0, 3000);
	/* Other hours, some of which are there already. */
	records.len = 0;
	for (uint64_t n = 3000; n < 6000; n++) {
		sample_call(n, &call);
		call.time_unix_ns += (int64_t)(n % 50) * HOUR_NS;
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	write_range(6000, 7000);
	sample_check_hours(path);
}
END_TEST

START_TEST(sums_stay_at_their_maximum)
{
	struct call call;

	records.len = 0;
	for (uint64_t n = 1; n < 4; n++) {
		sample_call(60 * n + 1, &call);
		call.cost_pico_usd = INT64_MAX;
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	ck_assert_int_eq(sample_number(path, "SELECT max(cost_pico_usd) FROM hours"), INT64_MAX);
	ck_assert_int_eq(sample_number(path, "SELECT sum(calls) FROM hours"), 3);
}
END_TEST

START_TEST(times_that_make_no_sense_are_refused)
{
	struct call call;

	sample_call(1, &call);
	call.time_unix_ns = -1;
	ck_assert_int_eq(pack_call(&call, &records), -EBADMSG);
	call.time_unix_ns = INT64_MAX - 5;
	ck_assert_int_eq(pack_call(&call, &records), -EBADMSG);
	ck_assert_uint_eq(records.len, 0);
	pack_range(0, 1);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), SAMPLE_BEGIN_NS - STORE_AHEAD_NS - 1, &written), 0);
	ck_assert_uint_eq(written.refused, 1);
	ck_assert_uint_eq(written.rows[STORE_CALLS], 0);
}
END_TEST

static void check_alert(void *ctx, const struct alert *alert)
{
	struct alert should;

	(void)ctx;
	sample_alert(expected++, &should);
	ck_assert_mem_eq(alert, &should, sizeof(should));
}

START_TEST(alerts_come_back_as_they_were)
{
	struct alert alert;

	for (uint64_t n = 0; n < 200; n++) {
		sample_alert(n, &alert);
		ck_assert_int_eq(pack_alert(&alert, &records), 0);
	}
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	ck_assert_uint_eq(written.rows[STORE_ALERTS], 200);
	expected = 0;
	ck_assert_int_eq(history_alerts(folder, 0, SIZE_MAX, check_alert, NULL), 200);
	expected = 190;
	ck_assert_int_eq(history_alerts(folder, 0, 10, check_alert, NULL), 10);
}
END_TEST

START_TEST(the_file_is_its_owners_alone)
{
	struct stat status;
	char file[128];

	write_range(0, 10);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(file, sizeof(file), "%s/history.db%s", path, (const char *[]){ "", "-wal", "-shm" }[i]);
		ck_assert_int_eq(stat(file, &status), 0);
		ck_assert_uint_eq(status.st_mode & 0777, 0600);
	}
}
END_TEST

/* ---- limits ------------------------------------------------------------------------------------------ */

/* `steady_ns` after the store was opened. */
static void trim_at(const struct history_config *config, int64_t now_unix_ns, int64_t steady_ns)
{
	const struct store_time now = { now_unix_ns, steady_ns };
	int more;

	do {
		more = store_trim(store, config, &now);
		ck_assert_int_ge(more, 0);
	} while (more == 1);
}

static void trim_all(const struct history_config *config, int64_t now_unix_ns)
{
	trim_at(config, now_unix_ns, 0);
}

START_TEST(what_is_too_old_goes_and_what_it_alone_referred_to)
{
	struct history_config config = sample_config();
	struct alert alert;
	int64_t now = SAMPLE_BEGIN_NS + 2 * HOUR_NS;

	write_range(0, 3000);
	records.len = 0;
	sample_alert(0, &alert);
	ck_assert_int_eq(pack_alert(&alert, &records), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	config.calls_age = (uint64_t)(2 * HOUR_NS - 2000 * 1000000ll);
	ck_assert_int_eq(store_trim(store, &config, &(struct store_time){ now, 0 }), 1);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM calls"), 2500);
	trim_all(&config, now);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM calls"), 1000);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM findings"), 100);
	ck_assert_int_gt(sample_number(path, "SELECT count(*) FROM hours"), 0);
	config.calls_age = config.hours_age = config.alerts_age = (uint64_t)HOUR_NS / 2;
	trim_all(&config, now);
	for (size_t i = 0; i < 8; i++) {
		static const char *const tables[] = { "calls", "findings", "kinds", "rules", "runs", "hours", "series", "alerts" };
		char sql[64];

		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		ck_assert_msg(sample_number(path, sql) == 0, "%s", tables[i]);
	}
	/* Numbers that were remembered are not used again. */
	write_range(0, 100);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM calls c JOIN kinds k ON k.id = c.kind "
					     "JOIN runs r ON r.id = c.run"), 100);
	sample_check_hours(path);
}
END_TEST

/* Each call a kind of its own, as somebody could make them who chooses names. */
static void write_kinds(uint64_t from, uint64_t to)
{
	struct call call;

	records.len = 0;
	for (; from < to; from++) {
		sample_call(from, &call);
		(void)memset(call.path, 'p', sizeof(call.path) - 1);
		(void)memset(call.request_model, 'm', sizeof(call.request_model) - 1);
		(void)snprintf(call.request_model, sizeof(call.request_model), "%0100llu", (unsigned long long)from * 7919 % 1000003);
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
}

#define DAY_NS (24 * HOUR_NS)
#define CENTURY_NS (73 * 365 * DAY_NS)

static int64_t rows_of(const char *table)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return sample_number(path, sql);
}

static void keep_alert(uint64_t n)
{
	struct alert alert;

	records.len = 0;
	sample_alert(n, &alert);
	ck_assert_int_eq(pack_alert(&alert, &records), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
}

/* A clock that is set to 2099, by hours or for good. */
START_TEST(a_clock_that_is_set_ahead_deletes_nothing_at_once)
{
	const struct history_config config = sample_config();
	int64_t now = SAMPLE_BEGIN_NS + HOUR_NS, hours;

	write_range(0, 1000);
	keep_alert(0);
	hours = rows_of("hours");
	for (int64_t steady = 0; steady < DAY_NS; steady += HOUR_NS) {
		trim_at(&config, now + CENTURY_NS + steady, steady);
		ck_assert_int_eq(rows_of("calls"), 1000);
		ck_assert_int_eq(rows_of("hours"), hours);
		ck_assert_int_eq(rows_of("alerts"), 1);
	}
	/* Back for a moment: the day begins anew. So it does at a restart. */
	trim_at(&config, now, DAY_NS - 1);
	trim_at(&config, now + CENTURY_NS, DAY_NS);
	ck_assert_int_eq(rows_of("calls"), 1000);
	store_close(store);
	ck_assert_int_eq(store_open(folder, &store), 0);
	trim_at(&config, now + CENTURY_NS, DAY_NS);
	trim_at(&config, now + CENTURY_NS + DAY_NS, 2 * DAY_NS - 1);
	ck_assert_int_eq(rows_of("calls"), 1000);
	/* It is believed in the end. */
	trim_at(&config, now + CENTURY_NS + DAY_NS, 2 * DAY_NS);
	ck_assert_int_eq(rows_of("calls"), 0);
	ck_assert_int_eq(rows_of("hours"), 0);
	ck_assert_int_eq(rows_of("alerts"), 0);
}
END_TEST

START_TEST(a_clock_that_is_set_back_deletes_nothing)
{
	const struct history_config config = sample_config();

	write_range(0, 1000);
	trim_at(&config, 1, 0);
	trim_at(&config, SAMPLE_BEGIN_NS - CENTURY_NS / 2, DAY_NS);
	trim_at(&config, -CENTURY_NS, 3 * DAY_NS);
	ck_assert_int_eq(rows_of("calls"), 1000);
}
END_TEST

/* In use rows go as they come of age, without a doubt. */
START_TEST(rows_go_as_they_come_of_age)
{
	const struct history_config config = sample_config();
	int64_t first_end = sample_number((write_range(0, 1000), path), "SELECT min(end_ns) FROM calls");
	int64_t aged = first_end + (int64_t)config.calls_age;

	trim_at(&config, aged, 0);
	ck_assert_int_eq(rows_of("calls"), 1000);
	trim_at(&config, aged + 500 * 1000000ll, 1);
	ck_assert_int_eq(rows_of("calls"), 500);
	trim_at(&config, aged + DAY_NS, 2);
	ck_assert_int_eq(rows_of("calls"), 0);
}
END_TEST

START_TEST(the_files_stay_below_the_limit_of_bytes)
{
	struct history_config config = sample_config();
	uint64_t most = 0;

	config.bytes_max = STORE_BYTES_MIN;
	for (uint64_t n = 0; n < 60000; n += 1000) {
		write_kinds(n, n + 1000);
		most = database_bytes(folder) > most ? database_bytes(folder) : most;
		trim_all(&config, SAMPLE_BEGIN_NS);
		ck_assert_uint_le(database_bytes(folder), config.bytes_max);
	}
	ck_assert_uint_le(most, config.bytes_max);
	ck_assert_int_lt(sample_number(path, "SELECT count(*) FROM calls"), 60000);
	ck_assert_int_gt(sample_number(path, "SELECT count(*) FROM calls"), 5000);
	ck_assert_int_eq(sample_number(path, "SELECT max(end_ns) FROM calls"), SAMPLE_BEGIN_NS + 59999 * 1000000ll);
}
END_TEST

START_TEST(a_reader_that_stands_still_stops_the_journal_from_growing)
{
	struct history_config config = sample_config();
	sqlite3 *reader = NULL;
	sqlite3_stmt *statement = NULL;
	int err = 0;

	config.bytes_max = STORE_BYTES_MIN;
	write_range(0, 1000);
	ck_assert_int_eq(database_open(folder, false, &reader), 0);
	ck_assert_int_eq(database_prepare(reader, "SELECT end_ns FROM calls", &statement), 0);
	ck_assert_int_eq(database_row(statement), 1);
	for (uint64_t n = 1000; n < 400000 && err == 0; n += 1000) {
		pack_range(n, n + 1000);
		err = store_write(store, buffer_slice(&records), 0, &written);
		ck_assert_uint_le(database_bytes(folder), config.bytes_max);
	}
	ck_assert_int_eq(err, -EAGAIN);
	(void)sqlite3_finalize(statement);
	database_close(reader);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	sample_check_hours(path);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("store");
	TCase *tcase = tcase_create("store");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, calls_come_back_as_they_were);
	tcase_add_test(tcase, the_last_calls_or_those_since);
	tcase_add_test(tcase, other_ids_come_back_too);
	tcase_add_test(tcase, a_batch_may_be_written_again);
	tcase_add_test(tcase, hours_are_what_the_calls_come_to);
	tcase_add_test(tcase, sums_stay_at_their_maximum);
	tcase_add_test(tcase, times_that_make_no_sense_are_refused);
	tcase_add_test(tcase, alerts_come_back_as_they_were);
	tcase_add_test(tcase, the_file_is_its_owners_alone);
	tcase_add_test(tcase, what_is_too_old_goes_and_what_it_alone_referred_to);
	tcase_add_test(tcase, a_clock_that_is_set_ahead_deletes_nothing_at_once);
	tcase_add_test(tcase, a_clock_that_is_set_back_deletes_nothing);
	tcase_add_test(tcase, rows_go_as_they_come_of_age);
	tcase_add_test(tcase, the_files_stay_below_the_limit_of_bytes);
	tcase_add_test(tcase, a_reader_that_stands_still_stops_the_journal_from_growing);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
