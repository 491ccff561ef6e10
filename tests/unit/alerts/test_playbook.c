/* SPDX-License-Identifier: Apache-2.0 */
/* The playbooks, and that docs/operations.md has the same to say (tests run in the root of the tree). */
#include "alerts/playbook.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "unit.h"

#define PAGE "docs/operations.md"

static struct reading reading_of(enum reading_kind kind, const char *note, double value)
{
	return (struct reading){ .kind = kind, .service = "", .model = "", .detail = "", .note = note, .value = value };
}

START_TEST(each_condition_has_one)
{
	for (unsigned kind = READING_UNKNOWN + 1; kind < READING_MAX; kind++) {
		struct reading reading = reading_of(kind, "", 100);
		const struct playbook *book = playbook_find(kind, &reading);

		ck_assert_ptr_nonnull(book);
		ck_assert_int_eq(strncmp(book->id, reading_names[kind], strlen(reading_names[kind])), 0);
		ck_assert(*book->about && *book->tell && *book->within);
		ck_assert_ptr_nonnull(book->steps[0]);
	}
}
END_TEST

START_TEST(drift_goes_by_level)
{
	static const struct {
		const char *note;
		double value;
		const char *id;
	} cases[] = {
		{ "significant_drift_-22.2%", 22.2, "drift.significant" },
		{ "moderate_drift_+22.2%", 22.2, "drift.moderate" },	/* the user's levels, not ours */
		{ "minor_drift_+5.1%", 5.1, "drift.minor" },
		{ "no_drift", 99, NULL },
		{ "none_drift_+1.0%", 15, "drift.significant" },	/* nobody spells it so */
		{ "", -15, "drift.significant" },
		{ "", 14.9, "drift.moderate" },
		{ "", -5, "drift.minor" },
		{ "", 4.9, NULL },
		{ "significant", 0, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading reading = reading_of(READING_DRIFT, cases[i].note, cases[i].value);
		const struct playbook *book = playbook_find(READING_DRIFT, &reading);

		ck_assert_msg(!book == !cases[i].id && (!book || strcmp(book->id, cases[i].id) == 0), "case %zu: %s", i,
			      book ? book->id : "none");
	}
}
END_TEST

START_TEST(runbooks_of_the_user)
{
	static const struct {
		const char *base, *place;
	} cases[] = {
		{ NULL, "docs/operations.md#drift-significant" },
		{ "https://wiki.example/llm", "https://wiki.example/llm#drift-significant" },
		{ "https://wiki.example/llm/", "https://wiki.example/llm/drift-significant" },
	};
	struct reading reading = reading_of(READING_DRIFT, "significant_drift_-22.2%", -22.2);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct playbooks *books = playbooks_new(cases[i].base);

		ck_assert_ptr_nonnull(books);
		ck_assert_str_eq(playbooks_find(books, READING_DRIFT, &reading)->runbook, cases[i].place);
		reading.note = "no_drift";
		ck_assert_ptr_null(playbooks_find(books, READING_DRIFT, &reading));
		reading.note = "significant_drift_-22.2%";
		playbooks_free(books);
	}
	playbooks_free(NULL);
}
END_TEST

/* ---- the page ---- */

static struct buffer page;

static void read_page(void)
{
	page = (struct buffer){ .data = NULL };
	ck_assert_msg(file_read(PAGE, 1 << 20, &page) == 0, "no %s; run tests in the root of the tree", PAGE);
	ck_assert_int_eq(buffer_append(&page, "", 1), 0);
}

static void drop_page(void)
{
	buffer_done(&page);
}

/* The anchor that a heading has on a web page: lower case, hyphens for blanks, nothing else. */
static bool heading_is(const char *heading, const char *anchor)
{
	for (; *heading != '\n' && *heading; heading++) {
		if (!isalnum((unsigned char)*heading) && *heading != ' ' && *heading != '-')
			continue;
		if (tolower((unsigned char)*heading) != *anchor && !(*heading == ' ' && *anchor == '-'))
			return false;
		anchor++;
	}
	return !*anchor;
}

/* The part whose heading has this anchor; null: there is none. */
static char *part_of_page(const char *anchor)
{
	for (char *line = strstr(page.data, "\n### "); line; line = strstr(line + 1, "\n### ")) {
		if (heading_is(line + 5, anchor))
			return line + 5;
	}
	return NULL;
}

static bool says_in_first_line(const char *part, const char *what)
{
	const char *line = strchr(part, '\n') + 2, *end = strchr(line, '\n'), *found = strcasestr(line, what);

	return found && found < end;
}

START_TEST(the_page_says_the_same)
{
	const struct playbook *book;
	size_t i;

	for (i = 0; (book = playbook_at(i)); i++) {
		const char *part;

		ck_assert_int_eq(strncmp(book->runbook, PAGE "#", strlen(PAGE) + 1), 0);
		part = part_of_page(book->runbook + strlen(PAGE) + 1);
		ck_assert_msg(part != NULL, "no part for %s", book->runbook);
		ck_assert_msg(says_in_first_line(part, book->tell), "%s: not '%s'", book->id, book->tell);
		ck_assert_msg(says_in_first_line(part, book->within), "%s: not '%s'", book->id, book->within);
	}
	ck_assert_uint_eq(i, READING_MAX - 1 + 2);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: playbooks");
	TCase *tcase = tcase_create("playbooks"), *pages = tcase_create("page");

	tcase_add_test(tcase, each_condition_has_one);
	tcase_add_test(tcase, drift_goes_by_level);
	tcase_add_test(tcase, runbooks_of_the_user);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(pages, read_page, drop_page);
	tcase_add_test(pages, the_page_says_the_same);
	suite_add_tcase(suite, pages);
	return suite;
}

UNIT_SUITE(make)
