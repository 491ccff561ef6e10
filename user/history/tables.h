/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables, as the steps that make them: step N brings a file of version N to
 * version N + 1 (PRAGMA user_version). A step that was released never changes;
 * another layout is another step.
 */
#ifndef PROMTAP_HISTORY_TABLES_H
#define PROMTAP_HISTORY_TABLES_H

#include <stddef.h>

extern const char *const history_steps[];
extern const size_t history_step_count;

#endif
