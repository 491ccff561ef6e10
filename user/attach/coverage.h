/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What promtap sees and what not: for each process the TLS stacks that it has
 * mapped, whether their calls are observed, and why not.
 */
#ifndef PROMTAP_ATTACH_COVERAGE_H
#define PROMTAP_ATTACH_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attach/files.h"
#include "attach/link.h"

struct coverage_entry {
	uint32_t pid;
	const char *stack;			/* name of a row of tls_libs.c */
	bool covered;
	enum site_rule rule;			/* where covered: how the places were chosen */
	const char *why;			/* where not covered */
};

struct coverage_stack {
	const char *stack;
	uint32_t covered, uncovered;		/* processes */
};

/* One entry for each stack among the files of a process, covered if any file
 * of the stack is. Room for `file_count` entries. Returns how many there are. */
size_t coverage_of_files(uint32_t pid, struct file *const *files, size_t file_count, struct coverage_entry *entries);

/* Processes by stack, at most `max` rows (there are no more than rows of
 * tls_libs.c). Returns the rows. */
size_t coverage_sum(const struct coverage_entry *entries, size_t count, struct coverage_stack *rows, size_t max);

#endif
