/* SPDX-License-Identifier: Apache-2.0 */
/* promtap's own health as metrics: counters of the roles, coverage, version. */
#ifndef PROMTAP_ANALYSIS_HEALTH_H
#define PROMTAP_ANALYSIS_HEALTH_H

#include "analysis/analysis.h"

struct health;

/* `version` must outlive it. Null: out of memory. */
struct health *health_new(struct metrics *metrics, const char *version);
void health_free(struct health *health);

void health_stats(struct health *health, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX]);
void health_coverage(struct health *health, const struct coverage_row *rows, size_t count);

#endif
