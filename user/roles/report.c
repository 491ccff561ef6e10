/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/report.h"

#include <string.h>

#include "attach/coverage.h"
#include "base/cleanup.h"
#include "base/slice.h"
#include "roles/message.h"

#define COVERAGE_ENTRIES_MAX 4096	/* processes with a TLS stack that are counted */

/* Where the kernel's drop counters are exported. */
static const struct {
	enum skip_reason reason;
	enum stat_id stat;
} drop_stats[] = {
	{ SKIP_LIMIT, STAT_SKIPPED_LIMIT },
	{ SKIP_RING_FULL, STAT_LOST_RING_FULL },
	{ SKIP_FAULT, STAT_LOST_FAULT },
	{ SKIP_IGNORED, STAT_SKIPPED_IGNORED },
	{ SKIP_REFUSED, STAT_SKIPPED_REFUSED },
	{ SKIP_UNKNOWN_LIMIT, STAT_SKIPPED_UNKNOWN_LIMIT },
	{ SKIP_CALLS_NESTED, STAT_LOST_CALLS_NESTED },
	{ SKIP_THREADS_FULL, STAT_LOST_CALLS_THREADS_FULL },
	{ SKIP_CONNECTIONS_FULL, STAT_LOST_CONNECTIONS_FULL },
	{ SKIP_PROCESSES_FULL, STAT_LOST_PROCESSES_FULL },
	{ SKIP_EVENT_LOST, STAT_LOST_EVENTS },
};

static void count_drops(const struct kernel_half *kernel)
{
	uint64_t drops[SKIP_REASON_MAX];

	if (kernel_half_drops(kernel, drops) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(drop_stats); i++)
		stats[drop_stats[i].stat] = drops[drop_stats[i].reason];
}

static void report_coverage(struct attach *attach, int socket)
{
	static struct coverage_entry entries[COVERAGE_ENTRIES_MAX];
	struct coverage_stack rows[COVERAGE_STACKS_MAX];
	struct message_coverage message = { 0 };
	size_t count = attach_coverage(attach, entries, ARRAY_SIZE(entries));

	count = coverage_sum(entries, count < ARRAY_SIZE(entries) ? count : ARRAY_SIZE(entries), rows,
			     ARRAY_SIZE(rows));
	message.count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		(void)slice_copy(message.stacks[i].stack, sizeof(message.stacks[i].stack), slice_of(rows[i].stack));
		message.stacks[i].covered = rows[i].covered;
		message.stacks[i].uncovered = rows[i].uncovered;
	}
	(void)message_send(socket, MESSAGE_COVERAGE, &message, sizeof(message), -1);
}

void report_send(const struct kernel_half *kernel, struct attach *attach, int socket)
{
	struct message_stats message = { .role = ROLE_ID_TRACER, .instance = 1 };

	count_drops(kernel);
	memcpy(message.values, stats, sizeof(message.values));
	/* Cumulative: one that finds no room is made up for by the next. */
	(void)message_send(socket, MESSAGE_STATS, &message, sizeof(message), -1);
	report_coverage(attach, socket);
}
