/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/relations.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define ANSWERS_MAX 1024	/* power of two; a newer answer takes the place of an older one */

/* From the vendor to the user. */
enum place {
	PLACE_SERVES = 0,
	PLACE_GATEWAY_CALLS,
	PLACE_GATEWAY_SERVES,
	PLACE_CALLS,
};

struct relation {
	uint64_t id_hash;	/* of the answer; 0: none */
	enum place place;
	struct span_times times;
	struct span_ids ids;
	bool own_trace;		/* drawn at random, or that of another end of the call */
};

struct relations {
	struct relation answers[ANSWERS_MAX];
};

struct relations *relations_new(void)
{
	return calloc(1, sizeof(struct relations));
}

void relations_free(struct relations *relations)
{
	free(relations);
}

static enum place place_of(const struct call *call)
{
	if (call->role == ROLE_SERVER)
		return call->hop == HOP_TO_GATEWAY ? PLACE_GATEWAY_SERVES : PLACE_SERVES;
	return call->hop == HOP_FROM_GATEWAY ? PLACE_GATEWAY_CALLS : PLACE_CALLS;
}

static bool is_within(struct span_times inner, struct span_times outer)
{
	return inner.start_ns >= outer.start_ns && inner.start_ns <= outer.end_ns;
}

/* Whether one is of the same call as the other, and another end of it. */
static bool is_other_end(const struct relation *one, const struct relation *other)
{
	if (one->id_hash != other->id_hash || one->place == other->place)
		return false;
	return one->place < other->place ? is_within(one->times, other->times) : is_within(other->times, one->times);
}

static bool is_same_trace(const struct span_ids *one, const struct span_ids *other)
{
	return memcmp(one->trace_id, other->trace_id, sizeof(one->trace_id)) == 0;
}

static bool has_same_parent(const struct span_ids *one, const struct span_ids *other)
{
	return one->has_parent && other->has_parent && memcmp(one->parent_id, other->parent_id, sizeof(one->parent_id)) == 0;
}

/* Whoever passed the traceparent on unchanged said nothing of a span between the two. */
static bool may_be_child(const struct relation *inner, const struct relation *outer)
{
	if (!inner->ids.has_parent)
		return inner->own_trace || is_same_trace(&inner->ids, &outer->ids);
	return is_same_trace(&inner->ids, &outer->ids) && has_same_parent(&inner->ids, &outer->ids);
}

static void relate(const struct relation *before, struct relation *now, struct related *ret)
{
	if (now->own_trace)
		memcpy(now->ids.trace_id, before->ids.trace_id, sizeof(now->ids.trace_id));
	memcpy(ret->other.trace_id, before->ids.trace_id, sizeof(ret->other.trace_id));
	memcpy(ret->other.span_id, before->ids.span_id, sizeof(ret->other.span_id));
	ret->how = RELATED_LINK;
	if (before->place < now->place && may_be_child(before, now)) {
		ret->how = RELATED_CHILD;
	} else if (before->place > now->place && may_be_child(now, before)) {
		now->ids.has_parent = true;
		memcpy(now->ids.parent_id, before->ids.span_id, sizeof(now->ids.parent_id));
		ret->how = RELATED_NOT;
	}
}

void relations_add(struct relations *relations, const struct call *call, bool own_trace, struct span_ids *ids,
		   struct related *ret)
{
	size_t len = strlen(call->response_id);
	struct relation now = { .place = place_of(call), .times = span_times_of(call), .ids = *ids,
				.own_trace = own_trace };
	struct relation *before;

	*ret = (struct related){ 0 };
	if (len == 0)
		return;
	now.id_hash = hash_bytes(call->response_id, len, hash_seed()) | 1;
	before = &relations->answers[now.id_hash >> 1 & (ANSWERS_MAX - 1)];
	if (is_other_end(before, &now)) {
		relate(before, &now, ret);
		*ids = now.ids;
		if (before->place > now.place)
			return;	/* the outermost is remembered: what comes next is around it, or within */
	}
	*before = now;
}
