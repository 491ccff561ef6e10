/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the passes over a text, keeps what they found within the budget, and
 * hands it out in the order of the text.
 */
#include "detect/decode.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

const char *const decoder_names[DECODER_MAX] = {
	[DECODER_NONE] = "none",
	[DECODER_ESCAPE] = "escape",
	[DECODER_ENTITY] = "entity",
	[DECODER_PERCENT] = "percent",
	[DECODER_QUOTED_PRINTABLE] = "quoted-printable",
	[DECODER_BASE64] = "base64",
	[DECODER_BASE32] = "base32",
	[DECODER_BASE58] = "base58",
	[DECODER_BASE85] = "base85",
	[DECODER_HEX] = "hex",
	[DECODER_BINARY] = "binary",
	[DECODER_DECIMAL] = "decimal",
	[DECODER_MORSE] = "morse",
	[DECODER_CAESAR] = "caesar",
	[DECODER_REVERSED] = "reversed",
	[DECODER_CONCAT] = "concat",
	[DECODER_ROT47] = "rot47",
	[DECODER_BRAILLE] = "braille",
	[DECODER_TURNED] = "turned",
	[DECODER_SPELT] = "spelt",
	[DECODER_UUENCODE] = "uuencode",
	[DECODER_BITS] = "bits",
	[DECODER_SPACED] = "spaced",
	[DECODER_INFIX] = "infix",
	[DECODER_VIGENERE] = "vigenere",
	[DECODER_TRANSPOSED] = "transposed",
	[DECODER_BACON] = "bacon",
	[DECODER_POLYBIUS] = "polybius",
	[DECODER_KEYPAD] = "keypad",
	[DECODER_ALPHABET] = "alphabet",
	[DECODER_FORMS] = "forms",
	[DECODER_BASE2048] = "base2048",
	[DECODER_ECOJI] = "ecoji",
	[DECODER_BASE62] = "base62",
	[DECODER_BASE45] = "base45",
	[DECODER_BASE91] = "base91",
	[DECODER_TAP] = "tap",
	[DECODER_CELLS] = "cells",
};

/* Those that say what they are come first: where the budget ends, guesses are what is lost. */
static const struct {
	void (*run)(struct decode *decode);
	bool game;
} passes[] = {
	{ decode_solid, false },
	{ decode_units, false },
	{ decode_figures, false },
	{ decode_letters, true },
	{ decode_concat, false },
	{ decode_rot47, true },
	{ decode_signs, true },
};

const struct decode_search decode_search_plain = { decode_map_plain, decode_edges_more_plain };

struct decode *decode_new(void)
{
	struct decode *decode = calloc(1, sizeof(*decode));

	if (!decode)
		return NULL;
	decode->search = decode_search_wide() ? decode_search_wide() : &decode_search_plain;
	decode_learn_words(decode);
	decode_learn_games(decode);
	decode_learn_alphabets(decode);
	return decode;
}

void decode_free(struct decode *decode)
{
	free(decode);
}

uint64_t decode_steps(const struct decode *decode)
{
	return decode->steps;
}

/* ---- results ---- */

struct sink decode_sink(struct decode *decode)
{
	size_t left = decode->budget->bytes < DECODE_BYTES ? decode->budget->bytes : DECODE_BYTES;

	return (struct sink){ .ptr = decode->bytes + decode->used,
			      .room = left > decode->used ? left - decode->used : 0 };
}

void decode_keep(struct decode *decode, enum decoder_id decoder, size_t start, size_t end, const struct sink *sink)
{
	bool listed = decode->count < DECODE_CANDIDATES && decode->count < decode->budget->candidates;

	if (sink->cut || !listed) {
		decode->budget->over++;
		decode->full = true;
	}
	if (!listed || sink->len == 0)
		return;
	decode->list[decode->count++] = (struct candidate){
		.decoder = decoder,
		.start = (uint32_t)start,
		.end = (uint32_t)end,
		.at = (uint32_t)decode->used,
		.len = (uint32_t)sink->len,
	};
	decode->used += sink->len;
}

void sink_put_code(struct sink *sink, uint32_t code_point)
{
	if (code_point < 0x80) {
		sink_put(sink, (unsigned char)code_point);
		return;
	}
	if (code_point < 0x800) {
		sink_put(sink, (unsigned char)(0xc0 | code_point >> 6));
	} else {
		if (code_point < 0x10000) {
			sink_put(sink, (unsigned char)(0xe0 | code_point >> 12));
		} else {
			sink_put(sink, (unsigned char)(0xf0 | code_point >> 18));
			sink_put(sink, (unsigned char)(0x80 | (code_point >> 12 & 0x3f)));
		}
		sink_put(sink, (unsigned char)(0x80 | (code_point >> 6 & 0x3f)));
	}
	sink_put(sink, (unsigned char)(0x80 | (code_point & 0x3f)));
}

/* ---- the whole ---- */

/* The passes keep theirs in order: few move, and few are 64. */
static void sort_by_start(struct candidate *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct candidate moved = list[i];
		size_t to = i;

		for (; to > 0 && list[to - 1].start > moved.start; to--)
			list[to] = list[to - 1];
		list[to] = moved;
	}
}

void decode_text(struct decode *decode, struct slice text, bool games, struct decode_budget *budget, decoded_fn fn,
		 void *ctx)
{
	decode->text = (struct slice){ text.ptr, text.len < DECODE_TEXT_MAX ? text.len : DECODE_TEXT_MAX };
	decode->budget = budget;
	decode->count = decode->used = decode->gathered = decode->keyed = 0;
	decode->full = budget->candidates == 0 || budget->bytes == 0;
	if (!decode->full)
		decode->search->map(decode);
	for (size_t i = 0; i < ARRAY_SIZE(passes) && !decode->full; i++)
		if (games || !passes[i].game)
			passes[i].run(decode);
	budget->candidates -= (uint32_t)decode->count;
	budget->bytes -= (uint32_t)decode->used;
	sort_by_start(decode->list, decode->count);
	for (size_t i = 0; i < decode->count; i++) {
		const struct candidate *found = &decode->list[i];

		fn(ctx, &(struct decoded){ found->decoder, found->start, found->end,
					   { decode->bytes + found->at, found->len } });
	}
}
