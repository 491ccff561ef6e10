/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/answerers.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

struct seen_model {
	char name[METRIC_VALUE_BYTES];
	int64_t last_unix_ns;
	bool fingerprinted;
};

struct seen_fingerprint {
	char name[FINGERPRINT_BYTES];
	int64_t last_unix_ns;
};

struct name {
	struct table_node node;
	struct pair_key key;
	char model[METRIC_VALUE_BYTES];		/* that answered last; "": none yet */
	char fingerprint[FINGERPRINT_BYTES];	/* likewise */
	struct seen_model models[ANSWERERS_MODELS];
	struct seen_fingerprint fingerprints[ANSWERERS_FINGERPRINTS];
};

int answerers_init(struct answerers *answerers)
{
	answerers->evicted = 0;
	return table_init(&answerers->table, ANSWERERS_NAMES, sizeof(struct name), sizeof(struct pair_key));
}

void answerers_done(struct answerers *answerers)
{
	table_done(&answerers->table);
}

size_t answerers_bytes(void)
{
	return table_bytes(ANSWERERS_NAMES, sizeof(struct name));
}

/* A place among those seen: its name, and when. */
struct place {
	char *name;
	int64_t *last_unix_ns;
};

struct places {
	char *first;
	size_t count, stride, name_bytes;
};

static struct place place_at(const struct places *places, size_t index)
{
	char *at = places->first + index * places->stride;

	return (struct place){ at, (int64_t *)(void *)(at + places->name_bytes) };
}

static bool is_recent(const struct place *place, int64_t now)
{
	int64_t age;

	return !__builtin_sub_overflow(now, *place->last_unix_ns, &age) && age < ANSWERER_RECENT_NS;
}

/* The place of that name, else a free one, else the one seen longest ago. */
static struct place place_for(const struct places *places, const char *name)
{
	struct place oldest = place_at(places, 0);

	for (size_t i = 0; i < places->count; i++) {
		struct place place = place_at(places, i);

		if (strcmp(place.name, name) == 0)
			return place;
		if (*oldest.name && (!*place.name || *place.last_unix_ns < *oldest.last_unix_ns))
			oldest = place;
	}
	return oldest;
}

/* Whether the name was not seen lately, and takes no place of one that was. Behind the time nothing but zeroes of a
 * name that is new. */
static bool see(const struct places *places, const char *name, int64_t now)
{
	struct place place = place_for(places, name);
	bool lately = *place.name && is_recent(&place, now);

	if (strcmp(place.name, name) != 0) {
		memset(place.name, 0, places->stride);
		(void)strcpy(place.name, name);
		*place.last_unix_ns = now;
	} else if (now > *place.last_unix_ns) {
		*place.last_unix_ns = now;
	}
	return !lately;
}

static void describe(const struct name *name, char ret[ANSWERER_BYTES])
{
	if (*name->fingerprint)
		(void)snprintf(ret, ANSWERER_BYTES, "%s (%s)", name->model, name->fingerprint);
	else
		(void)snprintf(ret, ANSWERER_BYTES, "%s", name->model);
}

/* One that comes back after a long pause is no change if nobody else answered meanwhile. */
static bool see_model(struct name *name, const struct held *held)
{
	struct places places = { name->models[0].name, ANSWERERS_MODELS, sizeof(name->models[0]), METRIC_VALUE_BYTES };
	bool first = !*name->model, other = strcmp(name->model, held->answered) != 0;
	bool anew = see(&places, held->answered, held->end_unix_ns);

	if (other)
		name->fingerprint[0] = '\0';	/* was the other's */
	memcpy(name->model, held->answered, sizeof(name->model));
	return anew && other && !first;
}

/* Whether the model that answers now has had a fingerprint before; from now on it has. */
static bool was_fingerprinted(struct name *name)
{
	for (size_t i = 0; i < ANSWERERS_MODELS; i++) {
		bool was = name->models[i].fingerprinted;

		if (strcmp(name->models[i].name, name->model) != 0)
			continue;
		name->models[i].fingerprinted = true;
		return was;
	}
	return false;
}

/* The first one of a model is no change: it belongs to the model. */
static bool see_fingerprint(struct name *name, const struct held *held)
{
	struct places places = { name->fingerprints[0].name, ANSWERERS_FINGERPRINTS, sizeof(name->fingerprints[0]),
				 FINGERPRINT_BYTES };
	bool other = strcmp(name->fingerprint, held->fingerprint) != 0;
	bool anew = see(&places, held->fingerprint, held->end_unix_ns);
	bool first = !was_fingerprinted(name);

	memcpy(name->fingerprint, held->fingerprint, sizeof(name->fingerprint));
	return anew && other && !first;
}

static struct name *name_of(struct answerers *answerers, const struct pair_key *key)
{
	enum table_state state;
	struct name *name = table_use(&answerers->table, key, &state);

	if (state == TABLE_FOUND)
		return name;
	answerers->evicted += state == TABLE_RECYCLED;
	memset(name->model, 0, sizeof(*name) - offsetof(struct name, model));
	return name;
}

bool answerers_note(struct answerers *answerers, const struct held *held, struct answerer_change *ret)
{
	struct name *name = name_of(answerers, &held->asked);
	bool changed = false;

	describe(name, ret->before);
	if (!held->failed && *held->answered)
		changed = see_model(name, held);
	if (!held->failed && *held->fingerprint)
		changed |= see_fingerprint(name, held);
	describe(name, ret->after);
	return changed;
}
