/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/answer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "unit.h"

/* opentelemetry-specification, OTLP/HTTP: 429, 502, 503 and 504 may be tried again, nothing else that is a status. */
START_TEST(what_a_status_means)
{
	for (long status = 100; status < 600; status++) {
		enum answer_meaning expected = status >= 200 && status < 300 ? ANSWER_TAKEN : ANSWER_REFUSED;

		if (status == 429 || status == 502 || status == 503 || status == 504)
			expected = ANSWER_RETRY;
		ck_assert_int_eq(answer_meaning(status), expected);
	}
	ck_assert_int_eq(answer_meaning(0), ANSWER_RETRY);
}
END_TEST

static const struct {
	struct slice body;
	int result;
	uint64_t rejected;
	bool is_partial;
} answers[] = {
	{ { "", 0 }, 0, 0, false },
	{ SLICE("\x0a\x00"), 0, 0, false },			/* partial_success {} */
	{ SLICE("\x0a\x02\x08\x03"), 0, 3, true },
	{ SLICE("\x0a\x03\x12\x01x"), 0, 0, true },		/* a warning */
	{ SLICE("\x0a\x05\x08\x03\x12\x01x"), 0, 3, true },
	{ SLICE("\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0, 0, false },	/* -1 */
	{ SLICE("\x12\x01x\x19" "12345678\x25" "1234\x0a\x02\x08\x05"), 0, 5, true },	/* fields of tomorrow */
	{ SLICE("\x0a\x04\x08\x03\x18\x01"), 0, 3, true },
	{ SLICE("\x0a\x02\x08"), -EBADMSG, 0, false },
	{ SLICE("\x0a\x03\x08\x03"), -EBADMSG, 0, false },
	{ SLICE("\x0a\x01\x08"), -EBADMSG, 0, false },
	{ SLICE("\x0b"), -EBADMSG, 0, false },			/* a group */
	{ SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), -EBADMSG, 0, false },
	{ SLICE("{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}"), -EBADMSG, 0, false },
	{ SLICE("<html>"), -EBADMSG, 0, false },
};

START_TEST(what_a_body_says)
{
	struct answer_part part;

	ck_assert_int_eq(answer_read(answers[_i].body, &part), answers[_i].result);
	ck_assert_uint_eq(part.rejected, answers[_i].rejected);
	ck_assert_int_eq(part.is_partial, answers[_i].is_partial);
}
END_TEST

/* Copied to the byte, so that a sanitizer sees what is read behind the end. */
START_TEST(cut_at_every_byte)
{
	static const char whole[] = "\x12\x01x\x19" "12345678\x0a\x05\x08\x03\x12\x01x";

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *copy = malloc(len + !len);
		struct answer_part part;

		memcpy(copy, whole, len);
		if (answer_read((struct slice){ copy, len }, &part) < 0)
			ck_assert_uint_eq(part.rejected, 0);
		free(copy);
	}
}
END_TEST

static Suite *make_answer(void)
{
	Suite *suite = suite_create("otlp: answers");
	TCase *tc = tcase_create("answers");

	tcase_add_test(tc, what_a_status_means);
	tcase_add_loop_test(tc, what_a_body_says, 0, ARRAY_SIZE(answers));
	tcase_add_test(tc, cut_at_every_byte);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_answer)
