/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file as pairs of a key and a value with their line: a YAML
 * mapping of scalars, or of mappings of scalars, which are given as one value
 * "KEY=VALUE,..." (base/pairs.h). Nothing deeper. libyaml reads; this says what
 * is wrong and where.
 */
#ifndef PROMTAP_CONFIG_YAML_H
#define PROMTAP_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One pair, lent for the time of the call. A negative return ends the reading
 * and is what yaml_pairs() returns. */
typedef int (*yaml_pair_fn)(void *ctx, const char *key, const char *value, bool is_mapping, size_t line);

/* 0: every pair was given to `fn`. -EINVAL: one line "NAME:LINE: problem; cure"
 * was printed to `errors`, or `fn` refused a pair and printed its own. */
int yaml_pairs(const char *name, const void *bytes, size_t len, yaml_pair_fn fn, void *ctx, FILE *errors);

#endif
