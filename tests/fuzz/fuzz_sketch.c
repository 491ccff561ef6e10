/* SPDX-License-Identifier: Apache-2.0 */
/* Kept durations: what is taken in is written again as the same, and its quantiles rise. */
#include <assert.h>
#include <stdint.h>

#include "history/sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sketch sketch = { 0 }, again = { 0 };
	struct buffer bytes = { 0 }, other = { 0 };

	if (sketch_read(&sketch, (struct slice){ (const char *)data, size }) == 0) {
		assert(sketch.count <= SKETCH_BUCKETS);
		assert(sketch_quantile(&sketch, 0.5) <= sketch_quantile(&sketch, 0.95));
		assert(sketch_quantile(&sketch, 0.95) <= sketch_quantile(&sketch, 1));
		assert(sketch_write(&sketch, &bytes) == 0);
		assert(bytes.len <= SKETCH_BYTES_MAX);
		assert(sketch_read(&again, buffer_slice(&bytes)) == 0);
		assert(sketch_write(&again, &other) == 0);
		assert(slice_eq(buffer_slice(&bytes), buffer_slice(&other)));
	}
	sketch_done(&sketch);
	sketch_done(&again);
	buffer_done(&bytes);
	buffer_done(&other);
	return 0;
}
