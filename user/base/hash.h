/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashing for in-memory tables. Keys come from the wire, so tables use a seed
 * drawn at start and nobody outside can choose collisions. Not a MAC.
 */
#ifndef PROMTAP_BASE_HASH_H
#define PROMTAP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Drawn once per process from getrandom(2). */
uint64_t hash_seed(void);

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

#endif
