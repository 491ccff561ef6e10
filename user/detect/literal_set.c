/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/literal_set.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/frequent.h"

/* In matches in a MiB, which cost some 200 ns each: what Hyperscan's table of literals is slower by with one more of
 * them, and what short ones spoil in it; measured. */
#define COST_LITERAL 12
static const double cost_by_length[] = { INFINITY, 3000, 1000, 150, 20 };

static const struct literal_set unknown;

static struct literal_set new_set(struct arena *arena, size_t count)
{
	struct literal_set set = unknown;

	if (count > 0 && count <= LITERAL_SET_MAX)
		set.items = arena_alloc(arena, count, sizeof(*set.items));
	return set;
}

struct literal_set literal_set_one(struct arena *arena, struct slice literal)
{
	struct literal_set set = literal.len <= LITERAL_BYTES_MAX ? new_set(arena, 1) : unknown;
	char *copy = set.items ? arena_copy(arena, literal) : NULL;

	if (!copy)
		return unknown;
	set.items[set.count++] = (struct slice){ copy, literal.len };
	return set;
}

struct literal_set literal_set_either(struct arena *arena, const struct literal_set *a, const struct literal_set *b)
{
	struct literal_set set = a->count && b->count ? new_set(arena, a->count + b->count) : unknown;

	if (!set.items)
		return unknown;
	memcpy(set.items, a->items, a->count * sizeof(*a->items));
	memcpy(set.items + a->count, b->items, b->count * sizeof(*b->items));
	set.count = a->count + b->count;
	return set;
}

static bool join(struct arena *arena, struct slice a, struct slice b, struct slice *ret)
{
	char joined[LITERAL_BYTES_MAX];
	size_t len = a.len + b.len;
	char *copy;

	if (len > sizeof(joined))
		return false;
	memcpy(joined, a.ptr, a.len);
	memcpy(joined + a.len, b.ptr, b.len);
	copy = arena_copy(arena, (struct slice){ joined, len });
	*ret = (struct slice){ copy, len };
	return copy;
}

struct literal_set literal_set_both(struct arena *arena, const struct literal_set *a, const struct literal_set *b)
{
	size_t count = a->count * b->count;
	struct literal_set set = count <= LITERAL_SET_JOINED ? new_set(arena, count) : unknown;

	for (size_t i = 0; set.items && i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (!join(arena, a->items[i], b->items[k], &set.items[set.count++]))
				return unknown;
	return set;
}

/* ---- cost ---- */

static bool is_letter(char c)
{
	return (unsigned int)((c | 0x20) - 'a') < 26;
}

static size_t letters_at(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.len && is_letter(text.ptr[end]))
		end++;
	return end - at;
}

/* By how much a sign makes what it stands beside rarer. */
static double sign_share(unsigned char sign)
{
	static const char common[] = "0123456789.,-:/\n";

	if (sign == ' ')
		return 0.25;
	return memchr(common, sign, sizeof(common) - 1) ? 0.05 : 0.01;
}

/* How often a run of letters stands in a MiB; `inside`: a word may begin before it. Then a short one stands in many. */
static double letters_rate(struct slice letters, bool inside, bool ends)
{
	char lower[LITERAL_BYTES_MAX];
	double rate;

	for (size_t i = 0; i < letters.len; i++)
		lower[i] = (char)(letters.ptr[i] | 0x20);
	rate = words_per_mib((struct slice){ lower, letters.len }, ends);
	return inside && letters.len <= 3 ? rate * 8 : rate;
}

/* That of its rarest run of letters, and rarer by its signs. */
static double literal_rate(struct slice literal)
{
	double rate = 1 << 20, signs = 1;

	for (size_t at = 0; at < literal.len;) {
		size_t letters = letters_at(literal, at);
		struct slice run = { literal.ptr + at, letters };

		if (letters > 0)
			rate = fmin(rate, letters_rate(run, at == 0, at + letters == literal.len));
		else
			signs *= sign_share((unsigned char)literal.ptr[at++]);
		at += letters;
	}
	return rate * signs;
}

double literal_set_rate(const struct literal_set *set)
{
	double rate = 0;

	for (size_t i = 0; i < set->count; i++)
		rate += literal_rate(set->items[i]);
	return rate;
}

static double cost_of(const struct literal_set *set)
{
	double cost = literal_set_rate(set);

	for (size_t i = 0; i < set->count; i++) {
		size_t len = set->items[i].len;

		cost += COST_LITERAL + (len < ARRAY_SIZE(cost_by_length) ? cost_by_length[len] : 0);
	}
	return cost;
}

bool literal_set_hopeless(const struct literal_set *a, const struct literal_set *b)
{
	return a->count == 0 || (b->count > 0 && (double)a->count * COST_LITERAL >= b->cost);
}

bool literal_set_cheaper(const struct literal_set *a, const struct literal_set *b)
{
	return a->count > 0 && isfinite(a->cost) && (b->count == 0 || a->cost < b->cost);
}

/* ---- sense ---- */

static int by_length(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->ptr, y->ptr, x->len);
}

struct literal_set literal_set_reduced(struct arena *arena, const struct literal_set *set)
{
	struct literal_set reduced = new_set(arena, set->count);

	if (!reduced.items)
		return unknown;
	memcpy(reduced.items, set->items, set->count * sizeof(*set->items));
	qsort(reduced.items, set->count, sizeof(*reduced.items), by_length);
	for (size_t i = 0; i < set->count; i++) {
		struct slice item = reduced.items[i];
		bool held = false;

		for (size_t k = 0; k < reduced.count && !held; k++)
			held = memmem(item.ptr, item.len, reduced.items[k].ptr, reduced.items[k].len);
		if (!held)
			reduced.items[reduced.count++] = item;
	}
	reduced.cost = cost_of(&reduced);
	return reduced;
}

bool literal_set_equal(const struct literal_set *a, const struct literal_set *b)
{
	bool equal = a->count == b->count;

	for (size_t i = 0; equal && i < a->count; i++)
		equal = slice_eq(a->items[i], b->items[i]);
	return equal;
}
