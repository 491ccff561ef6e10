/* SPDX-License-Identifier: Apache-2.0 */
/* The user's price file, looked at before anything is started. */
#include <string.h>
#include <unistd.h>

#include "analysis/price.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "roles/outputs.h"
#include "roles/roles.h"

int prices_check(const char *path)
{
	auto_close int fd = outputs_open_prices(path);
	char error[PRICE_ERROR_BYTES];
	struct price_table *table = NULL;
	int err;

	if (fd < 0) {
		log_error("cannot open the price file %s: %s", path, strerror(-fd));
		return fd;
	}
	err = price_table_read(path, fd, &table, error);
	if (err < 0)
		log_error("%s", error);
	price_table_free(table);
	return err;
}
