/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/counting.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/slice.h"

#define WAYS 8
#define SETS (COUNTING_NAMES / WAYS)	/* a power of two */

struct name {
	uint64_t hash;		/* of what it is of; 0: none */
	uint64_t used;
	char model[MODEL_BYTES];
};

struct counting {
	struct name names[SETS][WAYS];
	uint64_t uses;
};

struct counting *counting_new(void)
{
	return calloc(1, sizeof(struct counting));
}

void counting_free(struct counting *counting)
{
	free(counting);
}

/* Keyed: nobody outside can make two names one. */
static uint64_t hash_of(const struct call *call)
{
	const char *texts[] = { call->workload.service, call->provider, call->request_model };
	uint64_t hash = (uint64_t)call->role + 1;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t parts[] = { hash, hash_bytes(texts[i], strlen(texts[i]), hash_seed()) };

		hash = hash_bytes(parts, sizeof(parts), hash_seed());
	}
	return hash | 1;
}

/* The one that has the hash; else the one used longest ago. */
static struct name *find(struct counting *counting, uint64_t hash)
{
	struct name *set = counting->names[hash >> 1 & (SETS - 1)], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

static void learn(struct counting *counting, const struct call *call)
{
	uint64_t hash = hash_of(call);
	struct name *name = find(counting, hash);

	name->hash = hash;
	name->used = ++counting->uses;
	memcpy(name->model, call->response_model, sizeof(name->model));
}

static const char *last_answerer(struct counting *counting, const struct call *call)
{
	uint64_t hash = hash_of(call);
	struct name *name = find(counting, hash);

	if (name->hash != hash)
		return call->request_model;
	name->used = ++counting->uses;
	return name->model;
}

void counting_set(struct counting *counting, struct call *call)
{
	const char *model = call->response_model;

	if (*model && call->error == ERROR_NONE && *call->request_model)
		learn(counting, call);
	else if (!*model)
		model = last_answerer(counting, call);
	(void)slice_copy(call->counted_as, sizeof(call->counted_as), slice_of(model));
}
