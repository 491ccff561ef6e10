/* SPDX-License-Identifier: Apache-2.0 */
/* From states of files to statements about processes; bounded by the table of TLS libraries. */
#include "attach/coverage.h"

#include <string.h>

/* False: the file has no TLS stack. Fills all but pid. */
static bool coverage_of_file(const struct file *file, struct coverage_entry *ret)
{
	if (!file->library)
		return false;
	ret->stack = file->library->name;
	ret->covered = file->state == FILE_ATTACHED;
	ret->rule = ret->covered ? file->rule : SITE_RULE_UNKNOWN;
	switch (file->state) {
	case FILE_NOT_OBSERVED:
		ret->why = file->library->why_not;
		break;
	case FILE_NO_SYMBOLS:
		ret->why = "the file has none of the functions";
		break;
	case FILE_UNREADABLE:
		ret->why = "the file could not be read";
		break;
	case FILE_REFUSED:
		ret->why = link_explain(file->error);
		break;
	case FILE_FULL:
		ret->why = "too many files are attached already";
		break;
	default:
		ret->why = ret->covered ? "" : "not inspected yet";
	}
	return true;
}

static struct coverage_stack *row_of(struct coverage_stack *rows, size_t *count, size_t max, const char *stack)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(rows[i].stack, stack) == 0)
			return &rows[i];
	}
	if (*count == max)
		return NULL;
	rows[*count] = (struct coverage_stack){ .stack = stack };
	return &rows[(*count)++];
}

static bool same_stack(const struct coverage_entry *a, const struct coverage_entry *b)
{
	return strcmp(a->stack, b->stack) == 0;
}

size_t coverage_of_files(uint32_t pid, struct file *const *files, size_t file_count, struct coverage_entry *entries)
{
	size_t count = 0;

	for (size_t i = 0; i < file_count; i++) {
		struct coverage_entry entry = { .pid = pid };
		size_t at = 0;

		if (!coverage_of_file(files[i], &entry))
			continue;
		while (at < count && !same_stack(&entries[at], &entry))
			at++;
		if (at == count)
			entries[count++] = entry;
		else if (entry.covered)
			entries[at] = entry;
	}
	return count;
}

size_t coverage_sum(const struct coverage_entry *entries, size_t count, struct coverage_stack *rows, size_t max)
{
	size_t row_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct coverage_stack *row = row_of(rows, &row_count, max, entries[i].stack);

		if (row && entries[i].covered)
			row->covered++;
		else if (row)
			row->uncovered++;
	}
	return row_count;
}
