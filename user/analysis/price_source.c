/* SPDX-License-Identifier: Apache-2.0 */
/* Where price tables come from: a file of the user's, or the program itself. */
#include "analysis/price.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analysis/price_verify.h"
#include "base/buffer.h"
#include "base/cleanup.h"

#define READ_BYTES 65536

/* Named by ld from the path of the embedded file. */
extern const char _binary_user_analysis_prices_models_csv_start[];
extern const char _binary_user_analysis_prices_models_csv_end[];

/* pread, so that the same fd can be read again on the next reload. */
static int read_all(int fd, struct buffer *buffer)
{
	for (;;) {
		ssize_t n;
		int err = buffer_reserve(buffer, READ_BYTES);

		if (err < 0)
			return err;
		n = pread(fd, buffer->data + buffer->len, READ_BYTES, (off_t)buffer->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buffer->len += (size_t)n;
	}
}

int price_table_read(const char *name, int fd, struct price_table **ret, char ret_error[PRICE_ERROR_BYTES])
{
	struct buffer buffer = { .limit = PRICE_FILE_BYTES_MAX + 2 * READ_BYTES };
	int err = read_all(fd, &buffer);

	if (err < 0)
		(void)snprintf(ret_error, PRICE_ERROR_BYTES, "%.200s: cannot be read: %s", name,
			       err == -E2BIG ? "over 8 MiB" : strerror(-err));
	else
		err = price_table_parse(name, buffer_slice(&buffer), ret, ret_error);
	buffer_done(&buffer);
	return err;
}

static struct slice builtin_text(void)
{
	const char *start = _binary_user_analysis_prices_models_csv_start;

	return (struct slice){ start, (size_t)(_binary_user_analysis_prices_models_csv_end - start) };
}

struct price_table *price_table_builtin(void)
{
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES];

	(void)price_table_parse("built-in prices", builtin_text(), &table, error);
	return table;
}

int64_t price_builtin_day(void)
{
	return price_text_day(builtin_text());
}
