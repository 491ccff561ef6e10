/* SPDX-License-Identifier: Apache-2.0 */
/* What a day has cost so far: of the hours, which know all calls of the day and are few. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "history/database.h"
#include "history/history.h"
#include "history/hours.h"

#define DAY_HOURS 24

static const char costs_sql[] =
	"SELECT s.service, s.hop, h.cost_pico_usd, h.priced FROM hours h JOIN series s ON s.id = h.series "
	"WHERE h.hour >= ?1 AND h.hour < ?2 AND h.priced > 0 ORDER BY s.service";

/* The service at hand. */
struct costs {
	enum money_place place;
	char service[sizeof(((struct call *)0)->workload.service)];
	int64_t pico_usd, calls;	/* 0 calls: none yet */
};

static void give(struct costs *costs, history_cost_fn fn, void *ctx)
{
	if (costs->calls > 0)
		fn(ctx, costs->service, (uint64_t)costs->pico_usd, (uint64_t)costs->calls);
	costs->pico_usd = costs->calls = 0;
}

static void add(struct costs *costs, sqlite3_stmt *row, history_cost_fn fn, void *ctx)
{
	const char *text = (const char *)sqlite3_column_text(row, 0);
	enum call_hop hop = hour_hop((const char *)sqlite3_column_text(row, 1));
	int64_t pico_usd = sqlite3_column_int64(row, 2);

	if (!text || pico_usd < 0 || !call_share_of(hop, costs->place).money)
		return;
	if (strncmp(costs->service, text, sizeof(costs->service) - 1) != 0) {
		give(costs, fn, ctx);
		(void)slice_copy(costs->service, sizeof(costs->service), slice_of(text));
	}
	hour_add(&costs->pico_usd, pico_usd);
	hour_add(&costs->calls, sqlite3_column_int64(row, 3));
}

static int read_costs(sqlite3 *db, int64_t first_hour, enum money_place place, history_cost_fn fn, void *ctx)
{
	sqlite3_stmt *statement = NULL;
	struct costs costs = { .place = place };
	int err = database_prepare(db, costs_sql, &statement), more;

	if (err < 0)
		return err;
	(void)sqlite3_bind_int64(statement, 1, first_hour);
	(void)sqlite3_bind_int64(statement, 2, first_hour + DAY_HOURS);
	while ((more = database_row(statement)) == 1)
		add(&costs, statement, fn, ctx);
	give(&costs, fn, ctx);
	(void)sqlite3_finalize(statement);
	return more;
}

int history_costs(int folder, int64_t day_unix_ns, enum money_place place, history_cost_fn fn, void *ctx)
{
	sqlite3 *db = NULL;
	int err = database_open(folder, false, &db);

	if (err == 0)
		err = read_costs(db, day_unix_ns / HOUR_NS, place, fn, ctx);
	database_close(db);
	return err < 0 ? history_explain(err) : 0;
}
