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

/* In a child that somebody kills: it shares the file of Check's messages, and half a message in there is the end of all
 * tests. What fails in it from now on says nothing, and ends it. */
void unit_mute(void);

#define UNIT_SUITE(make_fn)                                                     \
	__attribute__((constructor)) static void unit_register_##make_fn(void)  \
	{                                                                       \
		static struct unit_suite suite = { .make = (make_fn) };         \
		unit_register(&suite);                                          \
	}

#endif
