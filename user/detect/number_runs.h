/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where long numbers end: digits in a row, or groups of them with one blank,
 * dot, hyphen, slash or closing bracket (and a blank behind that) between. Rules
 * of the kind `digits` ask for them; linear, vectors of bytes at a time.
 */
#ifndef PROMTAP_DETECT_NUMBER_RUNS_H
#define PROMTAP_DETECT_NUMBER_RUNS_H

#include <stdint.h>

#include "base/slice.h"

/* A group of digits ends there; so many digits stand in the run up to it. */
typedef void (*number_run_fn)(void *ctx, uint32_t digits, uint32_t end);

/* Calls for the end of each group that has `min` digits or more, its own and those before it in the run. */
void number_runs_find(struct slice text, uint32_t min, number_run_fn fn, void *ctx);

#endif
