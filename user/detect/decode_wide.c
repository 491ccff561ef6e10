/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass over every byte, for processors with AVX2: the same source, with
 * vectors of 32 bytes. The Makefile asks the compiler for them in this file alone.
 */
#ifdef __AVX2__
#define SEARCH(name) name##_wide
#include "detect/decode_map.c"

const struct decode_search *decode_search_wide(void)
{
	static const struct decode_search wide = { decode_map_wide, decode_edges_more_wide };

	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? &wide : NULL;
}
#else
#include "detect/decode_impl.h"

const struct decode_search *decode_search_wide(void)
{
	return NULL;
}
#endif
