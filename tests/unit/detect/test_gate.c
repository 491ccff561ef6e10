/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/gate.h"

#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

#define FAR GATE_REACH_MAX

/* What a text is made of: "p q" is a phrase of two words, "p*" a beginning. */
static const char *const phrases[] = { "a", "b", "c", "pq r", "pqx*" };

enum { A, B, C, PAIR, OPEN, TERMS };

/* Rule 7: a, and b within two words. 8: b, a and c far apart. 9: c. 5: the pair, and a. 6: what begins as pqx, and a. */
static const struct gate_rule rules[] = {
	{ .what = 7, .anchor = A, .others = { B }, .other_count = 1, .back = 2, .ahead = 2 },
	{ .what = 8, .anchor = B, .others = { A, C }, .other_count = 2, .back = FAR, .ahead = FAR },
	{ .what = 9, .anchor = C },
	{ .what = 5, .anchor = PAIR, .others = { A }, .other_count = 1, .back = 1, .ahead = 3 },
	{ .what = 6, .anchor = OPEN, .others = { A }, .other_count = 1, .back = 1, .ahead = 1 },
};

static struct dictionary *dictionary;
static struct gate *gate;
static struct gate_run run;
static char opened[64];

static struct gate_key key_of(uint32_t node)
{
	uint32_t words[PHRASE_WORDS_MAX];
	size_t count = dictionary_path(dictionary, node, words);

	return (struct gate_key){ { words[0], count > 1 ? words[1] : 0 }, 0 };
}

static void setup(void)
{
	struct gate_key keys[TERMS];
	struct gate_term terms[TERMS];

	dictionary = dictionary_new();
	ck_assert_ptr_nonnull(dictionary);
	for (uint32_t i = 0; i < TERMS; i++)
		ck_assert_int_eq(dictionary_add(dictionary, slice_of(phrases[i]), i), 0);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	for (uint32_t node = 1; node < dictionary_nodes(dictionary); node++) {
		size_t count;
		const uint32_t *concepts = dictionary_concepts(dictionary, node, &count);

		for (size_t i = 0; i < count; i++) {
			keys[concepts[i]] = key_of(node);
			terms[concepts[i]] = (struct gate_term){ &keys[concepts[i]], 1, 10 };
		}
	}
	gate = gate_new(dictionary, terms, TERMS, rules, ARRAY_SIZE(rules));
	ck_assert_ptr_nonnull(gate);
	ck_assert_int_eq(gate_run_init(&run, 512), 0);
}

static void teardown(void)
{
	gate_run_done(&run);
	gate_free(gate);
	dictionary_free(dictionary);
}

static void on_item(void *ctx, uint32_t at, uint64_t offsets, const struct gate_item *item)
{
	(void)ctx;
	ck_assert_uint_lt(at, 512);
	ck_assert_uint_eq(offsets, 1);	/* phrases begin with their keys */
	opened[strlen(opened)] = (char)('0' + item->what);
}

/* Words parted by blanks, behind `before` words that are none. */
static const char *play(const char *text, uint32_t before)
{
	uint32_t words[512] = { 0 }, marked[512], count = before, marks = 0;

	while (*text) {
		struct slice word = { text, strcspn(text, " ") };
		uint32_t found = dictionary_find(dictionary, word, dictionary_key(dictionary, word));

		if (found & DICTIONARY_MARK)
			marked[marks++] = count;
		words[count++] = found & DICTIONARY_WORDS_MAX;
		text += word.len + (text[word.len] == ' ');
	}
	memset(opened, 0, sizeof(opened));
	gate_run_begin(&run, gate, words, count);
	gate_open(&run, marked, marks, on_item, NULL);
	return opened;
}

/* Near is by blocks: what is two words or a block farther may open as well. */
static const struct {
	const char *text, *opened;
} cases[] = {
	{ "", "" }, { "x", "" }, { "a", "" }, { "a b", "7" }, { "b a", "7" }, { "c", "9" }, { "c c", "99" },
	{ "c a b", "978" }, { "b c a", "897" }, { "pq", "" }, { "a pq", "" }, { "pq r", "" }, { "a pq r", "5" }, { "pq r a", "5" },
	{ "pq x r a", "" }, { "pqxy a", "6" }, { "pqx a", "6" }, { "a x x x x x x x x x x x x x x x x x x x x b", "" },
	{ "b x x x x x x x x x x x x x x x x x x x x a c", "89" },
};

START_TEST(opens)
{
	for (uint32_t before = 0; before < 2 * GATE_BLOCK_WORDS; before++) {
		ck_assert_str_eq(play(cases[_i].text, before), cases[_i].opened);
		/* What another text left makes no difference. */
		(void)play("a b c pq r pqxy a b c pq r pqxy a b c pq r pqxy a b c", before);
		ck_assert_str_eq(play(cases[_i].text, before), cases[_i].opened);
	}
}
END_TEST

static Suite *make_gate(void)
{
	Suite *suite = suite_create("detect: gate");
	TCase *tc = tcase_create("gate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, opens, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_gate)
