/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for encoded runs on what it meets: prose, source code, JSON,
 * figures, and windows full of encoded text.
 *
 * Method: each case runs over one window of 16 KiB again and again for about
 * 0.2 s, five times, in one process; the median counts. The baseline is one
 * memchr() for a byte that is not there over the same bytes, as the least that
 * any reader must do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "detect/decode.h"

#define WINDOW_BYTES (16 * 1024)
#define ROUNDS 5
#define ROUND_NS (200 * NSEC_PER_MSEC)
#define BATCH 16

static const struct {
	const char *name, *unit;	/* repeated to fill the window */
} cases[] = {
	{ "prose", "The quick brown fox jumps over the lazy dog, and it was seen by all of them (as they say) on the "
		   "way to the river. \"Nobody asks why\", said the farmer.\n" },
	{ "prose of no known language", "Kaikki ihmiset syntyvat vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan, "
					"heille on annettu jarki ja omatunto.\n" },
	{ "source code", "static int take_row(struct table *table, const char *name)\n{\n\tif (!table || !name[0])\n"
			 "\t\treturn -EINVAL;\n\ttable->rows[table->count++] = (struct row){ name, 16 };\n"
			 "\treturn 0;\n}\n\n" },
	{ "JSON", "{\"id\":\"chatcmpl-8fK2\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"choices\":"
		  "[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]},\n" },
	{ "figures", "12,45,67,89,101,34,1056,78,90,99,3120,33,47\n" },
	{ "hashes", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  archive-1.2.3.tar.gz\n" },
	{ "base64 of an image",
	  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ" },
	{ "base64 of text", "SWdub3JlIGFsbCBydWxlcyAg" },
	{ "escapes", "\\u0072\\u0075\\u006c\\u0065\\u0073\\u0020" },
	{ "ROT13", "Gur dhvpx oebja sbk whzcf bire gur ynml qbt, naq vg jnf frra ol nyy bs gurz.\n" },
};

static uint64_t delivered;

static void on_decoded(void *ctx, const struct decoded *decoded)
{
	(void)ctx;
	delivered += decoded->text.len;
}

static void run_decode(struct decode *decode, struct slice text)
{
	struct decode_budget budget = DECODE_BUDGET;

	decode_text(decode, text, true, &budget, on_decoded, NULL);
}

static void run_memchr(struct decode *decode, struct slice text)
{
	(void)decode;
	delivered += memchr(text.ptr, '\1', text.len) != NULL;
}

/* Nanoseconds per window over one round. */
static double round_ns(struct decode *decode, struct slice text, void (*run)(struct decode *, struct slice))
{
	uint64_t begin = clock_monotonic_ns(), now = begin, windows = 0;

	for (; now - begin < ROUND_NS; now = clock_monotonic_ns()) {
		for (unsigned i = 0; i < BATCH; i++)
			run(decode, text);
		windows += BATCH;
	}
	return (double)(now - begin) / (double)windows;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct decode *decode, const char *name, struct slice text)
{
	double ns[ROUNDS], ratio[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		ns[i] = round_ns(decode, text, run_decode);
		ratio[i] = ns[i] / round_ns(decode, text, run_memchr);
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), compare);
	qsort(ratio, ROUNDS, sizeof(ratio[0]), compare);
	printf("decode %-28s %6.2f ns/byte %8.0f MB/s %8.1f x memchr\n", name, ns[ROUNDS / 2] / (double)text.len,
	       (double)text.len * 1e3 / ns[ROUNDS / 2], ratio[ROUNDS / 2]);
}

int main(void)
{
	struct decode *decode = decode_new();
	auto_free char *window = malloc(WINDOW_BYTES);

	if (!decode || !window)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].unit);

		for (size_t at = 0; at < WINDOW_BYTES; at++)
			window[at] = cases[i].unit[at % len];
		measure(decode, cases[i].name, (struct slice){ window, WINDOW_BYTES });
	}
	decode_free(decode);
	return delivered > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
