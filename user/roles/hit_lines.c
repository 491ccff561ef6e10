/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/hit_lines.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "detect/context.h"
#include "roles/plain_text.h"

int hit_lines_wanted(const struct options *options)
{
	if (!options->redacted_context)
		return 0;
	if (isatty(STDOUT_FILENO))
		return 1;
	log_error("--redacted-context shows words of prompts and answers: it needs a terminal on standard output");
	return -EINVAL;
}

/* What was shown once, and what is no attack or leak, would only hide the rest. */
void hit_lines_print(void *ctx, const struct detect_hit *hit)
{
	(void)ctx;
	if (hit->repeated || hit->severity < SEVERITY_MEDIUM)
		return;
	printf("  %s in %s: %s", severity_names[hit->severity], text_where_names[hit->where], hit->rule->id);
	if (hit->via[0] != DECODER_NONE)
		printf(", from %s", decoder_names[hit->via[0]]);
	if (hit->context.len > 0) {
		printf("  ");
		plain_text_print(stdout, hit->context, CONTEXT_BYTES);
	}
	printf("\n");
	(void)fflush(stdout);
}
