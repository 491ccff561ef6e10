/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap prices verify`: the text of /metrics may be anything; what is told as lacking a price does lack it. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "analysis/price_verify.h"
#include "no_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct price_table *make_table(void)
{
	char error[PRICE_ERROR_BYTES];
	struct price_table *table = NULL;
	int err = price_table_parse("t", SLICE("provider,model,input,output\no,m,1,2\n*,any,1,2\n"), &table, error);

	assert(err == 0);
	return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct price_table *table;
	struct price_lacks *lacks;
	struct price_lack lack;

	if (!table)
		table = make_table();
	lacks = price_lacks_new((const struct price_table *const *)&table, 1);
	assert(lacks);
	price_lacks_metrics(lacks, (struct slice){ (const char *)data, size }, 0);
	for (size_t i = 0; price_lacks_at(lacks, i, &lack); i++) {
		assert(i < PRICE_SEEN_MAX && *lack.model && lack.calls > 0);
		assert(strcmp(lack.model, "any") != 0);
	}
	price_lacks_free(lacks);
	return 0;
}
