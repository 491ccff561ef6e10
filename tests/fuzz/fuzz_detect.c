/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of one call against rules of every kind: the first byte is the size of
 * pieces; 0xff ends a text, and the two bytes in front of each say where it
 * stands and how much filler comes first, so that borders of windows come near.
 * Whole, in pieces, and seen before: the findings are the same, and such as the
 * server accepts. Matches lie within their texts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"
#include "small_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXTS_MAX 8
#define FILLER_FROM 0xf0	/* bytes below: none */
#define FILLER_STEP 131

struct input {
	struct {
		enum text_where where;
		char *bytes;	/* an exact copy, so that a read past its end is seen */
		size_t len;
	} texts[TEXTS_MAX];
	size_t count;
};

static void on_hit(void *ctx, const struct detect_hit *hit)
{
	const struct input *input = *(struct input *const *)ctx;

	if (hit->text >= input->count || hit->start > hit->end || hit->end > input->texts[hit->text].len + 1)
		abort();
}

static void add_text(struct input *input, const uint8_t *data, size_t size)
{
	static const char filler[] = "words that say nothing, ";
	size_t fill = size > 1 && data[1] >= FILLER_FROM ? DETECT_WINDOW_BYTES - FILLER_STEP * (data[1] - FILLER_FROM) : 0;
	size_t len = size > 2 ? size - 2 : 0;
	char *bytes = malloc(fill + len + 1);

	if (!bytes)
		abort();
	for (size_t i = 0; i < fill; i++)
		bytes[i] = filler[i % (sizeof(filler) - 1)];
	if (len > 0)
		memcpy(bytes + fill, data + 2, len);
	input->texts[input->count].where = size > 0 ? (enum text_where)(data[0] % WHERE_MAX) : WHERE_USER;
	input->texts[input->count].len = fill + len;
	input->texts[input->count++].bytes = realloc(bytes, fill + len + (fill + len == 0));
}

static void cut(struct input *input, const uint8_t *data, size_t size)
{
	for (;;) {
		const uint8_t *end = size > 0 ? memchr(data, 0xff, size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		add_text(input, data, len);
		if (!end || input->count == TEXTS_MAX)
			return;
		data = end + 1;
		size -= len + 1;
	}
}

static void run(struct detect *detect, const struct detect_from *from, const struct input *input, size_t piece, struct call *call)
{
	void *user = NULL;

	call_init(call);
	for (uint32_t i = 0; i < input->count; i++) {
		struct text_view view = { .text = i, .where = input->texts[i].where };

		for (size_t at = 0; at < input->texts[i].len; at += view.bytes.len) {
			size_t left = input->texts[i].len - at;

			view.bytes = (struct slice){ input->texts[i].bytes + at, piece && piece < left ? piece : left };
			detect_on_text(detect, &user, from, &view);
		}
		view = (struct text_view){ .event = TEXT_END, .text = i, .where = input->texts[i].where };
		detect_on_text(detect, &user, from, &view);
	}
	detect_finish(detect, user, call);
	if (call_check(call, sizeof(*call)) < 0)
		abort();
}

static void compare(const struct call *one, const struct call *other)
{
	if (one->finding_count != other->finding_count || one->risk != other->risk)
		abort();
	for (uint32_t i = 0; i < one->finding_count; i++) {
		const struct call_finding *x = &one->findings[i], *y = &other->findings[i];

		if (strcmp(x->rule, y->rule) != 0 || x->where != y->where || x->severity != y->severity ||
		    x->count + x->repeats != y->count + y->repeats)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct detect_from nowhere;
	static struct detect_from from;	/* each input is of another service */
	static struct detect *plain, *seeing, *following;
	static struct input *current;
	static struct call whole, other;
	struct input input = { .count = 0 };

	if (!plain) {
		struct detect_setup setup = { .rules = small_rules(), .on_hit = on_hit, .ctx = &current };

		plain = detect_new(&setup);
		setup.seen_bytes = 1 << 20;
		seeing = detect_new(&setup);
		following = detect_new(&setup);
		rules_unref(setup.rules);
	}
	if (!plain || !seeing || !following)
		abort();
	if (size == 0)
		return 0;
	cut(&input, data + 1, size - 1);
	current = &input;
	run(plain, &nowhere, &input, 0, &whole);
	run(plain, &nowhere, &input, data[0], &other);
	compare(&whole, &other);
	from.service++;
	run(seeing, &from, &input, 0, &other);
	compare(&whole, &other);
	run(seeing, &from, &input, data[0], &other);
	compare(&whole, &other);
	/* What earlier inputs said counts, too. */
	run(following, &(struct detect_from){ 1, 1 + data[0] % 40u, data[0] >> 7 }, &input, data[0], &other);
	for (size_t i = 0; i < input.count; i++)
		free(input.texts[i].bytes);
	return 0;
}
