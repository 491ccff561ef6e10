/* SPDX-License-Identifier: Apache-2.0 */
/* Each test file: static Suite *make(void) { ... }  UNIT_SUITE(make) */
#ifndef PROMTAP_TESTS_UNIT_H
#define PROMTAP_TESTS_UNIT_H

#include <check.h>

struct unit_suite {
	Suite *(*make)(void);
	struct unit_suite *next;
};

void unit_register(struct unit_suite *suite);

#define UNIT_SUITE(make_fn)                                                     \
	__attribute__((constructor)) static void unit_register_##make_fn(void)  \
	{                                                                       \
		static struct unit_suite suite = { .make = (make_fn) };         \
		unit_register(&suite);                                          \
	}

#endif
