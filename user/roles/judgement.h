/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server makes of calls beside counting them: judge, alerts, those who
 * are told, and the history, connected. Advisory: nothing is ever blocked. One
 * thread owns it; what waits for a disk or a network has threads of its own.
 */
#ifndef PROMTAP_ROLES_JUDGEMENT_H
#define PROMTAP_ROLES_JUDGEMENT_H

#include "analysis/analysis.h"
#include "base/metrics.h"
#include "base/stats.h"
#include "roles/settings.h"

struct judgement;

/* `settings` is borrowed until judgement_use() has taken another or judgement_free() has returned. `folder`: of the
 * state, -1: nothing outlives a restart; it stays the caller's. `now` is the time of day: what the folder holds is
 * taken up, calls and alerts. `money`: whose cost counts. `analysis` must
 * outlive it. 0 or -errno, with one line logged. */
int judgement_new(const struct settings *settings, enum money_place money, int folder, struct analysis *analysis,
		  int64_t now_unix_ns, struct judgement **ret);
/* Keeps the state; what is under way to others waits for the next start. */
void judgement_free(struct judgement *judgement);

/* 0; 1: what could not be taken is as before, which was logged; -errno, logged: nothing was taken, and the settings
 * before stay borrowed. */
int judgement_use(struct judgement *judgement, const struct settings *settings);

/* The call has its price. */
void judgement_call(struct judgement *judgement, const struct call *call);
void judgement_coverage(struct judgement *judgement, const struct coverage_row *rows, size_t count);
/* What a role has counted since it was started. */
void judgement_stats(struct judgement *judgement, unsigned role, uint32_t instance, const uint64_t values[STAT_MAX]);

/* The wall clock was set by so much (base/wall.h). */
void judgement_clock_set(struct judgement *judgement, int64_t step_ns);
/* Once a second. `steady_ns`: of a clock that nobody sets. */
void judgement_tick(struct judgement *judgement, int64_t now_unix_ns, int64_t steady_ns);

/* For those who show it. */
struct judge;
struct alerts;
struct transitions;
const struct judge *judgement_judge(const struct judgement *judgement);
struct alerts *judgement_alerts(struct judgement *judgement);
const struct transitions *judgement_transitions(const struct judgement *judgement);
struct judgement_parts {
	bool folder, history, notify;	/* in use */
};
struct judgement_parts judgement_parts(const struct judgement *judgement);

#endif
