/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding on what it meets: prose, code, other scripts, disguises.
 *
 * Method: as in bench_json.c. Windows of 16 KiB, as the engine cuts them, and
 * one short text. Two baselines of the same round: memcpy() of the window, and
 * a loop that makes small letters byte by byte by a table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "detect/normalise.h"

#define WINDOW_BYTES (16 * 1024)
#define ROUNDS 5
#define ROUND_NS (200 * NSEC_PER_MSEC)

struct bench_case {
	const char *name;
	const char *unit;	/* repeated to the length of a window */
	size_t len;
};

static const struct bench_case cases[] = {
	{ "English prose", "The quick brown fox jumps over the lazy dog, and then it sleeps for a while.\nNobody knows why. ",
	  WINDOW_BYTES },
	{ "English, 300 bytes", "Please look at the third paragraph again. It says that we are late. ", 300 },
	{ "indented code", "\tif (value > 10) {\n\t\t\treturn compare(value, other_value);\n\t}\n        int next = 0;\n", WINDOW_BYTES },
	{ "JSON", "{\"name\": \"value\", \"items\": [1, 2, 3], \"x\": 0.25, \"nested\": {\"a\": true}}\n", WINDOW_BYTES },
	{ "French", "L’été dernier, nous avons voyagé à travers la forêt et mangé des crêpes sur la plage. ", WINDOW_BYTES },
	{ "Russian", "Быстрая лисица прыгает через ленивую собаку и засыпает под деревом. ", WINDOW_BYTES },
	{ "Chinese", "敏捷的狐狸跳过了懒狗，然后在树下睡着了。", WINDOW_BYTES },
	{ "Hindi", "तेज़ लोमड़ी आलसी कुत्ते के ऊपर से कूदती है और सो जाती है। ", WINDOW_BYTES },
	{ "Korean", "빠른 여우가 게으른 개를 뛰어넘고 나무 아래에서 잠들었다. ", WINDOW_BYTES },
	{ "full-width", "ｐｌｅａｓｅ ｌｏｏｋ ａｔ ｔｈｅ ｔｈｉｒｄ ｐａｒａｇｒａｐｈ ", WINDOW_BYTES },
	{ "mixed scripts", "рlеаsе lооk аt thе thіrd раrаgrарh ", WINDOW_BYTES },
	{ "spaced letters", "p l e a s e   l o o k   a t   t h i s   ", WINDOW_BYTES },
};

static struct fold *fold;
static char *copy;
static char small[256];
static volatile uint64_t used;

static void run_fold(struct slice text)
{
	struct fold_facts facts;
	struct slice folded;

	if (fold_text(fold, text, &folded, &facts) < 0)
		abort();
	used = used + folded.len;
}

static void run_memcpy(struct slice text)
{
	memcpy(copy, text.ptr, text.len);
	used = used + (unsigned char)copy[text.len / 2];
}

static void run_small(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		copy[i] = small[(unsigned char)text.ptr[i]];
	used = used + (unsigned char)copy[text.len / 2];
}

static double round_ns(struct slice text, void (*run)(struct slice))
{
	uint64_t begin = clock_monotonic_ns(), now = begin, texts = 0;

	for (; now - begin < ROUND_NS; now = clock_monotonic_ns()) {
		for (unsigned i = 0; i < 64; i++)
			run(text);
		texts += 64;
	}
	return (double)(now - begin) / (double)texts;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

static size_t count_code_points(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.ptr[i] & 0xc0) != 0x80;
	return count;
}

static void measure(const char *name, struct slice text)
{
	double ns[ROUNDS], to_memcpy[ROUNDS], to_small[ROUNDS], time;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ns[i] = round_ns(text, run_fold);
		to_memcpy[i] = ns[i] / round_ns(text, run_memcpy);
		to_small[i] = ns[i] / round_ns(text, run_small);
	}
	time = median(ns);
	printf("fold %-20s %6.2f ns/byte %6.2f ns/code point %7.1f x memcpy %6.2f x bytewise\n", name,
	       time / (double)text.len, time / (double)count_code_points(text), median(to_memcpy), median(to_small));
}

static void bench(const struct bench_case *bench)
{
	struct buffer text = { 0 };

	while (text.len < bench->len)
		if (buffer_append(&text, bench->unit, strlen(bench->unit)) < 0)
			abort();
	/* Whole units: a cut character would be another case. */
	measure(bench->name, buffer_slice(&text));
	buffer_done(&text);
}

int main(void)
{
	fold = fold_new();
	copy = malloc(2 * WINDOW_BYTES);
	if (!fold || !copy)
		return EXIT_FAILURE;
	for (unsigned i = 0; i < sizeof(small); i++)
		small[i] = (char)(i >= 'A' && i <= 'Z' ? i + 0x20 : i);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		bench(&cases[i]);
	free(copy);
	fold_free(fold);
	return EXIT_SUCCESS;
}
