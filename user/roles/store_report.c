/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `promtap report`. The files were written by a role without privileges, and
 * reading them may write beside them (the journal's index): so this becomes
 * the owner of the state folder before it looks at anything in it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "history/history.h"
#include "roles/roles.h"
#include "roles/server.h"
#include "roles/state_folder.h"

#define SINCE_NS (7 * 24 * 3600 * NSEC_PER_SEC)

static enum report_format format_of(const struct options *options)
{
	if (options->json)
		return REPORT_JSON;
	return options->csv ? REPORT_CSV : REPORT_TABLE;
}

int report_run(const struct options *options)
{
	auto_close int folder = state_folder_open_as_owner(options->state_dir);
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME);
	uint64_t since = options->since ? options->since : SINCE_NS;

	if (folder < 0)
		return EXIT_FAILURE;
	if (options->json && options->csv) {
		log_error("--json and --csv: choose one");
		return EXIT_FAILURE;
	}
	return history_report(folder, now - (int64_t)since, now, options->by, money_place_of(options), format_of(options),
			      stdout);
}
