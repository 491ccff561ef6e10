/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The searches over every byte, for processors with AVX2: the same sources, with
 * vectors of 32 bytes. The Makefile asks the compiler for them in this file alone.
 */
#ifdef __AVX2__
#define SEARCH(name) name##_wide
#include "detect/decode_scan.c"
#include "detect/decode_scout.c"

const struct decode_search *decode_search_wide(void)
{
	static const struct decode_search wide = { decode_scout_wide, decode_each_run_wide };

	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? &wide : NULL;
}
#else
#include "detect/decode_impl.h"

const struct decode_search *decode_search_wide(void)
{
	return NULL;
}
#endif
