/* SPDX-License-Identifier: Apache-2.0 */
/* From terms and rules to what the gate looks at: signs of keys, and items of those that are anchors. */
#include "detect/gate_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct builder {
	struct gate *gate;
	const struct gate_term *terms;
	size_t term_count;
	const struct gate_rule *rules;
	size_t rule_count;
	uint16_t *signs;		/* by term */
	bool *asked;		/* by term: rules ask for it near their anchors; what others cost is of no account */
};

static uint64_t words_of(const struct gate_key *key)
{
	return gate_pair_words(key->words[0], key->words[1]);
}

/* ---- which term has which sign ---- */

struct costly {
	uint32_t term;
	size_t cost;
};

static int by_cost(const void *a, const void *b)
{
	const struct costly *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

static unsigned int emptiest(const size_t loads[GATE_SIGN_NONE])
{
	unsigned int sign = 0;

	for (unsigned int i = 1; i < GATE_SIGN_NONE; i++)
		if (loads[i] < loads[sign])
			sign = i;
	return sign;
}

/* Terms share signs, everyday ones with none or with rare ones. */
static int choose_signs(struct builder *builder)
{
	auto_free struct costly *order = calloc(builder->term_count + 1, sizeof(*order));
	size_t loads[GATE_SIGN_NONE] = { 0 }, used = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < builder->rule_count; i++)
		for (uint32_t k = 0; k < builder->rules[i].other_count; k++)
			builder->asked[builder->rules[i].others[k]] = true;
	for (uint32_t i = 0; i < builder->term_count; i++)
		if (builder->asked[i])
			order[used++] = (struct costly){ i, builder->terms[i].cost };
	if (used > 0)
		qsort(order, used, sizeof(*order), by_cost);
	for (size_t i = 0; i < used; i++) {
		unsigned int sign = emptiest(loads);

		loads[sign] += order[i].cost + 1;
		builder->signs[order[i].term] = (uint16_t)sign;
	}
	return 0;
}

/* ---- pairs ---- */

/* Room for all keys, each a pair of its own; most are of several terms. */
static int make_pairs(struct builder *builder)
{
	struct gate *gate = builder->gate;
	size_t keys = 1, size = 64;

	for (size_t i = 0; i < builder->term_count; i++)
		keys += builder->terms[i].count;
	while (size < 2 * keys)
		size *= 2;
	gate->pair_mask = size - 1;
	gate->pair_index = calloc(size, sizeof(*gate->pair_index));
	gate->pairs = calloc(keys, sizeof(*gate->pairs));
	return gate->pair_index && gate->pairs ? 0 : -ENOMEM;
}

static void index_pair(struct gate *gate, uint32_t number, size_t at)
{
	uint32_t hash = (uint32_t)(gate_pair_hash(gate->pairs[number].words) >> 32);

	gate->pair_index[at] = hash >> GATE_PAIR_NUMBER_BITS << GATE_PAIR_NUMBER_BITS | number;
}

/* The pair of these words, a new one if there was none. Null: too many. */
static struct gate_pair *put_pair(struct gate *gate, uint64_t words)
{
	size_t at;
	uint32_t number = gate_find_pair(gate, words, &at);

	if (number)
		return &gate->pairs[number];
	if (gate->pair_count + 1 == 1u << GATE_PAIR_NUMBER_BITS)
		return NULL;
	number = ++gate->pair_count;
	gate->pairs[number].words = words;
	index_pair(gate, number, at);
	return &gate->pairs[number];
}

/* What was made for all keys is made anew for the pairs that there are. */
static int shrink_pairs(struct gate *gate)
{
	struct gate_pair *pairs = realloc(gate->pairs, (gate->pair_count + 1) * sizeof(*pairs));
	size_t size = 64, at;

	if (!pairs)
		return -ENOMEM;
	gate->pairs = pairs;
	while (size < 2 * (size_t)gate->pair_count)
		size *= 2;
	free(gate->pair_index);
	gate->pair_mask = size - 1;
	gate->pair_index = calloc(size, sizeof(*gate->pair_index));
	if (!gate->pair_index)
		return -ENOMEM;
	for (uint32_t number = 1; number <= gate->pair_count; number++) {
		(void)gate_find_pair(gate, pairs[number].words, &at);
		index_pair(gate, number, at);
	}
	return 0;
}

/* Words of a text by what they are in the trie. */
struct owners {
	uint32_t *first, *words;
};

static void owners_done(struct owners *owners)
{
	free(owners->first);
	free(owners->words);
}

static int find_owners(const struct dictionary *dictionary, struct owners *ret)
{
	uint32_t count = dictionary_words(dictionary);
	const uint32_t *ids;
	size_t id_count;

	ret->first = calloc(count + 3, sizeof(*ret->first));
	ret->words = calloc((size_t)(count + 1) * WORD_IDS_MAX, sizeof(*ret->words));
	if (!ret->first || !ret->words)
		return -ENOMEM;
	for (uint32_t word = 1; word <= count; word++) {
		id_count = dictionary_ids(dictionary, word, &ids);
		for (size_t i = 0; i < id_count; i++)
			ret->first[ids[i] + 2]++;
	}
	for (uint32_t word = 1; word <= count + 1; word++)
		ret->first[word + 1] += ret->first[word];
	for (uint32_t word = 1; word <= count; word++) {
		id_count = dictionary_ids(dictionary, word, &ids);
		for (size_t i = 0; i < id_count; i++)
			ret->words[ret->first[ids[i] + 1]++] = word;
	}
	return 0;
}

static void filter_pair(struct gate *gate, const struct owners *owners, uint64_t words)
{
	uint32_t a = (uint32_t)(words >> 32), b = (uint32_t)words;

	for (uint32_t i = owners->first[a]; i < owners->first[a + 1]; i++) {
		for (uint32_t k = owners->first[b]; k < owners->first[b + 1]; k++) {
			uint32_t bit = gate_pair_bit(owners->words[i], owners->words[k]);

			gate->pair_filter[bit / 64] |= UINT64_C(1) << (bit % 64);
		}
	}
}

static int build_filter(struct gate *gate)
{
	struct owners owners = { NULL, NULL };
	int err = find_owners(gate->dictionary, &owners);

	for (uint32_t number = 1; number <= gate->pair_count && err == 0; number++)
		filter_pair(gate, &owners, gate->pairs[number].words);
	owners_done(&owners);
	return err;
}

/* ---- signs of keys ---- */

struct signed_key {
	uint64_t words;
	uint16_t sign;
};

static int by_words(const void *a, const void *b)
{
	const struct signed_key *x = a, *y = b;

	if (x->words != y->words)
		return x->words < y->words ? -1 : 1;
	return x->sign - y->sign;
}

static struct signed_key *sign_keys(const struct builder *builder, size_t *ret_count)
{
	struct signed_key *keys;
	size_t room = 1, used = 0;

	for (size_t i = 0; i < builder->term_count; i++)
		room += builder->asked[i] ? builder->terms[i].count : 0;
	keys = calloc(room, sizeof(*keys));
	for (size_t i = 0; i < builder->term_count && keys; i++)
		for (size_t k = 0; k < builder->terms[i].count && builder->asked[i]; k++)
			keys[used++] = (struct signed_key){ words_of(&builder->terms[i].keys[k]), builder->signs[i] };
	if (used > 0)
		qsort(keys, used, sizeof(*keys), by_words);
	*ret_count = used;
	return keys;
}

static int add_pair_sign(struct gate *gate, const struct signed_key *key, uint32_t *count)
{
	struct gate_pair *pair = put_pair(gate, key->words);

	if (!pair)
		return -E2BIG;
	if (pair->sign_count == 0)
		pair->first_sign = *count;
	else if (gate->pair_signs[*count - 1] == key->sign)
		return 0;
	pair->sign_count++;
	gate->pair_signs[(*count)++] = key->sign;
	return 0;
}

/* ---- signs of words ---- */

static uint64_t hash_row(const struct gate_signs *signs)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < ARRAY_SIZE(signs->bits); i++)
		hash = (hash ^ signs->bits[i]) * 0x9e3779b97f4a7c15ull ^ hash >> 29;
	return hash ^ hash >> 32;
}

/* Rows by their hash; 0: free, for the empty row is never looked for. */
struct row_table {
	uint32_t *rows;
	size_t mask;
};

/* The number of a row with these signs, a new one if there was none. */
static uint32_t put_row(struct gate *gate, struct row_table *table, const struct gate_signs *signs)
{
	size_t at = hash_row(signs) & table->mask;

	while (table->rows[at] && memcmp(&gate->rows[table->rows[at]], signs, sizeof(*signs)) != 0)
		at = (at + 1) & table->mask;
	if (!table->rows[at]) {
		gate->rows[gate->row_count] = *signs;
		table->rows[at] = gate->row_count++;
	}
	return table->rows[at];
}

/* A word of a text has the signs of all that it is. */
static int spread_signs(struct gate *gate, const struct gate_signs *own)
{
	static const struct gate_signs none;
	struct row_table table = { .mask = 64 };

	while (table.mask < 2 * (size_t)gate->words)
		table.mask *= 2;
	table.rows = calloc(table.mask--, sizeof(*table.rows));
	if (!table.rows)
		return -ENOMEM;
	gate->rows[0] = none;
	gate->row_count = 1;
	for (uint32_t word = 1; word <= gate->words; word++) {
		struct gate_signs signs = none;
		const uint32_t *ids;
		size_t count = dictionary_ids(gate->dictionary, word, &ids);

		for (size_t i = 0; i < count; i++)
			gate_add_signs(&signs, &own[ids[i]]);
		if (memcmp(&signs, &none, sizeof(signs)) != 0)
			gate->row[word] = put_row(gate, &table, &signs);
	}
	free(table.rows);
	return 0;
}

static int build_signs(struct builder *builder)
{
	struct gate *gate = builder->gate;
	size_t count;
	auto_free struct signed_key *keys = sign_keys(builder, &count);
	auto_free struct gate_signs *own = calloc(gate->words + 1, sizeof(*own));
	uint32_t pair_signs = 0;
	int err = 0;

	gate->pair_signs = calloc(keys ? count + 1 : 1, sizeof(*gate->pair_signs));
	if (!keys || !own || !gate->pair_signs)
		return -ENOMEM;
	for (size_t i = 0; i < count && err == 0; i++) {
		if ((uint32_t)keys[i].words)
			err = add_pair_sign(gate, &keys[i], &pair_signs);
		else
			gate_set_sign(&own[keys[i].words >> 32], keys[i].sign);
	}
	return err < 0 ? err : spread_signs(gate, own);
}

/* ---- items of keys ---- */

struct placed {
	uint64_t words;
	struct gate_item item;
};

static bool is_pair(const struct placed *placed)
{
	return (uint32_t)placed->words != 0;
}

/* Those of a key together, those that look equally far one behind the other. */
static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->words != y->words)
		return x->words < y->words ? -1 : 1;
	if (x->item.back != y->item.back)
		return x->item.back < y->item.back ? -1 : 1;
	if (x->item.ahead != y->item.ahead)
		return x->item.ahead < y->item.ahead ? -1 : 1;
	return x->item.what < y->item.what ? -1 : x->item.what > y->item.what;
}

/* Sorted, each once. */
static size_t sort_placed(struct placed *placed, size_t count)
{
	size_t kept = 0;

	if (count > 0)
		qsort(placed, count, sizeof(*placed), by_place);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || by_place(&placed[kept - 1], &placed[i]) != 0)
			placed[kept++] = placed[i];
	return kept;
}

static struct gate_item item_of(const struct builder *builder, const struct gate_rule *rule)
{
	struct gate_item item = {
		.what = rule->what,
		.back = rule->back,
		.ahead = rule->ahead,
	};

	for (uint32_t i = 0; i < GATE_OTHERS; i++)
		item.others[i] = i < rule->other_count ? builder->signs[rule->others[i]] : GATE_SIGN_NONE;
	return item;
}

static struct placed *place_items(const struct builder *builder, size_t *ret_count)
{
	struct placed *placed;
	size_t room = 1, used = 0;

	for (size_t i = 0; i < builder->rule_count; i++)
		room += builder->terms[builder->rules[i].anchor].count;
	placed = calloc(room, sizeof(*placed));
	for (size_t i = 0; i < builder->rule_count && placed; i++) {
		const struct gate_term *anchor = &builder->terms[builder->rules[i].anchor];

		for (size_t k = 0; k < anchor->count; k++)
			placed[used++] = (struct placed){ words_of(&anchor->keys[k]),
							  item_of(builder, &builder->rules[i]) };
	}
	*ret_count = placed ? sort_placed(placed, used) : 0;
	return placed;
}

/* Items of single words, by the words of a text that are those. Null: out of memory. */
static struct placed *spread_items(const struct gate *gate, const struct placed *own, size_t count, size_t *ret_count)
{
	struct owners owners = { NULL, NULL };
	bool ready = find_owners(gate->dictionary, &owners) == 0;
	struct placed *placed = NULL;
	size_t room = 1, used = 0;

	for (size_t i = 0; i < count && ready; i++)
		if (!is_pair(&own[i]))
			room += owners.first[(own[i].words >> 32) + 1] - owners.first[own[i].words >> 32];
	placed = ready ? calloc(room, sizeof(*placed)) : NULL;
	for (size_t i = 0; i < count && placed; i++) {
		uint32_t word = (uint32_t)(own[i].words >> 32);

		for (uint32_t k = owners.first[word]; k < owners.first[word + 1] && !is_pair(&own[i]); k++)
			placed[used++] = (struct placed){ gate_pair_words(owners.words[k], 0), own[i].item };
	}
	owners_done(&owners);
	*ret_count = placed ? sort_placed(placed, used) : 0;
	return placed;
}

static int put_pair_item(struct gate *gate, const struct placed *placed, uint32_t at)
{
	struct gate_pair *pair = put_pair(gate, placed->words);

	if (!pair)
		return -E2BIG;
	if (pair->item_count++ == 0)
		pair->first_item = at;
	gate->items[at] = placed->item;
	return 0;
}

static void add_offsets(struct gate *gate, const struct gate_term *anchor)
{
	size_t at;

	for (size_t i = 0; i < anchor->count; i++)
		if (anchor->keys[i].words[1])
			gate->pairs[gate_find_pair(gate, words_of(&anchor->keys[i]), &at)].offsets |=
				UINT64_C(1) << anchor->keys[i].offset;
}

static int build_items(struct builder *builder)
{
	struct gate *gate = builder->gate;
	size_t own_count, count, i = 0;
	auto_free struct placed *own = place_items(builder, &own_count);
	auto_free struct placed *all = own ? spread_items(gate, own, own_count, &count) : NULL;
	uint32_t next = 0;
	int err = 0;

	gate->items = all ? calloc(own_count + count + 1, sizeof(*gate->items)) : NULL;
	if (!gate->items)
		return -ENOMEM;
	for (uint32_t word = 0; word <= gate->words; word++) {
		gate->first[word] = next;
		for (; i < count && all[i].words >> 32 == word; i++)
			gate->items[next++] = all[i].item;
	}
	gate->first[gate->words + 1] = next;
	for (i = 0; i < own_count && err == 0; i++)
		if (is_pair(&own[i]))
			err = put_pair_item(gate, &own[i], next++);
	for (i = 0; i < builder->rule_count && err == 0; i++)
		add_offsets(gate, &builder->terms[builder->rules[i].anchor]);
	return err;
}

/* ---- the whole ---- */

static int mark_words(struct dictionary *dictionary, const struct gate *gate)
{
	auto_free uint8_t *marked = calloc(gate->words + 1, sizeof(*marked));

	if (!marked)
		return -ENOMEM;
	for (uint32_t word = 1; word <= gate->words; word++)
		marked[word] = gate->first[word + 1] > gate->first[word];
	dictionary_mark(dictionary, marked);
	return 0;
}

static int build(struct builder *builder, struct dictionary *dictionary)
{
	struct gate *gate = builder->gate;
	int err;

	gate->dictionary = dictionary;
	gate->words = dictionary_words(dictionary);
	gate->first = calloc(gate->words + 2, sizeof(*gate->first));
	gate->row = calloc(gate->words + 1, sizeof(*gate->row));
	/* One line of the processor's each. */
	gate->rows = aligned_alloc(sizeof(*gate->rows), (gate->words + 1) * sizeof(*gate->rows));
	if (!builder->signs || !builder->asked || !gate->first || !gate->row || !gate->rows)
		return -ENOMEM;
	err = choose_signs(builder);
	if (err == 0)
		err = make_pairs(builder);
	if (err == 0)
		err = build_signs(builder);
	if (err == 0)
		err = build_items(builder);
	if (err == 0)
		err = shrink_pairs(gate);
	if (err == 0)
		err = build_filter(gate);
	return err < 0 ? err : mark_words(dictionary, gate);
}

struct gate *gate_new(struct dictionary *dictionary, const struct gate_term *terms, size_t term_count,
		      const struct gate_rule *rules, size_t rule_count)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	struct builder builder = {
		.gate = gate,
		.terms = terms,
		.term_count = term_count,
		.rules = rules,
		.rule_count = rule_count,
		.signs = calloc(term_count + 1, sizeof(*builder.signs)),
		.asked = calloc(term_count + 1, sizeof(*builder.asked)),
	};
	int err = gate ? build(&builder, dictionary) : -ENOMEM;

	free(builder.signs);
	free(builder.asked);
	if (err == 0)
		return gate;
	gate_free(gate);
	return NULL;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	free(gate->items);
	free(gate->first);
	free(gate->row);
	free(gate->rows);
	free(gate->pairs);
	free(gate->pair_index);
	free(gate->pair_signs);
	free(gate);
}
