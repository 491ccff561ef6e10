/* SPDX-License-Identifier: Apache-2.0 */
/* The query of a request: parameters of one table, strictly read. */
#ifndef PROMTAP_API_QUERY_H
#define PROMTAP_API_QUERY_H

#include <stddef.h>
#include <stdint.h>

#define QUERY_TEXT_CHARACTERS 128	/* no name that is kept has more: METRIC_VALUE_BYTES */
#define QUERY_TEXT_BYTES (4 * QUERY_TEXT_CHARACTERS + 1)
#define QUERY_PROBLEM_BYTES 128
#define LIMIT_DEFAULT 100
#define LIMIT_MAX 500
#define OFFSET_MAX 1000000

enum param {
	PARAM_LIMIT = 0,
	PARAM_OFFSET,
	PARAM_SERVICE,
	PARAM_MODEL,
	PARAM_PROVIDER,
	PARAM_SINCE,
	PARAM_MAX
};
#define PARAM_BIT(param) (1u << (param))
#define PARAMS_PAGE (PARAM_BIT(PARAM_LIMIT) | PARAM_BIT(PARAM_OFFSET))

struct query {
	uint64_t limit, offset;
	/* "" where it is not asked for. */
	char service[QUERY_TEXT_BYTES], model[QUERY_TEXT_BYTES], provider[QUERY_TEXT_BYTES];
	int64_t since_unix_ns;		/* INT64_MIN: not asked for */
};

/* `text` as it stands behind the '?'. 0; -EINVAL: `ret_problem` says what is wrong with which parameter. Refused are
 * those that are not in the mask `allowed`, twice the same, and what cannot be decoded. */
int query_parse(const char *text, unsigned allowed, struct query *ret, char ret_problem[QUERY_PROBLEM_BYTES]);

#endif
