/* SPDX-License-Identifier: Apache-2.0 */
/* The table of files with an inspector and an attacher of paper: states, users, time, limits. */
#include "attach/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach/coverage.h"
#include "base/cleanup.h"
#include "base/stats.h"
#include "maxima.h"
#include "unit.h"

#define SECOND 1000000000ull

static struct {
	struct inspect_request asked[FILES_INSPECTING_MAX];
	size_t asked_count;
	int inspect_error, attach_error;
	unsigned attached, detached;
	uint32_t last_index;
} paper;

static int paper_inspect(void *ctx, int fd, const struct inspect_request *request)
{
	(void)ctx;
	ck_assert_int_ge(fd, 0);
	if (paper.inspect_error)
		return paper.inspect_error;
	ck_assert_uint_lt(paper.asked_count, FILES_INSPECTING_MAX);
	paper.asked[paper.asked_count++] = *request;
	return 0;
}

static int paper_attach(void *ctx, struct file *file)
{
	(void)ctx;
	ck_assert_uint_ge(file->index, 1);
	ck_assert_uint_le(file->index, ATTACHMENTS_MAX);
	ck_assert_int_ge(file->fd, 0);
	paper.last_index = file->index;
	paper.attached += !paper.attach_error;
	return paper.attach_error;
}

static void paper_detach(void *ctx, struct file *file)
{
	(void)ctx;
	(void)file;
	paper.detached++;
}

static const struct files_ops ops = { paper_inspect, paper_attach, paper_detach };
static struct files *files;
static const struct tls_library *openssl;

static void setup(void)
{
	memset(&paper, 0, sizeof(paper));
	memset(stats, 0, sizeof(stats));
	openssl = tls_library_of_programs();
	files = files_new(&ops, NULL);
	ck_assert_ptr_nonnull(files);
}

static void teardown(void)
{
	files_free(files);
}

static struct file_id id_of(uint64_t inode)
{
	return (struct file_id){ .device = 1, .inode = inode, .size = 100, .mtime_ns = 5 };
}

static struct file *use(uint64_t inode, const struct tls_library *library, uint64_t now_ns)
{
	struct file_id id = id_of(inode);

	return files_use(files, &id, library, memfd_create("file", MFD_CLOEXEC), now_ns);
}

/* Answers the question asked first. */
static void answer(uint32_t result, uint64_t offset, uint32_t traits, uint64_t now_ns)
{
	struct inspect_reply reply = { .result = result, .traits = traits };

	ck_assert_uint_gt(paper.asked_count, 0);
	reply.id = paper.asked[0].id;
	for (size_t i = 0; i < TLS_FUNCTIONS_MAX; i++)
		reply.offsets[i] = offset ? offset + i : 0;
	memmove(paper.asked, paper.asked + 1, --paper.asked_count * sizeof(paper.asked[0]));
	files_on_inspected(files, &reply, now_ns);
}

START_TEST(test_attached_once_for_many_users)
{
	struct file *file = use(1, openssl, 0);

	ck_assert_int_eq(file->state, FILE_INSPECTING);
	ck_assert_ptr_eq(use(1, openssl, 0), file);
	ck_assert_uint_eq(paper.asked_count, 1);
	ck_assert_str_eq(paper.asked[0].symbols[0], "SSL_write");
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert_int_eq(file->state, FILE_ATTACHED);
	ck_assert_uint_eq(file->users, 2);
	ck_assert_ptr_eq(use(1, openssl, 0), file);
	ck_assert_uint_eq(paper.attached, 1);
	ck_assert_uint_eq(stats[STAT_ATTACH_OK], 1);
	ck_assert(files_settled(files));
}
END_TEST

START_TEST(test_other_content_is_another_file)
{
	struct file_id changed = id_of(1);
	struct file *file = use(1, openssl, 0);

	changed.mtime_ns++;
	ck_assert_ptr_ne(files_use(files, &changed, openssl, memfd_create("file", MFD_CLOEXEC), 0), file);
	ck_assert_uint_eq(files_count(files), 2);
}
END_TEST

START_TEST(test_detached_after_the_last_user)
{
	struct file *file = use(1, openssl, 0);
	uint32_t index;

	answer(INSPECT_OK, 64, 0, 0);
	index = file->index;
	files_hold(file);
	files_drop(file, 1 * SECOND);
	files_tick(files, 60 * SECOND);
	ck_assert_int_eq(file->state, FILE_ATTACHED);
	files_drop(file, 60 * SECOND);
	files_tick(files, 60 * SECOND + FILE_LINGER_NS - 1);
	ck_assert_int_eq(file->state, FILE_ATTACHED);
	files_tick(files, 60 * SECOND + FILE_LINGER_NS);
	ck_assert_int_eq(file->state, FILE_IDLE);
	ck_assert_uint_eq(paper.detached, 1);
	ck_assert_uint_eq(stats[STAT_DETACHED], 1);
	ck_assert_uint_eq(file->index, 0);
	ck_assert_int_eq(file->fd, -1);
	/* It comes back without a question, under an index that was not in use just now. */
	ck_assert_ptr_eq(use(1, openssl, 70 * SECOND), file);
	ck_assert_int_eq(file->state, FILE_ATTACHED);
	ck_assert_uint_eq(paper.asked_count, 0);
	ck_assert_uint_ne(file->index, index);
}
END_TEST

START_TEST(test_probes_that_come_back_stay_longer)
{
	struct file *file = use(1, openssl, 0);
	uint64_t now_ns = 0;

	answer(INSPECT_OK, 64, 0, 0);
	for (unsigned i = 0; i < FILE_LINGER_DOUBLINGS + 3; i++) {
		unsigned doublings = i < FILE_LINGER_DOUBLINGS ? i : FILE_LINGER_DOUBLINGS;

		files_drop(file, now_ns);
		now_ns += (FILE_LINGER_NS << doublings) - 1;
		files_tick(files, now_ns);
		ck_assert_int_eq(file->state, FILE_ATTACHED);
		files_tick(files, ++now_ns);
		ck_assert_int_eq(file->state, FILE_IDLE);
		(void)use(1, openssl, now_ns);
	}
}
END_TEST

START_TEST(test_gone_before_the_answer)
{
	struct file *file = use(1, openssl, 0);

	files_drop(file, 0);
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert_int_eq(file->state, FILE_IDLE);
	ck_assert_uint_eq(paper.attached, 0);
	ck_assert_int_eq(file->fd, -1);
}
END_TEST

static const struct {
	uint32_t result;
	uint64_t offset;
	uint32_t traits;
	bool executable;
	enum file_state state;
	const char *stack;	/* null: none */
	enum stat_id stat;		/* 0: none */
} outcomes[] = {
	{ INSPECT_NO_SYMBOLS, 0, 0, false, FILE_NO_SYMBOLS, "openssl", STAT_ATTACH_NO_SYMBOLS },
	{ INSPECT_NOT_ELF, 0, 0, false, FILE_UNREADABLE, "openssl", STAT_ATTACH_UNREADABLE },
	{ INSPECT_FAILED, 0, 0, false, FILE_UNREADABLE, "openssl", STAT_ATTACH_UNREADABLE },
	{ INSPECT_NO_SYMBOLS, 0, 0, true, FILE_PLAIN, NULL, 0 },
	{ INSPECT_NOT_ELF, 0, 0, true, FILE_PLAIN, NULL, 0 },
	{ INSPECT_NO_SYMBOLS, 0, INSPECT_TRAIT_GO, true, FILE_NOT_OBSERVED, "go", 0 },
	{ INSPECT_NO_SYMBOLS, 0, INSPECT_TRAIT_OPENSSL, true, FILE_NOT_OBSERVED, "openssl", 0 },
	{ INSPECT_OK, 64, 0, true, FILE_ATTACHED, "openssl", STAT_ATTACH_OK },
	{ UINT32_MAX, 64, UINT32_MAX, false, FILE_NO_SYMBOLS, "openssl", STAT_ATTACH_NO_SYMBOLS },
};

START_TEST(test_outcomes)
{
	struct file *file = use(1, outcomes[_i].executable ? NULL : openssl, 0);
	struct coverage_entry entries[1];
	size_t count;

	answer(outcomes[_i].result, outcomes[_i].offset, outcomes[_i].traits, 0);
	ck_assert_int_eq(file->state, outcomes[_i].state);
	if (outcomes[_i].stat)
		ck_assert_uint_eq(stats[outcomes[_i].stat], 1);
	if (outcomes[_i].state != FILE_ATTACHED)
		ck_assert_int_eq(file->fd, -1);
	count = coverage_of_files(4, &file, 1, entries);
	ck_assert_uint_eq(count, outcomes[_i].stack != NULL);
	if (count > 0) {
		ck_assert_str_eq(entries[0].stack, outcomes[_i].stack);
		ck_assert_int_eq(entries[0].covered, outcomes[_i].state == FILE_ATTACHED);
		ck_assert_int_eq(entries[0].covered, entries[0].why[0] == '\0');
	}
}
END_TEST

START_TEST(test_not_observed_is_not_opened)
{
	struct file_id id = id_of(1);
	struct file *file = files_use(files, &id, tls_library_of_path(SLICE("/lib/libgnutls.so.30")), -1, 0);

	ck_assert_int_eq(file->state, FILE_NOT_OBSERVED);
	ck_assert_uint_eq(paper.asked_count, 0);
}
END_TEST

START_TEST(test_refused_is_tried_again_later)
{
	struct file *file = use(1, openssl, 0);

	paper.attach_error = -EMFILE;
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert_int_eq(file->state, FILE_REFUSED);
	ck_assert_int_eq(file->error, -EMFILE);
	ck_assert_uint_eq(file->index, 0);
	(void)use(1, openssl, FILE_RETRY_NS - 1);
	(void)use(1, openssl, FILE_RETRY_NS);
	ck_assert_uint_eq(stats[STAT_ATTACH_REFUSED], 1);
	paper.attach_error = 0;
	(void)use(1, openssl, 2 * FILE_RETRY_NS);
	ck_assert_int_eq(file->state, FILE_ATTACHED);
}
END_TEST

START_TEST(test_indexes_run_out_and_come_back)
{
	struct file *last;

	for (uint64_t i = 1; i <= ATTACHMENTS_MAX; i++) {
		struct file *file = use(i, openssl, 0);

		answer(INSPECT_OK, 64, 0, 0);
		ck_assert_uint_eq(file->index, i);
	}
	last = use(ATTACHMENTS_MAX + 1, openssl, 0);
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert_int_eq(last->state, FILE_FULL);
	ck_assert_uint_eq(stats[STAT_ATTACH_FULL], 1);
	files_drop(use(7, openssl, 0), 0);
	files_drop(use(7, openssl, 0), 0);
	struct file *seventh = use(7, openssl, 0);
	files_drop(seventh, 0);
	files_drop(seventh, 0);
	files_tick(files, FILE_LINGER_NS);
	ck_assert_int_eq(seventh->state, FILE_IDLE);
	(void)use(ATTACHMENTS_MAX + 1, openssl, FILE_RETRY_NS);
	ck_assert_int_eq(last->state, FILE_ATTACHED);
	ck_assert_uint_eq(last->index, 7);
}
END_TEST

START_TEST(test_libraries_are_asked_first)
{
	for (uint64_t i = 1; i <= FILES_INSPECTING_MAX + 2; i++)
		(void)use(i, NULL, 0);
	ck_assert_uint_eq(paper.asked_count, FILES_INSPECTING_MAX);
	struct file *library = use(100, openssl, 0);
	ck_assert_int_eq(library->state, FILE_WAITING);
	answer(INSPECT_NO_SYMBOLS, 0, 0, 0);
	ck_assert_int_eq(library->state, FILE_INSPECTING);
	ck_assert(!files_settled(files));
	while (paper.asked_count > 0)
		answer(INSPECT_NO_SYMBOLS, 0, 0, 0);
	ck_assert(files_settled(files));
}
END_TEST

START_TEST(test_inspector_that_is_behind_is_asked_again)
{
	struct file *file;

	paper.inspect_error = -EAGAIN;
	file = use(1, openssl, 0);
	ck_assert_int_eq(file->state, FILE_WAITING);
	paper.inspect_error = 0;
	files_tick(files, SECOND);
	ck_assert_int_eq(file->state, FILE_INSPECTING);
}
END_TEST

START_TEST(test_inspector_that_dies)
{
	struct file *poison = use(1, openssl, 0), *next = use(2, openssl, 0);
	struct inspect_reply late = { .id = 1, .result = INSPECT_OK };

	files_on_inspector_gone(files, 0);
	ck_assert_int_eq(poison->state, FILE_UNREADABLE);
	ck_assert_int_eq(next->state, FILE_WAITING);
	paper.asked_count = 0;
	files_on_inspected(files, &late, 0);
	ck_assert_int_eq(poison->state, FILE_UNREADABLE);
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert_int_eq(next->state, FILE_ATTACHED);
	files_on_inspector_gone(files, 0);
}
END_TEST

START_TEST(test_waiting_files_are_bounded)
{
	struct file *file = NULL;

	for (uint64_t i = 0; i < FILES_INSPECTING_MAX + FILES_WAITING_MAX + 1; i++)
		file = use(i, NULL, 0);
	ck_assert_int_eq(file->state, FILE_UNKNOWN);
	ck_assert_int_eq(file->fd, -1);
	while (paper.asked_count > 0)
		answer(INSPECT_NO_SYMBOLS, 0, 0, 0);
	(void)use(FILES_INSPECTING_MAX + FILES_WAITING_MAX, NULL, 0);
	ck_assert_int_eq(file->state, FILE_INSPECTING);
}
END_TEST

START_TEST(test_table_is_bounded_and_forgets)
{
	const struct tls_library *gnutls = tls_library_of_path(SLICE("/lib/libgnutls.so.30"));

	for (uint64_t i = 0; i < FILES_MAX; i++)
		ck_assert_ptr_nonnull(use(i, gnutls, 0));
	ck_assert_ptr_null(use(FILES_MAX, gnutls, 0));
	ck_assert_uint_eq(stats[STAT_ATTACH_FULL], 1);
	files_drop(use(3, gnutls, 0), 0);
	files_drop(use(3, gnutls, 0), 0);
	struct file *third = use(3, gnutls, 0);
	files_drop(third, 0);
	files_drop(third, 0);
	ck_assert_ptr_nonnull(use(FILES_MAX, gnutls, 0));
	ck_assert_uint_eq(files_count(files), FILES_MAX);
}
END_TEST

START_TEST(test_unused_is_forgotten)
{
	files_drop(use(1, NULL, 0), 0);
	answer(INSPECT_NO_SYMBOLS, 0, 0, 0);
	files_tick(files, FILE_FORGET_NS - 1);
	ck_assert_uint_eq(files_count(files), 1);
	files_tick(files, FILE_FORGET_NS);
	ck_assert_uint_eq(files_count(files), 0);
}
END_TEST

START_TEST(test_change_in_place_takes_probes_out)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct file_id id;
	struct file *file;

	ck_assert_int_eq(file_identify(fd, NULL, &id), 0);
	int other auto_close = dup(fd);
	file = files_use(files, &id, openssl, fd, 0);
	answer(INSPECT_OK, 64, 0, 0);
	ck_assert(!files_check_changed(files, 0));
	ck_assert_int_eq(pwrite(other, "x", 1, 0), 1);
	ck_assert(files_check_changed(files, 0));
	ck_assert_uint_eq(paper.detached, 1);
	ck_assert(file->stale);
	ck_assert_ptr_ne(files_use(files, &id, openssl, memfd_create("file", MFD_CLOEXEC), 0), file);
}
END_TEST

START_TEST(test_free_detaches)
{
	(void)use(1, openssl, 0);
	(void)use(2, openssl, 0);
	answer(INSPECT_OK, 64, 0, 0);
	answer(INSPECT_OK, 64, 0, 0);
	files_free(files);
	files = NULL;
	ck_assert_uint_eq(paper.detached, 2);
}
END_TEST

START_TEST(test_coverage_by_process)
{
	struct file attached = { .library = openssl, .state = FILE_ATTACHED, .rule = SITE_RULE_SYMBOL };
	struct file bare = { .library = openssl, .state = FILE_NO_SYMBOLS };
	struct file plain = { .state = FILE_PLAIN };
	struct file gnutls = { .library = tls_library_of_path(SLICE("/libgnutls.so.30")), .state = FILE_NOT_OBSERVED };
	struct file *both[] = { &bare, &gnutls, &plain, &attached }, *one[] = { &bare };
	struct coverage_entry entries[8];
	struct coverage_stack rows[4];
	size_t count = coverage_of_files(1, both, ARRAY_SIZE(both), entries);

	ck_assert_uint_eq(count, 2);
	ck_assert(entries[0].covered);
	ck_assert(!entries[1].covered);
	count += coverage_of_files(2, one, 1, entries + count);
	ck_assert_uint_eq(coverage_sum(entries, count, rows, ARRAY_SIZE(rows)), 2);
	ck_assert_str_eq(rows[0].stack, "openssl");
	ck_assert_uint_eq(rows[0].covered, 1);
	ck_assert_uint_eq(rows[0].uncovered, 1);
	ck_assert_uint_eq(rows[1].uncovered, 1);
	ck_assert_uint_eq(coverage_sum(entries, count, rows, 1), 1);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("files");
	TCase *tests = tcase_create("files");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_attached_once_for_many_users);
	tcase_add_test(tests, test_other_content_is_another_file);
	tcase_add_test(tests, test_detached_after_the_last_user);
	tcase_add_test(tests, test_probes_that_come_back_stay_longer);
	tcase_add_test(tests, test_gone_before_the_answer);
	tcase_add_loop_test(tests, test_outcomes, 0, (int)ARRAY_SIZE(outcomes));
	tcase_add_test(tests, test_not_observed_is_not_opened);
	tcase_add_test(tests, test_refused_is_tried_again_later);
	tcase_add_test(tests, test_libraries_are_asked_first);
	tcase_add_test(tests, test_inspector_that_is_behind_is_asked_again);
	tcase_add_test(tests, test_inspector_that_dies);
	tcase_add_test(tests, test_waiting_files_are_bounded);
	tcase_add_test(tests, test_table_is_bounded_and_forgets);
	tcase_add_test(tests, test_unused_is_forgotten);
	tcase_add_test(tests, test_change_in_place_takes_probes_out);
	tcase_add_test(tests, test_free_detaches);
	tcase_add_test(tests, test_coverage_by_process);
	tcase_add_test(tests, test_indexes_run_out_and_come_back);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
