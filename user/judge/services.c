/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/services.h"

#include <math.h>
#include <string.h>

#include "base/cleanup.h"

#define DAY_NS (24 * 3600ll * 1000000000)

int services_init(struct services *services)
{
	services->evicted = 0;
	return table_init(&services->table, SERVICES_KEPT, sizeof(struct service), SERVICE_BYTES);
}

void services_done(struct services *services)
{
	table_done(&services->table);
}

size_t services_bytes(void)
{
	return table_bytes(SERVICES_KEPT, sizeof(struct service));
}

int64_t service_day_of(int64_t unix_ns)
{
	return unix_ns / DAY_NS - (unix_ns % DAY_NS < 0);
}

static void reset(struct service *service)
{
	size_t kept = offsetof(struct service, days);
	struct metric_series *cost_today = service->cost_today;

	memset((char *)service + kept, 0, sizeof(*service) - kept);
	service->days[0].day = service->days[1].day = service->told_day = INT64_MIN;
	service->cost_today = cost_today;
}

/* Made at need, in the place of the one that is not the latest. */
static struct service_day *use_day(struct service *service, int64_t day)
{
	unsigned place = service->days[service->latest].day == day ? service->latest : !service->latest;

	if (service->days[place].day != day)
		service->days[place] = (struct service_day){ .day = day };
	service->latest = place;
	return &service->days[place];
}

static void add_cost(struct service *service, int64_t day, uint64_t pico_usd)
{
	struct service_day *known = use_day(service, day);

	if (__builtin_add_overflow(known->pico_usd, pico_usd, &known->pico_usd))
		known->pico_usd = UINT64_MAX;
	known->calls++;
}

static void add_capture(struct service *service, bool incomplete)
{
	uint64_t *word = &service->incomplete_bits[service->next / 64], bit = 1ull << service->next % 64;

	service->incomplete -= (*word & bit) != 0;
	service->incomplete += incomplete;
	*word = incomplete ? *word | bit : *word & ~bit;
	service->next = service->next + 1 == SERVICE_CALLS ? 0 : service->next + 1;
	if (service->calls < SERVICE_CALLS)
		service->calls++;
}

/* `name`: of SERVICE_BYTES, zeroes at its end. */
static struct service *use(struct services *services, const char *name, bool *ret_recycled)
{
	enum table_state state;
	struct service *service = table_use(&services->table, name, &state);

	*ret_recycled = state == TABLE_RECYCLED;
	services->evicted += state == TABLE_RECYCLED;
	if (state == TABLE_NEW)
		service->cost_today = NULL;
	if (state != TABLE_FOUND)
		reset(service);
	return service;
}

struct service *services_begin_day(struct services *services, const char *name, const struct service_day *day,
				   bool *ret_recycled)
{
	char key[SERVICE_BYTES] = { 0 };
	struct service *service;

	(void)slice_copy(key, sizeof(key), slice_of(name));
	service = use(services, key, ret_recycled);
	*use_day(service, day->day) = *day;
	service->changed = true;
	return service;
}

struct service *services_note(struct services *services, const struct held *held, int64_t day, bool *ret_recycled)
{
	struct service *service = use(services, held->asked.service, ret_recycled);

	if (!held->cost_only)
		add_capture(service, held->incomplete);
	if (held->cost_pico_usd >= 0)
		add_cost(service, day, (uint64_t)held->cost_pico_usd);
	service->changed = true;
	return service;
}

const struct service *services_find(const struct services *services, const char *name)
{
	char key[SERVICE_BYTES] = { 0 };

	(void)slice_copy(key, sizeof(key), slice_of(name));
	return table_find(&services->table, key);
}

const struct service_day *service_day(const struct service *service, int64_t day)
{
	for (size_t i = 0; i < ARRAY_SIZE(service->days); i++)
		if (service->days[i].day == day)
			return &service->days[i];
	return NULL;
}

double service_incomplete(const struct service *service)
{
	return service->calls > 0 ? (double)service->incomplete / service->calls : NAN;
}
