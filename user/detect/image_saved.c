/* SPDX-License-Identifier: Apache-2.0 */
/* Hyperscan's databases in an image, each behind the name of its source: what another set is compiled into as well need
 * not be compiled again. */
#include "detect/image_impl.h"

static void put_database(struct image_out *out, const struct expressions *expressions)
{
	struct buffer saved = { .limit = IMAGE_BYTES_MAX };

	if (expressions->database && out->err == 0)
		out->err = database_save(expressions->database, &saved);
	image_put_text(out, slice_of(expressions->source));
	image_put_array(out, saved.data, saved.len, 1);
	buffer_done(&saved);
}

void image_put_saved(struct image_out *out, const struct rules *rules)
{
	image_put_number(out, (uint32_t)rules->database_count);
	for (size_t i = 0; i < rules->database_count; i++)
		put_database(out, &rules->databases[i]);
}

void image_take_saved(struct image_in *in, struct saved_databases *ret)
{
	ret->count = image_take_count(in, DATABASES_MAX);
	for (size_t i = 0; i < ret->count; i++) {
		ret->items[i].source = image_take_text(in);
		ret->items[i].bytes.ptr = image_take_array(in, 1, &ret->items[i].bytes.len);
	}
}
