/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/compiled.h"

/* Of a rule without a start (an expression) the next match may begin anywhere:
 * ends this close together are one. */
#define TOUCHING_BYTES 8

void hits_clear(struct hits *hits)
{
	for (size_t i = 0; i < hits->count; i++)
		free(hits->hits[i].context);
	hits->count = 0;
	hits->over = hits->turn = 0;
}

void hits_done(struct hits *hits)
{
	hits_clear(hits);
	free(hits->hits);
	*hits = (struct hits){ 0 };
}

/* Null: there are `max` of them, or there is no memory. */
static struct hit *free_slot(struct hits *hits, size_t max)
{
	size_t capacity = hits->capacity > 0 ? 2 * hits->capacity : 8;
	struct hit *larger;

	if (hits->count == max)
		return NULL;
	if (hits->count < hits->capacity)
		return &hits->hits[hits->count++];
	larger = reallocarray(hits->hits, capacity, sizeof(*larger));
	if (!larger)
		return NULL;
	hits->hits = larger;
	hits->capacity = capacity;
	return &hits->hits[hits->count++];
}

static enum severity base_severity(const struct rules *rules, const struct hit *hit)
{
	return hit->weak ? SEVERITY_NONE : rules->set.rules[hit->rule].severity;
}

/* Null: all are graver. */
static struct hit *make_room(const struct rules *rules, struct hits *hits, const struct hit *hit)
{
	enum severity severity = base_severity(rules, hit);
	size_t kept = hits->count / 2, at;

	for (at = 0; at < hits->count; at++)
		if (base_severity(rules, &hits->hits[at]) < severity)
			return &hits->hits[at];
	if (kept == 0)
		return NULL;
	at = kept + hits->turn++ % (hits->count - kept);
	return base_severity(rules, &hits->hits[at]) == severity ? &hits->hits[at] : NULL;
}

static bool is_part_of(const struct hit *hit, const struct hit *other)
{
	return other->rule == hit->rule && memcmp(other->via, hit->via, sizeof(hit->via)) == 0 &&
	       hit->start <= other->end + TOUCHING_BYTES && other->start <= hit->end + TOUCHING_BYTES;
}

static bool merge(struct hits *hits, const struct hit *hit)
{
	for (size_t i = hits->count; i > 0; i--) {
		struct hit *other = &hits->hits[i - 1];

		if (!is_part_of(hit, other))
			continue;
		other->start = hit->start < other->start ? hit->start : other->start;
		other->end = hit->end > other->end ? hit->end : other->end;
		other->weak &= hit->weak;
		other->folded &= hit->folded;
		free(hit->context);
		return true;
	}
	return false;
}

void hits_add(const struct rules *rules, struct hits *hits, const struct hit *hit)
{
	struct hit *slot;

	if (merge(hits, hit))
		return;
	slot = free_slot(hits, HITS_MAX);
	if (!slot) {
		hits->over++;
		slot = make_room(rules, hits, hit);
		free(slot ? slot->context : hit->context);
	}
	if (slot)
		*slot = *hit;
}

/* Of a combination or score: nothing makes room, for others are still being joined. */
static void add_joined(struct hits *hits, const struct hit *hit)
{
	struct hit *slot;

	if (merge(hits, hit))
		return;
	slot = free_slot(hits, HITS_MAX + HITS_JOINED_MAX);
	if (slot) {
		*slot = *hit;
		return;
	}
	hits->over++;
	free(hit->context);
}

enum severity judge_severity(const struct rules *rules, const struct hit *hit, enum text_where where)
{
	const struct pack_rule *rule = &rules->set.rules[hit->rule];
	enum severity severity = rule->severity;

	if (!(rule->where & WHERE_BIT(where)))
		return SEVERITY_NONE;
	if (hit->weak && severity > SEVERITY_LOW)
		severity = SEVERITY_LOW;
	return family_severity(rule->family, severity, where);
}

/* ---- hits in order of their start ---- */

static int by_start(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return memcmp(x->via, y->via, sizeof(x->via));
}

static void sort_hits(struct hits *hits)
{
	size_t sorted = 1;

	while (sorted < hits->count && by_start(&hits->hits[sorted - 1], &hits->hits[sorted]) <= 0)
		sorted++;
	if (sorted < hits->count)
		qsort(hits->hits, hits->count, sizeof(*hits->hits), by_start);
}

/* Whether it takes part in what stands in that place. */
static bool counts_in(const struct rules *rules, const struct hit *hit, enum text_where where)
{
	return rule_places(&rules->set.rules[hit->rule]) & WHERE_BIT(where);
}

/* What stands in a stretch is one event: new if any part of it is. */
static void widen(struct hit *hit, const struct hit *other)
{
	hit->end = other->end > hit->end ? other->end : hit->end;
	hit->folded |= other->folded;
	hit->repeated &= other->repeated;
}

static struct hit begin_stretch(const struct hit *first, uint32_t rule)
{
	struct hit hit = *first;

	hit.rule = rule;
	hit.weak = false;
	hit.context = NULL;
	return hit;
}

/* ---- combinations ---- */

static uint64_t terms_of(const struct rules *rules, const struct compiled_rule *compiled, const struct hit *hit)
{
	enum family family = rules->set.rules[hit->rule].family;
	uint64_t terms = 0;

	for (uint8_t i = 0; i < compiled->combine->term_count; i++) {
		bool is_it = compiled->combine_rules[i] == RULE_NONE ? compiled->combine->terms[i].family == family :
								      compiled->combine_rules[i] == hit->rule;

		terms |= (uint64_t)is_it << i;
	}
	return terms;
}

/* A hit that the combination names. */
struct part {
	const struct hit *hit;
	uint64_t terms;
};

static size_t list_parts(const struct rules *rules, const struct compiled_rule *compiled, enum text_where where,
			 const struct hits *hits, struct part parts[HITS_MAX + HITS_JOINED_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < hits->count; i++) {
		const struct hit *hit = &hits->hits[i];
		uint64_t terms = counts_in(rules, hit, where) ? terms_of(rules, compiled, hit) : 0;

		if (terms)
			parts[count++] = (struct part){ hit, terms };
	}
	return count;
}

/* The terms that hold in the stretch that begins with part `first`, and all of
 * it. What a rule wants absent must not stand before it either. */
static uint64_t terms_from(const struct compiled_rule *compiled, const struct part *parts, size_t count, size_t first,
			   struct hit *stretch)
{
	uint64_t within = compiled->rule->within > 0 ? compiled->rule->within : UINT64_MAX / 4;
	uint64_t from = parts[first].hit->start, terms = parts[first].terms;

	for (size_t i = 0; i < first; i++)
		if (parts[i].hit->start + within >= from)
			terms |= parts[i].terms & ~compiled->combine->wanted;
	for (size_t i = first + 1; i < count && parts[i].hit->start <= from + within; i++) {
		if (parts[i].hit->end > from + within)
			continue;
		terms |= parts[i].terms;
		widen(stretch, parts[i].hit);
	}
	return terms;
}

static void combine(const struct rules *rules, uint32_t number, enum text_where where, struct hits *hits)
{
	const struct compiled_rule *compiled = &rules->compiled[number];
	struct part parts[HITS_MAX + HITS_JOINED_MAX];
	struct hits found = { 0 };
	size_t count = list_parts(rules, compiled, where, hits, parts);
	uint64_t reported = 0;	/* behind the last one that was found: stretches that overlap are one */

	for (size_t first = 0; first < (compiled->rule->within > 0 ? count : count > 0); first++) {
		struct hit hit = begin_stretch(parts[first].hit, number);
		uint64_t terms;

		if (hit.start < reported)
			continue;
		terms = terms_from(compiled, parts, count, first, &hit);
		if (!(terms & compiled->combine->wanted) || !combine_holds(compiled->combine, terms))
			continue;
		reported = hit.end + 1;
		hit.context = context_copy(parts[first].hit->context);
		add_joined(&found, &hit);
	}
	for (size_t i = 0; i < found.count; i++)
		add_joined(hits, &found.hits[i]);
	hits->over += found.over;
	free(found.hits);
}

/* ---- scores ---- */

static int add_points(int *of_family, int points, int family_max)
{
	int room = family_max - *of_family;

	points = points < room ? points : room;
	*of_family += points;
	return points;
}

/* Some hit says by itself what the score would say. */
static bool is_said(const struct rules *rules, uint32_t number, enum text_where where, const struct hits *hits)
{
	const struct hit as = { .rule = number };
	enum severity severity = judge_severity(rules, &as, where);

	for (size_t i = 0; i < hits->count; i++)
		if (families[rules->set.rules[hits->hits[i].rule].family].attack &&
		    judge_severity(rules, &hits->hits[i], where) >= severity)
			return true;
	return false;
}

/* The stretch that begins with hit `first`: its points, and behind its last hit. */
static int points_from(const struct rules *rules, const struct pack_rule *score, enum text_where where,
		       const struct hits *hits, size_t count, size_t first, size_t *ret_end)
{
	int of_family[FAMILY_MAX] = { 0 }, points = 0;
	int family_max = score->family_max > 0 ? score->family_max : score->score;
	uint64_t met[PACK_RULES_MAX / 64] = { 0 };	/* each rule counts once */
	size_t i;

	for (i = first; i < count; i++) {
		uint32_t number = hits->hits[i].rule;
		const struct pack_rule *rule = &rules->set.rules[number];

		if (score->within > 0 && hits->hits[i].start > hits->hits[first].start + score->within)
			break;
		if (rule->kind == RULE_SCORE || !families[rule->family].attack || hits->hits[i].weak)
			continue;
		if (!counts_in(rules, &hits->hits[i], where) || (met[number / 64] >> (number % 64) & 1))
			continue;
		met[number / 64] |= UINT64_C(1) << (number % 64);
		points += add_points(&of_family[rule->family], rule->weight, family_max);
	}
	*ret_end = i;
	return points;
}

static void score(const struct rules *rules, uint32_t number, enum text_where where, struct hits *hits)
{
	const struct pack_rule *rule = &rules->set.rules[number];
	size_t count = hits->count, end;
	int points = 0;

	/* No stretch has more than all of it. */
	for (size_t i = 0; i < count; i++)
		points += rules->set.rules[hits->hits[i].rule].weight;
	if (points < rule->score || is_said(rules, number, where, hits))
		return;
	for (size_t first = 0; first < count; first++) {
		struct hit hit;

		if (points_from(rules, rule, where, hits, count, first, &end) < rule->score)
			continue;
		hit = begin_stretch(&hits->hits[first], number);
		for (size_t i = first; i < end; i++)
			widen(&hit, &hits->hits[i]);
		hit.context = context_copy(hits->hits[first].context);
		add_joined(hits, &hit);
		return;		/* one a text */
	}
}

/* The rules that matches from `from` on may bring about. */
static uint64_t joins_of(const struct rules *rules, const struct hits *hits, size_t from)
{
	uint64_t joins = 0;

	for (size_t i = from; i < hits->count; i++)
		joins |= rules->compiled[hits->hits[i].rule].joins;
	return joins;
}

void judge_combine(const struct rules *rules, enum text_where where, struct hits *hits)
{
	uint64_t joins = joins_of(rules, hits, 0);
	size_t noted = hits->count;

	sort_hits(hits);
	for (size_t i = 0; joins && i < rules->joining_count; i++) {
		const struct pack_rule *rule = &rules->set.rules[rules->joining[i]];

		if (!(joins >> i % 64 & 1) || !(rule->where & WHERE_BIT(where)))
			continue;
		if (rule->kind == RULE_SCORE)
			score(rules, rules->joining[i], where, hits);
		else
			combine(rules, rules->joining[i], where, hits);
		if (hits->count == noted)
			continue;
		joins |= joins_of(rules, hits, noted);
		sort_hits(hits);
		noted = hits->count;
	}
}
