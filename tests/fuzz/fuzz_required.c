/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals of expressions: any text is read to its end, and what is said of it
 * can be looked for. The first byte is its case. That nothing wrong is said is
 * tests/unit/detect/test_required.c's, with Hyperscan to ask.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/required.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_literal(const struct required *required, struct slice literal)
{
	assert(literal.len > 0 && literal.len <= LITERAL_BYTES_MAX);
	for (size_t i = 0; i < literal.len && required->caseless; i++)
		assert((unsigned int)(literal.ptr[i] - 'A') >= 26);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct required required;
	char *expression;

	if (size == 0)
		return 0;
	/* An exact copy, so that a read past its end shows. */
	expression = strndup((const char *)data + 1, size - 1);
	if (!expression)
		abort();
	required_read(expression, data[0] & 1, &arena, &required);
	assert(required.literals.count <= LITERAL_SET_MAX);
	for (size_t i = 0; i < required.literals.count; i++)
		check_literal(&required, required.literals.items[i]);
	arena_done(&arena);
	free(expression);
	return 0;
}
